// The few WebDriver calls that the window test needs. Waits look for what is awaited until it is
// there or its time is over; nothing sleeps for luck.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Builder, By, Capabilities, until } from 'selenium-webdriver';

const PATIENCE = 15_000;

const freePort = () =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

export class Driver {
  /** Starts a program; `cwd` is the folder in which it runs. */
  static async start(binary, args, cwd = process.cwd()) {
    const port = await freePort();
    const child = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd,
      env: { ...process.env, TAURI_WEBVIEW_AUTOMATION: 'true' },
    });
    const capabilities = new Capabilities({
      browserName: 'wry',
      'webkitgtk:browserOptions': { binary, args },
    });
    const start = Date.now();
    for (;;) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/status`);
        if (answer.ok) break;
      } catch (error) {
        if (Date.now() - start > PATIENCE) throw error;
        await new Promise((next) => setTimeout(next, 50));
      }
    }
    const web = await new Builder()
      .usingServer(`http://127.0.0.1:${port}/`)
      .withCapabilities(capabilities)
      .build();
    await web.manage().setTimeouts({ script: 30_000, pageLoad: 30_000 });
    return new Driver(web, child);
  }

  constructor(web, child) {
    this.web = web;
    this.child = child;
  }

  async stop() {
    await this.web.quit().catch(() => undefined);
    this.child.kill('SIGKILL');
  }

  wait(condition, what, patience = PATIENCE) {
    return this.web.wait(condition, patience, `waited for ${what}`);
  }

  run(script, ...given) {
    return this.web.executeScript(script, ...given);
  }

  screenshot() {
    return this.web.takeScreenshot();
  }

  window() {
    return this.web.getWindowHandle();
  }

  windows() {
    return this.web.getAllWindowHandles();
  }

  url() {
    return this.web.getCurrentUrl();
  }

  async switchTo(handle) {
    await this.web.switchTo().window(handle);
  }

  /** The window that is none of these, as soon as it has a page. */
  async other(...known) {
    let found;
    await this.wait(async () => {
      found = (await this.web.getAllWindowHandles()).find((handle) => !known.includes(handle));
      return found !== undefined;
    }, 'a new window');
    await this.switchTo(found);
    await this.wait(async () => (await this.url()).startsWith('http://127.0.0.1'), 'its page');
    await this.settled();
    return found;
  }

  async gone(handle) {
    await this.wait(
      async () => !(await this.web.getAllWindowHandles()).includes(handle),
      'the window to close',
    );
  }

  settled() {
    return this.wait(
      () => this.run('return document.readyState === "complete"').catch(() => false),
      'the page to be complete',
    );
  }

  title(text, patience) {
    return this.wait(
      () =>
        this.run(
          `return document.querySelector('h1')?.textContent.trim() === ${JSON.stringify(text)}`,
        ),
      `the title “${text}”`,
      patience,
    );
  }

  /** A text anywhere on the page, in a button too. */
  text(text, patience) {
    return this.wait(
      () => this.run(`return document.body.innerText.includes(arguments[0])`, text),
      `“${text}”`,
      patience,
    );
  }

  busy(expected) {
    return this.wait(
      () =>
        this.run(
          `return (document.querySelector('[aria-busy=true]') !== null) === ${String(expected)}`,
        ),
      'the screen to be ready',
    );
  }

  /** Presses a button by what it says, or begins with. */
  async press(text) {
    let button;
    await this.wait(async () => {
      button = await this.run(
        `const said = (b) => (b.innerText || b.getAttribute('aria-label') || '').replaceAll(/\\s+/g, ' ').trim();
           const all = [...document.querySelectorAll('button:enabled')];
           return all.find((b) => said(b) === arguments[0])
             ?? all.find((b) => said(b).startsWith(arguments[0] + ' '));`,
        text,
      );
      return button !== null;
    }, `the button “${text}”`);
    // One that the footer covers by half counts as in view, and cannot be pressed.
    await this.run(`arguments[0].scrollIntoView({ block: 'center' })`, button);
    await button.click();
  }

  /** Chooses or ticks what stands under a label. */
  async pick(label) {
    let input;
    await this.wait(async () => {
      input = await this.run(
        `const found = [...document.querySelectorAll('label.option')].find((option) =>
             option.querySelector('span').firstChild.textContent.trim().startsWith(arguments[0]));
           return found?.querySelector('input:enabled');`,
        label,
      );
      return input !== null;
    }, `“${label}” to choose`);
    if (!(await input.isSelected())) await input.click();
  }

  async click(css) {
    await (await this.wait(until.elementLocated(By.css(css)), css)).click();
  }

  async type(css, value) {
    const field = await this.wait(until.elementLocated(By.css(css)), css);
    await field.clear();
    if (value) await field.sendKeys(value);
  }

  /** Puts a long text in at once, as the clipboard does. */
  async paste(css, value) {
    await this.wait(until.elementLocated(By.css(css)), css);
    await this.web.executeScript(
      `const field = document.querySelector(arguments[0]);
       field.value = arguments[1];
       field.dispatchEvent(new Event('input', { bubbles: true }));`,
      css,
      value,
    );
  }

  async choose(css, text) {
    await this.wait(until.elementLocated(By.css(css)), css);
    await this.web.executeScript(
      `const field = document.querySelector(arguments[0]);
       field.value = [...field.options].find((option) => option.text === arguments[1]).value;
       field.dispatchEvent(new Event('change', { bubbles: true }));`,
      css,
      text,
    );
  }

  /** Gives a file to a file picker; one that is hidden behind its label takes it too. */
  async give(css, file) {
    const field = await this.wait(until.elementLocated(By.css(css)), css);
    await field.sendKeys(file);
  }

  async goto(path) {
    const origin = new URL(await this.url()).origin;
    await this.web.get(origin + path);
    await this.settled();
  }

  /** Runs a script that leads to another page, and waits for that one. */
  async leave(script, ...given) {
    await this.run('window.left = false');
    const said = await this.run(script, ...given);
    await this.wait(
      () =>
        this.run('return window.left === undefined && document.readyState === "complete"').catch(
          () => false,
        ),
      'the next page',
    );
    return said;
  }
}
