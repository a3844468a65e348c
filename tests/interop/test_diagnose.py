"""`diagnose` with what an administrator has at hand: a recording of SimpleSAMLphp's login, a role, a sentence."""

import base64
import json
import subprocess
import urllib.parse

import pytest

from conftest import CLI, REGION, aws_attributes, environment
from samples import SIGN_IN, by_hand
from test_samples import endpoint, okta  # noqa: F401: fixtures

ROLE = "arn:aws:iam::123456789012:role/q-x-web"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/q-x-idp"
ACS = "https://x.chat.qbusiness.us-east-1.on.aws/saml"
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
    "Condition": {"StringEquals": {"SAML:aud": ACS}}}]}
GET_ROLE = {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 3600}}


def diagnose(*arguments, given=None):
    done = subprocess.run([CLI, "diagnose", *map(str, arguments)], input=given, capture_output=True, env=environment(), timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def found(*arguments, given=None):
    code, out, err = diagnose(*arguments, "--json", given=given)
    assert code in (0, 1), err
    document = json.loads(out)
    return code, document, [f["id"].split("-")[0] for f in document["findings"] if f["severity"] == "blocking"]


def har(*posts):
    entries = [{
        "startedDateTime": "2026-11-22T16:00:00.000Z",
        "request": {"method": "POST", "url": url, "headers": [{"name": "Cookie", "value": "secret"}],
                    "postData": {"mimeType": "application/x-www-form-urlencoded",
                                 "text": urllib.parse.urlencode({"SAMLResponse": base64.b64encode(xml).decode(), "RelayState": "x"})}},
        "response": {"status": 403, "redirectURL": "", "content": {"mimeType": "text/html", "text": "<h1>Permission needed</h1>"}},
    } for url, xml in posts]
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


@pytest.fixture(scope="module")
def case(tmp_path_factory, idp):
    """A recording of a login whose Recipient has a slash too many, the metadata and the role."""
    folder = tmp_path_factory.mktemp("case")
    wrong = ACS.replace("/saml", "//saml")
    idp.configure(sign_assertion=True, sign_response=True, acs_url=wrong, audience="https://signin.aws.amazon.com/saml",
                  attributes=aws_attributes(ROLE, PROVIDER))
    xml = idp.login().xml
    upstream = xml.replace(wrong.encode(), b"https://broker.example/acs")
    (folder / "login.har").write_text(har(("https://broker.example/acs?secret=1", upstream), (ACS, xml)))
    (folder / "metadata.xml").write_text(idp.metadata_xml)
    (folder / "role.json").write_text(json.dumps(GET_ROLE))
    return folder


def test_a_recording_a_role_and_metadata_name_the_cause(case):
    code, document, blocking = found(case / "login.har", case / "role.json", case / "metadata.xml")
    assert code == 1
    assert document["signature"]["verdict"] == "valid", document["signature"]
    assert blocking[0] == "F11", blocking
    [cause] = [f for f in document["findings"] if f["id"].startswith("F11")]
    assert (cause["expected"], cause["found"]) == (ACS, ACS.replace("/saml", "//saml"))
    assert document["trust"]["decision"] == "denied"
    kinds = [p["kind"] for p in document["pieces"]]
    assert kinds.count("SAML response") == 2 and "Trust policy" in kinds and "Message" in kinds
    [aside] = [p["note"] for p in document["pieces"] if p["note"]]
    assert aside == "not judged: it was sent to https://broker.example/acs"
    assert "secret" not in json.dumps(document)


def test_without_metadata_nothing_is_verified_and_it_is_said(case):
    code, out, _ = diagnose(case / "login.har", case / "role.json")
    assert code == 1
    assert "not checked: hand in the metadata" in out


def test_standard_input_and_a_sentence():
    code, document, _ = found("-", "--symptom", "Permission needed", given=json.dumps(GET_ROLE).encode())
    assert [p["from"] for p in document["pieces"]] == ["typed or piped", "typed or piped"]


def test_a_letter_is_printed_for_whoever_has_to_act(case):
    files = (case / "login.har", case / "role.json", case / "metadata.xml")
    code, out, _ = diagnose(*files, "--letter", "idp")
    assert code == 1
    assert f"Must be: {ACS}\n" in out and ACS.replace("/saml", "//saml") in out, out
    assert "alice@" not in out and "{{" not in out, out
    _, out, _ = diagnose(*files, "--letter", "idp", "--json")
    letter = json.loads(out)["letter"]
    assert ACS in letter["body"] and "setting" in letter["subject"]
    code, out, err = diagnose(case / "metadata.xml", "--letter", "aws")
    assert (code, out) == (0, "") and "nothing for them to do" in err
    assert json.loads(diagnose(case / "metadata.xml", "--letter", "aws", "--json")[1]) == {"letter": None}


def test_what_cannot_be_recognised_is_named_beside_the_rest(case, tmp_path):
    picture = tmp_path / "screen.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    code, _, err = diagnose(picture)
    assert code == 2 and "“screen.png”: this is a picture" in err and "Type the sentence" in err
    code, document, _ = found(picture, case / "role.json")
    assert len(document["not_recognised"]) == 1 and len(document["pieces"]) == 1
    code, out, _ = diagnose(picture, "--json")
    assert code == 2 and json.loads(out)["exit"] == 2


@pytest.mark.parametrize("arguments, word", [
    ((), "nothing to go by"),
    (("--symptom", "x", "--answer", "F83"), "expected F83=yes"),
    (("--symptom", "x", "--answer", "F999=yes"), "no rule “F999”"),
    (("--symptom", "x", "--idp", "nobody"), "“nobody”"),
    (("missing.har",), "missing.har cannot be read"),
])
def test_wrong_usage_is_named(arguments, word):
    code, _, err = diagnose(*arguments)
    assert code == 2 and word in err, err


def test_an_application_is_read_and_nothing_is_changed(endpoint, okta):  # noqa: F811
    """Okta's response says what the portal has; the role wants another region's sign-in address."""
    built = by_hand(endpoint, okta.metadata, okta.sign_on, "https://us-west-2.signin.aws.amazon.com/saml")
    okta.configure(SIGN_IN, built.role, built.provider)
    at = ("--application", built.application, "--region", REGION, "--practice", "--endpoint-url", endpoint)
    code, document, blocking = found("-", *at, given=okta.response().encode())
    assert code == 1
    assert document["signature"]["verdict"] == "valid", document
    assert document["idp"].startswith("okta")
    assert {"AWS"} == {p["from"] for p in document["pieces"][1:]}
    assert document["trust"]["decision"] == "denied"
    assert blocking[0] in ("F11", "F12"), document["findings"]
    role = built.iam.get_role(RoleName=built.role_name)["Role"]
    assert not role.get("Tags")
    code, document, blocking = found(*at)
    assert document["not_recognised"] == [] and document["pieces"], document


def test_a_recording_does_not_vouch_for_itself(case, idp, tmp_path):
    recorded = json.loads((case / "login.har").read_text())
    recorded["log"]["entries"].append({
        "request": {"url": "https://idp.example/metadata"},
        "response": {"status": 403, "content": {"mimeType": "application/xml", "text": idp.metadata_xml}}})
    (tmp_path / "own.har").write_text(json.dumps(recorded))
    _, document, _ = found(tmp_path / "own.har", case / "role.json")
    assert document["signature"]["verdict"] == "not checked"
    assert any("Federation metadata" in left for left in document["left_out"]), document["left_out"]


def test_a_symptom_is_the_same_by_its_id_its_words_and_with_a_slip():
    asked = [found(*how, given=given)[1]["questions"] for how, given in (
        (("--symptom", "permission-needed"), None), (("--symptom", "Permission needed"), None),
        (("--symptom", "permision needed"), None), (("-",), b"permision needed"))]
    assert asked[0] and all(other == asked[0] for other in asked), asked


def test_a_text_that_says_nothing_is_wrong_input():
    for given in (("--symptom", "the weather is nice today"), ("-",)):
        code, _, err = diagnose(*given, given=b"the weather is nice today")
        assert code == 2 and "Nothing that this program knows" in err, (code, err)


def test_the_decision_of_trust_and_evidence_that_was_set_aside_are_said(case, tmp_path):
    (tmp_path / "older.json").write_text(json.dumps(GET_ROLE))
    code, out, _ = diagnose(tmp_path / "older.json", case / "login.har", case / "role.json", case / "metadata.xml")
    assert code == 1
    assert "Trust policy says    denied" in out and "SAML:aud: StringEquals expected" in out, out
    assert "another trust policy was handed in later" in out
    assert "--application ID --region REGION" in out


def token(**more):
    """An ID token as Okta writes one; nobody signed it."""
    claims = {"iss": "https://acme.okta.com/oauth2/default", "sub": "00u1", "aud": "0oaRight",
              "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}}, **more}
    part = lambda json_: base64.urlsafe_b64encode(json.dumps(json_).encode()).decode().rstrip("=")  # noqa: E731
    return f"{part({'alg': 'RS256', 'kid': 'k'})}.{part(claims)}.{part('signature')}"


@pytest.mark.parametrize("client, decision", [("0oaRight", "allowed"), ("0oaWrong", "denied")])
def test_the_decision_of_trust_is_said_of_a_token_too(tmp_path, client, decision):
    provider = "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/default"
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"acme.okta.com/oauth2/default:aud": client}}}]}
    (tmp_path / "role.json").write_text(json.dumps({"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": trust}}))
    (tmp_path / "token.txt").write_text(token())
    files = (tmp_path / "token.txt", tmp_path / "role.json", "--at", "2026-11-22T16:00:00Z")
    _, document, _ = found(*files)
    assert document["trust"]["decision"] == decision, document
    _, out, _ = diagnose(*files)
    assert f"Trust policy says    {decision}" in out, out
    if decision == "denied":
        assert "acme.okta.com/oauth2/default:aud: StringEquals expected “0oaWrong”, found “0oaRight”" in out, out


