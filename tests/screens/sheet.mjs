// The hand-off sheet as its reader has it: opened from the disk in Chromium, without a network. Every
// answer file that it saves goes to the command line, which has to take it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const cli = process.env.CLAIMBRIDGE_CLI ?? resolve('target/debug/claimbridge-cli');
const out = resolve('artifacts/sheets');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'claimbridge-sheet-'));
const axe = readFileSync(resolve('tests/node_modules/axe-core/axe.min.js'), 'utf8');
const metadataFile = resolve('src-tauri/core/tests/common/metadata.xml');
const metadata = readFileSync(metadataFile, 'utf8');
const signIn = 'https://idp.acme.example/start';

/** Runs the program; its exit code, and the document that it prints. */
function run(...given) {
  try {
    const text = execFileSync(cli, [...given, '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { code: 0, json: JSON.parse(text) };
  } catch (error) {
    if (error.status === undefined || !error.stdout) throw error;
    return { code: error.status, json: JSON.parse(error.stdout) };
  }
}

const entry = (address, id, origin, outputs) => ({
  bound: { address, id, origin, outputs },
});

/** A set-up with its sheet; `endpoint` writes the journal of a run that made the web experience. */
function sheetOf(name, idp, more, endpoint) {
  const setup = join(folder, `${name}.json`);
  const sheet = join(folder, `${name}.html`);
  const place = ['--name', name, '--account', '123456789012', '--region', 'us-east-1'];
  assert.equal(run('new', '--idp', idp, ...place, ...more, '--out', setup).code, 0);
  if (endpoint) {
    const { id } = JSON.parse(readFileSync(setup, 'utf8'));
    const events = [
      {
        began: {
          plan: 'p',
          setup: id,
          account: '123456789012',
          region: 'us-east-1',
          world: 'live',
          endpoint: null,
        },
      },
      entry('web-experience', 'w', 'created', { endpoint }),
    ];
    const lines = events.map((event) =>
      JSON.stringify({ schema: 1, at: '2026-11-22T16:00:00Z', event }),
    );
    writeFileSync(join(folder, `${name}.journal.jsonl`), `${lines.join('\n')}\n`);
  }
  const made = run('sheet', '--setup', setup, '--out', sheet);
  assert.equal(made.code, 0);
  return { name, setup, sheet, complete: made.json.complete };
}

const endpoint = 'https://abcd.chat.qbusiness.us-east-1.on.aws';
const client = ['--issuer', 'https://acme.okta.com/oauth2/default', '--client-id', '0oa0'];
const saml = sheetOf('q-saml', 'okta-saml', ['--aws-first'], endpoint);
const early = sheetOf('q-early', 'entra', ['--metadata', metadataFile]);
const oidc = sheetOf('q-oidc', 'okta-oidc', client, endpoint);
assert.deepEqual(
  [saml, early, oidc].map((s) => s.complete),
  [true, false, true],
);

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const problems = [];
let passed = 0;

/** A page from the disk; whatever it asks for beside itself is a problem. */
async function open(made, settings = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...settings });
  const page = await context.newPage();
  const address = pathToFileURL(made.sheet).href;
  page.on('request', (request) => {
    const own = [address, `${address}#`].includes(request.url());
    if (!own && !request.url().startsWith('blob:'))
      problems.push(`${made.name} asked for ${request.url()}`);
  });
  page.on('pageerror', (error) => problems.push(`${made.name}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${made.name}: ${message.text()}`);
  });
  await page.goto(address);
  return page;
}

/** Presses the button, and hands what is saved to the program. */
async function save(page, made) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save the answer file' }).click(),
  ]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  assert.equal(download.suggestedFilename(), `${made.name}-answer.claimbridge.json`);
  return file;
}

