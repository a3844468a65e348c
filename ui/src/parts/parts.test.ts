import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExaminedView, FindingView } from '../ipc';
import CertificateBar from './CertificateBar.svelte';
import Examined from './Examined.svelte';
import Facts from './Facts.svelte';
import Finding from './Finding.svelte';
import Rich from './Rich.svelte';
import Status from './Status.svelte';
import Value from './Value.svelte';

afterEach(cleanup);

const finding: FindingView = {
  id: 'F11-recipient-mismatch',
  severity: 'bad',
  title: 'Recipient and trust policy differ.',
  expected: 'https://abcd.example/saml',
  found: 'https://abcd.example//saml',
  expected_spans: [
    { text: 'https://abcd.example/', spoken: null },
    { text: 'saml', spoken: null },
  ],
  found_spans: [
    { text: 'https://abcd.example/', spoken: null },
    { text: '/', spoken: 'a second slash' },
    { text: 'saml', spoken: null },
  ],
  place: 'Recipient',
  owner: 'IdP',
  remedy: 'Remove the second slash.',
  because: 'They are compared byte for byte.',
  symptom: '',
  caused_by: null,
};

describe('Facts', () => {
  it('may say the same label twice', () => {
    const tag = (value: string) => ({ label: 'Personalization tag', value });
    render(Facts, { facts: [tag('city from user.city'), tag('team from user.team')] });
    expect(screen.getAllByText('Personalization tag', { ignore: 'button *' }).length).toBe(2);
  });
});

describe('Finding', () => {
  it('marks the character that differs, and says what it is', () => {
    const { container } = render(Finding, { finding });
    const mark = container.querySelector('mark');
    expect(mark?.firstChild?.textContent).toBe('/');
    expect(mark?.querySelector('.hidden-visually')?.textContent).toContain('a second slash');
    expect(screen.getByRole('button', { name: /^Copy Expected/ })).toBeTruthy();
  });

  it('offers no rule in words to be pasted', () => {
    const whole = [{ text: 'one value', spoken: null }];
    render(Finding, {
      finding: { ...finding, expected: 'one value', expected_spans: whole, found_spans: whole },
    });
    expect(screen.queryByRole('button', { name: /^Copy Expected/ })).toBeNull();
  });

  it('says that nothing was found', () => {
    render(Finding, { finding: { ...finding, found: '', found_spans: [] } });
    expect(screen.getByText('nothing')).toBeTruthy();
  });
});

describe('Value', () => {
  it('copies exactly what is shown', async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    render(Value, { label: 'Reply URL', value: 'https://x/saml' });
    screen.getByRole('button', { name: 'Copy Reply URL' }).click();
    await vi.waitFor(() => {
      expect(screen.getByText('Reply URL: Copied')).toBeTruthy();
    });
    expect(writeText).toHaveBeenCalledWith('https://x/saml');
    vi.unstubAllGlobals();
  });
});

describe('Examined', () => {
  it('copies the id alone of what others use too', async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    const id = 'arn:aws:iam::123456789012:saml-provider/q-acme-idp';
    const plan = { verb: '', digest: '', rows: [], notes: [] } as unknown as ExaminedView['plan'];
    const examined: ExaminedView = {
      name: 'q-acme',
      idp: 'Okta',
      in_order: true,
      found: [
        { label: 'SAML provider', id, shared: true },
        { label: 'Role', id: 'q-acme-web', shared: false },
      ],
      remarks: [],
      plan,
    };
    render(Examined, { examined });
    expect(screen.getAllByText('Others use it too.')).toHaveLength(1);
    screen.getByRole('button', { name: 'Copy SAML provider' }).click();
    await vi.waitFor(() => {
      expect(writeText).toHaveBeenCalledWith(id);
    });
    vi.unstubAllGlobals();
  });
});

describe('Status', () => {
  it('says its state in a word', () => {
    render(Status, { state: 'bad' });
    expect(screen.getByText('Wrong')).toBeTruthy();
  });
});

describe('Rich', () => {
  it('knows bold and code and takes nothing for HTML', () => {
    const { container } = render(Rich, { text: '**a** `b` <i>c</i>' });
    expect(container.querySelector('b')?.textContent).toBe('a');
    expect(container.querySelector('code')?.textContent).toBe('b');
    expect(container.querySelector('i')).toBeNull();
  });
});

describe('CertificateBar', () => {
  it('says when a certificate has ended', () => {
    const certificate = {
      subject: 'CN=x',
      sha256: 'ab',
      not_before: '2020-01-01T00:00:00Z',
      not_after: '2023-01-01T00:00:00Z',
      days_left: -100,
      spent: 1,
      key_bits: 2048,
    };
    render(CertificateBar, { certificate });
    expect(screen.getByRole('img', { name: 'ended 2023-01-01' })).toBeTruthy();
  });
});
