// The diagnosis: what its commands answer in the practice world while a set-up is broken, and its screens.
const base64 = (text) => Buffer.from(text).toString('base64');

const users = [
  'userPrincipalName,mail,displayName,userType,appRoles',
  'alice@contoso.example,alice@contoso.example,Alice Adams,Member,q-cause-web',
  'bob@contoso.example,,Bob Brown,Member,q-cause-web',
  'carl_partner.example#EXT#@contoso.example,carl@partner.example,Carl Clark,Guest,q-cause-web',
  'dora@contoso.example,dora@contoso.example,Dora Dean,Member,',
];
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
