// Providers of no vendor, in the standards' words: SAML 2.0 with the metadata first, and OpenID Connect.
import assert from 'node:assert/strict';
import { Portal } from './portal.mjs';

/** What the steps before the hand-in gave, by the guide's ids. */
async function gaveById(program, portal, id) {
  const { before } = await program.call('guide', { id });
  const gave = await program.before(portal);
  return Object.fromEntries(before.map((step) => [step.id, gave[step.title]]));
}

/** From the hand-in to a sign-in that passes. */
async function passes(program, id, portal, secret) {
  const { driver } = program;
  await program.look(secret ? 'generic-client' : 'generic-metadata');
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  if (secret) await driver.paste('#client-secret', secret);
  await program.apply();
  await driver.click('footer button.primary');
  await program.configure(portal, (title) => title.includes('Claimbridge'));
  await driver.title('Does a sign-in pass?');
  if (secret) await driver.paste('#client-secret', secret);
  await program.signIn('Sign in now', 'alice@contoso.example');
  await driver.title('The sign-in passed');
  const { last_test } = await program.call('open_setup', { id });
  assert.equal(last_test.passed, true);
  await program.home();
}

export async function genericSaml(program) {
  const { driver } = program;
  const id = await program.create({ idp: 'Another provider, SAML 2.0', prefix: 'q-any-saml' });
  const portal = await Portal.open(program, 'generic');
  const gave = await gaveById(program, portal, id);
  await driver.paste('main textarea', gave.metadata.text);
  await driver.press('Read this text');
  await driver.text('days left');
  await driver.type('main input[type=url]', gave['access-url'].text);
  await passes(program, id, portal);
}

export async function genericOidc(program) {
  const { driver } = program;
  const id = await program.create({
    idp: 'Another provider, OpenID Connect',
    prefix: 'q-any-token',
  });
  const portal = await Portal.open(program, 'generic');
  const gave = await gaveById(program, portal, id);
  const [client, secret] = Object.values(gave.client.shown);
  await driver.type('main input[type=url]', gave.issuer.text);
  await driver.type('#field-client', client);
  await passes(program, id, portal, secret);
}
