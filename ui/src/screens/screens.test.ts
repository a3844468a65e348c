import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeView, GroupsView, PersonView, SetupView } from '../ipc';
import Changes from '../parts/Changes.svelte';
import ProviderThere from '../parts/ProviderThere.svelte';
import Remains from '../parts/Remains.svelte';
import { words } from '../words';
import Groups from './Groups.svelte';
import Session from './Session.svelte';

const answers: Record<string, unknown> = {};
const calls: [string, unknown][] = [];
const asked = (command: string) =>
  calls.filter(([name]) => name === command).map(([, args]) => args);

beforeEach(() => {
  calls.length = 0;
  let callbacks = 0;
  vi.stubGlobal('__TAURI_INTERNALS__', {
    transformCallback: () => ++callbacks,
    unregisterCallback: () => undefined,
    invoke: (command: string, args: unknown) => {
      calls.push([command, args]);
      return command in answers
        ? Promise.resolve(answers[command])
        : Promise.reject({ message: `no answer for ${command}` });
    },
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const setup = {
  id: 's1',
  name: 'q-demo',
  practice: true,
  vendor: 'Okta',
  protocol: 'saml',
  place: '123456789012 · us-east-1',
} as SetupView;
const person = (name: string): PersonView => ({
  email: `${name}@example.com`,
  arn: `arn:aws:sts::123456789012:assumed-role/q/${name}`,
  subject: name,
  tags: [],
  expires: '2026-11-24T08:26:55Z',
});
const nothing = () => undefined;

describe('Session', () => {
  beforeEach(() => {
    Object.assign(answers, {
      people: [person('alice'), person('bob')],
      options: { options: { tier: 'lite' } },
      session_checks: [],
      data_sources: [],
      ask: { text: 'An answer', sources: [], second_try: true },
      copy_credentials: null,
    });
  });
  const show = () => render(Session, { setup, test: nothing, back: nothing });
  const primary = (name: string | RegExp) =>
    screen.findByRole<HTMLButtonElement>('button', { name });

  it('asks nobody anything without a consent to the tier', async () => {
    show();
    const ask = await primary('Ask as both');
    await fireEvent.input(screen.getByLabelText('Question'), { target: { value: 'What?' } });
    expect(ask.disabled).toBe(true);
    await fireEvent.click(ask);
    expect(asked('ask')).toEqual([]);
    await fireEvent.click(await screen.findByLabelText(/Q Business Lite, for alice.* and for bob/));
    expect(ask.disabled).toBe(false);
    await fireEvent.click(ask);
    expect(asked('ask')).toEqual([
      { id: 's1', person: 0, question: 'What?' },
      { id: 's1', person: 1, question: 'What?' },
    ]);
    expect(await screen.findAllByText('An answer')).toHaveLength(2);
    expect(screen.getAllByText(words.session.secondTry)).toHaveLength(2);
  });

  it('takes a consent for one person for nobody else', async () => {
    show();
    const ask = await primary('Ask as both');
    await fireEvent.input(screen.getByLabelText('Question'), { target: { value: 'What?' } });
    await fireEvent.click(await screen.findByLabelText(/I agree/));
    await fireEvent.click(screen.getByLabelText('bob@example.com'));
    expect(ask.textContent).toBe('Ask as bob@example.com');
    expect(ask.disabled).toBe(true);
  });

  it('puts no test documents for one person alone', async () => {
    answers['people'] = [person('alice')];
    show();
    expect((await primary('Put two test documents')).disabled).toBe(true);
    expect((await primary('Remove the test documents')).disabled).toBe(false);
  });

  it('says how long what is on the clipboard holds, and shows none of it', async () => {
    answers['people'] = [person('alice')];
    show();
    const shell = await screen.findByLabelText(words.session.shell);
    const fold = shell.closest('details');
    if (fold) fold.open = true;
    await fireEvent.change(shell, {
      target: { value: 'cmd' },
    });
    await fireEvent.click(await primary(/^Copy the export lines\W*alice@example.com/));
    await screen.findByText(/until something else is. They end 2026-11-24 08:26 UTC/);
    expect(asked('copy_credentials')).toEqual([{ id: 's1', person: 0, shell: 'cmd' }]);
  });

  it('leads to the test when nobody has signed in', async () => {
    answers['people'] = [];
    const test = vi.fn();
    render(Session, { setup, test, back: nothing });
    await fireEvent.click(await primary('Go to Test sign-in'));
    expect(test).toHaveBeenCalledOnce();
    expect(asked('data_sources')).toEqual([]);
  });
});

describe('Groups', () => {
  const compared: GroupsView = {
    findings: [],
    plan: {
      digest: 'seen',
      verb: 'Put 1 group',
      writes: 1,
      rows: [{ name: 'platform', action: 'put', members: 1, object: null }],
      more: 12,
      counts: [{ action: 'put', count: 1 }],
    },
  };
  const choose = async () => {
    const given = new File(['group,member\nplatform,a@example.com'], 'groups.csv');
    const input = screen.getByLabelText<HTMLInputElement>('Choose the file');
    await fireEvent.change(input, { target: { files: [given] } });
    await screen.findByText(/groups.csv/);
  };
  const press = async (name: string) =>
    fireEvent.click(await screen.findByRole('button', { name }));
  const show = () => render(Groups, { setup, next: nothing, back: nothing });

  it('compares nothing without a file, and applies what was shown', async () => {
    answers['compare_groups'] = compared;
    answers['apply_groups'] = {
      finished: true,
      stopped: false,
      put: 1,
      deleted: 0,
      failed: [],
      not_started: 0,
      broken_off: null,
      rate: null,
    };
    show();
    await press('Compare with AWS');
    expect(asked('compare_groups')).toEqual([]);
    await choose();
    await press('Compare with AWS');
    await screen.findByText('and 12 more');
    await press('Put 1 group');
    await screen.findByText(words.groups.finished(0));
    expect(asked('apply_groups')).toMatchObject([{ id: 's1', digest: 'seen' }]);
  });

  it('does not say that all is as in the file where groups were left alone', async () => {
    const counts = [{ action: 'unknown', count: 3 }];
    const plan = { digest: 'd', verb: 'Nothing to change', writes: 0, rows: [], more: 0, counts };
    answers['compare_groups'] = { findings: [], plan } satisfies GroupsView;
    show();
    await choose();
    await press('Compare with AWS');
    await screen.findByText(words.groups.same(3));
    expect(screen.queryByText(words.groups.same(0))).toBeNull();
  });

  it('keeps what was chosen when the comparison is refused', async () => {
    delete answers['compare_groups'];
    show();
    await choose();
    await press('Compare with AWS');
    await screen.findByText(/no answer for compare_groups/);
    screen.getByText(/groups.csv/);
    answers['compare_groups'] = compared;
    await press('Compare with AWS');
    await screen.findByText(words.groups.differs);
  });

  it('offers no write where the file is not in order', async () => {
    answers['compare_groups'] = {
      findings: [{ severity: 'bad', title: 'T', remedy: 'R', count: 3, places: ['line 1'] }],
      plan: null,
    } satisfies GroupsView;
    show();
    await choose();
    await press('Compare with AWS');
    await screen.findByText(words.groups.blocked);
    screen.getByText('and 2 more');
    expect(screen.queryByRole('button', { name: /^Put/ })).toBeNull();
  });
});

describe('ProviderThere', () => {
  it('shows what would be shared before it is', async () => {
    answers['provider_there'] = {
      arn: 'arn:aws:iam::123456789012:saml-provider/q',
      issuer: 'https://a.example',
      issuer_before: 'https://b.example',
      adds_client: null,
      users: ['arn:aws:iam::123456789012:role/other'],
      users_not_seen: null,
    };
    answers['share_provider'] = setup;
    const shared = vi.fn();
    render(ProviderThere, { id: 's1', shared });
    await fireEvent.click(screen.getByRole('button', { name: 'Use the one that is there' }));
    await screen.findByText('https://b.example');
    screen.getByText('arn:aws:iam::123456789012:role/other');
    expect(asked('share_provider')).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Share this provider' }));
    await vi.waitFor(() => {
      expect(shared).toHaveBeenCalledWith(setup);
    });
  });
});

describe('Changes', () => {
  it('puts what differs in words before the documents', () => {
    const change: ChangeView = {
      attribute: 'trust policy',
      from: '{"a":1}',
      to: '{"a":2}',
      differences: ['sts:TagSession is missing'],
    };
    const { container } = render(Changes, { changes: [change] });
    const text = container.textContent;
    expect(text.indexOf('sts:TagSession is missing')).toBeGreaterThan(-1);
    expect(text.indexOf('sts:TagSession is missing')).toBeLessThan(text.indexOf('{"a":1}'));
  });
});

describe('Remains', () => {
  const check = (vendor: string, protocol: string, holds: RegExp, lacks: RegExp) => {
    const { container } = render(Remains, { setup: { ...setup, vendor, protocol } });
    expect(container.textContent).toMatch(holds);
    expect(container.textContent).not.toMatch(lacks);
    cleanup();
  };
  it('names what the protocol and the vendor leave', () => {
    check('Entra ID', 'saml', /app role/, /redirect|authorization server|secret/);
    check('Okta', 'saml', /RoleSessionName/, /app role|redirect|authorization server/);
    check('Okta', 'oidc', /aws.amazon.com\/tags.*authorization server/, /app role|RoleSessionName/);
    check('OpenID Connect provider', 'oidc', /redirect/, /authorization server|app role/);
  });
});
