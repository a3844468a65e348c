import { describe, expect, it } from 'vitest';
import { families } from './choices';

const idp = (id: string) => ({ id, label: id, detail: '', vendor: '', protocol: 'saml' });

describe('the families', () => {
  it('keep every choice once, and put what cannot be chosen beside its house', () => {
    const found = families({
      idps: ['okta-oidc', 'entra-own', 'generic-saml', 'pingone', 'okta-saml', 'newcomer'].map(idp),
      unavailable: [
        { id: 'google-oidc', label: '', detail: '' },
        { id: 'entra-oidc', label: '', detail: '' },
      ],
    });
    expect(
      found.map((f) => [f.house, f.idps.map((i) => i.id), f.unavailable.map((u) => u.id)]),
    ).toEqual([
      ['entra', ['entra-own'], ['entra-oidc']],
      ['okta', ['okta-oidc', 'okta-saml'], []],
      ['ping', ['pingone'], []],
      ['other', ['generic-saml', 'newcomer'], ['google-oidc']],
    ]);
  });

  it('show no house that has nothing', () => {
    expect(families({ idps: [idp('okta-saml')], unavailable: [] }).map((f) => f.house)).toEqual([
      'okta',
    ]);
  });
});
