import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OptionsView } from '../ipc';
import { answer, called, forget, nothing, press, refuse, setup } from '../screens.fixture';
import { usual } from '../usual.fixture';
import { words } from '../words';

vi.mock('../ipc', async () => (await import('../screens.fixture')).ipc);
const { default: Options } = await import('./Options.svelte');

afterEach(() => {
  cleanup();
  forget();
});

describe('Options', () => {
  const view: OptionsView = {
    options: usual,
    locked: ['role_path'],
    hidden: ['sign_in', 'secret_kms_key'],
    words: [{ label: 'tier', value: 'Billed by the month.' }],
    fresh: true,
  };
  const show = (table: Record<string, unknown>) => {
    answer({ options: view, ...table });
    const next = vi.fn();
    render(Options, { setup, next, back: nothing });
    return next;
  };
  const said = words.options;
  const field = (label: string) => screen.findByLabelText<HTMLInputElement>(label);
  const type = async (label: string, value: string) =>
    fireEvent.input(await field(label), { target: { value } });

  it('keeps exactly what was chosen', async () => {
    const next = show({ setOptions: setup });
    await type(said.field.subtitle, 'Ask');
    await fireEvent.click(screen.getByRole('radio', { name: /^Q Business Lite/ }));
    await type(said.field.origins, 'https://a.example\nhttps://b.example');
    await fireEvent.click(screen.getByRole('button', { name: said.tagPairs.add }));
    await type(said.tagPairs.key, 'team');
    await type(said.tagPairs.value, 'search');
    await press(said.next);
    await waitFor(() => {
      expect(next).toHaveBeenCalledOnce();
    });
    expect(called('setOptions')).toEqual([
      [
        'setOptions',
        's',
        {
          ...usual,
          subtitle: 'Ask',
          tier: 'lite',
          origins: ['https://a.example', 'https://b.example'],
          tags: [{ key: 'team', value: 'search' }],
        },
      ],
    ]);
    expect(called('checkOptions')).toEqual([]);
  });

  it('shows what is locked with why, says what things cost, and leaves out what is hidden', async () => {
    show({});
    const path = await field(said.field.role_path);
    expect(path.disabled).toBe(true);
    const why = document.getElementById(
      (path.getAttribute('aria-describedby') ?? '').split(' ')[0] ?? '',
    );
    expect(why?.textContent).toBe(said.locked);
    expect(screen.getByText('Billed by the month.')).toBeTruthy();
    expect(screen.queryByText(said.section.signIn)).toBeNull();
    expect(screen.queryByLabelText(said.field.secret_kms_key)).toBeNull();
  });

  it('puts a refusal to the field that it names, unfolded, and loses nothing', async () => {
    const next = show({
      setOptions: refuse('“x” cannot be the permissions boundary: expected an ARN.'),
    });
    await type(said.field.permissions_boundary, 'x');
    await press(said.next);
    const boundary = await field(said.field.permissions_boundary);
    await waitFor(() => {
      expect(boundary.getAttribute('aria-invalid')).toBe('true');
    });
    expect(boundary.value).toBe('x');
    expect(boundary.closest('details')?.open).toBe(true);
    expect(document.activeElement).toBe(boundary);
    expect(next).not.toHaveBeenCalled();
  });

  it('puts a refusal that names no field to the top', async () => {
    show({ setOptions: refuse('The disk is full.') });
    await field(said.field.title);
    await press(said.next);
    expect((await screen.findByRole('alert')).textContent).toContain('The disk is full.');
  });

  it('looks at a key before it is kept, and keeps a doubted one only when told to', async () => {
    const next = show({
      checkOptions: ['KMS key arn:x: expected a key, found none.'],
      setOptions: setup,
    });
    await type(said.field.kms_key, 'arn:x');
    await press(said.next);
    await screen.findByText('KMS key arn:x: expected a key, found none.');
    expect(called('setOptions')).toEqual([]);
    await press(said.anyway);
    await waitFor(() => {
      expect(next).toHaveBeenCalledOnce();
    });
    expect(called('setOptions').map((call) => call[2])).toMatchObject([{ kms_key: 'arn:x' }]);
  });
});
