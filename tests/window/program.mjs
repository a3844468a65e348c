// The program on its virtual display, and the acts that every road has: a new set-up, the steps of a
// guide from the cards on the screen, a plan that is carried out, a sign-in in its window.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Driver } from './driver.mjs';

// What AWS is waited for at most; the practice world takes its time, as AWS does.
const AWS = 60_000;

// A step as its card says it: the way there, and what to type, choose or tick.
const STEP = `
  const step = (article) => ({
    path: [...article.querySelectorAll('.path b')].map((part) => part.textContent),
    typed: Object.fromEntries([...article.querySelectorAll('.list > *')].flatMap((card) => {
      const value = card.querySelector('code, b');
      return value ? [[card.firstElementChild.textContent, value.textContent]] : [];
    })),
  });`;

export class Program {
  static async start(artifacts) {
    rmSync(artifacts, { recursive: true, force: true });
    mkdirSync(artifacts, { recursive: true });
    const folder = mkdtempSync(join(tmpdir(), 'claimbridge-window-'));
    process.env.CLAIMBRIDGE_DATA = join(folder, 'data');
    const driver = await Driver.start(
      resolve('target/debug/claimbridge'),
      ['--practice', '--latency', 'real*0.05'],
      folder,
    );
    return new Program(driver, await driver.window(), artifacts, folder);
  }

  constructor(driver, main, artifacts, folder) {
    this.driver = driver;
    /** The window with the screens. */
    this.main = main;
    this.artifacts = artifacts;
    /** Where the program runs, with its data below it. */
    this.folder = folder;
    this.data = join(folder, 'data');
    this.shots = 0;
    /** By vendor. */
    this.portals = new Map();
    /** What the commands answered, for the tests of the screens in Chromium. */
    this.answers = {};
  }

  async stop() {
    await this.driver.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A picture of the open window. */
  async shot(name) {
    this.shots += 1;
    const file = `${String(this.shots).padStart(3, '0')}-${name}.png`;
    const picture = await this.driver.screenshot();
    writeFileSync(join(this.artifacts, file), Buffer.from(picture, 'base64'));
  }

  /** The screen in both themes. */
  async look(name) {
    // A picture shows what was painted last, so two frames have to pass, and what fades has to be over.
    const theme = (value) =>
      this.driver.run(
        `if (arguments[0]) document.documentElement.dataset.theme = arguments[0];
         else delete document.documentElement.dataset.theme;
         const frame = () => new Promise((painted) => requestAnimationFrame(painted));
         const faded = () => Promise.allSettled(document.getAnimations()
           .filter((one) => one instanceof CSSTransition).map((one) => one.finished));
         return frame().then(faded).then(frame).then(() => true);`,
        value,
      );
    await theme('light');
    await this.shot(name);
    await theme('dark');
    await this.shot(`${name}-dark`);
    await theme('');
  }

  /** Runs a command as the screens do, and throws what it refuses with. */
  async call(command, args = {}) {
    const said = await this.driver.run(
      `const [command, args] = arguments;
       const { invoke, transformCallback } = window.__TAURI_INTERNALS__;
       for (const name of ['progress', 'read'])
         if (name in args) args[name] = '__CHANNEL__:' + transformCallback(() => undefined);
       return invoke(command, args).then((answer) => ({ answer }), (refused) => ({ refused }));`,
      command,
      args,
    );
    if (said.refused) throw new Error(said.refused.message ?? String(said.refused));
    return said.answer;
  }

  async keep(name, command, args) {
    return (this.answers[name] = await this.call(command, args));
  }

  async home() {
    await this.driver.press('Claimbridge');
    await this.driver.title('Federations with Amazon Q Business');
  }

  async open(name) {
    await this.driver.click(`button[aria-label="Open ${name}"]`);
  }

  /** From Home to the first screen of a new set-up in the practice world; its id. */
  async create({ idp, awsFirst = false, prefix }) {
    const { driver } = this;
    await driver.press('Rehearse in the practice world');
    await driver.title('What do you want to connect?');
    await driver.pick(idp);
    if (awsFirst) await driver.pick('AWS first');
    await this.look(`goal-${prefix}`);
    await driver.press('Choose account and region');
    await driver.press('Check this account');
    await driver.press('Choose names');
    await driver.title('What shall it be called?');
    await driver.type('input[type=text]', prefix);
    await driver.press('Use these names');
    await driver.wait(
      () => driver.run(`return document.querySelector('.rail .about b')?.textContent`),
      'the new set-up',
    );
    const { rows } = await this.call('home');
    return rows.find((row) => row.name === prefix).id;
  }

  /** Does what comes before the hand-in, in the portal; what each of the steps gave, by title. */
  async before(portal) {
    await this.driver.wait(
      () => this.driver.run(`return document.querySelector('main details[name=before]') !== null`),
      'the steps in the portal',
    );
    const steps = await this.driver.run(`${STEP}
      return [...document.querySelectorAll('main details[name=before]')].map((one) => ({
        title: one.querySelector('.title').textContent,
        optional: one.querySelector('summary .caption') !== null,
        ...step(one.querySelector('article')),
      }));`);
    const gave = {};
    for (const step of steps.filter((one) => !one.optional))
      gave[step.title] = await portal.follow(step);
    return gave;
  }

  /** The step that Configure shows. */
  step() {
    return this.driver.run(`${STEP}
      const article = document.querySelector('main .head ~ article');
      return article && {
        title: document.querySelector('h1').textContent.trim(),
        at: document.querySelector('main .dot[aria-current]').getAttribute('aria-label'),
        optional: document.querySelector('main .head + .caption').textContent.startsWith('Optional'),
        ...step(article),
      };`);
  }

  /** Goes through every step of Configure; of the optional ones only through those that `wanted` knows. */
  async configure(portal, wanted = () => false) {
    const { driver } = this;
    let step;
    await driver.wait(async () => (step = await this.step()) !== null, 'the first step');
    const done = [];
    while (step) {
      const skips = step.optional && !wanted(step.title);
      if (!skips) {
        await portal.follow(step);
        done.push(step.title);
      }
      if (skips) await driver.press('Skip this one');
      else await driver.click('footer button.primary');
      const { at } = step;
      await driver.wait(async () => {
        step = await this.step();
        return step?.at !== at;
      }, `what comes after “${step.title}”`);
    }
    return done;
  }

  /** Carries out the plan that is on the screen. */
  async apply(finished = 'Everything in AWS is there') {
    await this.driver.click('footer button.primary');
    await this.driver.title(finished, AWS);
  }

  /** Signs somebody in, in the window that a button opens; `name` is of its picture. */
  async signIn(button, login, name) {
    const { driver } = this;
    const known = await driver.windows();
    await driver.press(button);
    const page = await driver.other(...known);
    await driver.type('input[name=login]', login);
    if (name) await this.shot(name);
    // It can call no command: it has no permission at all.
    const denied = await driver.run(`return window.__TAURI_INTERNALS__
      ? window.__TAURI_INTERNALS__.invoke('home').then(() => 'allowed', (error) => String(error))
      : 'no ipc'`);
    assert.match(denied, /not allowed|no ipc/);
    // Pressed once this command has answered: the window closes by it, and a click would go on to
    // wait for the page that it leads to.
    await driver.run(`setTimeout(() => document.querySelector('form button').click())`);
    await driver.gone(page);
    await driver.switchTo(this.main);
  }
}
