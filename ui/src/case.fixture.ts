// A case for the tests of the diagnosis: one cause, in the portal, with everything that goes with it.
import type {
  CaseView,
  CauseView,
  FindingView,
  FixView,
  PieceView,
  SignatureView,
  SpanView,
} from './ipc';

const plain = (text: string): SpanView => ({ text, spoken: null });
const there = [plain('https://a.example/'), { text: '/', spoken: 'a second slash' }, plain('saml')];
const wanted = [plain('https://a.example/'), plain('saml')];

export const finding = (own: Partial<FindingView> = {}): FindingView => ({
  id: 'F11-recipient-mismatch',
  severity: 'bad',
  title: 'Recipient and trust policy differ.',
  expected: 'https://a.example/saml',
  found: 'https://a.example//saml',
  expected_spans: wanted,
  found_spans: there,
  place: 'Recipient',
  owner: 'IdP',
  remedy: 'Enter the **Reply URL**.',
  because: 'They are compared byte for byte.',
  symptom: 'Not authorized',
  caused_by: null,
  ...own,
});

export const cause = (own: Partial<CauseView> = {}): CauseView => ({
  finding: finding(),
  step: {
    id: 'basic-saml',
    title: 'Tell Entra ID where to send people',
    path: ['Enterprise apps', 'Single sign-on'],
    text: null,
    warning: null,
    values: [{ label: 'Reply URL', value: 'https://a.example/saml', kind: 'copy' }],
    done: false,
    optional: false,
  },
  explains: [],
  ...own,
});

export const fix = (owner: string): FixView => ({
  owner,
  reach: 'Reaches everybody.',
  changes: [
    {
      owner,
      place: owner === 'AWS' ? 'Trust policy SAML:aud' : 'Recipient',
      from: there,
      to: 'https://a.example/saml',
      to_spans: wanted,
      note: owner === 'AWS' ? 'The old value stays: others use it.' : '',
      step: null,
    },
  ],
  silences: 1,
  planned: false,
});

const valid: SignatureView = {
  state: 'verified',
  by: 'aws',
  of: 'https://sts.windows.net/x/',
  whole: true,
};

export const piece = (own: Partial<PieceView> = {}): PieceView => ({
  kind: 'Message',
  from: 'AWS as it is',
  at: null,
  note: '',
  signature: null,
  aside: null,
  left_out: [],
  ...own,
});

export const kase = (own: Partial<CaseView> = {}): CaseView => ({
  about: {
    setup: 's',
    name: 'q-demo',
    practice: true,
    place: '123456789012 · us-east-1',
    idp_id: 'entra-gallery',
    idp: 'Microsoft Entra ID, gallery app',
    vendor: 'Entra ID',
    protocol: 'saml',
    symptom: {
      id: 'permission-needed',
      message: 'Permission needed',
      place: 'The web experience',
      literal: true,
    },
    looked: '2026-11-24 10:00:00 UTC',
    unreadable: [],
    can_sign_in: true,
    plan_rows: 0,
  },
  outcome: 'blocked',
  pieces: [
    piece({
      kind: 'SAML response',
      from: 'Sign-in window',
      at: '2026-11-24T10:00:00Z',
      note: 'issuer',
      signature: valid,
    }),
    piece({ kind: 'Trust policy' }),
  ],
  proven: [cause({ explains: [finding({ id: 'F99-unexplained', title: 'STS refused.' })] })],
  possible: [],
  ruled_out: [],
  fixes: [fix('IdP'), fix('AWS')],
  admission: {
    decision: 'no',
    actions: [
      {
        action: 'sts:AssumeRoleWithSAML',
        decision: 'no',
        statements: [
          {
            name: '1',
            allow: true,
            applies: 'no',
            conditions: [
              {
                key: 'SAML:aud',
                operator: 'StringEquals',
                expected: ['https://a.example/saml'],
                received: ['https://a.example//saml'],
                holds: 'no',
              },
              { key: 'saml:sub', operator: '', expected: ['x'], received: [], holds: 'unknown' },
            ],
          },
        ],
      },
    ],
    sts: { accepted: false, said: 'AccessDenied: Not authorized', beside: 'same' },
  },
  chat: null,
  claims: [
    { label: 'Recipient', value: there, findings: ['F11-recipient-mismatch'] },
    { label: 'Issuer', value: [plain('https://sts.windows.net/x/')], findings: [] },
  ],
  signature: valid,
  timeline: [{ label: 'Response received', state: 'ok', finding: null }],
  ...own,
});
