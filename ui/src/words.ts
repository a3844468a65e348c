// All words of the screens. A screen that asks for a word that is not here does not compile; another
// language is another object of the same type.
import { diagnose } from './words/diagnose';
import { groups } from './words/groups';
import { handoff } from './words/handoff';
import { remains } from './words/remains';
import { session } from './words/session';
import { simulate } from './words/simulate';
import { takeOver } from './words/take-over';

import { optionWords } from './words.options';

// What the portals of these vendors say most often, and what to do then.
const portalErrors: Record<string, string | undefined> = {
  'Entra ID':
    'If the window shows AADSTS50105, assign the person to the app role; AADSTS50011: compare the Reply URL.',
  Okta: 'If the window says that the person is not assigned, assign them to the app integration.',
};

export const words = {
  app: 'Claimbridge',
  skip: 'Skip to the task',
  back: 'Back',
  copy: 'Copy',
  copying: { copy: 'Copy', copied: 'Copied', selected: 'Selected: press Ctrl+C or ⌘C' },
  facts: 'Facts',
  map: 'Trust map',
  steps: 'Steps',
  practice: 'Practice world',
  practiceHint: 'Nothing here touches AWS or a real directory.',
  live: 'AWS',
  owner: { AWS: 'AWS', IdP: 'IdP', Both: 'Both', Person: 'Person' } as Record<string, string>,
  close: 'Home',
  optional: 'optional',
  loading: 'Reading…',
  failed: 'That did not work.',
  status: {
    ok: 'Right',
    warn: 'Look at this',
    bad: 'Wrong',
    info: 'Good to know',
    wait: 'Not tried',
    queued: 'Waiting',
    running: 'Running',
    waiting: 'Waiting for AWS',
    done: 'Done',
    failed: 'Failed',
  } as Record<string, string>,
  // While metadata that was made here stands in for the identity provider's.
  temporary: {
    title: 'Nobody can sign in yet',
    next: {
      plan: () =>
        'A stand-in takes the place of the metadata. Create everything in AWS first; all its values are final.',
      configure: (vendor: string) =>
        `AWS has a stand-in for the metadata. Give ${vendor} the values, which are final.`,
      update: (vendor: string) =>
        `AWS has a stand-in for the metadata still. Carry the plan out: what ${vendor} gave replaces it.`,
      metadata: (vendor: string) =>
        `AWS has a stand-in for the metadata. Hand in what ${vendor} gave: it is replaced then.`,
    },
    go: (screen: string) => `Go to ${screen}`,
  },
  home: {
    title: 'Federations with Amazon Q Business',
    lead: 'Each set-up connects one identity provider to one application. It can be rehearsed first, without an AWS account.',
    emptyTitle: 'Connect an identity provider to Amazon Q Business',
    empty: 'You have no set-up yet.',
    way: [
      [
        'IdP',
        'Bring the federation metadata',
        'One file from your identity provider. It is read and judged on this computer.',
      ],
      [
        'AWS',
        'Look at the plan, then create',
        'Provider, role and application, with the least permissions. Nothing is written before you agree.',
      ],
      [
        'IdP',
        'Paste the exact values',
        'In the portal’s own words and order. Nothing has to be appended or guessed.',
      ],
      [
        'Both',
        'Prove it with a sign-in',
        'The response is checked before AWS sees it. What is wrong is named, down to the one value to change.',
      ],
    ] as const,
    wayTitle: 'How it goes',
    start: 'New set-up',
    rehearse: 'Rehearse in the practice world',
    open: 'Open',
    forget: 'Take off the list',
    never: 'No test yet',
    passed: 'Passed',
    failed: 'Failed',
    days: (n: number) => (n < 0 ? 'Certificate ended' : `Certificate: ${String(n)} days left`),
    position: {
      options: 'Choices are open',
      metadata: 'The identity provider’s part is missing',
      plan: 'Ready to plan',
      configure: 'Identity provider is next',
      test: 'Ready for a test sign-in',
      session: 'Ready for a question',
      groups: 'Groups are open',
      report: 'Works',
    },
    unreadable: 'A set-up could not be read',
  },
  goal: {
    title: 'What do you want to connect?',
    where: 'Where',
    practice: 'Practice world',
    practiceDetail: 'A rehearsal on this computer: no AWS account, no directory, no cost.',
    live: 'Amazon Q Business in AWS',
    liveDetail: 'For accounts that were customers before 31 July 2026.',
    idp: 'Identity provider',
    house: { entra: 'Microsoft', okta: 'Okta', ping: 'Ping Identity', other: 'Others' },
    protocol: { saml: 'SAML 2.0', oidc: 'OpenID Connect' } as Record<string, string>,
    first: 'Who goes first?',
    metadataFirst: 'Metadata first',
    metadataFirstDetail:
      'The usual way. The identity provider’s administrator gives the metadata at once, and comes back later with the values that AWS made.',
    awsFirst: 'AWS first',
    awsFirstDetail:
      'One visit of the identity provider’s administrator, who gets nothing but final values and hands the metadata back. Worth it when that is another person, or another department. Until it is handed in, a stand-in is in AWS and nobody can sign in.',
    groups:
      'With IAM federation, groups of the directory are not known to Amazon Q Business, and a person is charged once per IAM provider. IAM Identity Center knows groups and charges once. This cannot be changed later.',
    fresh:
      'This makes a new application. One that is there already is taken over from Home instead; people who use both are charged for both.',
    next: 'Choose account and region',
    footer: 'Nothing is created yet',
  },
  connection: {
    title: 'Which account, as whom?',
    practice: 'The practice world is account 123456789012. Its credentials are made up.',
    profile: 'Profile',
    chain: 'As the environment says (default chain)',
    region: 'Region',
    check: 'Check this account',
    again: 'Check again',
    next: 'Choose names',
    blocked: 'Something has to be put right first.',
    footer: 'Asks AWS who you are; changes nothing',
    checking: 'Asking AWS…',
    gone: (name: string) => `${name} · no longer in the config files`,
    noProfiles: 'No profiles were found in the AWS config files.',
  },
  names: {
    title: 'What shall it be called?',
    prefix: 'Prefix of every name',
    hint: 'Letters, digits and hyphens.',
    used: (used: number, limit: number) =>
      `${String(used)} of ${String(limit)} characters used by role and provider together: the portal takes no longer Role claim`,
    next: 'Use these names',
    footer: 'Names cannot be changed later without creating anew',
  },
  options: optionWords,
  metadata: {
    title: (vendor: string) => `Get the federation metadata from ${vendor}`,
    handIn: (vendor: string) => `Hand in what ${vendor} gave`,
    replaces:
      'This replaces the stand-in that AWS has now. The plan that follows shows the change; after it people can sign in.',
    file: 'Federation metadata XML',
    choose: 'Choose the file',
    drop: 'or drop it here, or paste its text below',
    paste: 'Text of the file',
    read: 'Read this text',
    later: 'It may come later; until then the address in the metadata stands in.',
    soon: 'Without it the address in the metadata stands in, and nobody can start at the web experience.',
    derived: 'Taken as',
    entity: 'Issuer',
    tenant: 'Tenant',
    converted: 'The file was rewritten as UTF-8 without a byte order mark: IAM takes nothing else.',
    next: 'Look at the plan',
    footer: 'Read on this computer; sent to AWS when you apply',
    portal: 'Open the practice portal',
    before: 'First, in the portal',
  },
  client: {
    title: (vendor: string) => `Get issuer and client from ${vendor}`,
    id: 'Client ID',
    secret:
      'The client secret is not asked for here. The plan asks for it at the moment it is written to AWS Secrets Manager; have it ready then.',
    footer: 'Kept on this computer; sent to AWS when you apply',
  },
  plan: {
    title: (n: number, refused: boolean) =>
      refused
        ? 'Some of this cannot be done'
        : n === 0
          ? 'Everything is as it should be'
          : 'This is what will happen in AWS',
    comparing: 'Comparing with AWS…',
    removalTitle: 'This is what will be removed',
    graph: 'Order of the steps',
    action: {
      create: 'Create',
      update: 'Change',
      keep: 'Keep',
      delete: 'Delete',
      replace: 'Make anew',
      refuse: 'Not possible',
      forget: 'Leave in AWS',
    } as Record<string, string>,
    known: 'known after apply',
    good: 'Good to know before you agree',
    // What comes once AWS has everything.
    on: {
      configure: (vendor: string) => `Configure ${vendor}`,
      metadata: (vendor: string) => `Hand in what ${vendor} gave`,
      test: () => 'Test a sign-in',
      report: () => 'Back to the report',
    },
    footer: (place: string) => `${place} · nothing is written until you press the button`,
    refused: 'Some steps are not possible. Put them right, then plan again.',
    again: 'Plan again',
    remove: 'Plan the removal',
    keepAll: 'Keep it all: back to the plan',
    options: 'Change what the application offers',
    secret: 'Client secret',
    secretHint: 'Goes to Secrets Manager alone',
    secretMissing: 'Paste the client secret first',
    reveal: 'Show',
    conceal: 'Hide',
    renew: 'Give a new client secret',
    differs: (attribute: string) => `${attribute}: what is not as it should be`,
    now: (attribute: string) => `${attribute}, in AWS now`,
    then: (attribute: string) => `${attribute}, after this`,
  },
  apply: {
    title: (done: number, all: number) => `${String(done)} of ${String(all)} steps are through`,
    lead: 'You can look at other screens meanwhile: it goes on, and nothing is made twice.',
    elapsed: (s: number) => `${s.toFixed(1)} s`,
    stop: 'Stop after these',
    stopping: 'Stopping: what has begun is finished',
    doneTitle: 'Everything in AWS is there',
    removedTitle: 'What this set-up made is removed',
    notStarted: 'Not started',
    unknown: 'Outcome not known',
    failedTitle: 'The run stopped',
    stoppedTitle: 'Stopped as you asked',
    resume: 'Plan again and go on',
    offer:
      'AWS refused the web experience without a role. The documented order creates the role first.',
    takeOffer: 'Plan in the documented order',
    left: 'Not started',
    there: 'In AWS now',
    home: 'Back to Home',
  },
  configure: {
    title: (vendor: string) => `Configure ${vendor}`,
    step: (n: number, of: number, vendor: string) =>
      `Step ${String(n)} of ${String(of)} in ${vendor}`,
    optional: (n: number, of: number, vendor: string) =>
      `Optional, ${String(n)} of ${String(of)} in ${vendor}`,
    skip: 'Skip this one',
    done: (vendor: string) => `Done in ${vendor}, next`,
    doneLast: (vendor: string) => `Done: hand in what ${vendor} gave`,
    undo: 'Not done after all',
    allDone: (vendor: string) => `All done in ${vendor}, next`,
    finish: 'Test a sign-in',
    custom: 'For your own application',
    customLead: 'What it has to be told. No secret is among it.',
    needs: 'Needs',
    checked: (date: string) => `Labels compared with the portal's documents on ${date}`,
    all: 'All values',
    steps: 'Step by step',
    portal: 'Open the practice portal',
    choose: 'choose',
    footer: (vendor: string) => `You change ${vendor} yourself; this program never signs in there`,
  },
  test: {
    last: (at: string, passed: boolean) =>
      `The last sign-in ${passed ? 'passed' : 'did not pass'}: ${at}.`,
    title: 'Does a sign-in pass?',
    lead: {
      saml: 'A window opens at the identity provider. The response is caught before it reaches AWS’s web page, checked here, and redeemed at STS. No subscription starts.',
      oidc: 'The browser of this computer opens at the identity provider. What it brings back is caught here, its ID token checked and redeemed at STS. No subscription starts.',
    } as Record<string, string>,
    practiceLead:
      'A window opens at the identity provider of the practice world. What it brings back is caught here, its ID token checked and redeemed at STS.',
    redirect: 'Redirect URI of this test',
    redirectUri: 'http://localhost:8000/auth/oidc/callback',
    redirectWhy: (vendor: string) =>
      `It has to be registered in ${vendor} beside the web experience’s: an optional step under Configure ${vendor}, to be taken away after the test. The port 8000 of this computer has to be free meanwhile.`,
    secretHint:
      'For the identity provider’s token endpoint alone; forgotten afterwards. Leave it empty for a public client.',
    start: 'Sign in now',
    again: 'Try the sign-in again',
    waiting: (s: number) =>
      `Waiting for the sign-in: ${String(Math.floor(s / 60))}:${String(s % 60).padStart(2, '0')} left`,
    cancel: 'Cancel',
    paste: { saml: 'Paste a response instead', oidc: 'Paste an ID token instead' } as Record<
      string,
      string
    >,
    pasteLabel: {
      saml: 'Form field SAMLResponse, or the XML; a file can be dropped here',
      oidc: 'ID token: three parts with periods between; a file can be dropped here',
    } as Record<string, string>,
    pasteHint: {
      saml: 'In the browser’s developer tools: Network › the POST to /saml › Payload › SAMLResponse.',
      oidc: 'The field id_token of what the token endpoint answers. It is checked as far as it goes; AWS is not asked.',
    } as Record<string, string>,
    judge: { saml: 'Judge this response', oidc: 'Judge this token' } as Record<string, string>,
    passed: 'The sign-in passed',
    passedLead: {
      saml: 'STS accepted the response and the email tag is there. The web experience itself was not opened, because that may start a paid subscription.',
      oidc: 'STS accepted the ID token and the email tag is there. The web experience itself was not opened, because that may start a paid subscription.',
    } as Record<string, string>,
    session: 'As the user: see what this person may ask and read',
    failed: 'The sign-in stopped',
    offline: 'Nothing wrong was found; AWS was not asked',
    silent: 'AWS did not answer; nothing is known yet',
    waitingLead: (vendor: string, protocol: string) =>
      protocol === 'oidc'
        ? 'An error page is the identity provider’s: most often the redirect URI is not registered there, the person is not assigned to the application, or no access policy covers it. Cancel here then, and try again.'
        : `${
            portalErrors[vendor] ??
            'If the window shows an error, it is the identity provider’s: most often the person is not assigned to the application, or an address differs.'
          } If the window is refused by a policy, sign in with your browser and paste the response.`,
    first:
      'The first question in the web experience may be answered with “User does not have a subscription”: ask it again.',
    noUrl: (label: string, vendor: string) =>
      `The ${label} is missing: people cannot start at the web experience, and this sign-in may end in an error of ${vendor}. Enter it under Metadata.`,
    timeline: 'Way of the sign-in',
    findings: 'Findings',
    expected: 'Expected',
    found: 'Found',
    nothing: 'nothing',
    todo: 'Change',
    because: 'Why',
    symptom: 'AWS says',
    follows: (id: string) => `follows from ${id}`,
    claims: { saml: 'What the response says', oidc: 'What the ID token says' } as Record<
      string,
      string
    >,
    unverified: (what: string) => `${what}, not verified`,
    sts: 'STS',
    person: 'Person',
    report: 'Make the report',
    footer: 'What comes back stays in memory only',
    portal: 'Open the practice portal',
  },
  report: {
    title: 'The report',
    lead: 'Every value, the policies, the certificates and the last test. Personal values are shortened; no secret and no signed response is in it.',
    save: 'Save the report',
    format: 'Format',
    formats: { html: 'HTML, printable', md: 'Markdown', json: 'JSON' } as Record<string, string>,
    saved: (path: string) => `Saved as ${path}`,
    preview: 'Preview',
    check: 'Check for drift',
    footer: 'Made on this computer; sent nowhere',
  },
  diagnose,
  session,
  simulate,
  groups,
  handoff,
  takeOver,
  remains,
  certificate: {
    ends: (date: string, days: number) =>
      days < 0
        ? `ended ${date.slice(0, 10)}`
        : `ends ${date.slice(0, 10)}, ${String(days)} days left`,
  },
  theme: 'Theme',
} as const;
