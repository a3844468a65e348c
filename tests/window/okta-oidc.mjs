// Okta with OpenID Connect: issuer and client, the secret at the plan, a sign-in that comes back to
// this computer, and in the end the removal with what remains in the portal.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { editTrust } from './aws-console.mjs';
import { pages } from './diagnose.mjs';
import { Portal } from './portal.mjs';

export async function oktaOidc(program) {
  const { driver } = program;
  const id = await program.create({
    idp: 'Okta, OpenID Connect',
    prefix: 'q-token',
  });
  await driver.title('Get issuer and client from Okta');
  await program.look('client-empty');
  const portal = await Portal.open(program, 'okta');
  const gave = await program.before(portal);
  const { 'Client ID': client, 'Client secret': secret } =
    gave['Copy the Client ID and the secret'].shown;
  await driver.type('main input[type=url]', gave['Copy the Issuer URI'].text);
  await driver.type('#field-client', client);
  await program.look('client');
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);

  // Without the secret nothing begins.
  await driver.click('footer button.primary');
  await driver.text('Paste the client secret first');
  await program.look('oidc-plan');
  await driver.paste('#client-secret', secret);
  await program.apply();

  await driver.press('Configure Okta');
  await program.look('oidc-configure');
  const done = await program.configure(portal, (title) => title.includes('Claimbridge'));
  assert.ok(done.includes('Let Claimbridge test the sign-in'), done.join(', '));

  await driver.title('Does a sign-in pass?');
  await driver.paste('#client-secret', secret);
  await program.look('oidc-test');
  await program.signIn('Sign in now', 'alice@contoso.example', 'oidc-sign-in');
  await driver.title('The sign-in passed');
  await program.look('oidc-passed');
  const { last_test } = await program.call('open_setup', { id });
  assert.equal(last_test.passed, true);
  await brokenInAws(program, portal, secret);
  for (const file of files(program.data)) {
    const text = readFileSync(file, 'utf8');
    assert.ok(!text.includes(secret), `${file} has the client secret`);
    assert.ok(!/eyJ[\w-]+\.eyJ/.test(text), `${file} has a token`);
  }

  await removed(program);
}

/** Somebody lets another client in alone: from the test to the cause with its token, and to the plan that mends it. */
async function brokenInAws(program, portal, secret) {
  const { driver } = program;
  const origin = await portal.within(async () => new URL(await portal.driver.url()).origin);
  await editTrust(origin, 'q-token-web', (policy) => {
    for (const statement of policy.Statement)
      for (const condition of Object.values(statement.Condition ?? {}))
        for (const key of Object.keys(condition))
          if (key.endsWith(':aud')) condition[key] = 'another-client';
  });
  await driver.click('main details:has(#client-secret) summary');
  await driver.paste('#client-secret', secret);
  await program.signIn('Try the sign-in again', 'alice@contoso.example');
  await driver.title('The sign-in stopped');
  await driver.press('Find the cause');
  await driver.text('AWS read at');
  await driver.busy(false);
  await pages(program, 'oidc-cause');
  // The token came with its claims and its way, and itself stays where it was caught.
  const held = await program.keep('caseToken', 'look_at_aws', { place: null });
  assert.equal(held.outcome, 'blocked');
  assert.ok(held.pieces.some((piece) => piece.kind === 'ID token'));
  assert.ok(held.timeline.some((step) => step.label === 'ID token received'));
  assert.ok(held.claims.some((claim) => claim.label === 'iss'));
  assert.ok(!/eyJ[\w-]+\.eyJ/.test(JSON.stringify(held)), 'the token is in a message');
  assert.equal(held.fixes[0].owner, 'AWS');
  // And another one can be caught in the case itself.
  await driver.paste('#client-secret', secret);
  await program.signIn('Try the sign-in again', 'alice@contoso.example');
  await driver.text('AWS read at');
  await driver.press('Look at the plan that mends it');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  await program.apply();
  await driver.press('Test a sign-in');
  await driver.title('Does a sign-in pass?');
}
function* files(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

/** Takes everything out of AWS again, and the set-up off the list. */
async function removed(program) {
  const { driver } = program;
  await driver.press('Plan and create');
  await driver.title('Everything is as it should be');
  await driver.press('Plan the removal');
  await driver.title('This is what will be removed');
  await driver.busy(false);
  await program.look('removal-plan');
  await program.apply('What this set-up made is removed');
  await driver.text('What remains in Okta');
  await driver.text('The application “q-token” in Okta');
  await program.look('removed');
  await driver.run(`document.getElementById('remains').scrollIntoView()`);
  await program.look('removed-remains');
  await driver.press('Back to Home');
  await driver.title('Federations with Amazon Q Business');
  await driver.click('button[aria-label="Take off the list: q-token"]');
}
