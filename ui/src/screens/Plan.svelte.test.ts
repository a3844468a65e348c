import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PlanView, SetupView } from '../ipc';
import { answer, button, called, forget, nothing, plan, press, setup } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: Plan } = await import('./Plan.svelte');

afterEach(() => {
  cleanup();
  forget();
});

describe('Plan', () => {
  const show = (own: Partial<PlanView> = {}, of: Partial<SetupView> = {}) => {
    answer({
      makePlan: plan(own),
      openSetup: setup,
      applyPlan: {
        finished: true,
        stopped: false,
        failures: [],
        left: [],
        not_started: [],
        offer_role_first: false,
      },
    });
    const options = vi.fn();
    const whole = { ...setup, ...of };
    render(Plan, {
      setup: whole,
      vendor: whole.vendor,
      changed: nothing,
      next: nothing,
      back: nothing,
      options,
      home: nothing,
    });
    return options;
  };
  const secret = () => screen.findByLabelText<HTMLInputElement>(words.plan.secret);

  it('hands the secret to the one run that was approved, and keeps it nowhere', async () => {
    show();
    await fireEvent.input(await secret(), { target: { value: 's3cret' } });
    await press('Create 1 resource');
    await screen.findByRole('heading', { name: words.apply.doneTitle });
    expect(called('applyPlan').map((call) => call.slice(1, 4))).toEqual([['s', 'd', 's3cret']]);
    expect(screen.queryByLabelText(words.plan.secret)).toBeNull();
    expect(document.documentElement.outerHTML).not.toContain('s3cret');
  });

  it('asks for the secret anew after a run that stopped', async () => {
    show();
    answer({
      applyPlan: {
        finished: false,
        stopped: true,
        failures: [],
        left: [],
        not_started: [],
        offer_role_first: false,
      },
    });
    await fireEvent.input(await secret(), { target: { value: 's3cret' } });
    await press('Create 1 resource');
    await press(words.apply.resume);
    expect((await secret()).value).toBe('');
  });

  it('asks for a secret that is missing instead of running', async () => {
    show();
    await press('Create 1 resource');
    expect(await screen.findByText(words.plan.secretMissing)).toBeTruthy();
    expect(document.activeElement).toBe(await secret());
    expect(called('applyPlan')).toEqual([]);
  });

  it('shows the secret only when asked to', async () => {
    show();
    expect((await secret()).type).toBe('password');
    await press(words.plan.reveal);
    expect((await secret()).type).toBe('text');
    await press(words.plan.conceal);
    expect((await secret()).type).toBe('password');
    expect((await secret()).getAttribute('autocomplete')).toBe('off');
  });

  it('asks for no secret where none is written', async () => {
    show({ asks_secret: false });
    await press('Create 1 resource');
    await screen.findByRole('heading', { name: words.apply.doneTitle });
    expect(called('applyPlan').map((call) => call[3])).toEqual([null]);
  });

  it.each<[string, string, number, boolean]>([
    ['OpenID Connect in order', 'oidc', 0, true],
    ['OpenID Connect with something to do', 'oidc', 1, false],
    ['SAML in order', 'saml', 0, false],
  ])('offers a new secret for %s: %s, %d, %s', async (_, protocol, writes, offered) => {
    show({ writes, asks_secret: false }, { protocol });
    await button(words.plan.options);
    expect(screen.queryByRole('button', { name: words.plan.renew }) !== null).toBe(offered);
  });

  it('compares anew once a new secret is asked for', async () => {
    show({ writes: 0, asks_secret: false }, { protocol: 'oidc' });
    answer({ renewSecret: null });
    await button(words.plan.renew);
    answer({ makePlan: plan() });
    await press(words.plan.renew);
    expect(await secret()).toBeTruthy();
    expect(called('renewSecret')).toEqual([['renewSecret', 's']]);
  });

  it('leads to what the application offers', async () => {
    const options = show();
    await press(words.plan.options);
    expect(options).toHaveBeenCalledOnce();
  });
});
