// The diagnosis: what its commands answer in the practice world while a set-up is broken, and its screens.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const base64 = (text) => Buffer.from(text).toString('base64');

const users = [
  'userPrincipalName,mail,displayName,userType,appRoles',
  'alice@contoso.example,alice@contoso.example,Alice Adams,Member,q-cause-web',
  'bob@contoso.example,,Bob Brown,Member,q-cause-web',
  'carl_partner.example#EXT#@contoso.example,carl@partner.example,Carl Clark,Guest,q-cause-web',
  'dora@contoso.example,dora@contoso.example,Dora Dean,Member,',
];
// What a browser recorded: a response that nobody signed, and metadata beside it that would vouch for it.
const claimed = {
  Role: 'arn:aws:iam::123456789012:role/q-cause-web,arn:aws:iam::123456789012:saml-provider/q-cause',
  RoleSessionName: 'mallory',
  'PrincipalTag:Email': 'alice@contoso.example',
};
const attributes = Object.entries(claimed).map(
  ([name, value]) =>
    `<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
);
const acs = 'https://abcd1234.chat.qbusiness.us-east-1.on.aws/saml';
const unsigned = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r" Version="2.0" IssueInstant="2026-11-24T10:00:00Z" Destination="${acs}"><saml:Issuer>https://idp.example/</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_a" Version="2.0" IssueInstant="2026-11-24T10:00:00Z"><saml:Issuer>https://idp.example/</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${acs}" NotOnOrAfter="2026-11-24T10:05:00Z"/></saml:SubjectConfirmation></saml:Subject><saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
const metadata = readFileSync(resolve('src-tauri/core/tests/common/metadata.xml'), 'utf8');
const recording = JSON.stringify({
  log: {
    entries: [
      {
        request: { method: 'GET', url: 'https://idp.example/metadata' },
        response: { status: 403, content: { mimeType: 'application/xml', text: metadata } },
      },
      {
        request: {
          method: 'POST',
          url: acs,
          postData: {
            mimeType: 'application/x-www-form-urlencoded',
            text: `SAMLResponse=${encodeURIComponent(base64(unsigned))}`,
          },
        },
        response: { status: 200, content: { mimeType: 'text/html', text: 'Permission needed' } },
      },
    ],
  },
});
const trust = (aud) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: 'arn:aws:iam::123456789012:saml-provider/q-cause' },
        Action: 'sts:AssumeRoleWithSAML',
        Condition: { StringEquals: { 'SAML:aud': aud } },
      },
    ],
  });
const shown = 'AADSTS50105: Your administrator has configured the application to block users.';

/** Begins, with what needs no application. */
export async function recordStart(call) {
  const answers = {};
  const keep = async (name, command, args) => (answers[name] = await call(command, args));
  await keep('symptoms', 'symptoms');
  await keep('caseEmpty', 'begin_case');
  await keep('caseSymptom', 'choose_symptom', { id: 'permission-needed' });
  await call('begin_case');
  await keep('caseMessage', 'add_evidence', {
    content: base64(shown),
    name: null,
  });
  await call('begin_case');
  await call('add_evidence', { content: base64(trust(acs)), name: 'trust.json' });
  await keep('caseUnverified', 'add_evidence', { content: base64(recording), name: 'login.har' });
  const { signature, pieces } = answers.caseUnverified;
  assert.deepEqual(signature, { state: 'absent' });
  assert.ok(
    pieces.some((piece) => piece.left_out.some((left) => left.would_vouch)),
    'what the recording left out is said',
  );
  answers.notRecognised = await call('add_evidence', {
    content: base64('{"a": 1}'),
    name: 'a.json',
  }).then(
    () => {
      throw new Error('what is nothing was taken for something');
    },
    (failure) => ({ message: failure.message }),
  );
  return answers;
}

/** Of the set-up `id`, whose captured sign-in stopped: the case, and what comes of it. */
export async function recordCase(call, id) {
  const answers = {};
  const keep = async (name, command, args) => (answers[name] = await call(command, args));
  await keep('caseBlocked', 'look_at_aws', { place: null });
  assert.equal(answers.caseBlocked.signature.state, 'verified');
  assert.equal(answers.caseBlocked.signature.by, 'aws');
  // What somebody pastes does not hide what AWS has.
  await keep('caseContradicted', 'add_evidence', {
    content: base64(trust('https://elsewhere.example/saml')),
    name: 'older.json',
  });
  const { pieces, admission } = answers.caseContradicted;
  const pasted = pieces.findIndex((piece) => piece.from === 'older.json');
  assert.match(pieces[pasted].aside, /AWS has counts, and differs/);
  assert.deepEqual(admission, answers.caseBlocked.admission);
  await call('remove_evidence', { piece: pasted });
  await keep('letter', 'case_letter');
  await keep('kept', 'keep_case');
  await keep('rechecked', 'recheck_cases', { id });
  for (const { name } of answers.kept) await call('forget_case', { id, name });
  await keep('simulation', 'simulate_users', {
    id,
    content: base64(users.join('\n')),
  });
  return answers;
}

/** Name, answers that differ, and the way there. */
export function screens(answers, { button, fill, said, unfold }) {
  const start = [button('Something is wrong')];
  const find = [
    ...start,
    (page) => page.getByLabel('“Permission needed”').check(),
    button('Find the cause'),
  ];
  const blocked = { choose_symptom: answers.caseBlocked };
  return [
    ['diagnose', {}, start],
    ['diagnose-unfolded', {}, [...start, unfold]],
    [
      'diagnose-not-recognised',
      { add_evidence: answers.notRecognised },
      [...start, fill('Or paste anything', '{"a": 1}'), button('Add this'), said('nothing that this program knows')],
    ],
    ['diagnose-looking', { choose_symptom: 'never' }, [...start, unfold]],
    ['case-symptom', {}, find],
    ['case-message', { choose_symptom: answers.caseMessage }, find],
    ['case-blocked', blocked, find],
    ['case-unfolded', blocked, [...find, unfold]],
    ['case-letter', blocked, [...find, button('Send to the IdP'), said(answers.letter.subject)]],
    ['case-unverified', { choose_symptom: answers.caseUnverified }, [...find, unfold]],
    [
      'case-unchecked',
      {
        choose_symptom: {
          ...answers.caseUnverified,
          signature: { state: 'unchecked', why: 'no-metadata' },
        },
      },
      find,
    ],
    ['case-contradicted', { choose_symptom: answers.caseContradicted }, find],
    [
      'case-differs',
      {
        choose_symptom: {
          ...answers.caseBlocked,
          about: { ...answers.caseBlocked.about, plan_rows: 2 },
        },
      },
      [...find, said('differs from AWS in 2 rows')],
    ],
    ['case-kept', { ...blocked, kept_cases: answers.rechecked }, [...find, said('Keep this case')]],
    ['case-planned', { choose_symptom: answers.casePlanned }, find],
    ['case-elsewhere', { choose_symptom: answers.caseElsewhere }, [...find, said('Take this application over')]],
    ['case-token', { choose_symptom: answers.caseToken }, [...find, unfold]],
    ['case-passed', { choose_symptom: answers.casePassed }, find],
    [
      'case-waiting',
      { ...blocked, capture_sign_in: 'never' },
      [...find, button('Try the sign-in')],
    ],
    [
      'case-failed',
      { ...blocked, look_at_aws: { message: 'The SSO session has expired.' } },
      [...find, button('Look at AWS again'), said('has expired')],
    ],
    ['simulate', {}, [...start, button('Try users'), said('As this set-up')]],
    [
      'simulated',
      {},
      [
        ...start,
        button('Try users'),
        fill('Typed users', 'a,b\nc,d'),
        button('Try these'),
        said('User by user'),
      ],
    ],
  ];
}

/** What the commands answer where nothing else is said. */
export const standard = (answers) => ({
  symptoms: answers.symptoms,
  begin_case: answers.caseEmpty,
  choose_symptom: answers.caseSymptom,
  add_evidence: answers.caseMessage,
  look_at_aws: answers.caseBlocked,
  case_letter: answers.letter,
  kept_cases: [],
  keep_case: answers.kept,
  recheck_cases: answers.rechecked,
  simulate_users: answers.simulation,
});
