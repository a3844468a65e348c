import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SetupView } from './ipc';
import { answer, forget, plan, press, refuse, setup } from './screens.fixture';
import { words } from './words';

vi.mock('./ipc', async () => (await import('./screens.fixture')).ipc);
const { default: App } = await import('./App.svelte');

afterEach(() => {
  cleanup();
  forget();
});

describe('App', () => {
  const home = { rows: [{ ...setup, certificate_days: null, last_test: null, passed: null }] };
  const open = async (own: Partial<SetupView>) => {
    answer({
      home: { ...home, unreadable: [], practice: true },
      openSetup: { ...setup, ...own },
      makePlan: plan(),
    });
    render(App);
    await press('Open q-demo');
    await screen.findByRole('heading', { name: words.plan.title(1, false) });
  };

  it('closes the steps that cannot be gone to', async () => {
    await open({});
    const said = screen
      .getAllByRole('listitem')
      .map((one) => one.querySelector('button.step'))
      .filter((one): one is HTMLButtonElement => one !== null);
    expect(said.map((one) => [one.textContent.includes('Step'), one.disabled])).toEqual([
      [true, false],
      [true, false],
      [true, true],
      [true, false],
      [true, false],
    ]);
  });

  it('marks an optional step by a word and not by a state', async () => {
    await open({});
    const step = screen.getByRole('button', { name: 'Step options optional' });
    expect(step.querySelector('.status')).toBeNull();
    expect(screen.getByRole('button', { name: 'Step plan AWS' }).querySelector('.status')).not.toBe(
      null,
    );
  });

  it('says on every screen that nobody can sign in, as long as nobody can', async () => {
    await open({ temporary: true, nobody_yet: true });
    expect(screen.getByRole('region', { name: words.temporary.title })).toBeTruthy();
    answer({ options: refuse('no') });
    await press('Step options optional');
    expect(screen.getByRole('region', { name: words.temporary.title })).toBeTruthy();
    await press(words.temporary.go('Step plan'));
    await screen.findByRole('heading', { name: words.plan.title(1, false) });
    cleanup();
    await open({ temporary: false, nobody_yet: false });
    expect(screen.queryByRole('region', { name: words.temporary.title })).toBeNull();
  });
});
