// What lies beyond the road to the first sign-in: the session of a person, groups, the hand-off, and
// taking over what exists. `record` runs the commands in the practice world, `screens` looks at what
// they answered there, and `refusals` at what a practice world does not answer by itself.
const base64 = (text) => Buffer.from(text).toString('base64');
const question = 'Which claimbridge test document may I read?';
const draft = {
  practice: true,
  idp: 'okta-saml',
  profile: null,
  region: 'us-east-1',
  aws_first: true,
};
const groups = [
  'group,member,type',
  'engineering,alice@contoso.example,user',
  'engineering,platform,group',
  'platform,Bob@contoso.example,user',
  'a group whose name is as long as those of directories tend to be,alice@contoso.example,user',
];
const faulty = [...groups, 'platform,somebody,user', 'platform,engineering,group'];

/**
 * Answers by name, of the set-up `id` in which one or two people signed in. `call(command, args)` runs
 * a command and throws what it refuses with; arguments `progress` and `read` have to be made channels
 * by it. What is put is removed again.
 */
export async function record(call, id) {
  const answers = {};
  const keep = async (name, command, args) => (answers[name] = await call(command, args));

  const people = await keep('people', 'people', { id });
  await keep('sessionChecks', 'session_checks', { id, person: 0 });
  if (people.length > 1) await call('put_test_documents', { id });
  await keep('answer', 'ask', { id, person: 0, question });
  if (people.length > 1) await call('remove_test_documents', { id });
  await keep('dataSources', 'data_sources', { id });

  const file = (lines) => ({
    content: base64(lines.join('\n')),
    users: base64('alice@contoso.example\nbob@contoso.example'),
    s3_path: '',
    s3_role: '',
    take_over: false,
  });
  await keep('groupsBlocked', 'compare_groups', { id, draft: file(faulty), read: null });
  const compare = (name) => keep(name, 'compare_groups', { id, draft: file(groups), read: null });
  const { plan } = await compare('groups');
  await keep('groupsOutcome', 'apply_groups', { id, digest: plan.digest, progress: null });
  await compare('groupsSame');

  const [application] = await keep('applications', 'applications', { draft });
  await keep('examined', 'examine_application', { draft, application: application.id });

  // Another set-up under names that are taken.
  const setup = await call('open_setup', { id });
  const account = setup.place.split(' ')[0];
  const taken = await keep('takenSetup', 'create_setup', {
    draft,
    account,
    prefix: setup.name,
  });
  await keep('takenPlan', 'make_plan', { id: taken.id, removal: false });
  await keep('provider', 'provider_there', { id: taken.id });
  const answer = {
    schema: 1,
    kind: 'claimbridge-answer',
    setup: taken.id,
    authentication_url: 'https://acme.okta.com/app/q/exk1/sso/saml',
    note: 'The people of Sales follow on Monday.',
  };
  await keep('answerFile', 'read_answer', {
    id: taken.id,
    content: base64(JSON.stringify(answer)),
  });
  await call('forget_setup', { id: taken.id });
  return answers;
}

/** What channels tell, by command. */
export const events = {
  compare_groups: [40],
  apply_groups: [
    { done: 4200, of: 10000, rate: 47.3, waiting: 'AWS takes about 50 a second', failed: null },
    {
      done: null,
      of: null,
      rate: null,
      waiting: '',
      failed: {
        label: 'platform',
        value: 'PutGroup: ValidationException: The member list is not valid (request 1)',
      },
    },
  ],
};

