// The system's own dialog for saving a file, which no WebDriver sees: pressed by way of the
// accessibility bus, as a screen reader does.
import { execFileSync } from 'node:child_process';

const ACCESSIBLE = 'org.a11y.atspi.Accessible';

const send = (bus, destination, path, method, ...given) =>
  execFileSync(
    'dbus-send',
    [bus, '--print-reply', `--dest=${destination}`, path, method, ...given],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );

class Tree {
  constructor() {
    const answer = send('--session', 'org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus.GetAddress');
    this.bus = `--bus=${/string "(.*)"/.exec(answer)[1]}`;
    this.root = ['org.a11y.atspi.Registry', '/org/a11y/atspi/accessible/root'];
  }

  children([name, path]) {
    const answer = send(this.bus, name, path, `${ACCESSIBLE}.GetChildren`);
    return [...answer.matchAll(/string "(.*)"\s+object path "(.*)"/g)].map((one) => one.slice(1));
  }

  role([name, path]) {
    return /string "(.*)"/.exec(send(this.bus, name, path, `${ACCESSIBLE}.GetRoleName`))[1];
  }

  name([name, path]) {
    const get = 'org.freedesktop.DBus.Properties.Get';
    const answer = send(this.bus, name, path, get, `string:${ACCESSIBLE}`, 'string:Name');
    return /string "(.*)"/.exec(answer)[1];
  }

  press([name, path]) {
    send(this.bus, name, path, 'org.a11y.atspi.Action.DoAction', 'int32:0');
  }

  /** The first that fits below something, nearest first. */
  find(from, fits) {
    for (let level = [from]; level.length > 0;) {
      level = level.flatMap((one) => this.children(one));
      const found = level.find(fits);
      if (found) return found;
    }
    return undefined;
  }
}

/** Says yes to the dialog that comes up: the name and the folder that it offers are taken. */
export async function save(driver) {
  const tree = new Tree();
  let dialog;
  await driver.wait(() => {
    dialog = tree
      .children(tree.root)
      .flatMap((program) => tree.children(program))
      .find((window) => ['file chooser', 'dialog'].includes(tree.role(window)));
    return dialog !== undefined;
  }, 'the dialog for saving');
  const button = tree.find(
    dialog,
    (one) => tree.role(one) === 'push button' && /^_?Save$/.test(tree.name(one)),
  );
  if (!button) throw new Error('the dialog has no button Save');
  tree.press(button);
}
