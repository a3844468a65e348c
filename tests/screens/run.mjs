// Every screen in Chromium with the answers that the real commands gave in the window test: axe has
// to find nothing in light and dark, and nothing may scroll sideways in 320 × 256 (400 % zoom of 1280 × 1024).
import assert from 'node:assert/strict';
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import * as beyond from './beyond.mjs';
import * as diagnose from './diagnose.mjs';

const dist = resolve('ui/dist');
const out = resolve('artifacts/screens');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const recorded = resolve('artifacts/window/answers.json');
if (!existsSync(recorded)) throw new Error(`${recorded} is missing: run tests/window/run.sh first`);
const answers = JSON.parse(readFileSync(recorded, 'utf8'));
const axe = readFileSync(resolve('tests/node_modules/axe-core/axe.min.js'), 'utf8');

const kinds = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};
const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  const file = join(dist, path === '/' ? 'index.html' : path);
  if (!file.startsWith(dist) || !existsSync(file)) return response.writeHead(404).end();
  response.setHeader('content-type', kinds[extname(file)] ?? 'application/octet-stream');
  createReadStream(file).pipe(response);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;

const button = (name) => (page) => page.getByRole('button', { name, exact: false }).first().click();
const open = [button('Open q-demo')];
const fill = (label, text) => (page) => page.getByLabel(label, { exact: true }).fill(text);
const said = (text) => (page) => page.getByText(text).first().waitFor();
// Every folded part of the screen, and every step of the guide.
const unfold = async (page) => {
  for (const one of await page.locator('main details').all())
    await one.evaluate((details) => {
      details.removeAttribute('name');
      details.open = true;
    });
};
const kmsKey = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const failing = {
  message: 'GetCallerIdentity: The SSO session has expired. Run: aws sso login --profile acme',
};
const queued = (row) => ({
  address: row.address,
  state: 'queued',
  detail: 'create',
});
const running = answers.plan.rows.map((row, i) =>
  i < 3
    ? { address: row.address, state: 'done', detail: '' }
    : i < 5
      ? { address: row.address, state: 'waiting', detail: 'CREATING' }
      : i === 5
        ? {
            address: row.address,
            state: 'failed',
            detail: 'CreateRole: AccessDenied: not authorized (request 1)',
          }
        : queued(row),
);
const outcome = {
  finished: false,
  stopped: false,
  not_started: ['Retriever'],
  left: ['SAML provider', 'Application', 'Web experience'],
  offer_role_first: true,
  failures: [
    {
      label: 'Role',
      value: 'CreateRole: AccessDenied: not authorized. Nothing was left behind by it.',
    },
  ],
};
// Name, answers that differ, and the way there.
const screens = [
  ['home-empty', { home: answers.homeEmpty }, []],
  ['home', {}, []],
  ['goal', {}, [button('New set-up')]],
  ['connection', {}, [button('Rehearse'), button('Choose account'), button('Check this')]],
  [
    'connection-failed',
    { connect: failing },
    [button('Rehearse'), button('Choose account'), button('Check this')],
  ],
  [
    'names',
    {},
    [button('Rehearse'), button('Choose account'), button('Check this'), button('Choose names')],
  ],
  [
    'names-wrong',
    { preview_names: answers.namesWrong },
    [button('Rehearse'), button('Choose account'), button('Check this'), button('Choose names')],
  ],
  ['metadata-empty', { open_setup: answers.setupEmpty }, open],
  ['metadata', { open_setup: answers.setupPlan }, [...open, button('Metadata')]],
  ['plan', { open_setup: answers.setupPlan }, open],
  [
    'plan-details',
    { open_setup: answers.setupPlan },
    [...open, (page) => page.locator('summary').first().click()],
  ],
  [
    'apply-running',
    { open_setup: answers.setupPlan, apply_plan: 'never' },
    [...open, button('Create 9')],
  ],
  [
    'apply-failed',
    { open_setup: answers.setupPlan, apply_plan: outcome },
    [...open, button('Create 9')],
  ],
  ['drift-none', { make_plan: answers.planClean }, [...open, button('Plan and create')]],
  ['configure', {}, [...open, button('Configure Entra')]],
  ['configure-all', {}, [...open, button('Configure Entra'), button('All values')]],
  ['test', {}, [...open, button('Test sign-in')]],
  ['test-waiting', { sign_in: 'never' }, [...open, button('Test sign-in'), button('Sign in now')]],
  [
    'findings',
    { sign_in: answers.judgement },
    [...open, button('Test sign-in'), button('Sign in now')],
  ],
  ['paste', {}, [...open, button('Test sign-in'), button('Paste a response')]],
  ['report', {}, open],
  // OpenID Connect, with everything chosen.
  [
    'names-oidc',
    { preview_names: answers.namesOidc },
    [button('Rehearse'), button('Choose account'), button('Check this'), button('Choose names')],
  ],
  ['client-empty', { open_setup: answers.oidcEmpty, guide: answers.oidcGuide }, open],
  [
    'client-refused',
    {
      open_setup: answers.oidcEmpty,
      guide: answers.oidcGuide,
      set_client: answers.clientRefused,
    },
    [
      ...open,
      fill('Issuer URI', 'http://acme.okta.com'),
      fill('Client ID', 'a'),
      button('Look at'),
      said('is not a valid issuer'),
    ],
  ],
  [
    'options',
    { open_setup: answers.oidcEmpty, options: answers.oidcOptions },
    [...open, button('Application')],
  ],
  [
    'options-unfolded',
    { open_setup: answers.oidcPlanned, options: answers.oidcOptionsMade },
    [...open, button('Change what'), unfold],
  ],
  [
    'options-saml',
    { open_setup: answers.firstEmpty, options: answers.firstOptions },
    [
      ...open,
      button('Application'),
      (page) => page.getByLabel('An index that you run in Amazon Kendra').check(),
      unfold,
      said('Recipient of the sign-in'),
    ],
  ],
  [
    'options-refused',
    {
      open_setup: answers.oidcEmpty,
      options: answers.oidcOptions,
      set_options: answers.optionsRefused,
    },
    [...open, button('Application'), button('Keep these'), said('needs an ENTERPRISE index')],
  ],
  [
    'options-doubted',
    {
      open_setup: answers.oidcEmpty,
      options: answers.oidcOptions,
      check_options: answers.optionsDoubted,
    },
    [
      ...open,
      button('Application'),
      unfold,
      fill('KMS key, as an ARN', kmsKey),
      button('Keep these'),
      said('Keep them all the same'),
    ],
  ],
  ['plan-oidc', { open_setup: answers.oidcPlanned, make_plan: answers.oidcPlan }, open],
  [
    'plan-oidc-secret-missing',
    { open_setup: answers.oidcPlanned, make_plan: answers.oidcPlan },
    [...open, button('Create 15'), said('Paste the client secret first')],
  ],
  [
    'plan-oidc-clean',
    { open_setup: answers.oidcMade, make_plan: answers.oidcClean },
    [...open, button('Plan and create')],
  ],
  [
    'configure-oidc',
    {
      open_setup: answers.oidcMade,
      guide: answers.oidcGuideMade,
      custom_card: answers.oidcCard,
    },
    [...open, said('For your own application')],
  ],
  [
    'configure-optional',
    {
      open_setup: answers.oidcMade,
      guide: answers.oidcGuideMade,
      custom_card: answers.oidcCard,
    },
    [...open, (page) => page.locator('main button.dot.optional').first().click()],
  ],
  // AWS first.
  [
    'goal-aws-first',
    {},
    [
      button('Rehearse'),
      (page) => page.getByLabel('Okta, SAML 2.0').check(),
      (page) => page.getByLabel('AWS first').check(),
    ],
  ],
  ['goal-live', {}, [button('New set-up'), (page) => page.getByLabel('Okta, OpenID').check()]],
  ['home-first', { home: answers.homeFirst }, []],
  ['first-plan', { open_setup: answers.firstEmpty, make_plan: answers.firstPlan }, open],
  ['first-configure', { open_setup: answers.firstMade, guide: answers.firstGuide }, open],
  [
    'first-metadata',
    {
      open_setup: answers.firstTold,
      guide: answers.firstGuide,
      read_address: answers.address,
    },
    [
      ...open,
      fill(answers.firstTold.address.label, answers.address.url),
      said(answers.address.derivation),
    ],
  ],
  [
    'address-refused',
    { open_setup: answers.setupPlan, read_address: answers.addressRefused },
    [...open, button('Metadata'), said('is where administrators work')],
  ],
];
screens.push(...beyond.screens(answers, { button, fill, said, unfold }));
screens.push(...diagnose.screens(answers, { button, fill, said, unfold }));
// Those alone whose names begin with what was asked for.
const wanted = process.argv[2] ?? '';
const standard = {
  home: answers.home,
  choices: answers.choices,
  profiles: [{ name: 'acme', kind: 'SSO', region: 'us-east-1' }],
  connect: answers.connection,
  preview_names: answers.names,
  create_setup: answers.setupEmpty,
  open_setup: answers.setup,
  guide: answers.guideDone,
  make_plan: answers.plan,
  report: answers.report,
  read_address: answers.address,
  options: answers.oidcOptions,
  judge_pasted: answers.judgement,
  sign_in: answers.judgement,
  ...beyond.standard(answers),
  ...diagnose.standard(answers),
};
// What channels tell, by command.
const told = { apply_plan: running, ...beyond.events };

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let passed = 0;
const problems = [];
async function visit(name, own, way, theme, viewport) {
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => problems.push(`${name} ${theme}: ${error.message}`));
  await page.addInitScript(
    ([table, events]) => {
      let next = 0;
      const callbacks = {};
      window.__TAURI_INTERNALS__ = {
        transformCallback: (callback) => {
          next += 1;
          callbacks[next] = callback;
          return next;
        },
        unregisterCallback: () => undefined,
        invoke: (command, args) => {
          const answer = table[command];
          const channel = args?.progress ?? args?.read;
          if (channel)
            events[command].forEach((message, index) =>
              callbacks[Number(channel.toJSON().split(':').pop())]({
                message,
                index,
              }),
            );
          if (answer === 'never') return new Promise(() => undefined);
          if (answer?.message) return Promise.reject(answer);
          return answer === undefined
            ? Promise.reject({ message: `no answer for ${command}` })
            : Promise.resolve(answer);
        },
      };
    },
    [{ ...standard, ...own }, told],
  );
  await page.goto(`${origin}/?theme=${theme}`);
  for (const step of way) await step(page);
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  return page;
}

