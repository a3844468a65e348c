// The roads that the window test does not walk, down in the practice world by commands alone, so that
// the screens can be looked at with what the commands answer there: OpenID Connect with everything
// chosen, and AWS first.
const account = '123456789012';
const draft = (idp, aws_first) => ({
  practice: true,
  idp,
  profile: null,
  region: 'us-east-1',
  aws_first,
});

/**
 * Answers by name. `call(command, args)` runs a command and throws what it refuses with; an argument
 * `progress` has to be made a channel by it.
 */
export async function roads(call) {
  const answers = {};
  const keep = async (name, command, args) => (answers[name] = await call(command, args));
  const create = (name, idp, aws_first, prefix) =>
    keep(name, 'create_setup', {
      draft: draft(idp, aws_first),
      account,
      prefix,
    });
  const refused = async (name, command, args) => {
    answers[name] = await call(command, args).then(
      () => {
        throw new Error(`${command} took what it has to refuse`);
      },
      (failure) => ({ message: failure.message }),
    );
  };
  const apply = async (id, secret) => {
    const { digest } = await call('make_plan', { id, removal: false });
    const outcome = await call('apply_plan', {
      id,
      digest,
      secret,
      progress: null,
    });
    if (!outcome.finished) throw new Error(`not finished: ${JSON.stringify(outcome)}`);
  };

  await keep('namesOidc', 'preview_names', {
    draft: draft('okta-oidc', false),
    prefix: 'q-oidc',
  });
  {
    const { id } = await create('oidcEmpty', 'okta-oidc', false, 'acme-enterprise-search');
    await keep('oidcGuide', 'guide', { id });
    const { options } = await keep('oidcOptions', 'options', { id });
    const all = {
      ...options,
      index: 'enterprise',
      units: 2,
      service_role: true,
      managed_policy: true,
      role_path: '/q/',
      custom_url: 'http://localhost:8000/auth/oidc/callback',
      personalization: [{ key: 'Department', value: 'user.department' }],
      tags: [{ key: 'team', value: 'search' }],
      subtitle: 'Ask what the company knows',
      welcome_message: 'Answers come from what you may read.',
    };
    const key = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    await refused('optionsRefused', 'set_options', {
      id,
      options: { ...all, index: 'starter', kms_key: key },
    });
    await keep('optionsDoubted', 'check_options', {
      id,
      options: { ...all, kms_key: key },
    });
    await call('set_options', { id, options: all });
    await refused('clientRefused', 'set_client', {
      id,
      issuer: 'http://acme.okta.com',
      clientId: '0oa1b2c3d4e5f6g7h8i9',
    });
    await keep('oidcPlanned', 'set_client', {
      id,
      issuer: 'https://acme.okta.com/oauth2/default',
      clientId: '0oa1b2c3d4e5f6g7h8i9',
    });
    await keep('oidcPlan', 'make_plan', { id, removal: false });
    await apply(id, 'a secret of the practice world');
    await keep('oidcMade', 'open_setup', { id });
    await keep('oidcClean', 'make_plan', { id, removal: false });
    await keep('oidcGuideMade', 'guide', { id });
    await keep('oidcCard', 'custom_card', { id });
    await keep('oidcOptionsMade', 'options', { id });
  }
  {
    const { id } = await create('firstEmpty', 'okta-saml', true, 'q-first');
    await keep('firstOptions', 'options', { id });
    await keep('firstPlan', 'make_plan', { id, removal: false });
    await apply(id, null);
    await keep('firstMade', 'open_setup', { id });
    const guide = await keep('firstGuide', 'guide', { id });
    for (const step of guide.after.filter((one) => !one.optional))
      await call('tick', { id, step: step.id, done: true });
    await keep('firstTold', 'open_setup', { id });
    await keep('homeFirst', 'home', {});
  }
  const launcher =
    'https://launcher.myapps.microsoft.com/api/signin/5f2b1c7e-5b1a-4f4e-9a51-0d8b3f6f2a11?tenantId=2f1c0000-0000-4000-8000-00000000000e';
  await keep('address', 'read_address', { text: launcher });
  await refused('addressRefused', 'read_address', {
    text: 'https://portal.azure.com/x',
  });
  return answers;
}
