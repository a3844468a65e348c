// PingOne, by two administrators: the sheet goes to the other one, their answer comes back and is
// taken over, and AWS's values are typed into the portal from the cards.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { save } from './dialog.mjs';
import { handBack } from './hand-off.mjs';
import { Portal } from './portal.mjs';

const NOTE = 'The people of Sales follow on Monday.';

/** The id of the set-up, which works then. */
export async function pingOne(program, prefix) {
  const { driver } = program;
  const id = await program.create({ idp: 'PingOne, SAML 2.0', prefix });
  await driver.title('Get the federation metadata from PingOne');
  const portal = await Portal.open(program, 'ping');
  await driver.press('Save the sheet for the administrator of PingOne');
  await save(driver);
  await driver.text('Saved as ');
  const sheet = await driver.run(
    `return document.querySelector('main').innerText.match(/Saved as (.*)/)[1]`,
  );
  assert.ok(existsSync(sheet), sheet);
  await driver.run(`document.querySelector('main section:last-child').scrollIntoView()`);
  await program.look('sheet-saved');

  const gave = await program.before(portal);
  const label = 'Initiate Single Sign-On URL';
  const answer = await handBack(program.folder, sheet, {
    metadata: gave['Download the metadata'].text,
    address: { label, url: gave[`Copy the ${label}`].text },
    note: NOTE,
  });
  await driver.give('main input[type=file][accept*=json]', answer);
  await driver.title('This is what the administrator of PingOne handed back');
  await driver.text(NOTE);
  await program.look('answer');
  await driver.press('Take these over');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  const { authentication_url } = await program.call('open_setup', { id });
  assert.equal(authentication_url, gave[`Copy the ${label}`].text);
  await program.apply();

  await driver.press('Configure PingOne');
  await program.configure(portal);
  await driver.title('Does a sign-in pass?');
  await program.signIn('Sign in now', 'dora@contoso.example');
  await driver.title('The sign-in passed');
  await program.look('ping-passed');
  await program.home();
  return id;
}
