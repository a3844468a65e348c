// A certified OpenID provider with one person, who signs in and consents by themselves.
// Usage: node openid.mjs REDIRECT_URI; prints {"issuer": …} and serves until it is stopped.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const [redirect] = process.argv.slice(2)
const TAGS = 'https://aws.amazon.com/tags'

const server = createServer()
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const issuer = `http://127.0.0.1:${server.address().port}`
const keys = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
].map(({ privateKey }, i) => ({ ...privateKey.export({ format: 'jwk' }), kid: `k${i}`, use: 'sig' }))
const client = (id, more) => ({
  client_id: id,
  application_type: 'native',
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  ...more,
})

const provider = new Provider(issuer, {
  jwks: { keys },
  clients: [
    client('basic', { client_secret: 's3cret & more: +/%', token_endpoint_auth_method: 'client_secret_basic' }),
    client('post', { client_secret: 's3cret & more: +/%', token_endpoint_auth_method: 'client_secret_post' }),
    client('public', { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' }),
  ],
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  claims: { openid: ['sub', TAGS], email: ['email'], profile: ['name'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, [TAGS]: { principal_tags: { Email: ['alice@acme.example'] } } }),
  }),
})

async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } })
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope('openid email profile')
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response)
  agree(request, response).catch((error) => response.writeHead(500).end(String(error)))
})
console.log(JSON.stringify({ issuer }))
