// The whole main job in the real window: Home to Report, typing into the practice portal's forms,
// through the sign-in window, until the sign-in passes. Before that, one sign-in with a mistake.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Driver } from './driver.mjs';

const artifacts = resolve('artifacts/window');
rmSync(artifacts, { recursive: true, force: true });
mkdirSync(artifacts, { recursive: true });
process.env.CLAIMBRIDGE_DATA = mkdtempSync(join(tmpdir(), 'claimbridge-'));

const driver = await Driver.start(resolve('target/debug/claimbridge'), [
  '--practice',
  '--latency',
  'real*0.05',
]);
let shots = 0;
const shot = async (name) => {
  shots += 1;
  const file = join(artifacts, `${String(shots).padStart(2, '0')}-${name}.png`);
  writeFileSync(file, Buffer.from(await driver.screenshot(), 'base64'));
};

try {
  const main = await driver.window();
  // What the commands answer is kept for the tests of the screens in Chromium.
  const answers = {};
  const keep = async (name, command, args = {}) => {
    answers[name] = await driver.run(
      `return window.__TAURI_INTERNALS__.invoke(${JSON.stringify(command)}, ${JSON.stringify(args)})`,
    );
    return answers[name];
  };
  const draft = { practice: true, idp: 'entra-gallery', profile: null, region: 'us-east-1' };

  // The page can call its commands; the CSP keeps everything else out.
  assert.equal(await driver.run('return typeof window.__TAURI_INTERNALS__'), 'object');

  await driver.title('Connect an identity provider to Amazon Q Business');
  await keep('homeEmpty', 'home');
  await keep('choices', 'choices');
  await shot('home-empty');
  await driver.press('Rehearse in the practice world');
  await driver.title('What do you want to connect?');
  await shot('goal');
  await driver.press('Choose account and region');
  await driver.press('Check this account');
  await driver.text('the names', 'are free; everything made here carries');
  await keep('connection', 'connect', { draft, prefix: 'q-demo' });
  await keep('names', 'preview_names', { prefix: 'q-demo' });
  await keep('namesWrong', 'preview_names', { prefix: 'q-demo.web' });
  await shot('connection');
  await driver.press('Choose names');
  await driver.type('input[type=text]', 'q-demo.web');
  await driver.text('no period', 'no period');
  await shot('names-wrong');
  await driver.type('input[type=text]', 'q-demo');
  await driver.press('Use these names');

  // The identity provider's administrator, in the portal's own window.
  await driver.title('Get the federation metadata from Entra ID');
  const { id } = (await keep('homeOne', 'home')).rows[0];
  await keep('setupEmpty', 'open_setup', { id });
  await keep('guide', 'guide', { id });
  await shot('metadata-empty');
  await driver.press('Open the practice portal');
  const portal = await driver.other(main);
  await driver.type('#gallery input[name=name]', 'q-demo');
  await driver.click('#gallery button');
  await driver.title('Overview');
  const app = (await driver.url()).match(/applications\/([^/]+)\//)[1];
  const blade = (name) => driver.goto(`/entra/applications/${app}/${name}`);
  const fill = async (name, fields, form = 'form') => {
    await blade(name);
    for (const [field, value] of Object.entries(fields))
      await driver.type(`${form} [name=${field}]`, value);
    await driver.click(`${form} button`);
    await driver.settled();
  };
  await fill('basic-saml', {
    identifier: 'https://sampleurl.com',
    'reply-url': 'https://sampleurl.com',
  });
  await shot('portal-basic-saml');
  await blade('certificates');
  const metadata = await driver.run(`
    const link = document.getElementById('download').href;
    return fetch(link).then((answer) => answer.text());`);
  await blade('properties');
  const accessUrl = await driver.run(
    `return document.getElementById('user-access-url').textContent`,
  );

  await driver.switchTo(main);
  await driver.paste('textarea', '<html><body>Sign in</body></html>');
  await driver.press('Read this text');
  await driver.text('a web page', 'This is a web page');
  await shot('metadata-wrong');
  await driver.paste('textarea', metadata);
  await driver.press('Read this text');
  await driver.text('https://sts.windows.net/', 'days left');
  await driver.type('input[type=url]', accessUrl);
  await shot('metadata');
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await keep('setupPlan', 'open_setup', { id });
  await shot('plan');
  await keep('plan', 'make_plan', { id, removal: false });
  await driver.press('Create 9 resources');
  await driver.text('through', 'steps are through', 20_000);
  await shot('apply-running');
  // Another screen may be looked at meanwhile; the run and its stop button are still there.
  await driver.press('Metadata');
  await driver.title('Get the federation metadata from Entra ID');
  await driver.press('Plan and create');
  await driver.press('Stop after these');
  await driver.title('Stopped as you asked', 60_000);
  await shot('apply-stopped');
  await driver.press('Plan again and go on');
  await driver.title('This is what will happen in AWS');
  await shot('plan-resumed');
  await driver.run(`[...document.querySelectorAll('footer button.primary')].at(-1).click()`);
  await driver.title('Everything in AWS is there', 60_000);
  await shot('apply-done');
  await driver.press('Configure Entra ID');

  // A value to paste reaches the clipboard.
  await driver.click('main article .value button');
  await driver.wait(
    () =>
      driver.run(
        `return document.querySelector('main article .value button').textContent.trim() === 'Copied'`,
      ),
    'a value to be copied',
  );

  // Every step of the guide is typed into the portal from the cards on the screen.
  const cards = () =>
    driver.run(`return Object.fromEntries([...document.querySelectorAll('main article .value')].map((card) =>
      [card.querySelector('.label').textContent, card.querySelector('code').textContent]))`);
  const chosen = () =>
    driver.run(`return Object.fromEntries([...document.querySelectorAll('main article .other')].map((card) =>
      [card.children[0].textContent, (card.querySelector('b') ?? { textContent: '' }).textContent]))`);
  const inPortal = async (work) => {
    const values = { ...(await cards()), ...(await chosen()) };
    await driver.switchTo(portal);
    await work(values);
    await driver.switchTo(main);
    await driver.press('Done in Entra ID, next');
  };
  const reply = 'Reply URL (Assertion Consumer Service URL)';
  await driver.title('Tell Entra ID where to send people');
  await shot('configure');
  await inPortal((v) =>
    // The mistake of this test: a second slash.
    fill('basic-saml', {
      identifier: v['Identifier (Entity ID)'],
      'reply-url': v[reply].replace('/saml', '//saml'),
    }),
  );
  await driver.title('Set the Unique User Identifier');
  await inPortal(async () => {
    await blade('claims');
    await driver.choose('#name-id select', 'Persistent');
    await driver.type('#name-id [name=source]', 'user.objectid');
    await driver.click('#name-id button');
    await driver.settled();
  });
  await driver.title('Add the claim that names the person');
  await shot('configure-claim');
  await inPortal((v) =>
    fill(
      'claims',
      { name: v.Name, namespace: v.Namespace, source: v['Source attribute'] },
      '#claim',
    ),
  );
  await driver.title('Look at the claims of the gallery app');
  await inPortal((v) =>
    fill(
      'claims',
      {
        name: 'SessionDuration',
        namespace: 'https://aws.amazon.com/SAML/Attributes',
        source: v.SessionDuration,
      },
      '#claim',
    ),
  );
  await driver.title('Create the app role');
  await inPortal((v) => fill('roles', { 'display-name': v['Display name'], value: v.Value }));
  await driver.title('Assign people to the app role');
  await inPortal(async () => {
    await blade('users');
    await driver.choose('#assign [name=user]', 'Alice Adams');
    await driver.choose('#assign [name=role]', 'q-demo-web');
    await driver.click('#assign button');
    await driver.settled();
  });

  const signIn = async (button) => {
    await driver.press(button);
    const page = await driver.other(main, portal);
    await driver.type('input[name=login]', 'alice@contoso.example');
    await shot('sign-in');
    // It can call no command: it has no permission at all.
    const denied = await driver.run(`return window.__TAURI_INTERNALS__
      ? window.__TAURI_INTERNALS__.invoke('home').then(() => 'allowed', (error) => String(error))
      : 'no ipc'`);
    assert.match(denied, /not allowed|no ipc/);
    await driver.click('form button');
    await driver.gone(page);
    await driver.switchTo(main);
  };
  await driver.title('Does a sign-in pass?');
  await shot('test');
  await signIn('Sign in now');
  await driver.title('The sign-in stopped');
  await driver.text('F11', 'Recipient and trust policy differ.');
  assert.equal(await driver.run(`return document.querySelector('del').textContent`), '/');
  await driver.switchTo(portal);
  const response = await driver.run(`
    return fetch('/api/signin/${app}', { method: 'POST', body: new URLSearchParams({ login: 'alice@contoso.example' }) })
      .then((answer) => answer.text())
      .then((page) => new DOMParser().parseFromString(page, 'text/html').querySelector('[name=SAMLResponse]').value)`);
  await driver.switchTo(main);
  await keep('judgement', 'judge_pasted', {
    id,
    content: Buffer.from(response).toString('base64'),
  });
  assert.ok(answers.judgement.findings.some((finding) => finding.id === 'F11-recipient-mismatch'));
  assert.ok(
    !JSON.stringify(answers.judgement).includes(response.slice(100, 200)),
    'the signed response stays in Rust',
  );
  await shot('findings');

  await driver.switchTo(portal);
  await blade('basic-saml');
  const address = await driver.run(`return document.querySelector('[name=reply-url]').value`);
  await fill('basic-saml', { 'reply-url': address.replace('//saml', '/saml') });
  await driver.switchTo(main);
  await signIn('Try the sign-in again');
  await driver.title('The sign-in passed');
  await shot('passed');
  await driver.press('Make the report');
  await driver.title('The report');
  await driver.text('Passed', '**Passed**');
  await shot('report');
  const report = await driver.run(`return document.getElementById('report-preview').textContent`);
  assert.match(report, /a…e@contoso\.example/);
  assert.doesNotMatch(report, /alice@contoso/);

  // No drift, and reopening continues where it was.
  await driver.press('Check for drift');
  await driver.title('Everything is as it should be');
  await shot('drift');
  await driver.press('Claimbridge');
  await driver.text('Works', 'Works');
  await shot('home');
  await driver.press('Open');
  await driver.title('The report');

  await keep('home', 'home');
  await keep('setup', 'open_setup', { id });
  await keep('guideDone', 'guide', { id });
  await keep('report', 'report', { id, format: 'md' });
  await keep('planClean', 'make_plan', { id, removal: false });
  writeFileSync(join(artifacts, 'answers.json'), JSON.stringify(answers));

  for (const screen of [
    'Metadata',
    'Plan and create',
    'Configure Entra ID',
    'Test sign-in',
    'Report',
  ]) {
    await driver.press(screen);
    await driver.run(`document.documentElement.dataset.theme = 'dark'`);
    await driver.busy(false);
    await shot(`dark-${screen.toLowerCase().replaceAll(' ', '-')}`);
  }
  console.log(`${String(shots)} screenshots in ${artifacts}`);
  console.log('1 passed, 0 failed');
} catch (error) {
  await shot('failure').catch(() => undefined);
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await driver.stop();
}
