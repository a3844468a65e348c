// Every road in the real window: a set-up by each kind of identity provider, from Home to a sign-in
// that passes, and what comes around them. What the commands answer is kept for tests/screens.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { record } from '../screens/beyond.mjs';
import { roads } from '../screens/roads.mjs';
import { diagnose } from './diagnose.mjs';
import { entra } from './entra.mjs';
import { genericOidc, genericSaml } from './generic.mjs';
import { oktaOidc } from './okta-oidc.mjs';
import { oktaSaml } from './okta-saml.mjs';
import { pingOne } from './pingone.mjs';
import { Program } from './program.mjs';
import { takeOver } from './take-over.mjs';

const artifacts = resolve('artifacts/window');
// Those alone whose names begin with what was asked for.
const wanted = process.argv.slice(2);

/** What the screens are looked at with afterwards: on other roads, and beyond the sign-in. */
async function answers(program, id) {
  const call = (command, args) => program.call(command, args);
  Object.assign(program.answers, await record(call, id), await roads(call));
}

const walks = [
  ['entra', async (program) => answers(program, await entra(program))],
  ['diagnose', diagnose],
  ['okta-saml', oktaSaml],
  ['okta-oidc', oktaOidc],
  ['generic-saml', genericSaml],
  ['generic-oidc', genericOidc],
  [
    'pingone, and taking it over',
    async (program) => takeOver(program, 'q-sheet', await pingOne(program, 'q-sheet')),
  ],
];

const program = await Program.start(artifacts);
let passed = 0;
let failed = 0;
for (const [name, walk] of walks.filter(
  ([name]) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)),
)) {
  const start = performance.now();
  try {
    await walk(program);
    passed += 1;
    console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed += 1;
    await program.shot(`failure-${name}`).catch(() => undefined);
    console.error(`${name}:`, error);
    // The next road begins at Home, which nobody knows the way to from here.
    break;
  }
}
writeFileSync(join(artifacts, 'answers.json'), JSON.stringify(program.answers));
await program.stop();
console.log(`${program.shots} pictures in ${artifacts}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
