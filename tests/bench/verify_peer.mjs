// One signed response, verified again and again by node-saml: a line of JSON.
// Usage: node verify_peer.mjs FOLDER, the folder that `diagnose write` left.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const name = 'node-saml'
let SAML
try {
  ;({ SAML } = await import('@node-saml/node-saml'))
} catch (error) {
  console.log(JSON.stringify({ what: name, missing: error.message }))
  process.exit(0)
}
const SP = 'https://signin.aws.amazon.com/saml'
const ACS = 'https://abcd.chat.qbusiness.us-east-1.on.aws/saml'
const saml = new SAML({
  idpCert: readFileSync(join(folder, 'certificate.pem'), 'utf8'),
  issuer: SP,
  callbackUrl: ACS,
  audience: SP,
  wantAuthnResponseSigned: false,
  acceptedClockSkewMs: -1
})
const SAMLResponse = readFileSync(join(folder, 'response.xml')).toString('base64')
const act = async () => {
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse })
  if (profile?.nameID !== 'u-1') throw new Error('not verified')
}
await act()
const started = performance.now()
let count = 0
while (performance.now() - started < 2000) {
  await act()
  count += 1
}
console.log(JSON.stringify({ what: name, value: (count * 1000) / (performance.now() - started) }))
