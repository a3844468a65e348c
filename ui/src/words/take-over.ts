// Words of taking over what is there already: an application, or an IAM provider.
export const takeOver = {
  start: 'Take over what exists',
  title: 'Which application is it?',
  lead: 'An application that somebody built by hand, or with a script, becomes a set-up of this program: checked, tested, and kept in order by the same plan. Nothing in AWS is changed or tagged for that.',
  list: 'List the applications',
  listing: 'Asking AWS for the applications…',
  choose: 'Applications in this region',
  none: 'There is no application in this region. Another region or profile may have one.',
  typed: 'Another one, by its id',
  idHint: 'Application ID in the Amazon Q Business console: 36 letters, digits and hyphens.',
  examine: 'Examine it',
  examining: 'Reading the application and all that its sign-in stands on…',
  inOrder: (name: string) => `${name} is in order`,
  differs: (name: string, n: number) =>
    n === 1
      ? `One thing in ${name} is not in order`
      : `${String(n)} things in ${name} are not in order`,
  seenAs: (idp: string) => `Its people come from ${idp}.`,
  remarks: 'What should be known of it',
  difference: 'Not in order',
  remark: 'Good to know',
  found: 'What was found',
  plan: 'What the plan would change, if you apply it later',
  planNothing: 'The plan would change nothing.',
  other: 'Choose another application',
  next: 'Manage this application',
  footer: 'Reads only: nothing is changed or tagged',
  footerNext: 'It becomes a set-up on this computer; nothing in AWS is changed or tagged',
  // An IAM provider of somebody else.
  share: 'Use the one that is there',
  looking: 'Reading the provider that is there…',
  arn: 'IAM provider',
  issuer: 'Its issuer',
  issuerBefore: 'Issuer of your metadata',
  issuerDiffers:
    'Its issuer is another one than in your metadata. With it, the set-up takes the metadata of the provider.',
  addsClient: (client: string) =>
    `The client ${client} is added to it; nothing else in it changes.`,
  users: 'Who uses it now',
  noUsers: 'No other role trusts it.',
  usersNotSeen: 'Who else uses it could not be seen.',
  kept: 'It is never deleted with this set-up. People who come through it are charged once for all its applications.',
  confirm: 'Share this provider',
} as const;
