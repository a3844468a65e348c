// A practice portal in its own window, gone through by its labels as a person does: along the path of
// a guide's step, and into the form that has the fields of the step.

import assert from 'node:assert/strict';

// What stands on a page under a label, looked for behind a place first: a link rather than words.
const FIND = `
  const [label, after] = arguments;
  const all = [...document.body.querySelectorAll('*')];
  const found = all
    .map((element, at) => ({ element, at, link: element.tagName === 'A' }))
    .filter(({ element }) => element.childElementCount === 0 && element.textContent === label);
  const below = found.filter(({ at }) => at > after);
  const best = below.find((one) => one.link) ?? below[0] ?? found.find((one) => one.link) ?? found[0];
  return best && {
    at: best.at,
    link: best.link,
    file: best.link && best.element.href.endsWith('.xml') ? best.element.href : '',
    value: best.element.parentElement.querySelector('span + code')?.textContent ?? '',
  };`;

// Of several forms that have the labels, the one with the fewest fields, and the first of those.
const FILL = `
  const typed = arguments[0];
  const fields = (form) => Object.fromEntries([...form.querySelectorAll('label')].map((label) =>
    [label.querySelector('span').textContent, label.querySelector('input, select')]));
  const forms = [...document.forms]
    .filter((form) => Object.keys(typed).every((label) => label in fields(form)))
    .sort((a, b) => a.querySelectorAll('label').length - b.querySelectorAll('label').length);
  if (forms.length === 0) throw new Error('no form has ' + Object.keys(typed).join(', '));
  const into = fields(forms[0]);
  for (const [label, text] of Object.entries(typed)) {
    const field = into[label];
    if (field.tagName === 'SELECT') {
      const option = [...field.options].find((one) => one.text === text);
      if (!option) throw new Error(label + ' does not offer ' + text);
      field.value = option.value;
    } else if (field.type === 'checkbox') field.checked = text === 'checked';
    else field.value = text;
  }
  forms[0].querySelector('button').click();`;

const PERSON = 'Person';

export class Portal {
  /**
   * Opens a vendor's portal by the button of the screen, which has the focus again then. Its window
   * stays, so a second time it is the one that is there.
   */
  static async open(program, vendor) {
    const { driver, portals } = program;
    const known = await driver.windows();
    await driver.press('Open the practice portal');
    if (!portals.has(vendor)) {
      const handle = await driver.other(...known);
      assert.equal(new URL(await driver.url()).pathname, `/${vendor}`);
      portals.set(vendor, new Portal(program, handle, `/${vendor}`));
      await driver.switchTo(program.main);
    }
    return portals.get(vendor);
  }

  constructor(program, handle, home) {
    this.program = program;
    this.driver = program.driver;
    this.handle = handle;
    this.home = home;
  }

  /** Does something in the portal's window. */
  async within(work) {
    await this.driver.switchTo(this.handle);
    const said = await work();
    await this.driver.switchTo(this.program.main);
    return said;
  }

  /**
   * Does one step as its card says. `text` is what stands at the end of its path, a file or a value;
   * `shown` is everything that can be copied from the page then, by label.
   */
  follow({ path, typed }) {
    return this.within(async () => {
      const text = await this.walk(path);
      if (Object.keys(typed).length > 0) await this.fill(typed);
      else if (path.at(-1) === 'Assign' || path.at(-1) === 'Access') await this.assign();
      const shown = await this.driver.run(
        `return Object.fromEntries([...document.querySelectorAll('span + code')].map((value) =>
           [value.previousElementSibling.textContent, value.textContent]))`,
      );
      return { text, shown };
    });
  }

  async find(label, after = -1) {
    const found = await this.driver.run(FIND, label, after);
    if (!found) throw new Error(`${await this.driver.url()} has no “${label}”`);
    return found;
  }

  async walk(path) {
    const { driver } = this;
    const starts = await driver.run(FIND, path[0], -1);
    if (!starts) await driver.goto(this.home);
    let last;
    for (const label of path) {
      const after = last && !last.link ? last.at : -1;
      last = await this.find(label, after);
      if (last.file)
        return driver.run('return fetch(arguments[0]).then((answer) => answer.text())', last.file);
      if (last.link)
        await driver.leave(`document.body.querySelectorAll('*')[arguments[0]].click()`, last.at);
    }
    return last.value;
  }

  async fill(typed) {
    await this.driver.leave(FILL, typed);
    const refusal = await this.driver.run(
      `return document.querySelector('[role=alert]')?.textContent`,
    );
    if (refusal) throw new Error(`the portal refused: ${refusal}`);
  }

  /** Gives everybody access whom the list offers. */
  async assign() {
    const people = await this.driver.run(
      `const label = [...document.querySelectorAll('form label')].find((one) =>
         one.querySelector('span').textContent === arguments[0]);
       return [...label.querySelectorAll('option')].map((option) => option.text);`,
      PERSON,
    );
    for (const person of people) await this.fill({ [PERSON]: person });
  }
}