for (const made of [saml, early, oidc]) {
  for (const colorScheme of ['light', 'dark']) {
    // Only here: the policy of the page lets nothing else in.
    const page = await open(made, { colorScheme, bypassCSP: true });
    await page.evaluate(axe);
    const result = await page.evaluate(() =>
      window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    );
    for (const violation of result.violations)
      problems.push(
        `${made.name} ${colorScheme}: ${violation.id}: ${violation.nodes
          .map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`)
          .slice(0, 3)
          .join('; ')}`,
      );
    await page.screenshot({ path: join(out, `${made.name}-${colorScheme}.png`), fullPage: true });
    await page.context().close();
    passed += 1;
  }
  // 1280 px at 400 % is 320 px (WCAG 1.4.10).
  const narrow = await open(made, { viewport: { width: 320, height: 256 } });
  const wide = await narrow.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (wide > 0) problems.push(`${made.name} at 320 px: ${wide} px too wide`);
  await narrow.screenshot({ path: join(out, `${made.name}-narrow.png`), fullPage: true });
  await narrow.context().close();

  // On paper, dark screens and all: no buttons, every value whole.
  // As wide as A4 between its margins.
  const paper = await open(made, { colorScheme: 'dark', viewport: { width: 673, height: 1000 } });
  await paper.emulateMedia({ media: 'print' });
  assert.equal(await paper.getByRole('button').count(), 0, 'no button is printed');
  const cut = await paper.$$eval(
    'code',
    (all) =>
      all.filter(
        (c) => c.scrollWidth > c.clientWidth + 1 && getComputedStyle(c).display !== 'inline',
      ).length,
  );
  assert.equal(cut, 0, 'values are whole');
  assert.equal(
    await paper.evaluate(() => getComputedStyle(document.body).backgroundColor),
    'rgb(255, 255, 255)',
  );
  await paper.pdf({ path: join(out, `${made.name}.pdf`), preferCSSPageSize: true, format: 'A4' });
  await paper.screenshot({ path: join(out, `${made.name}-print.png`), fullPage: true });
  await paper.context().close();

  // Without a script it can be read.
  const plain = await open(made, { javaScriptEnabled: false });
  await plain.getByRole('heading', { name: 'What to hand back' }).waitFor();
  await plain.getByText('Hand back to whoever gave you this sheet').waitFor();
  assert.equal(await plain.getByRole('button').count(), 0);
  await plain.context().close();
  passed += 3;
}

// SAML: values are copied byte for byte; wrong things are told at once; then the answer is merged.
{
  const page = await open(saml, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page
    .getByRole('button', { name: /^Copy Recipient URL of step/ })
    .first()
    .click();
  await page.locator('#copied', { hasText: 'Copied Recipient URL' }).waitFor();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    'https://signin.aws.amazon.com/saml',
  );
  const said = page.locator('#metadata-said');
  const choose = (name, text) =>
    page
      .getByLabel('Federation metadata')
      .setInputFiles({ name, mimeType: 'text/xml', buffer: Buffer.from(text) });
  for (const [text, words] of [
    ['<!DOCTYPE html><title>Sign in</title>', 'web page'],
    ['-----BEGIN CERTIFICATE-----', 'certificate'],
    [metadata.slice(0, 400), 'not whole'],
    ['<a/>', 'not the metadata of an identity provider'],
    ['{}', 'not metadata'],
  ]) {
    await choose('m.xml', text);
    await said.filter({ hasText: words }).waitFor();
  }
  await page.getByRole('button', { name: 'Save the answer file' }).click();
  await page.getByText('Nothing was saved').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'file');

  // As a portal writes it for Windows, and dropped instead of chosen.
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(metadata, 'utf16le')]);
  const data = await page.evaluateHandle(
    (bytes) => {
      const carried = new DataTransfer();
      carried.items.add(new File([new Uint8Array(bytes)], 'metadata.xml', { type: 'text/xml' }));
      return carried;
    },
    [...wide],
  );
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
  await said.filter({ hasText: '✓ Metadata of https://sts.windows.net/' }).waitFor();

  await page.getByRole('textbox', { name: 'Sign on URL' }).fill('http://idp.acme.example');
  await page.getByRole('button', { name: 'Save the answer file' }).click();
  await page.getByText('Expected an address that starts with https://').waitFor();
  await page.getByRole('textbox', { name: 'Sign on URL' }).fill(`  ${signIn} `);
  for (const tick of await page.getByRole('checkbox', { name: 'Done' }).all()) await tick.check();
  await page
    .getByRole('textbox', { name: 'Note' })
    .fill('Guests are left out.\n“Quoted”, \\ and </script>');
  const file = await save(page, saml);
  await page.getByText('Saved as q-saml-answer').waitFor();
  await page.context().close();

  const before = readFileSync(saml.setup, 'utf8');
  const shown = run('answer', file, '--setup', saml.setup);
  assert.equal(shown.code, 1);
  assert.deepEqual(
    shown.json.difference.map((d) => d.label),
    [
      'Issuer',
      'Signing certificate',
      'Sign-on address of the metadata',
      'Sign on URL',
      'Steps done',
    ],
  );
  assert.equal(shown.json.note, 'Guests are left out.\n“Quoted”, \\ and </script>');
  assert.equal(readFileSync(saml.setup, 'utf8'), before, 'nothing merges unseen');
  const merged = run('answer', file, '--setup', saml.setup, '--yes');
  assert.deepEqual([merged.code, merged.json.merged, merged.json.temporary], [0, true, false]);
  const after = JSON.parse(readFileSync(saml.setup, 'utf8'));
  assert.equal(after.federation.authentication_url, signIn);
  // Of the file's own declaration, UTF-16, nothing may be left: AWS gets UTF-8.
  assert.ok(after.federation.metadata.includes('entityID="https://sts.windows.net/'));
  for (const id of [
    'create-app',
    'placeholder',
    'saml-settings',
    'metadata',
    'access-url',
    'assign',
  ])
    assert.ok(after.done.includes(id), id);
  const again = run('answer', file, '--setup', saml.setup);
  assert.deepEqual([again.code, again.json.difference], [0, []]);
  // The other set-up's answer is taken only on purpose.
  const other = run('answer', file, '--setup', early.setup, '--yes');
  assert.equal(other.code, 2);
  assert.match(other.json.error, new RegExp(`${after.id}.*q-early`));
  assert.equal(run('answer', file, '--setup', early.setup, '--of-another-setup').code, 1);
  passed += 1;
}

// OIDC: what is there already need not be handed back, and no field takes a secret.
{
  const page = await open(oidc);
  assert.equal(await page.locator('input[type=password]').count(), 0);
  await page.getByText('Never put the client secret').waitFor();
  await page.getByRole('textbox', { name: 'Client id' }).fill('two words');
  await page.getByRole('textbox', { name: 'Issuer URI' }).click();
  await page.getByText('without blanks').waitFor();
  await page.getByRole('textbox', { name: 'Client id' }).fill('0oa1');
  await page.getByRole('checkbox', { name: 'Done' }).first().check();
  const file = await save(page, oidc);
  await page.getByText('Not in it: Issuer URI.').waitFor();
  await page.context().close();
  const merged = run('answer', file, '--setup', oidc.setup, '--yes');
  assert.deepEqual(merged.json.difference[0], { label: 'Client id', from: '0oa0', to: '0oa1' });
  const after = JSON.parse(readFileSync(oidc.setup, 'utf8'));
  assert.equal(after.federation.issuer, client[1]);
  passed += 1;
}

await browser.close();
rmSync(folder, { recursive: true, force: true });
problems.forEach((problem) => console.error(problem));
console.log(`sheet: ${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length > 0 ? 1 : 0;
