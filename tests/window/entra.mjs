// Entra ID's gallery application, from the first start to the report: one sign-in with a mistake in
// the portal, and one that passes. What the commands answer on the way is kept.
import assert from 'node:assert/strict';
import { Portal } from './portal.mjs';

const reply = 'Reply URL (Assertion Consumer Service URL)';

/** The id of the set-up, which works then. */
export async function entra(program) {
  const { driver } = program;
  const keep = (name, command, args) => program.keep(name, command, args);
  const draft = {
    practice: true,
    idp: 'entra-gallery',
    profile: null,
    region: 'us-east-1',
    aws_first: false,
  };

  // The page can call its commands; the CSP keeps everything else out.
  assert.equal(await driver.run('return typeof window.__TAURI_INTERNALS__'), 'object');
  await driver.title('Connect an identity provider to Amazon Q Business');
  await keep('homeEmpty', 'home');
  await keep('choices', 'choices');
  await program.look('home-empty');
  await driver.press('Rehearse in the practice world');
  await driver.title('What do you want to connect?');
  await program.look('goal');
  await driver.press('Choose account and region');
  await driver.press('Check this account');
  await driver.text('are free; everything made here carries');
  await keep('connection', 'connect', { draft, prefix: 'q-demo' });
  await keep('names', 'preview_names', { draft, prefix: 'q-demo' });
  await keep('namesWrong', 'preview_names', { draft, prefix: 'q-demo.web' });
  await program.look('connection');
  await driver.press('Choose names');
  await driver.type('input[type=text]', 'q-demo.web');
  await driver.text('“q-demo.web-idp”: expected no period');
  await program.look('names-wrong');
  await driver.type('input[type=text]', 'q-demo');
  await driver.press('Use these names');

  // The identity provider's administrator, in the portal's own window.
  await driver.title('Get the federation metadata from Entra ID');
  const { id } = (await keep('homeOne', 'home')).rows[0];
  await keep('setupEmpty', 'open_setup', { id });
  await keep('guide', 'guide', { id });
  await program.look('metadata-empty');
  const portal = await Portal.open(program, 'entra');
  const { app, metadata, accessUrl } = await portal.within(() => makeApp(program));

  await driver.paste('textarea', '<html><body>Sign in</body></html>');
  await driver.press('Read this text');
  await driver.text('This is a web page');
  await program.look('metadata-wrong');
  await driver.paste('textarea', metadata);
  await driver.press('Read this text');
  await driver.text('days left');
  await driver.type('input[type=url]', accessUrl);
  await program.look('metadata');
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  await keep('setupPlan', 'open_setup', { id });
  await program.look('plan');
  await keep('plan', 'make_plan', { id, removal: false });
  await stopAndGoOn(program);
  await program.look('apply-done');
  await driver.press('Configure Entra ID');

  // A value to paste reaches the clipboard.
  const copy = 'main article .value button';
  await driver.click(copy);
  await driver.wait(
    () => driver.run(`return document.querySelector('${copy}').textContent.trim() === 'Copied'`),
    'a value to be copied',
  );
  await driver.title('Tell Entra ID where to send people');
  await program.look('configure');
  // The mistake of this test: a second slash.
  await typeAll(program, portal, app, 'q-demo-web', (address) =>
    address.replace('/saml', '//saml'),
  );

  await driver.title('Does a sign-in pass?');
  await program.look('test');
  await program.signIn('Sign in now', 'alice@contoso.example', 'sign-in');
  await driver.title('The sign-in stopped');
  await driver.text('Recipient and trust policy differ.');
  assert.equal(
    await driver.run(`return document.querySelector('mark').firstChild.textContent`),
    '/',
  );
  const response = await portal.within(() =>
    driver.run(`
      return fetch('/api/signin/${app}', { method: 'POST', body: new URLSearchParams({ login: 'alice@contoso.example' }) })
        .then((answer) => answer.text())
        .then((page) => new DOMParser().parseFromString(page, 'text/html').querySelector('[name=SAMLResponse]').value)`),
  );
  const content = Buffer.from(response).toString('base64');
  const judgement = await keep('judgement', 'judge_pasted', { id, content });
  assert.ok(judgement.findings.some((finding) => finding.id === 'F11-recipient-mismatch'));
  assert.ok(
    !JSON.stringify(judgement).includes(response.slice(100, 200)),
    'the signed response stays in Rust',
  );
  await program.look('findings');

  await portal.within(async () => {
    await blade(driver, app, 'basic-saml');
    const address = await driver.run(`return document.querySelector('[name=reply-url]').value`);
    await fill(driver, app, 'basic-saml', {
      'reply-url': address.replace('//saml', '/saml'),
    });
  });
  await program.signIn('Try the sign-in again', 'alice@contoso.example');
  await driver.title('The sign-in passed');
  await program.look('passed');
  await driver.press('Make the report');
  await driver.title('The report');
  await driver.text('**Passed**');
  await program.look('report');
  const report = await driver.run(`return document.getElementById('report-preview').textContent`);
  assert.match(report, /a…e@contoso\.example/);
  assert.doesNotMatch(report, /alice@contoso/);

  // No drift, and reopening continues where it was.
  await driver.press('Check for drift');
  await driver.title('Everything is as it should be');
  await program.look('drift');
  await program.home();
  await driver.text('Works');
  await program.look('home');
  await program.open('q-demo');
  await driver.title('The report');

  await keep('home', 'home');
  await keep('setup', 'open_setup', { id });
  await keep('guideDone', 'guide', { id });
  await keep('report', 'report', { id, format: 'md' });
  await keep('planClean', 'make_plan', { id, removal: false });
  await program.home();
  return id;
}

