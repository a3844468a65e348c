// Words of the groups that documents' readers are named by.

const number = (n: number) => n.toLocaleString('en-GB');

export const groups = {
  title: 'Which people belong to which group?',
  lead: 'With IAM federation a sign-in carries no groups. Documents that are open to a group are found by its members only when Amazon Q Business is told who they are: by a file, again whenever it changes.',
  file: 'File of groups',
  choose: 'Choose the file',
  drop: 'or drop it here: CSV or JSON',
  chosen: (name: string, bytes: number) =>
    `${name}, ${bytes < 10_000 ? `${number(bytes)} bytes` : `${number(Math.ceil(bytes / 1000))} kB`}`,
  examples: 'What such a file looks like',
  exampleCsv: 'CSV, a line for each member',
  exampleJson: 'JSON, groups within groups too',
  csv: 'group,member,type\nengineering,alice@example.com,user\nengineering,platform,group\nplatform,bob@example.com,user',
  json: '[\n  {\n    "name": "engineering",\n    "members": ["alice@example.com"],\n    "groups": ["platform"]\n  },\n  {\n    "name": "platform",\n    "members": ["bob@example.com"]\n  }\n]',
  users: 'Those who can sign in',
  usersChoose: 'Choose a list of users',
  usersDrop: 'optional: one address a line, or a table with a column of addresses',
  usersWhy:
    'A member who is not in the list is named, because documents would never open for them.',
  without: 'Without it',
  large: 'Groups with more than 1,000 members',
  largeWord: 'by a file in S3',
  largeLead:
    'AWS takes so many from S3 alone. Put a file with the members there yourself, and name it and the role that may read it.',
  s3Path: 'Path in S3',
  s3PathHint: 's3://BUCKET/FOLDER/ where several groups are so large, else s3://BUCKET/KEY.',
  s3Role: 'ARN of the role that reads it',
  takeOver: 'Take over groups that somebody else put',
  takeOverDetail:
    'A group of the file that is in AWS already gets the members of the file. Who was in it before cannot be read from AWS, and cannot be brought back.',
  compare: 'Compare with AWS',
  comparing: (n: number) =>
    n === 0 ? 'Comparing with AWS…' : `Comparing with AWS: ${number(n)} names read`,
  comparingLead:
    'AWS names its groups by tens, so thousands of them take a minute or more. Nothing is written.',
  footer: (place: string) => `${place} · nothing is written before you have seen the difference`,
  blocked: 'The file has to be put right first',
  same: (alone: number) =>
    alone === 0 ? 'The groups in AWS are as the file has them' : 'There is nothing to be put',
  differs: 'This is what will happen to the groups',
  other: 'Choose another file',
  findings: 'What was found in the file',
  times: (n: number) => (n === 1 ? 'once' : `${number(n)} times`),
  places: 'Where',
  furtherPlaces: (n: number) => `and ${number(n)} more`,
  counts: 'The difference in numbers',
  table: 'Groups',
  group: 'Group',
  action: 'What happens',
  members: 'Members',
  more: (n: number) => `and ${number(n)} more`,
  words: {
    put: ['queued', 'Put', ''],
    change: ['info', 'Change', 'their members are others than were put last'],
    'take over': ['warn', 'Take over', 'somebody else put them; they get the members of the file'],
    delete: ['bad', 'Delete', 'they were put from here, and the file has them no more'],
    keep: ['ok', 'Keep', ''],
    unknown: [
      'warn',
      'Unknown',
      'somebody else put them, and AWS does not show their members: they are left alone',
    ],
    foreign: ['info', 'Leave', 'somebody else put them, and the file does not have them'],
  } as Record<string, readonly [state: string, word: string, meaning: string]>,
  number,
  running: (done: number, of: number) => `${number(done)} of ${number(of)} groups are through`,
  runningLead:
    'You can look at other screens meanwhile: it goes on. What is through is written down, and nothing is put twice.',
  rate: (perSecond: number) =>
    `${perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond))} a second`,
  finished: (alone: number) =>
    alone === 0
      ? 'The groups in AWS are as the file has them'
      : `Done; ${number(alone)} of the file were left alone, because somebody else put them`,
  stopped: 'Stopped as you asked',
  broken: 'The run stopped',
  someFailed: (n: number) =>
    n === 1
      ? 'One group is not as the file has it'
      : `${number(n)} groups are not as the file has them`,
  failedList: 'Not done, and why',
  put: 'Put',
  deleted: 'Deleted',
  notStarted: 'Not started',
  atRate: 'Pace',
  again: 'Compare again',
  toReport: 'Back to the report',
} as const;