/** Name, answers that differ, and the way there; `go` has the steps of a way. */
export function screens(answers, { button, fill, said, unfold }) {
  const open = [button('Open q-demo')];
  const two = answers.people.length > 1 ? answers.people : [...answers.people, second(answers)];
  const one = {
    people: answers.people.slice(0, 1),
    session_checks: answers.sessionChecks,
    data_sources: answers.dataSources,
    ask: answers.answer,
    put_test_documents: null,
    copy_credentials: null,
  };
  const both = { ...one, people: two };
  const session = [...open, button('As the user')];
  const consent = (page) => page.getByLabel('I agree that a paid').check();
  const choose = (name) => async (page) => {
    const file = { name, mimeType: 'text/csv', buffer: Buffer.from(groups.join('\n')) };
    await page.locator('main input[type=file]').first().setInputFiles(file);
    await page.getByText(name).first().waitFor();
  };
  const compared = [...open, button('Groups'), choose('groups.csv'), button('Compare with AWS')];
  const asked = [...session, fill('Question', question), consent, button('Ask as')];
  const taken = { open_setup: answers.takenSetup, make_plan: answers.takenPlan };
  const takeOver = [button('Take over what exists'), button('List the applications')];
  const pick = (page) => page.locator('input[name=application]').first().check();
  return [
    ['session-empty', { people: [] }, session],
    ['session', one, [...session, said('GetApplication')]],
    ['session-unfolded', one, [...session, said('GetApplication'), unfold, button('Copy the')]],
    ['session-asked', one, [...asked, said('Sources')]],
    ['session-waiting', { ...one, ask: 'never' }, asked],
    ['session-refused', { ...one, ask: refusals.ask }, [...asked, said('is not authorized')]],
    [
      'session-both',
      { ...both, ask: { ...answers.answer, second_try: true } },
      [...asked, said('as expected')],
    ],
    ['session-documents', both, [...session, button('Put two test'), said('answers differ')]],
    [
      'session-no-index',
      { ...one, session_checks: refusals.checks, data_sources: refusals.sources },
      [...session, said('of this set-up is not there')],
    ],
    ['groups', {}, [...open, button('Groups'), unfold]],
    ['groups-comparing', { compare_groups: 'never' }, compared],
    ['groups-blocked', { compare_groups: answers.groupsBlocked }, compared],
    ['groups-unreadable', { compare_groups: refusals.unreadable }, compared],
    ['groups-plan', { compare_groups: answers.groups }, compared],
    ['groups-many', { compare_groups: many(answers.groups) }, compared],
    ['groups-same', { compare_groups: answers.groupsSame }, compared],
    [
      'groups-running',
      { compare_groups: answers.groups, apply_groups: 'never' },
      [...compared, button('Put ')],
    ],
    [
      'groups-returned',
      { compare_groups: answers.groups, apply_groups: 'never' },
      [...compared, button('Put '), button('Report'), button('Groups'), said('are through')],
    ],
    [
      'groups-done',
      { compare_groups: answers.groups, apply_groups: answers.groupsOutcome },
      [...compared, button('Put '), said('as the file has them')],
    ],
    [
      'groups-failed',
      { compare_groups: answers.groups, apply_groups: refusals.groups },
      [...compared, button('Put '), said('is not as the file has it')],
    ],
    [
      'answer-file',
      { open_setup: answers.setupPlan, read_answer: answers.answerFile },
      [...open, button('Metadata'), handIn, said('handed back')],
    ],
    [
      'answer-refused',
      { open_setup: answers.setupPlan, read_answer: refusals.answer },
      [...open, button('Metadata'), handIn, said('another set-up')],
    ],
    ['take-over', {}, [button('Take over what exists')]],
    ['take-over-none', { applications: [] }, takeOver],
    ['take-over-list', {}, [...takeOver, pick]],
    [
      'take-over-in-order',
      {
        examine_application: {
          ...answers.examined,
          in_order: true,
          plan: { ...answers.examined.plan, rows: [] },
        },
      },
      [...takeOver, pick, button('Examine it'), said('is in order')],
    ],
    [
      'take-over-differences',
      { examine_application: differing(answers) },
      [...takeOver, pick, button('Examine it'), said('not in order')],
    ],
    ['plan-taken', taken, [...open, said('Use the one that is there')]],
    ['plan-shared', taken, [...open, button('Use the one'), said('Share this provider')]],
    [
      'removed',
      {
        make_plan: answers.planClean,
        apply_plan: {
          finished: true,
          stopped: false,
          failures: [],
          left: [],
          not_started: [],
          offer_role_first: false,
        },
      },
      [
        ...open,
        button('Plan and create'),
        button('Plan the removal'),
        (page) => page.locator('footer button.primary').click(),
        said('What remains in'),
      ],
    ],
    [
      'test-oidc',
      { open_setup: { ...answers.oidcMade, position: 'test', steps: reached(answers.oidcMade) } },
      open,
    ],
    [
      'test-oidc-waiting',
      {
        open_setup: { ...answers.oidcMade, position: 'test', steps: reached(answers.oidcMade) },
        sign_in: 'never',
      },
      [...open, fill('Client secret', 'a secret'), button('Sign in now')],
    ],
    [
      'test-passed',
      { sign_in: { ...answers.judgement, passed: true, blocked: false, findings: [] } },
      [...open, button('Test sign-in'), button('Sign in now'), said('As the user: see')],
    ],
  ];
}

