import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answer, called, forget, nothing, press, refuse, setup } from '../screens.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: PortalAddress } = await import('../parts/PortalAddress.svelte');
const { default: Client } = await import('./Client.svelte');

afterEach(() => {
  cleanup();
  forget();
  vi.useRealTimers();
});

describe('PortalAddress', () => {
  const { address } = setup;
  it('reads once what was typed in one go, and shows what was made of it', async () => {
    vi.useFakeTimers();
    answer({ readAddress: { url: 'u', derivation: 'The older form.', warnings: ['Look.'] } });
    render(PortalAddress, { value: '', address, later: '' });
    const input = screen.getByRole('textbox', { name: 'Sign on URL' });
    await fireEvent.input(input, { target: { value: 'https://a' } });
    await vi.advanceTimersByTimeAsync(200);
    await fireEvent.input(input, { target: { value: 'https://ab' } });
    await vi.advanceTimersByTimeAsync(400);
    expect(called('readAddress')).toEqual([['readAddress', 'https://ab']]);
    expect(screen.getByText(/The older form\./)).toBeTruthy();
    expect(screen.getByText('Look.')).toBeTruthy();
  });

  it('lets no slow answer for an earlier text through', async () => {
    vi.useFakeTimers();
    let late: (found: unknown) => void = nothing;
    answer({
      readAddress: (text: string) =>
        text === 'https://a'
          ? new Promise((done) => (late = done))
          : { url: text, derivation: 'The newer.', warnings: [] },
    });
    render(PortalAddress, { value: '', address, later: '' });
    const input = screen.getByRole('textbox', { name: 'Sign on URL' });
    await fireEvent.input(input, { target: { value: 'https://a' } });
    await vi.advanceTimersByTimeAsync(400);
    await fireEvent.input(input, { target: { value: 'https://b' } });
    await vi.advanceTimersByTimeAsync(400);
    late({ url: 'https://a', derivation: 'The earlier.', warnings: [] });
    await vi.advanceTimersByTimeAsync(10);
    expect(screen.queryByText(/The earlier\./)).toBeNull();
    expect(screen.getByText(/The newer\./)).toBeTruthy();
  });

  it('refuses with the reason', async () => {
    vi.useFakeTimers();
    answer({ readAddress: refuse('That is where administrators work.') });
    render(PortalAddress, { value: 'https://admin', address, later: '' });
    await vi.advanceTimersByTimeAsync(400);
    expect(screen.getByText('That is where administrators work.')).toBeTruthy();
    expect(screen.getByRole('textbox').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('Client', () => {
  const oidc = { ...setup, protocol: 'oidc', address: { label: 'Issuer URI', path: [], hint: '' } };
  const guide = { vendor: 'Okta', needs: '', checked: '', before: [], after: [] };
  const type = async (label: string, value: string) =>
    fireEvent.input(screen.getByRole('textbox', { name: label }), { target: { value } });

  it('puts a wrong form to its field, keeps what was typed, and goes on when it is taken', async () => {
    const next = vi.fn();
    answer({ guide, setClient: refuse('“x y” is not a valid client id: expected 1 to 255.') });
    render(Client, { setup: oidc, changed: nothing, answered: nothing, next, back: nothing });
    await type('Issuer URI', 'https://acme.okta.com/oauth2/default');
    await type('Client ID', 'x y');
    await press(words.metadata.next);
    const field = await waitFor(() => {
      const found = screen.getByRole<HTMLInputElement>('textbox', { name: 'Client ID' });
      expect(found.getAttribute('aria-invalid')).toBe('true');
      return found;
    });
    expect(field.value).toBe('x y');
    expect(document.activeElement).toBe(field);
    expect(screen.queryByRole('alert')).toBeNull();
    expect(next).not.toHaveBeenCalled();
    answer({ setClient: { ...oidc } });
    await press(words.metadata.next);
    await waitFor(() => {
      expect(next).toHaveBeenCalledOnce();
    });
  });

  it('puts what names no field to the top', async () => {
    answer({ guide, setClient: refuse('Choose SAML 2.0 for it.') });
    render(Client, {
      setup: oidc,
      changed: nothing,
      answered: nothing,
      next: nothing,
      back: nothing,
    });
    await type('Issuer URI', 'https://accounts.google.com');
    await type('Client ID', 'x');
    await press(words.metadata.next);
    expect((await screen.findByRole('alert')).textContent).toContain('Choose SAML 2.0 for it.');
  });
});
