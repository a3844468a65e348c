// How long the release build takes from the start of its process to a first screen that can be
// used, and what memory it takes then, beside a bare Tauri window with an empty page. Both say when
// they are ready by the User Timing mark “interactive”.
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Driver } from '../window/driver.mjs';

const ROUNDS = 10;
const BOUND = 1.3;
// Linux counts the ticks of /proc in hundredths of a second for every program.
const TICKS = 100;

const data = mkdtempSync(join(tmpdir(), 'claimbridge-start-'));
process.env.CLAIMBRIDGE_DATA = data;

/** The fields of /proc/PID/stat behind the name, which may contain anything. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function* processes() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      yield { pid, parent: stat(pid)[1], exe: readlinkSync(`/proc/${pid}/exe`) };
    } catch (error) {
      // It ended while it was looked at, or is a thread of the kernel.
      if (!['ENOENT', 'ESRCH', 'EACCES'].includes(error.code)) throw error;
    }
  }
}

/** Milliseconds since the epoch, to a hundredth of a second. */
function started(pid) {
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Date.now() - (uptime - Number(stat(pid)[19]) / TICKS) * 1000;
}

/** Proportional set size of a process and all below it, in MB. */
function memory(root) {
  const all = [...processes()];
  const family = new Set([root]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  const kilobytes = [...family].map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]),
  );
  return { processes: family.size, megabytes: kilobytes.reduce((a, b) => a + b) / 1024 };
}

async function once(binary, args) {
  const driver = await Driver.start(binary, args);
  try {
    let ready;
    await driver.wait(async () => {
      ready = await driver.run(
        `const mark = performance.getEntriesByName('interactive')[0];
         return mark && performance.timeOrigin + mark.startTime`,
      );
      return ready;
    }, 'the first screen');
    const [app] = [...processes()].filter((one) => one.exe === binary);
    return { time: ready - started(app.pid), ...memory(app.pid) };
  } finally {
    await driver.stop();
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const programs = {
  bare: [resolve('target/release/examples/bare'), []],
  ours: [resolve('target/release/claimbridge'), ['--practice']],
};
const seen = { bare: [], ours: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, [binary, args]] of Object.entries(programs)) {
    seen[name].push(await once(binary, args));
  }
}
rmSync(data, { recursive: true });

let broken = false;
for (const [what, unit, key] of [
  ['start to first screen', 'ms', 'time'],
  ['memory at first screen', 'MB PSS', 'megabytes'],
]) {
  const [bare, ours] = ['bare', 'ours'].map((name) => median(seen[name].map((one) => one[key])));
  const ratio = ours / bare;
  broken ||= ratio > BOUND;
  console.log(`${what}: bare ${bare.toFixed(0)} ${unit}, ours ${ours.toFixed(0)} ${unit}`);
  console.log(
    `${what} / bare window: ratio ${ratio.toFixed(2)}, bound ${BOUND.toFixed(2)}: ${ratio > BOUND ? 'BROKEN' : 'holds'}`,
  );
}
console.log(`processes: bare ${seen.bare[0].processes}, ours ${seen.ours[0].processes}`);
process.exitCode = broken ? 1 : 0;
