import { describe, expect, it } from 'vitest';
import { difference } from './difference';

const marked = (a: string, b: string) =>
  difference(a, b).map((parts) => parts.map((p) => (p.same ? p.text : `[${p.text}]`)).join(''));

describe('difference', () => {
  it.each([
    ['https://x/saml', 'https://x//saml', 'https://x/saml', 'https://x/[/]saml'],
    ['abc', 'abc', 'abc', 'abc'],
    ['Email', 'email', '[E]mail', '[e]mail'],
    ['a', 'a\u00a0', 'a', 'a[␣]'],
    ['a', 'a\u200b', 'a', 'a[◌]'],
    ['', 'x', '', '[x]'],
  ])('%j against %j', (a, b, left, right) => {
    expect(marked(a, b)).toEqual([left, right]);
  });
});
