// npm's oidc-provider on 127.0.0.1, as the identity provider of a test. Prints one line of JSON, then
// serves until it is stopped. People are whoever signs in at its own login page.
//
//     node provider.mjs '{"client_id": "…", "client_secret": "…", "redirect_uris": ["…"]}'

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const TAGS = "https://aws.amazon.com/tags";
const client = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "test-1" };

let handle;
const server = createServer((request, answer) => handle(request, answer));
server.listen(0, "127.0.0.1", () => {
  // The issuer has the port in it, so the provider is made once the port is known.
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ grant_types: ["authorization_code"], response_types: ["code"], ...client }],
    claims: { openid: ["sub", TAGS] },
    // Q Business reads the ID token alone, so the claim has to be in it.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(32).toString("hex")] },
    jwks: { keys: [key] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, [TAGS]: { principal_tags: { Email: [id] } } }),
    }),
  });
  handle = provider.callback();
  console.log(JSON.stringify({ issuer }));
});
