// Taking over what somebody else made: an application of which this computer knows nothing is found,
// examined, and managed from then on.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Takes over the application `name`, after this computer has forgotten its set-up `id`. */
export async function takeOver(program, name, id) {
  const { driver } = program;
  // Somebody else made it: on this computer there is nothing of it.
  for (const file of readdirSync(program.data, { recursive: true }))
    if (file.split('/').at(-1).startsWith(id))
      rmSync(join(program.data, file), { recursive: true, force: true });
  await driver.press('Take over what exists');
  await driver.title('Which application is it?');
  const { rows } = await program.call('home');
  assert.ok(!rows.some((row) => row.name === name));
  await driver.pick('Practice world');
  await driver.press('List the applications');
  await driver.pick(name);
  await program.look('take-over');
  await driver.press('Examine it');
  await driver.title(`${name} is in order`);
  await program.look('take-over-examined');
  await driver.press('Manage this application');
  await driver.wait(
    () => driver.run(`return document.querySelector('.rail .about b')?.textContent`),
    'the set-up',
  );
  await program.look('taken-over');
  await driver.press('Plan and create');
  await driver.title('Everything is as it should be');
  await program.home();
  await driver.text(name);
}