/** Answers that every one of these screens asks for. */
export const standard = (answers) => ({
  applications: answers.applications,
  examine_application: answers.examined,
  provider_there: answers.provider,
  options: answers.oidcOptions,
});

const handIn = (page) =>
  page
    .locator('main input[type=file]')
    .last()
    .setInputFiles({
      name: 'answer.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{}'),
    });
const reached = (setup) => setup.steps.map((step) => ({ ...step, reachable: true }));
const second = ({ people: [first] }) => ({
  ...first,
  email: 'bob@contoso.example',
  arn: first.arn.replace(/[^/]*$/, 'bob@contoso.example'),
  subject: `${first.subject}-b`,
  tags: [
    { label: 'Email', value: 'bob@contoso.example' },
    { label: 'Department', value: 'Sales' },
  ],
});
// Everything at once, and more rows than a screen shows.
const many = (groups) => ({
  findings: groups.findings,
  plan: {
    ...groups.plan,
    verb: 'Put 4200 groups, change 12, delete 3',
    writes: 4215,
    counts: ['put', 'change', 'take over', 'delete', 'keep', 'unknown', 'foreign'].map(
      (action, i) => ({ action, count: [4200, 12, 1, 3, 17000, 2, 5][i] }),
    ),
    rows: Array.from({ length: 200 }, (_, i) => ({
      name:
        i % 9 === 0
          ? `a/very/long/name/without/blanks/${'of-a-group-'.repeat(6)}${i}`
          : `group ${i}`,
      action: ['put', 'change', 'take over', 'delete', 'keep', 'unknown', 'foreign'][i % 7],
      members: i * 37,
      object: i % 9 === 0 ? `s3://bucket/folder/group-${i}.json` : null,
    })),
    more: 21023,
  },
});
const differing = ({ examined, plan }) => ({
  ...examined,
  in_order: false,
  remarks: [
    {
      difference: false,
      text: 'Others use the IAM provider too: arn:aws:iam::123456789012:role/other.',
    },
    { difference: true, text: 'The role’s sessions cannot be tagged: sts:TagSession is missing.' },
  ],
  plan: {
    ...examined.plan,
    rows: plan.rows.slice(0, 3).map((row, i) => ({
      ...row,
      action: ['keep', 'update', 'create'][i],
      changes:
        i === 1
          ? [
              {
                attribute: 'trust policy',
                from: '{\n  "Action": "sts:AssumeRoleWithSAML"\n}',
                to: '{\n  "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]\n}',
                differences: ['Statement 1, Action: sts:TagSession is missing'],
              },
            ]
          : [],
    })),
  },
});

const refusals = {
  ask: {
    message:
      'ChatSync: AccessDenied: User is not authorized to perform qbusiness:ChatSync, on the second try too (request 1)',
  },
  checks: [
    { label: 'GetApplication', state: 'ok', detail: 'q-demo is ACTIVE' },
    { label: 'GetWebExperience', state: 'bad', detail: 'AccessDenied: not authorized (request 2)' },
  ],
  sources: {
    message:
      'The index of this set-up is not there. Nothing was done; plan and apply the set-up first, with one in it.',
  },
  unreadable: {
    message:
      'The columns of this file are not known: no column of members among name, department. Name one of them member.',
  },
  groups: {
    finished: false,
    stopped: false,
    put: 9998,
    deleted: 0,
    failed: events.apply_groups[1].failed && [events.apply_groups[1].failed],
    not_started: 1,
    broken_off: null,
    rate: 47.3,
  },
  answer: {
    message:
      'This answer belongs to another set-up, q-other. Choose the file that answers this one.',
  },
};