export const blade = (driver, app, name) => driver.goto(`/entra/applications/${app}/${name}`);

export async function fill(driver, app, name, fields, form = 'form') {
  await blade(driver, app, name);
  for (const [field, value] of Object.entries(fields))
    await driver.type(`${form} [name=${field}]`, value);
  await driver.leave(`document.querySelector(arguments[0]).click()`, `${form} button`);
}

/** Makes the application with placeholders; its id, its metadata and where people sign in. */
export async function makeApp(program, name = 'q-demo') {
  const { driver } = program;
  await driver.type('#gallery input[name=name]', name);
  await driver.click('#gallery button');
  await driver.title('Overview');
  const app = (await driver.url()).match(/applications\/([^/]+)\//)[1];
  await fill(driver, app, 'basic-saml', {
    identifier: 'https://sampleurl.com',
    'reply-url': 'https://sampleurl.com',
  });
  await program.shot('portal-basic-saml');
  await blade(driver, app, 'certificates');
  const metadata = await driver.run(`
    const link = document.getElementById('download').href;
    return fetch(link).then((answer) => answer.text());`);
  await blade(driver, app, 'properties');
  const accessUrl = await driver.run(
    `return document.getElementById('user-access-url').textContent`,
  );
  return { app, metadata, accessUrl };
}

/** Creates everything, with a stop in between. */
async function stopAndGoOn(program) {
  const { driver } = program;
  await driver.press('Create 9 resources');
  await driver.wait(
    () => driver.run(`return /^[1-8] of 9 steps/.test(document.querySelector('h1').textContent)`),
    'the first steps',
  );
  await program.shot('apply-running');
  // Another screen may be looked at meanwhile; the run and its stop button are still there.
  await driver.press('Metadata');
  await driver.title('Get the federation metadata from Entra ID');
  await driver.press('Plan and create');
  await driver.press('Stop after these');
  await driver.title('Stopped as you asked', 60_000);
  await program.look('apply-stopped');
  await driver.press('Plan again and go on');
  await driver.title('This is what will happen in AWS');
  await program.look('plan-resumed');
  await program.apply();
}

/**
 * Types every step from the cards on the screen into the portal. `slip` is what is typed instead of the
 * address where people are sent; `role` is the name of the app role.
 */
export async function typeAll(program, portal, app, role, slip = (address) => address) {
  const { driver } = program;
  const step = async (title, work) => {
    await driver.title(title);
    const { typed } = await program.step();
    await portal.within(() => work(typed));
    await driver.press('Done in Entra ID, next');
  };
  const choose = async (form, lists) => {
    for (const [name, text] of Object.entries(lists))
      await driver.choose(`${form} [name=${name}]`, text);
    await driver.leave(`document.querySelector(arguments[0]).click()`, `${form} button`);
  };
  await step('Tell Entra ID where to send people', (typed) =>
    fill(driver, app, 'basic-saml', {
      identifier: typed['Identifier (Entity ID)'],
      'reply-url': slip(typed[reply]),
    }),
  );
  await step('Set the Unique User Identifier', async () => {
    await blade(driver, app, 'claims');
    await driver.choose('#name-id select', 'Persistent');
    await driver.type('#name-id [name=source]', 'user.objectid');
    await driver.leave(`document.querySelector('#name-id button').click()`);
  });
  await step('Add the claim that names the person', (typed) =>
    fill(
      driver,
      app,
      'claims',
      {
        name: typed.Name,
        namespace: typed.Namespace,
        source: typed['Source attribute'],
      },
      '#claim',
    ),
  );
  await step('Look at the claims of the gallery app', (typed) =>
    fill(
      driver,
      app,
      'claims',
      {
        name: 'SessionDuration',
        namespace: 'https://aws.amazon.com/SAML/Attributes',
        source: typed.SessionDuration,
      },
      '#claim',
    ),
  );
  await step('Create the app role', (typed) =>
    fill(driver, app, 'roles', {
      'display-name': typed['Display name'],
      value: typed.Value,
    }),
  );
  await step('Assign people to the app role', async () => {
    await blade(driver, app, 'users');
    await choose('#assign', { user: 'Alice Adams', role });
  });
}
