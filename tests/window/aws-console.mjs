// Somebody in the AWS console of the practice world, behind the back of every set-up: the calls that the
// console itself makes.
const header =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/iam/aws4_request, ' +
  'SignedHeaders=host;x-amz-date, Signature=' +
  '0'.repeat(64);

async function iam(origin, Action, parameters) {
  const answer = await fetch(`${origin}/`, {
    method: 'POST',
    headers: {
      authorization: header,
      'x-amz-date': '20261124T000000Z',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${Action}: ${answer.status} ${text}`);
  return text;
}

/** Edits the trust policy of a role: `edit` gets the document and changes it. */
export async function editTrust(origin, role, edit) {
  const text = await iam(origin, 'GetRole', { RoleName: role });
  const encoded = text.match(/<AssumeRolePolicyDocument>(.*?)<\/AssumeRolePolicyDocument>/s)[1];
  const policy = JSON.parse(decodeURIComponent(encoded));
  edit(policy);
  await iam(origin, 'UpdateAssumeRolePolicy', {
    RoleName: role,
    PolicyDocument: JSON.stringify(policy),
  });
}

/** What stands in IAM around a role: itself with its tags, its policies, the providers. */
export async function standing(origin, role) {
  const asked = [
    ['GetRole', { RoleName: role }],
    ['ListRoleTags', { RoleName: role }],
    ['ListRolePolicies', { RoleName: role }],
    ['ListAttachedRolePolicies', { RoleName: role }],
    ['ListSAMLProviders', {}],
  ];
  const said = await Promise.all(
    asked.map(([action, parameters]) => iam(origin, action, parameters)),
  );
  return said.map((text) =>
    text.replace(/<RequestId>.*?<\/RequestId>|<RoleLastUsed>.*?<\/RoleLastUsed>/gs, ''),
  );
}
