// Okta with SAML, AWS first: everything is made with a stand-in for the metadata, one visit in the
// portal, the hand-in, and the update. Then two people sign in, ask, and belong to groups.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Portal } from './portal.mjs';

const people = ['alice@contoso.example', 'dora@contoso.example'];

export async function oktaSaml(program) {
  const { driver } = program;
  const id = await program.create({
    idp: 'Okta, SAML 2.0',
    awsFirst: true,
    prefix: 'q-visit',
  });
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  await driver.text('Nobody can sign in yet');
  await program.look('first-plan');
  await program.apply();

  // One visit of the other administrator, from nothing to the last value.
  await driver.press('Configure Okta');
  const portal = await Portal.open(program, 'okta');
  await driver.title('Create the app integration');
  await program.look('first-configure');
  const done = await program.configure(portal);
  assert.ok(done.includes('Add the attribute that names the role'), done.join(', '));

  await driver.title('Hand in what Okta gave');
  const gave = await program.before(portal);
  const file = join(program.folder, 'metadata.xml');
  writeFileSync(file, gave['Download the metadata'].text);
  await driver.give('main input[type=file][accept*=samlmetadata]', file);
  await driver.text('days left');
  await driver.type('main input[type=url]', gave['Copy the Sign on URL'].text);
  await driver.text('Taken as');
  // The rest was done before; a handed-in file must not bring the steps of placeholders back.
  const steps = await driver.run(
    `return [...document.querySelectorAll('main details[name=before] .title')].map((one) => one.textContent)`,
  );
  assert.deepEqual(steps, Object.keys(gave));
  assert.equal(steps.length, 2, steps.join(', '));
  await program.look('first-metadata');
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  // Handed in is not yet in AWS.
  await driver.text('Nobody can sign in yet');
  await program.look('first-update');
  const rows = await driver.run(
    `return [...document.querySelectorAll('main .list .row')].map((row) => row.innerText)`,
  );
  const changed = rows.filter((row) => !/Keep$/.test(row.trim()));
  assert.ok(
    changed.some((row) => row.startsWith('SAML provider')),
    rows.join('\n'),
  );
  await program.apply();
  const { temporary, nobody_yet } = await program.call('open_setup', { id });
  assert.deepEqual({ temporary, nobody_yet }, { temporary: false, nobody_yet: false });
  await program.look('first-updated');

  // Okta was told everything already.
  await driver.press('Test a sign-in');
  for (const person of people) {
    await driver.title('Does a sign-in pass?');
    await program.signIn('Sign in now', person);
    await driver.title('The sign-in passed');
    if (person === people[0]) await program.look('first-passed');
    await driver.press('As the user');
    await driver.title(
      person === people[0] ? `${person} is signed in` : 'Two people are signed in',
    );
    await driver.busy(false);
    await program.look(person === people[0] ? 'session' : 'session-both');
    if (person === people[0]) await driver.press('Sign in as a second person');
  }
  await asked(program);
  await grouped(program, id);
  await program.home();
}

/** Documents of one person each, and a question that both ask. */
async function asked(program) {
  const { driver } = program;
  const checks = await driver.run(
    `return [...document.querySelectorAll('main .checks li')].map((row) => row.innerText)`,
  );
  assert.ok(checks.length > 0 && checks.every((row) => row.startsWith('Right')), checks.join('\n'));
  await driver.press('Put two test documents');
  await driver.press('Take the question that finds them');
  await driver.pick('I agree that a paid subscription starts');
  await driver.press('Ask as both');
  await driver.wait(
    () => driver.run(`return document.querySelectorAll('main .answers summary').length === 2`),
    'two answers with their sources',
    60_000,
  );
  const answers = await driver.run(
    `return [...document.querySelectorAll('main .answers .text')].map((text) => text.innerText)`,
  );
  assert.notEqual(answers[0], answers[1], 'each reads what is theirs');
  await program.look('session-asked');
  await driver.press('Remove the test documents');
  await driver.text('are out of the index', 60_000);
}

async function grouped(program, id) {
  const { driver } = program;
  await driver.press('Groups');
  await driver.title('Which people belong to which group?');
  const file = join(program.folder, 'groups.csv');
  writeFileSync(
    file,
    `group,member,type\nengineering,${people[0]},user\nsales,${people[1]},user\n`,
  );
  await driver.give('main input[type=file]', file);
  await driver.text('groups.csv');
  await program.look('groups');
  await driver.press('Compare with AWS');
  await driver.title('This is what will happen to the groups', 60_000);
  await program.look('groups-plan');
  await program.apply('The groups in AWS are as the file has them');
  await program.look('groups-done');
  await driver.press('Choose another file');
  await driver.press('Compare with AWS');
  await driver.title('The groups in AWS are as the file has them', 60_000);
  await driver.press('Report');
  await driver.title('The report');
  const report = await program.call('report', { id, format: 'md' });
  assert.match(report, /\*\*Passed\*\*/);
}
