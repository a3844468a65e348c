"""ID tokens made by PyJWT and judged by the program: its verdict is not its own maker's."""

import json
import subprocess
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import ACCOUNT, CLI, environment

ISSUER = "https://acme.okta.com/oauth2/default"
CLIENT = "0oa1client"
TAGS = "https://aws.amazon.com/tags"
EMAIL = {"principal_tags": {"Email": ["alice@acme.example"]}}


@pytest.fixture(scope="module")
def keys():
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    made = {alg: ec.generate_private_key(curve) for alg, curve in curves.items()}
    return made | dict.fromkeys(["RS256", "RS384", "RS512"], rsa.generate_private_key(65537, 2048))


def jwk(alg, key):
    made = jwt.get_algorithm_by_name(alg).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": "rsa" if alg.startswith("R") else alg, "use": "sig"}


@pytest.fixture
def jwks(keys, tmp_path):
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [jwk(alg, key) for alg, key in keys.items() if alg not in ("RS384", "RS512")]}))
    return file


def claims(**changes):
    now = int(time.time())
    made = {"iss": ISSUER, "sub": "00u1", "aud": CLIENT, "iat": now, "exp": now + 600, TAGS: EMAIL, **changes}
    return {k: v for k, v in made.items() if v is not None}


def trust(audience=CLIENT, tag_session=True):
    issuer = ISSUER.removeprefix("https://")
    principal = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
    statements = [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity",
                   "Condition": {"StringEquals": {f"{issuer}:aud": audience}}}]
    if tag_session:
        statements.append({"Effect": "Allow", "Principal": principal, "Action": "sts:TagSession",
                           "Condition": {"StringLike": {"aws:RequestTag/Email": "*"}}})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def judge(token, jwks, *more, **options):
    options = {"--issuer": ISSUER, "--client-id": CLIENT, **options}
    flat = [part for pair in options.items() for part in pair]
    done = subprocess.run([CLI, "check-token", "-", "--jwks", jwks, *flat, *more, "--json"], input=token, text=True,
                          capture_output=True, timeout=60, env=environment())
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_a_good_token_of_every_algorithm(keys, jwks, tmp_path, alg):
    policy = tmp_path / "trust.json"
    policy.write_text(trust())
    kid = "rsa" if alg.startswith("R") else alg
    token = jwt.encode(claims(), keys[alg], alg, headers={"kid": kid})
    code, said = judge(token + "\n", jwks, "--trust-policy", str(policy))
    assert (code, said["findings"]) == (0, []), said
    assert said["signature"] == {"verdict": "valid", "algorithm": alg, "key": kid, "reason": None}
    assert said["subject"] == "00u1" and said["issuer"] == ISSUER and said["audience"] == CLIENT
    assert said["tags"] == {"Email": ["alice@acme.example"]}
    assert said["trust"]["decision"] == "allowed" and said["trust"]["proof"]


@pytest.mark.parametrize("changes, finding", [
    ({"iss": ISSUER + "/"}, "F50-token-issuer"),
    ({"aud": "other"}, "F51-token-audience"),
    ({"aud": [CLIENT, "api"], "azp": "other"}, "F51-token-audience"),
    ({TAGS: None}, "F57-token-email-missing"),
    ({TAGS: json.dumps(EMAIL)}, "F57-token-email-missing"),
    ({TAGS: {"principal_tags": {"Email": None}}}, "F57-token-email-missing"),
    ({TAGS: None, TAGS + "/principal_tags/email": "alice@acme.example"}, "F57-token-email-missing"),
    ({"exp": 1}, "F58-token-expired"),
    ({"groups": ["g" * 100] * 200}, "F60-token-too-long"),
    ({"iss": "https://accounts.google.com"}, "F63-issuer-unsupported"),
    ({"sub": None}, "F68-token-subject"),
    ({"iat": int(time.time()) + 3600}, "F69-token-early"),
])
def test_a_claim_that_does_not_hold(keys, jwks, changes, finding):
    code, said = judge(jwt.encode(claims(**changes), keys["RS256"], "RS256", headers={"kid": "rsa"}), jwks)
    assert code == 1
    assert said["findings"][0]["id"] == finding, said["findings"]
    assert said["signature"]["verdict"] == "valid"


def test_a_signature_that_does_not_hold(keys, jwks, tmp_path):
    stranger = rsa.generate_private_key(65537, 2048)
    for token, finding in [
        (jwt.encode(claims(), stranger, "RS256", headers={"kid": "rsa"}), "F64-token-signature"),
        (jwt.encode(claims(), stranger, "RS256", headers={"kid": "new"}), "F65-token-key-unknown"),
        (jwt.encode(claims(), stranger, "PS256", headers={"kid": "rsa"}), "F66-token-algorithm"),
        (jwt.encode(claims(), "s" * 64, "HS256", headers={"kid": "rsa"}), "F66-token-algorithm"),
        (jwt.encode(claims(), None, "none"), "F66-token-algorithm"),
    ]:
        code, said = judge(token, jwks)
        assert (code, said["signature"]["verdict"], said["findings"][0]["id"]) == (1, "invalid", finding), said
    page = tmp_path / "page.html"
    page.write_text("<html>Sign in</html>")
    code, said = judge(jwt.encode(claims(), stranger, "RS256"), page)
    assert (code, said["signature"]["verdict"], said["findings"][0]["id"]) == (1, "unknown", "F53-keys-unavailable")


@pytest.mark.parametrize("policy, finding", [
    (trust(audience="other"), "F55-token-trust"),
    (trust(tag_session=False), "F56-token-tag-session"),
    (trust().replace("acme.okta.com", "else.okta.com"), "F07-trust-provider"),
])
def test_a_trust_policy_that_does_not_admit_it(keys, jwks, tmp_path, policy, finding):
    file = tmp_path / "trust.json"
    file.write_text(policy)
    token = jwt.encode(claims(), keys["RS256"], "RS256", headers={"kid": "rsa"})
    code, said = judge(token, jwks, "--trust-policy", str(file))
    assert (code, said["trust"]["decision"]) == (1, "denied")
    assert said["findings"][0]["id"] == finding, said["findings"]


@pytest.mark.parametrize("token, options, words", [
    ("", {}, "no token"),
    ("opaque", {}, "three parts"),
    ("<samlp:Response/>", {}, "SAML response"),
    ("a.b.c.d.e", {}, "encrypted"),
    ("a.b.c", {"--issuer": "https://acme.okta.com:8443"}, "without a port"),
    ("a.b.c", {"--issuer": "acme.okta.com"}, "starts with https://"),
    ("a.b.c", {"--client-id": "a b"}, "client id"),
    ("a.b.c", {"--at": "noon"}, "2026-11-22T16:00:00Z"),
])
def test_input_that_cannot_be_judged(jwks, token, options, words):
    code, said = judge(token, jwks, **options)
    assert code == 2 and words in said["error"], said


def test_another_moment(keys, jwks):
    token = jwt.encode(claims(), keys["RS256"], "RS256", headers={"kid": "rsa"})
    code, said = judge(token, jwks, **{"--at": "2099-01-01T00:00:00Z"})
    assert (code, said["findings"][0]["id"]) == (1, "F58-token-expired")
