// “Permission needed”: a set-up that works is broken in five ways, by its portal and in the AWS console, and
// each time the screen leads from the message to the value, and from the value to a sign-in that passes. A sixth time
// no set-up knows the application.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { editTrust, standing } from './aws-console.mjs';
import { recordCase, recordStart } from '../screens/diagnose.mjs';
import { blade, fill, makeApp, typeAll } from './entra.mjs';
import { Portal } from './portal.mjs';

const prefix = 'q-cause';
const alice = 'alice@contoso.example';

/** Does something in the portal, of which it shows a picture when it is done. */
const inPortal = (portal, name, work) =>
  portal.within(async () => {
    await work(portal.driver);
    await portal.program.shot(name);
  });

const reply = async (driver, app, change) => {
  await blade(driver, app, 'basic-saml');
  const address = await driver.run(`return document.querySelector('[name=reply-url]').value`);
  await fill(driver, app, 'basic-saml', { 'reply-url': change(address) });
};

const assign = async (driver, app, role) => {
  await blade(driver, app, 'users');
  await driver.leave(
    `[...document.querySelectorAll('tr')].find((row) => row.textContent.includes(arguments[0])).querySelector('button').click()`,
    alice,
  );
  await driver.choose('#assign [name=user]', 'Alice Adams');
  await driver.choose('#assign [name=role]', role);
  await driver.leave(`document.querySelector('#assign button').click()`);
};

/** What is wrong, the cause that has to come first, and how it is mended: in the portal, or by the plan. */
const faults = [
  {
    name: 'slash',
    cause: 'F11-recipient-mismatch',
    break: (driver, app) => reply(driver, app, (url) => url.replace('/saml', '//saml')),
    mend: (driver, app, { to }) => reply(driver, app, () => to),
  },
  {
    name: 'swapped',
    cause: 'F02-pair-swapped',
    break: async (driver, app) => {
      await blade(driver, app, 'roles');
      const pair = await driver.run(`return document.querySelector('td + td').textContent`);
      await fill(driver, app, 'roles', {
        'display-name': 'swapped',
        value: pair.split(',').reverse().join(','),
      });
      await assign(driver, app, 'swapped');
    },
    mend: async (driver, app, { to }) => {
      await fill(driver, app, 'roles', { 'display-name': 'mended', value: to });
      await assign(driver, app, 'mended');
    },
  },
  {
    name: 'email',
    cause: 'F17-email-missing',
    break: async (driver, app) => {
      await blade(driver, app, 'claims');
      await driver.leave(
        `[...document.querySelectorAll('tr')].find((row) => row.textContent.includes('PrincipalTag:Email')).querySelector('button').click()`,
      );
    },
    mend: (driver, app, { card }) =>
      fill(
        driver,
        app,
        'claims',
        {
          name: card.Name,
          namespace: card.Namespace,
          source: card['Source attribute'],
        },
        '#claim',
      ),
  },
  {
    name: 'default-access',
    cause: 'F01-role-missing',
    // The trust policy would admit it; STS never came that far.
    beside: 'Not for the trust policy: the cause above is why.',
    break: (driver, app) => assign(driver, app, 'Default Access'),
    mend: (driver, app) => assign(driver, app, 'mended'),
  },
  {
    name: 'trust',
    cause: 'F10-aud-placeholder',
    aws: true,
    break: async (driver) => {
      await editTrust(new URL(await driver.url()).origin, `${prefix}-web`, (policy) => {
        for (const statement of policy.Statement)
          for (const condition of Object.values(statement.Condition ?? {}))
            if ('SAML:aud' in condition) condition['SAML:aud'] = 'https://sampleurl.com';
      });
    },
  },
];

export async function diagnose(program) {
  const { driver } = program;
  const call = (command, args) => program.call(command, args);
  const { id, app, portal } = await works(program);
  Object.assign(program.answers, await recordStart(call));
  for (const fault of faults) {
    await inPortal(portal, `cause-${fault.name}-broken`, (window) => fault.break(window, app));
    await find(program, fault);
    if (fault.beside) await driver.text(fault.beside);
    if (fault.aws) {
      const { fixes } = await program.keep('casePlanned', 'look_at_aws', { place: null });
      assert.ok(fixes[0].planned, 'the plan makes the first fix');
    }
    if (fault === faults[0]) Object.assign(program.answers, await recordCase(call, id));
    await mend(program, portal, app, fault);
    await program.home();
  }
  await driver.text('Works');
  await elsewhere(program, id, portal);
}

