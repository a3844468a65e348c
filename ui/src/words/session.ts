// Words of what a signed-in person sees.

const tiers: Record<string, string> = { pro: 'Q Business Pro', lite: 'Q Business Lite' };

/** UTC to the minute, of what Rust gives as RFC 3339. */
export const minute = (at: string) => `${at.slice(0, 16).replace('T', ' ')} UTC`;

export const session = {
  emptyTitle: 'Nobody has signed in since the program was started',
  emptyLead:
    'What a person sees can be tried once they have signed in here. Their credentials are kept in memory alone, so a restart forgets them.',
  emptySteps: [
    [
      'Sign in under Test sign-in first',
      'The test gives credentials for an hour; nothing is paid.',
    ],
    [
      'Ask a question as this person',
      'The first one starts a subscription; you are asked before that.',
    ],
    [
      'Sign in as a second person',
      'Both stand side by side, with the documents that each may read.',
    ],
  ] as const,
  toTest: 'Go to Test sign-in',
  title: (names: string[]) =>
    names.length > 1 ? 'Two people are signed in' : `${names[0] ?? ''} is signed in`,
  lead: 'Questions and checks go out with the credentials of the person, as those of the web experience do; test documents and data sources with your own.',
  unnamed: 'A person without an email tag',
  noEmail: 'No email tag was sent',
  subject: 'Subject',
  arn: 'ARN of the session',
  tag: (key: string) => `Tag ${key}`,
  ends: 'Credentials end',
  endsUnknown: 'not said',
  minute,
  checks: 'What AWS lets them do',
  checking: 'Asking AWS as this person…',
  checkAgain: 'Ask AWS again',
  noChecks: 'No application is in AWS yet, so there is nothing to ask for.',
  second: 'Sign in as a second person',
  another: 'Sign in as somebody else',
  ask: 'Ask a question',
  question: 'Question',
  asWhom: 'As whom',
  both: 'Both, side by side',
  tier: (id: string) => tiers[id] ?? 'the tier of this set-up',
  consent: (names: string[], tier: string) =>
    `I agree that a paid subscription starts: ${tier}, for ${names.join(' and for ')}, where there is none yet.`,
  consentDetail: (practice: boolean) =>
    `The first question of a person starts it. AWS bills it until the end of the month, even when it is cancelled before. Later questions start nothing more.${practice ? ' In the practice world nothing is billed.' : ''}`,
  askNow: (names: string[]) => (names.length > 1 ? 'Ask as both' : `Ask as ${names[0] ?? ''}`),
  asking: 'Waiting for the answer…',
  noConsent: 'The button waits for a question and for your consent',
  asked: 'Asked',
  answers: 'Answers',
  sources: 'Sources',
  noSources: 'No source was named.',
  secondTry: 'AWS subscribed this person in between; the first try was refused, as expected.',
  documents: 'Test documents',
  documentsLead:
    'Two short texts, each with an access list of one person: what one of the two may read, the other may not. They go into the index with your own credentials, and you take them out again here.',
  documentsNeedTwo: 'They need two people. Sign in as a second person first.',
  put: 'Put two test documents',
  putting: 'Putting them, and waiting until AWS has indexed them: usually a few minutes…',
  there: 'Both documents are in the index. Ask the same question as both: the answers differ.',
  useQuestion: 'Take the question that finds them',
  testQuestion: 'Which claimbridge test document may I read?',
  remove: 'Remove the test documents',
  removing: 'Removing them…',
  removed: 'The test documents are out of the index.',
  data: 'Data sources',
  dataAgain: 'Read again',
  noData:
    'No data source is connected. They are added in the Amazon Q Business console, under this application.',
  dataReading: 'Reading the data sources…',
  synced: (status: string, at: string) =>
    `Newest synchronisation: ${status}${at ? `, ${minute(at)}` : ''}`,
  neverSynced: 'Never synchronised',
  credentials: 'Credentials for a command line',
  credentialsLead:
    'The temporary credentials of this person, as lines to paste. They are not shown, and not stored.',
  shell: 'For which command line',
  shells: { posix: 'bash, zsh', powershell: 'PowerShell', cmd: 'Command Prompt (cmd)' } as Record<
    string,
    string
  >,
  copyLines: 'Copy the export lines',
  copied: (ends: string) =>
    `They are on the clipboard until something else is.${ends ? ` They end ${ends}.` : ''}`,
  footer: 'Credentials stay in memory',
} as const;
