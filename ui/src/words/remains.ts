// What a removal leaves at the identity provider, where this program never signs in.

/** For a checklist; `name` is of the application that was made there. */
function list(vendor: string, protocol: string, name: string): string[] {
  const oidc = protocol === 'oidc';
  const okta = vendor === 'Okta';
  const entra = vendor === 'Entra ID';
  return [
    `The application “${name}” in ${vendor}${entra ? ', with its app role' : ''}: delete it, unless something else signs in through it.`,
    `The people and groups who are assigned to it: delete the application, or take the assignments away. Whoever stays assigned keeps its tile and meets an error.`,
    ...(oidc
      ? [
          `The redirect URIs that were entered for AWS, and for the test or an application of your own: take them out of an application that stays.`,
          okta
            ? 'The claim https://aws.amazon.com/tags on the authorization server: it goes into the tokens of every client there until it is deleted.'
            : 'The claim https://aws.amazon.com/tags: it goes into every ID token of this client until it is deleted.',
        ]
      : [
          `The claims for AWS, if the application stays: Role, RoleSessionName and PrincipalTag:Email.`,
        ]),
    ...(oidc && okta
      ? [
          'The authorization server with its access policy, if it was made for this alone. The server “default” stays.',
        ]
      : []),
    ...(oidc ? ['The client secret: it is worth nothing once the application is deleted.'] : []),
  ];
}

export const remains = {
  title: (vendor: string) => `What remains in ${vendor}`,
  lead: (vendor: string) =>
    `This program never signs in there, so this is for the administrator of ${vendor}. The ticks are for you and are not kept.`,
  list,
} as const;