/** An application that no set-up of this computer knows: its cause is found, and nothing of it is touched. */
async function elsewhere(program, id, portal) {
  const { driver } = program;
  const trust = faults.find((fault) => fault.name === 'trust');
  for (const file of readdirSync(program.data, { recursive: true }))
    if (file.split('/').at(-1).startsWith(id))
      rmSync(join(program.data, file), { recursive: true, force: true });
  await portal.within(() => trust.break(driver));
  const origin = await portal.within(async () => new URL(await driver.url()).origin);
  const before = await standing(origin, `${prefix}-web`);
  await find(program, { ...trust, name: 'elsewhere' });
  await driver.text('CloudTrail event');
  await program.keep('caseElsewhere', 'look_at_aws', { place: null });
  await driver.press('Take this application over first');
  await driver.title('Which application is it?');
  await program.look('cause-elsewhere-take-over');
  assert.deepEqual(
    await standing(origin, `${prefix}-web`),
    before,
    'something was changed or tagged',
  );
  // Nothing is on this computer of it any more; other roads may have left theirs.
  const { rows } = await program.call('home');
  assert.ok(!rows.some((row) => row.id === id));
  await driver.press('Claimbridge');
  await driver.text('Rehearse in the practice world');
}

/** A set-up whose sign-in passes. */
async function works(program) {
  const { driver } = program;
  const id = await program.create({
    idp: 'Microsoft Entra ID, gallery app',
    prefix,
  });
  await driver.title('Get the federation metadata from Entra ID');
  const portal = await Portal.open(program, 'entra');
  const { app, metadata, accessUrl } = await portal.within(async () => {
    // Another road may have left its window at another page.
    await driver.goto('/entra');
    return makeApp(program, prefix);
  });
  await driver.paste('main textarea', metadata);
  await driver.press('Read this text');
  await driver.text('days left');
  await driver.type('main input[type=url]', accessUrl);
  await driver.press('Look at the plan');
  await driver.title('This is what will happen in AWS');
  await driver.busy(false);
  await program.apply();
  await driver.press('Configure Entra ID');
  await typeAll(program, portal, app, `${prefix}-web`);
  await driver.title('Does a sign-in pass?');
  await program.signIn('Sign in now', alice);
  await driver.title('The sign-in passed');
  await program.home();
  return { id, app, portal };
}

/** From the message to the cause. */
async function find(program, { name, cause }) {
  const { driver } = program;
  await driver.press('Something is wrong with the sign-in');
  await driver.title('What do people see?');
  await driver.pick('“Permission needed”');
  if (cause === faults[0].cause) await program.look(`cause-${name}-tile`);
  await driver.click('main .list details summary');
  await driver.pick('Practice world');
  await driver.press('List the applications');
  await driver.pick(prefix);
  await program.look(`cause-${name}-start`);
  await driver.press('Find the cause');
  await driver.text('AWS read at');
  await driver.busy(false);
  await program.look(`cause-${name}-looked`);
  await program.signIn('Capture a sign-in', alice, `cause-${name}-sign-in`);
  await driver.wait(
    () => driver.run(`return /stops? the sign-in$/.test(document.querySelector('h1').textContent)`),
    `the cause of “${name}”`,
  );
  const first = await driver.run(
    `return document.querySelector('main article .caption').textContent.split(' ')[0]`,
  );
  assert.equal(first, cause, name);
  await pages(program, `cause-${name}`);
}

/** Every part of the screen, as one scrolls through it. */
export async function pages(program, name) {
  const { driver } = program;
  const height = await driver.run(
    `const main = document.querySelector('main'); main.scrollTop = 0; return [main.scrollHeight, main.clientHeight]`,
  );
  const [all, one] = height;
  for (let page = 0; page * one < all - 40; page += 1) {
    await driver.run(`document.querySelector('main').scrollTop = arguments[0]`, page * one);
    await program.look(`${name}-${page + 1}`);
  }
  await driver.run(`document.querySelector('main').scrollTop = 0`);
}

/** The value to enter, and the card of the portal's step, as the smallest fix shows them. */
const fix = (driver) =>
  driver.run(`
    const fix = document.querySelector('main .fix.first');
    const code = fix.querySelectorAll('.pair code');
    const card = [...fix.querySelectorAll('.card .list > *')].flatMap((row) => {
      const value = row.querySelector('code, b');
      return value ? [[row.firstElementChild.textContent, value.textContent]] : [];
    });
    const bare = (element) => {
      const copy = element.cloneNode(true);
      copy.querySelectorAll('.hidden-visually').forEach((spoken) => spoken.remove());
      return copy.textContent;
    };
    return { to: code.length > 0 ? bare(code[code.length - 1]) : '', card: Object.fromEntries(card) };`);

async function mend(program, portal, app, fault) {
  const { driver } = program;
  if (fault.aws) {
    await driver.press('Look at the plan that mends it');
    await driver.title('This is what will happen in AWS');
    await driver.busy(false);
    await program.look(`cause-${fault.name}-plan`);
    await program.apply();
    await driver.press('Test a sign-in');
    await driver.title('Does a sign-in pass?');
    await program.signIn('Sign in now', alice);
    await driver.title('The sign-in passed');
    await program.look(`cause-${fault.name}-passed`);
    return;
  }
  const found = await fix(driver);
  await inPortal(portal, `cause-${fault.name}-mended`, (window) => fault.mend(window, app, found));
  await program.signIn('Try the sign-in again', alice);
  await driver.title('The sign-in passes');
  await program.keep('casePassed', 'look_at_aws', { place: null });
  await program.look(`cause-${fault.name}-passes`);
}
