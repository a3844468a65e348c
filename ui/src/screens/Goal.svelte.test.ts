import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, calls, forget, nothing } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: Goal } = await import('./Goal.svelte');
const { default: Names } = await import('./Names.svelte');

afterEach(() => {
  cleanup();
  forget();
});

describe('Goal', () => {
  const idp = (id: string, protocol: string) => ({
    id,
    label: id,
    detail: '',
    vendor: '',
    protocol,
  });
  const choices = {
    idps: [idp('okta-saml', 'saml'), idp('okta-oidc', 'oidc')],
    unavailable: [{ id: 'entra-oidc', label: 'Entra, OIDC', detail: 'SAML only.' }],
    regions: [],
    notice: '',
  };

  it('asks who goes first for SAML alone, and forgets the answer with another protocol', async () => {
    answer({ choices });
    const draft = $state({
      practice: true,
      idp: 'okta-saml',
      profile: null,
      region: 'us-east-1',
      aws_first: false,
    });
    render(Goal, { draft, next: nothing, back: nothing });
    await fireEvent.click(await screen.findByRole('radio', { name: /^AWS first/ }));
    expect(draft.aws_first).toBe(true);
    await fireEvent.click(screen.getByRole('radio', { name: /^okta-oidc/ }));
    expect(draft).toMatchObject({ idp: 'okta-oidc', aws_first: false });
    expect(screen.queryByText(words.goal.first)).toBeNull();
  });

  it('gives the reason inside the choice that cannot be chosen', async () => {
    answer({ choices });
    const draft = { practice: true, idp: 'okta-saml', profile: null, region: '', aws_first: false };
    render(Goal, { draft, next: nothing, back: nothing });
    const closed = await screen.findByRole<HTMLInputElement>('radio', { name: /SAML only/ });
    expect(closed.disabled).toBe(true);
  });
});

describe('Names', () => {
  const draft = { practice: true, idp: 'x', profile: null, region: 'us-east-1', aws_first: false };
  it.each([
    [null, 0],
    [48, 1],
  ])('counts against %s', async (limit, counters) => {
    answer({ previewNames: { rows: [], faults: [], used: 20, limit } });
    render(Names, { draft, prefix: 'q', next: () => Promise.resolve(), back: nothing });
    await screen.findByText(words.names.next);
    await waitFor(() => {
      expect(calls).toEqual([['previewNames', draft, 'q']]);
    });
    await tick();
    expect(screen.queryAllByText(words.names.used(20, 48))).toHaveLength(counters);
  });
});
