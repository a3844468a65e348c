import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GuideStepView, SetupView } from '../ipc';
import { answer, called, forget, nothing, press, setup } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: Configure } = await import('./Configure.svelte');

afterEach(() => {
  cleanup();
  forget();
});

describe('Configure', () => {
  const step = (id: string, own: Partial<GuideStepView> = {}): GuideStepView => ({
    id,
    title: `Title ${id}`,
    path: [],
    text: null,
    warning: null,
    values: [],
    done: false,
    optional: false,
    ...own,
  });
  // A guide whose ticks are kept, as Rust keeps them.
  const show = (of: Partial<SetupView>, after: Partial<SetupView>) => {
    const done = new Set<string>();
    const guide = () => {
      const ticked = (one: GuideStepView) => ({ ...one, done: done.has(one.id) });
      return {
        vendor: 'Okta',
        needs: '',
        checked: '',
        before: [step('create-app'), step('metadata')].map(ticked),
        after: [step('email'), step('assign'), step('extra', { optional: true })].map(ticked),
      };
    };
    answer({
      guide,
      tick: (_: string, id: string, on: boolean) => {
        if (on) done.add(id);
        else done.delete(id);
        return guide();
      },
      openSetup: () => ({
        ...setup,
        ...of,
        ...(done.has('email') && done.has('assign') ? after : { position: 'configure' }),
      }),
      customCard: [{ label: 'IDP_CLIENT_ID', value: '0oa' }],
    });
    const next = vi.fn<(setup: SetupView) => void>();
    render(Configure, {
      setup: { ...setup, ...of },
      changed: nothing,
      answered: nothing,
      next,
      back: nothing,
    });
    return next;
  };
  const title = (name: string) => screen.findByRole('heading', { level: 1, name });

  it('counts what is optional apart, lets it be skipped, and does not tick it', async () => {
    const next = show({}, { position: 'test' });
    await title('Title email');
    expect(screen.getByText(words.configure.step(1, 2, 'Okta'))).toBeTruthy();
    expect(screen.queryByRole('button', { name: words.configure.skip })).toBeNull();
    await press(words.configure.done('Okta'));
    await title('Title assign');
    await press(words.configure.done('Okta'));
    await title('Title extra');
    expect(screen.getByText(words.configure.optional(1, 1, 'Okta'))).toBeTruthy();
    await press(words.configure.skip);
    await waitFor(() => {
      expect(next.mock.calls.map(([fresh]) => fresh.position)).toEqual(['test']);
    });
    expect(called('tick').map((call) => call[2])).toEqual(['email', 'assign']);
  });

  it('leaves what is optional out when all is ticked', async () => {
    const next = show({}, { position: 'test' });
    await press(words.configure.all);
    await press(words.configure.allDone('Okta'));
    await waitFor(() => {
      expect(next).toHaveBeenCalledOnce();
    });
    expect(called('tick').map((call) => call[2])).toEqual(['email', 'assign']);
  });

  it('leads back to what was left out', async () => {
    const next = show({}, { position: 'test' });
    await title('Title email');
    await fireEvent.click(screen.getByRole('button', { name: /Title extra/ }));
    await press(words.configure.done('Okta'));
    await title('Title email');
    expect(next).not.toHaveBeenCalled();
  });

  it('is one visit with AWS first, and ends at the handing in', async () => {
    const next = show({ temporary: true }, { position: 'metadata' });
    await title('Title create-app');
    expect(screen.queryByRole('button', { name: /Title metadata/ })).toBeNull();
    await press(words.configure.all);
    await press(words.configure.allDone('Okta'));
    await waitFor(() => {
      expect(next.mock.calls.map(([fresh]) => fresh.position)).toEqual(['metadata']);
    });
    expect(called('tick').map((call) => call[2])).toEqual(['create-app', 'email', 'assign']);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('has a card where there is an application of one’s own: %s', async (custom, cards) => {
    show({ custom }, {});
    await title('Title email');
    await waitFor(() => {
      expect(screen.queryAllByText('IDP_CLIENT_ID')).toHaveLength(cards);
    });
    expect(called('customCard')).toHaveLength(cards);
  });
});