// Both themes, and 400 %.
async function look(name, own, way) {
  for (const theme of ['light', 'dark']) {
    const page = await visit(name, own, way, theme, {
      width: 1280,
      height: 800,
    });
    await page.evaluate(axe);
    const result = await page.evaluate(() =>
      window.axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }),
    );
    for (const violation of result.violations)
      problems.push(
        `${name} ${theme}: ${violation.id}: ${violation.nodes
          .map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`)
          .slice(0, 3)
          .join('; ')}`,
      );
    await page.screenshot({ path: join(out, `${name}-${theme}.png`) });
    await page.close();
    passed += 1;
  }
  // 1280 px at 400 % is 320 px (WCAG 1.4.10).
  const page = await visit(name, own, way, 'light', {
    width: 1280,
    height: 800,
  });
  await page.setViewportSize({ width: 320, height: 256 });
  const wide = await page.evaluate(
    () =>
      document.documentElement.scrollWidth -
      document.documentElement.clientWidth +
      Math.max(
        0,
        document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth,
      ),
  );
  if (wide > 0) problems.push(`${name} at 400 %: ${wide} px too wide`);
  await page.screenshot({ path: join(out, `${name}-zoomed.png`) });
  await page.close();
  passed += 1;
}

for (const [name, own, way] of screens.filter(([name]) => name.startsWith(wanted))) {
  try {
    await look(name, own, way);
  } catch (error) {
    // What cannot be reached must not hide the screens behind it.
    problems.push(`${name}: ${error.message}`);
  }
}

// By keyboard alone: from Home to the plan's primary button.
{
  const page = await visit('keyboard', { open_setup: answers.setupPlan }, [], 'light', {
    width: 1280,
    height: 800,
  });
  const reach = async (text) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const said = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
      if (said.startsWith(text)) return;
    }
    throw new Error(`Tab never reached “${text}”`);
  };
  await reach('Open');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1:has-text("This is what will happen in AWS")');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1');
  await reach('Create 9 resources');
  passed += 1;
  await page.close();
}
await browser.close();
server.close();
problems.forEach((problem) => console.error(problem));
console.log(`${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length > 0 ? 1 : 0;
