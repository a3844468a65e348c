// Words of the claim simulator: what the identity provider would send for each user, before anyone signs in.
export const simulate = {
  open: 'Try users before anyone signs in',
  title: 'Who could sign in?',
  done: (pass: number, all: number) =>
    pass === all
      ? `All ${String(all)} users would pass`
      : `${String(pass)} of ${String(all)} users would pass`,
  lead: 'The assertion that the identity provider would send is made for each user and put to the same rules and to the same model of AWS. Nobody signs in and nothing is asked of AWS.',
  setup: 'As this set-up is configured',
  noSetup:
    'A set-up says what the identity provider is told. Make one, or take over what exists, then try its users.',
  of: (name: string) => `As ${name} is configured`,
  users: 'Users',
  choose: 'Choose a CSV file',
  drop: 'or drop it here, or type users below',
  typed: 'Typed users',
  hint: 'One a line, after a line with the names of the columns: user principal name, mail, guest, groups, app roles. An export of users from the portal has them.',
  run: 'Try these users',
  running: 'Trying…',
  causes: 'What would stop or trouble them',
  count: (n: number) => (n === 1 ? '1 user' : `${String(n)} users`),
  assumed: 'Taken for granted',
  rows: 'User by user',
  user: 'User',
  result: 'Result',
  findings: 'Findings',
  passes: 'Would pass',
  stops: 'Would stop',
  warns: 'Would pass, with a warning',
  unknown: 'Not known',
  notKnown: (n: number) =>
    `${n === 1 ? 'Of 1 user it is' : `Of ${String(n)} users it is`} not known: the trust policy compares what only the sign-in itself has, such as an address or a time.`,
  shown: (shown: number, all: number) =>
    `The first ${String(shown)} of ${String(all)}, those with findings first.`,
  footer: 'Judged on this computer; no value of a user is kept',
  another: 'Try other users',
} as const;