def test_without_a_set_up_nothing_is_planned(tmp_path):
    """A role that still has AWS's stand-in: labels and a command say how, and the stand-in is not what is wanted."""
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://sampleurl.com"}}}]}
    (tmp_path / "role.json").write_text(json.dumps({"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": trust}}))
    code, out, _ = diagnose(tmp_path / "role.json")
    assert code == 1 and "F10-aud-placeholder" in out, out
    assert "et-up" not in out and "expected  https://sampleurl.com" not in out, out
    _, out, _ = diagnose(tmp_path / "role.json", "--letter", "aws")
    assert "IAM › Roles › q-x-web › Trust relationships › Edit trust policy" in out, out
    assert "aws iam update-assume-role-policy --role-name q-x-web" in out and "set-up" not in out, out


def test_where_aws_could_not_be_read_nobody_is_told_that_all_is_well():
    done = subprocess.run(
        [CLI, "diagnose", "--application", "a0000021-0000-4000-8000-00006b058ad5", "--region", REGION, "--json"],
        capture_output=True, env=environment(AWS_ENDPOINT_URL="http://127.0.0.1:9"), timeout=60)
    assert done.returncode == 3, done.stderr
    assert any("GetApplication" in why for why in json.loads(done.stdout)["not_read"])
    assert b"could not be read" in done.stderr
