// Words of the diagnosis: from a message or a captured sign-in to the one value to change.
import type {
  Beside,
  CaseOutcome,
  KeptSignature,
  Keys,
  SignatureView,
  Unchecked,
  Verdict,
} from '../ipc';

const counted = (n: number, one: string, many: string) =>
  `${n === 1 ? 'One' : String(n)} ${n === 1 ? one : many}`;

/** Whose keys a signature was verified with. */
const keys = {
  aws: 'the metadata that AWS has',
  setup: 'the set-up’s metadata',
  'handed-in': 'what was handed in, because neither AWS’s nor a set-up’s is at hand',
  issuer: 'the keys that the issuer publishes',
} satisfies Record<Keys, string>;

export const diagnose = {
  open: 'Something is wrong with the sign-in',
  find: 'Find the cause',
  acts: 'Who acts',
  start: {
    title: 'What do people see?',
    lead: 'Begin with the message, with anything that was captured or copied, or with AWS itself. It is judged on this computer.',
    symptoms: 'The message',
    symptomsLead: 'Choose the one that is shown, if it is here.',
    more: (n: number) => `${String(n)} other messages`,
    evidence: 'What you have',
    aws: 'The application in AWS',
    awsLead:
      'Reads the application, its web experience, role, policies and provider, and CloudTrail’s sign-ins of the last day; for OpenID Connect the provider’s public documents too. Nothing is changed or tagged.',
    footer: 'Works offline; AWS is asked only where a button says so',
    go: 'Go on with this case',
    none: 'Choose a message, add something, or pick an application first.',
    simulate: 'Try users before anyone signs in',
  },
  evidence: {
    label: 'Evidence',
    drop: 'Choose files',
    dropHint:
      'or drop them here: SAML response, HAR, SAML-tracer export, metadata, policy, CloudTrail event',
    paste: 'Or paste anything',
    pasteHint:
      'A form field SAMLResponse, XML, an ID token, a policy or role, an error text such as AADSTS50105, a table of claims. What it is, is recognised.',
    add: 'Add this',
    adding: 'Recognising…',
    nothing: 'Nothing was recognised.',
  },
  aws: {
    world: 'Where',
    look: 'Look at this application',
    looking: 'Reading the application and all that its sign-in stands on…',
    list: 'List the applications',
    ask: 'Look at AWS',
    offline: 'Offline: AWS was not asked',
    again: 'Look at AWS again',
    looked: (place: string, at: string) => `AWS read at ${at} · ${place}`,
    unread: 'Not everything could be read',
    differs: (n: number) =>
      `The set-up differs from AWS in ${n === 1 ? 'one row' : `${String(n)} rows`}`,
    plan: 'Look at the plan',
  },
  outcome: {
    empty: 'Nothing is known yet',
    blocked: (n: number) => `${counted(n, 'cause stops', 'causes stop')} the sign-in`,
    open: 'Nothing is proven yet',
    clear: 'Nothing that stops a sign-in was found',
    passed: 'The sign-in passes',
  } satisfies Record<CaseOutcome, string | ((n: number) => string)>,
  lead: {
    empty: 'Add what you have: the message, a captured response, or the application in AWS.',
    blocked: (n: number) =>
      n === 1
        ? 'What it explains is folded under it; the smallest change that mends it follows.'
        : 'The first one is to be mended first; what it explains is folded under it.',
    open: 'What is at hand proves no cause. The next piece that tells most is first.',
    clear: 'Everything at hand is as it should be. What was not looked at is below.',
    passed: 'STS accepted the response, and nothing that was looked at stops it.',
  } satisfies Record<CaseOutcome, string | ((n: number) => string)>,
  pieces: {
    title: 'Evidence of this case',
    none: 'No evidence yet.',
    remove: (kind: string, n: number) => `Remove piece ${String(n)}: ${kind}`,
    removed: (kind: string) => `${kind} was removed.`,
    add: 'Add evidence',
    aside: (why: string) => why.charAt(0).toUpperCase() + why.slice(1),
    leftOut: (n: number, kind: string, wouldVouch: boolean) =>
      wouldVouch
        ? `${String(n)} × ${kind} left out: a recording does not vouch for its own sign-in. Add it as a file of its own.`
        : `${String(n)} × ${kind} left out: older, or too many.`,
    kinds: 'Kind',
  },
  proven: 'Proven',
  provenUnverified: 'No signature vouches for the claims that this is read from.',
  remarks: 'Also found',
  remarksWord: (n: number) =>
    counted(n, 'finding that stops nothing', 'findings that stop nothing'),
  explains: (n: number) =>
    `Explains ${n === 1 ? 'one other finding' : `${String(n)} other findings`}`,
  card: (vendor: string) => `Where in ${vendor}`,
  possible: 'Possible: what would decide it',
  possibleLead: 'Not known from the evidence at hand. The cheapest way to find out is first.',
  decides: (n: number) =>
    `Decides ${counted(n, 'possible cause', 'possible causes').toLowerCase()}`,
  yes: 'Yes',
  no: 'No',
  answer: (yes: string, ask: string) => `${yes}: ${ask}`,
  addThis: 'Add this evidence',
  signInFor: 'Capture a sign-in',
  ruledOut: 'Ruled out',
  ruledOutWord: (n: number) => counted(n, 'cause', 'causes'),
  ruledOutLead: 'What the evidence, or your answer, speaks against.',
  takeBack: 'Take the answer back',
  fix: {
    title: 'Smallest fix',
    lead: 'Change only this and the sign-in passes.',
    pair: 'Change these together and the sign-in passes; one alone is not enough.',
    other: (owner: string) => `Or, on the other side (${owner})`,
    also: (owner: string) => `Or (${owner})`,
    more: 'Other ways',
    from: 'Now',
    to: 'Change to',
    arrives: 'Arrives now',
    arrive: 'Has to arrive',
    remove: 'Take it away',
    missing: 'nothing',
    plan: 'Look at the plan that mends it',
    take: 'Take this application over first',
    takeLead:
      'Claimbridge changes only what it manages. Take the application over, or change the value in the AWS console.',
    console: 'Change it in the AWS console; the plan of this set-up would not.',
    consolePart: 'The part in AWS is changed in the AWS console.',
    letter: 'Send to the IdP administrator',
    none: 'No single change that is known here lets it pass. Mend the causes in their order.',
  },
  letter: {
    title: 'Message for the identity provider’s administrator',
    lead: 'No secret is in it, and who signed in is shortened. Read it before you copy it.',
    copy: 'Copy the message',
    making: 'Writing the message…',
    nothing: 'There is nothing for them to do.',
  },
  admission: {
    title: 'Would AWS let this in?',
    lead: 'A model of AWS’s evaluation on this computer. It explains; AWS decides.',
    decision: { yes: 'Yes', no: 'No', unknown: 'Not known' } satisfies Record<Verdict, string>,
    holds: { yes: 'Holds', no: 'Does not hold', unknown: 'Not known' } satisfies Record<
      Verdict,
      string
    >,
    applies: {
      yes: 'Applies',
      no: 'Does not apply',
      unknown: 'Perhaps applies',
    } satisfies Record<Verdict, string>,
    allowed: { yes: 'Allowed', no: 'Denied', unknown: 'Not known' } satisfies Record<
      Verdict,
      string
    >,
    statement: (name: string) => `Statement ${name}`,
    effect: { true: 'Allow', false: 'Deny' },
    expected: 'Expected',
    received: 'Received',
    nothing: 'not sent',
    noStatement: 'No statement of the policy names this action.',
    sts: (said: string) => `STS said: ${said}`,
    stsAccepted: 'STS said: accepted',
    policy: 'The role’s trust policy, judged on this computer',
    beside: {
      same: 'Both say the same.',
      found: 'Not for the trust policy: the cause above is why.',
      otherwise: 'STS says otherwise: AWS decides. Something that is not at hand plays a part.',
    } satisfies Record<Beside, string>,
    notAsked: 'STS was not asked.',
    unverified: 'Asked for claims that no signature vouches for',
    unknown:
      'Needs a captured sign-in and the role’s trust policy. Add the one that is missing under Evidence.',
  },
  chat: {
    title: 'And then, in the chat',
    lead: 'What the web experience does with the role, asked of the role’s policies action by action.',
    decision: {
      yes: 'everything needed is allowed',
      no: 'something needed is denied',
      unknown: 'not known',
    } satisfies Record<Verdict, string>,
    web: 'The web experience',
    sameRole: 'It uses the role that the claim names',
    same: { yes: 'The same', no: 'Another', unknown: 'Not known' } satisfies Record<
      Verdict,
      string
    >,
    notNeeded: 'not needed for a first question',
  },
  claims: {
    title: 'What was sent',
    lead: 'Decoded on this computer. What a finding is about is marked.',
    count: (n: number) => (n === 1 ? '1 value' : `${String(n)} values`),
    marked: (findings: string) => `about ${findings}`,
    unverified: 'What was sent, not verified',
    unverifiedLead:
      'Decoded on this computer. No signature vouches for it: anybody could have written these values.',
  },
  signature: {
    word: {
      verified: 'Signature valid',
      refused: 'Signature refused',
      absent: 'Not signed',
      unchecked: 'Signature not checked',
    } satisfies Record<SignatureView['state'], string>,
    mark: {
      verified: 'ok',
      refused: 'bad',
      absent: 'bad',
      unchecked: 'warn',
    } satisfies Record<SignatureView['state'], string>,
    absent: 'It carries no signature.',
    verified: (by: Keys, of: string) => `by ${keys[by]}${of === '' ? '' : ` · ${of}`}`,
    refused: (by: Keys, why: string) => `by ${keys[by]}: ${why}`,
    unchecked: {
      'no-metadata':
        'No metadata is at hand. Look at AWS, or add the identity provider’s metadata.',
      'bad-metadata': 'The metadata that counts cannot be read.',
      'no-keys': 'The issuer’s keys are not at hand. Look at AWS, or add its key set (jwks_uri).',
      'no-client':
        'Whose token is wanted is known from the token alone. Look at AWS, or add the role’s trust policy.',
      'not-judged': 'It is not what is judged.',
    } satisfies Record<Unchecked, string>,
  },
  signIn: {
    start: 'Capture a sign-in',
    again: 'Try the sign-in again',
    hint: 'Opens the identity provider in a window, catches the response before the web experience sees it, and asks STS. No subscription starts.',
    byToken:
      'The sign-in goes by the browser to the identity provider and back to this computer. The ID token is judged in memory, redeemed at STS and shown to nobody.',
    test: 'Sign in under Test sign-in',
  },
  keep: {
    title: 'Keep this case',
    lead: 'A failed sign-in that is kept is judged again after every change, so that the same thing is never searched for twice.',
    consent:
      'Keep it on this computer, redacted: values of people are replaced, always by the same stand-in, and the signed response is not kept.',
    button: 'Keep this case',
    kept: 'It is kept.',
    list: 'Kept cases',
    recheck: 'Check them again',
    asks: 'Asks AWS for role and provider, read only; offline it judges by the set-up.',
    passes: 'Would pass now',
    fails: 'Would still stop',
    signature: {
      verified: (at: string) => `Signature verified when it was kept, ${at}`,
      refused: (at: string) => `Signature refused when it was kept, ${at}`,
      unchecked: () => 'Signature never checked',
      'not-refused': (at: string) => `Signature not refused when it was kept, ${at}`,
    } satisfies Record<KeptSignature, (at: string) => string>,
    shared: (signature: string) => `${signature}, as whoever shared it says`,
    signatureOpen:
      'Certificates or keys have changed, or are not at hand: whether the signature holds, only a new sign-in tells.',
    unknown: 'Not known',
    otherKey:
      'It cannot be compared any more: the key of this set-up’s cases is another. Tenants, clients and certificates are left out; keep a new sign-in.',
    forget: 'Delete',
    share: 'Save to share',
    saved: (path: string) => `Saved as ${path}`,
  },
  again: 'Start over',
  footer: 'Evidence stays in memory only; nothing is sent anywhere',
  idp: 'Portal words of',
} as const;
