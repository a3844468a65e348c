// A stand-in for the commands, and the set-ups that the tests of the screens begin from.
import { fireEvent, screen } from '@testing-library/svelte';
import type { PlanView, RailStep, SetupView } from './ipc';

type Answer = (...args: unknown[]) => unknown;
const answers = new Map<string, Answer>();

/** Every call, its name first. */
export const calls: [string, ...unknown[]][] = [];
/** Takes the place of `ipc.ts`: what no test has an answer for is refused. */
export const ipc = {
  Channel: class {
    onmessage: unknown;
  },
  commands: new Proxy(
    {},
    {
      get:
        (_, name: string) =>
        async (...args: unknown[]) => {
          await Promise.resolve();
          calls.push([name, ...args]);
          const answer = answers.get(name);
          if (!answer) throw new Error(`nobody expected ${name}`);
          return answer(...args);
        },
    },
  ),
};

/** Answers by command; a function is asked with the command's arguments. */
export function answer(table: Record<string, unknown>) {
  for (const [name, value] of Object.entries(table))
    answers.set(name, typeof value === 'function' ? (value as Answer) : () => value);
}
/** An answer that is a refusal. */
export const refuse = (message: string) => () => {
  throw new Error(message);
};
export const called = (name: string) => calls.filter(([one]) => one === name);
/** As if nothing had been asked. */
export function forget() {
  answers.clear();
  calls.length = 0;
}

export const button = (name: string) => screen.findByRole('button', { name });
export const press = async (name: string) => fireEvent.click(await button(name));
export const nothing = () => undefined;

export const rail = (id: RailStep['id'], own: Partial<RailStep> = {}): RailStep => ({
  id,
  label: `Step ${id}`,
  owner: 'AWS',
  done: false,
  optional: false,
  reachable: true,
  ...own,
});
export const setup: SetupView = {
  id: 's',
  name: 'q-demo',
  practice: true,
  idp: 'Okta, SAML 2.0',
  vendor: 'Okta',
  protocol: 'saml',
  temporary: false,
  nobody_yet: false,
  address: { label: 'Sign on URL', path: ['Sign On'], hint: '' },
  client: null,
  custom: false,
  place: '123456789012 · us-east-1',
  position: 'plan',
  steps: [
    rail('options', { optional: true }),
    rail('plan'),
    rail('configure', { reachable: false }),
    rail('session', { optional: true }),
    rail('groups', { optional: true }),
  ],
  facts: [],
  metadata: null,
  authentication_url: null,
  trust_map: '',
  empty: true,
  last_test: null,
  profile: null,
};

// The tests' page lays nothing out, so that nothing can be scrolled to.
Element.prototype.scrollIntoView = nothing;

/** A plan of one row, which asks for the client secret. */
export const plan = (own: Partial<PlanView> = {}): PlanView => ({
  digest: 'd',
  verb: 'Create 1 resource',
  writes: 1,
  rows: [
    {
      address: 'secret',
      label: 'Client secret',
      kind: '',
      action: 'create',
      refusal: null,
      after: [],
      changes: [],
      usual_wait: null,
      shareable: false,
    },
  ],
  notes: [],
  refused: false,
  asks_secret: true,
  ...own,
});
