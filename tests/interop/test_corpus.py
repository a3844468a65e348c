"""Holds the command line against a corpus of public SAML files: metadata, responses, attacks, certificates.

    CLAIMBRIDGE_CORPUS=… [CLAIMBRIDGE_CLI=…/claimbridge-cli] python -m pytest tests/interop/test_corpus.py

The corpus is not part of this repository. Its manifest says of each file what its own project's tests say of it,
and which signatures xmlsec1 confirms. Where the program differs on purpose, a table below says why.
Certificates and metadata made for a test are written to a temporary directory.
"""

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import urllib.parse
import zlib
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

if not os.environ.get("CLAIMBRIDGE_CORPUS"):
    pytest.skip("CLAIMBRIDGE_CORPUS is not set: there is no corpus to test with", allow_module_level=True)

CORPUS = Path(os.environ["CLAIMBRIDGE_CORPUS"])
CLI = os.environ.get("CLAIMBRIDGE_CLI") or Path(__file__).resolve().parents[2] / "target/debug/claimbridge-cli"
NOW = "2026-11-22T16:00:00Z"

assert Path(CLI).is_file(), f"{CLI} is missing: build it, or set CLAIMBRIDGE_CLI"

# --- The corpus ---

Row = namedtuple("Row", "path kind repo verdict note")
Sig = namedtuple("Sig", "on reference algorithm ok sha256")
Run = namedtuple("Run", "code json stderr")

# Two documents bring their key as a KeyValue. xmlsec1 used that one, not the certificate that the manifest then
# credits; the identity provider's certificate holds the same key.
CREDITED_FOR_KEY_VALUE = {"414ce8701c4723e0": "fe448e4acbc0ec6f"}


def manifest():
    with open(CORPUS / "MANIFEST.tsv", encoding="utf-8", newline="") as source:
        for r in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE):
            repo = r["source_repo"].replace("/", "+")
            yield Row(r["local_path"], r["kind"], repo, r["expected_verdict"], r["note"].strip('"'))


ROWS = list(manifest())
METADATA = [r for r in ROWS if r.kind == "metadata"]
RESPONSES = [r for r in ROWS if r.kind.startswith("response")]


def response(name):
    (row,) = (r for r in RESPONSES if r.path.endswith(name))
    return row


def noted(row, key):
    found = re.search(rf"(?:^|[ |;]){key}=([^|;]*)", row.note)
    return found.group(1).strip() if found else ""


def number(row, key):
    return int(noted(row, key) or 0)


def signatures(row):
    text = row.note.rpartition("sigs=")[2] if "sigs=" in row.note else ""
    for on, reference, algorithm, ok, by in re.findall(r"(\w+)\[(\w+),([^\]]*)\]=(OK|FAIL)\(([^)]*)\)", text):
        sha = (re.findall(r"sha256:(\w+)", by) or [""])[0]
        if "<ds:RSAKeyValue>" in xml_of(row.path):
            sha = CREDITED_FOR_KEY_VALUE.get(sha, sha)
        yield Sig(on, reference, algorithm, ok == "OK", sha)


def confirmed(row):
    return [s for s in signatures(row) if s.ok]


@lru_cache(maxsize=None)
def xml_of(path):
    """The document, however the row wraps it; empty where it cannot be unwrapped."""
    text = (CORPUS / path).read_bytes().decode("utf-8", "replace").lstrip("\ufeff").strip()
    if text.startswith("<"):
        return text
    text = text.split("SAMLResponse=")[-1].split("&")[0]
    text = re.sub(r"\s", "", urllib.parse.unquote(text) if "%" in text else text).translate(str.maketrans("-_", "+/"))
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4))
        if raw.lstrip()[:1] not in (b"<", b"\xef"):
            raw = zlib.decompress(raw, -15)
    except (ValueError, zlib.error):
        return ""
    return raw.decode("utf-8", "replace")


def certificates_in(text):
    """DER of every certificate in a PEM file, a bare base64 file or an XML document."""
    bodies = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.S)
    bodies += re.findall(r"X509Certificate(?:\s[^>]*)?>([^<]*)<", text)
    if not bodies and "<" not in text and "-----" not in text:
        bodies = [text]
    for body in bodies:
        body = re.sub(r"&#x?[0-9a-fA-F]+;|\s", "", body)
        try:
            der = base64.b64decode(body + "=" * (-len(body) % 4))
        except ValueError:
            continue
        if der[:1] == b"\x30":
            yield der


def digest(der):
    return hashlib.sha256(der).hexdigest()[:16]


def harvest():
    """Every certificate by its digest, and the digests of those that each project itself trusts."""
    known, honest = {}, {}
    for row in ROWS:
        is_response = row.kind.startswith("response")
        text = xml_of(row.path) if is_response else (CORPUS / row.path).read_text("utf-8", "replace")
        for der in certificates_in(text):
            known.setdefault(digest(der), der)
            if row.kind == "trust-material":
                honest.setdefault(row.repo, set()).add(digest(der))
    for row in RESPONSES:
        # A certificate that the project keeps for its tests, though not in certs/.
        honest.setdefault(row.repo, set()).update(re.findall(r"OK\(repo:[^ )]+ sha256:(\w+)\)", row.note))
    return known, honest


KNOWN, HONEST = harvest()
SOME_CERTIFICATE = CORPUS / "certs/node-saml+node-saml/test__static__cert.pem"


def trusted(row, *more):
    known = {s for s in HONEST.get(row.repo, set()).union(*more) if s in KNOWN}
    return known or {digest(next(certificates_in(SOME_CERTIFICATE.read_text())))}


# --- The program ---


def run(*arguments):
    done = subprocess.run([CLI, *map(str, arguments), "--json"], capture_output=True, timeout=60)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if done.returncode == 2:
        # What cannot be read has a document that says so, and nothing else.
        assert set(answer) == {"error", "exit"}, answer
        answer = None
    return Run(done.returncode, answer, done.stderr.decode("utf-8", "replace"))


def check(row, *arguments, at=NOW):
    return run("check", CORPUS / row.path, *arguments, "--at", at)


def each(job, items):
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return list(zip(items, pool.map(job, items)))


def ids(result):
    return {f["id"].split("-")[0] for f in result.json["findings"]} if result.json else set()


def blocking(result):
    findings = result.json["findings"] if result.json else []
    return {f["id"].split("-")[0] for f in findings if f["severity"] == "blocking"}


def verdict(result):
    return result.json["signature"]["verdict"] if result.json else "refused"


def reason(result):
    return (result.json["signature"]["reason"] or "") if result.json else result.stderr.strip()


def report(failures):
    assert not failures, f"{len(failures)}:\n" + "\n".join(failures)


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="session")
def pem(work):
    for sha, der in KNOWN.items():
        body = base64.encodebytes(der).decode()
        (work / f"{sha}.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    return lambda sha: work / f"{sha}.pem"


@pytest.fixture(scope="session")
def trust(work):
    """Metadata of an identity provider with these certificates and this entity ID."""

    def write(name, shas, entity_id):
        keys = "".join(
            '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
            f"{base64.b64encode(KNOWN[s]).decode()}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for s in sorted(shas)
        )
        path = work / f"{hashlib.sha256(name.encode()).hexdigest()}.xml"
        path.write_text(
            '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
            f' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID={quoteattr(entity_id)}>'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            f'{keys}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
            ' Location="https://idp.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
        )
        return path

    return write


# --- Metadata ---

METADATA_OTHERWISE = {
    # UTF-16 under a declaration of UTF-8: lxml stops, its project wants it read, and it is converted for IAM.
    "metadata/entra/coveo+saml-client__src__test__resources__com__coveo__saml__azure-utf-16.xml": "read",
    # No SingleSignOnService: the schema wants one, but no source says that IAM looks; a sign-in started at the
    # identity provider needs none.
    "metadata/ping/coveo+saml-client__src__test__resources__com__coveo__saml__ping.xml": "read",
}


@pytest.fixture(scope="session")
def metadata_runs():
    return each(lambda r: run("metadata", CORPUS / r.path, "--at", NOW), METADATA)


def metadata_is(result):
    if result.json is None:
        return "no answer"
    if "F42" not in blocking(result):
        return "read"
    return "aggregate" if "identity_providers" in result.json else "refused"


def metadata_should_be(row):
    if row.verdict.split(";")[0] in ("oracle:idp-ok", "oracle:idp-ok-redirect-only"):
        return {"read"}
    if row.verdict.startswith("oracle:aggregate"):
        return {"aggregate"}
    # An aggregate that holds nothing but service providers may be called either.
    return {"refused", "aggregate"} if "aggregate:" in row.note else {"refused"}


def test_metadata_is_what_the_manifest_says(metadata_runs):
    assert len(metadata_runs) > 140
    wrong = {r.path: metadata_is(got) for r, got in metadata_runs if metadata_is(got) not in metadata_should_be(r)}
    assert wrong == METADATA_OTHERWISE


def test_metadata_that_is_read_is_read_right(metadata_runs):
    failures = []
    for row, got in metadata_runs:
        if metadata_is(got) != "read" or row.path in METADATA_OTHERWISE:
            continue
        entity = row.note.rpartition("entityID=")[2]
        bindings = set(re.search(r"sso=(\S*)", row.note).group(1).split("/"))
        # The manifest counts a certificate that stands twice twice.
        most = int(noted(row, "sigcerts").split()[0])
        if got.json["entity_id"] != entity:
            failures.append(f"{row.path}: entity {got.json['entity_id']!r}, not {entity!r}")
        if not 1 <= len(got.json["signing_certificates"]) <= most:
            failures.append(f"{row.path}: {len(got.json['signing_certificates'])} of {most} certificates")
        if {s["binding"] for s in got.json["sso"]} != bindings:
            failures.append(f"{row.path}: bindings {got.json['sso']}, not {bindings}")
    report(failures)


def test_aggregates_are_counted_and_offer_a_choice_only_of_identity_providers(metadata_runs):
    failures = []
    for row, got in metadata_runs:
        if metadata_is(got) != "aggregate":
            continue
        counted = re.search(r"\baggregate:(\d+)", row.note)
        if counted and got.json["entities"] != int(counted.group(1)):
            failures.append(f"{row.path}: {got.json['entities']} entities, not {counted.group(1)}")
        if not got.json["identity_providers"] and "Choose one entity ID" in json.dumps(got.json):
            failures.append(f"{row.path}: nothing to choose from")
    report(failures)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<md:Entity", '\n<?xml version="1.0"?><md:Entity', id="blank-before-declaration"),
        pytest.param("<md:Entity", '<!-- x --><?xml version="1.0"?><md:Entity', id="comment-before-declaration"),
        pytest.param("md:SingleSignOnService", "zz:SingleSignOnService", id="undeclared-prefix-of-an-element"),
        pytest.param(
            "Location=",
            'zz:a="1" Location=',
            id="undeclared-prefix-of-an-attribute",
        ),
    ],
)
def test_metadata_that_no_xml_parser_takes_is_refused(before, after, trust, work):
    sound = trust("well-formed", trusted(METADATA[0]), "urn:x")
    assert "F42" not in blocking(run("metadata", sound))
    path = work / "malformed.xml"
    path.write_text(sound.read_text().replace(before, after, 1))
    assert "F42" in blocking(run("metadata", path))


# --- Nothing forged is believed ---

# What an otherwise genuine response has wrong, by the words of its verdict, and the finding that says so; or why
# there is none. Every other "invalid" is about the signature.
FAULTS = [
    (r"encrypted_attrs|encrypted_nameID", "F33"),
    (r"unable to decrypt|unable to get decryption|signed_then_encrypted|encrypted_then_signed", "F33"),
    (r"expired|not_after_failed|too-late|InvalidTime|confirmation_noa|invalid_sessionindex", "F26"),
    (r"notbefore_future|too-soon|confirmation_nb", "F27"),
    (r"invalid_audience|NotInAudience", "F14"),
    (r"confirmation_recipient|no_recipient|no_subjectconfirmation_data", "F11"),
    (r"no_subjectconfirmation_method|confirmation_multiple_issues|missing NotOnOrAfter|holder-of-key", "F39"),
    (r"empty_nameid|no_nameid|no_value_nameid", "F23"),
    (r"error_status|invalid02|sub_status_code|Unrecognized StatusCode|no_status", "F38"),
    (r"Unrecognized Issuer|no_issuer_assertion|missing Issuer", "F41"),
    (r"external_signed_assertion|redacted_azure_b2c", "F48"),
    (r"too-many-commas", "F06"),
    (r"bad_version|invalid_response_version|no_saml2", None),  # AWS names no check; SAML 1.1 is other XML
    (r"Cert is not valid", None),  # IAM does not look at a certificate's dates
    (r"empty_destination|Unrecognized Destination", None),  # AWS compares Recipient; no source says Destination
    (r"no_authnstatement", None),  # AWS names no use of AuthnStatement but SessionNotOnOrAfter, which is optional
    (r"no_time_condition|missing NotBefore", None),  # AWS demands no dates; the age is from IssueInstant
    (r"wrong_spnamequalifier", None),  # AWS does not read SPNameQualifier
    (r"duplicated_attributes", None),  # AWS does not read FriendlyName
    (r"invalid_signature_position", None),  # the schema's order; the signature is the root's own
    (r"no-expire", None),  # valid for decades: nothing that AWS refuses
]

# The response's Issuer is wrong, the assertion's is right: AWS's error speaks of the assertion's.
WRONG_OUTSIDE_THE_ASSERTION = ("olgn09_response_52.b64", "olgn09_response_57.b64")

# Its own test (test_xmlsec1_keydata.py) wants it accepted with the metadata's key, the embedded one passed over.
NOT_FORGED = "tests__xmlsec1-keydata__signed-assertion-random-embedded-cert.xml"

# Its only assertion stands inside the Issuer of a response that has no Status.
OUT_OF_PLACE = "test_vectors__ancestor_attack_signed.xml"


def fault(row):
    if not row.verdict.startswith("invalid") or "assertion-invalidly-signed" in row.verdict:
        return None
    return next((f for f in FAULTS if re.search(f[0], row.verdict)), None)


def is_hostile(row):
    if row.path.endswith(NOT_FORGED):
        return False
    if row.verdict.startswith(("invalid", "attack")):
        return fault(row) is None
    unsigned = re.match(r"oracle-only: (unsigned|signature FAILS)|template", row.verdict)
    return bool(unsigned) or "no signature in file" in row.verdict


def covered_is_confirmed(row, result):
    """Every element that the program calls covered carries a signature that xmlsec1 confirms."""
    good = {s.on.lower() for s in confirmed(row) if s.reference in ("own", "empty")}
    return set(result.json["signature"]["covers"]) <= good


def expected_finding(row, result):
    """The findings of which one has to go with the verdict."""
    if verdict(result) == "absent":
        return {"F48"}
    if reason(result) == "the assertion is encrypted":
        return {"F33"}
    if reason(result).startswith("the signature does not match"):
        return {"F40"}
    if reason(result) == "there is no certificate to verify with":
        return {"F42"}
    if reason(result) == "it contains no assertion" and number(row, "assertions") == 0:
        return {"F38", "F97"}
    return {"F97"}


@pytest.fixture(scope="session")
def hostile_runs(trust):
    def judge(row):
        pinned = trusted(row)
        if not re.search(r"attacker|trusted certs", row.verdict):
            # The key that signed the genuine part: that it is trusted is what the attack lives on.
            pinned = trusted(row, {s.sha256 for s in confirmed(row)}, map(digest, certificates_in(xml_of(row.path))))
        return check(row, "--metadata", trust("hostile" + row.path, pinned, "urn:pinned"))

    return each(judge, [r for r in RESPONSES if is_hostile(r)])


def test_nothing_forged_is_believed(hostile_runs):
    assert len(hostile_runs) > 150
    failures = []
    for row, got in hostile_runs:
        usable = "only signed part may be used" in row.verdict or row.verdict.startswith("oracle-only: signature FAILS")
        if verdict(got) == "valid" and not (usable and covered_is_confirmed(row, got)):
            failures.append(f"{row.path}: valid; {row.verdict}; {[*signatures(row)]}")
    report(failures)


def test_another_certificate_never_verifies():
    other = CORPUS / "certs/russellhaering+gosaml2/providertests__testdata__auth0_cert.pem"
    sha = digest(next(certificates_in(other.read_text())))
    rows = [r for r in RESPONSES if confirmed(r) and sha not in {s.sha256 for s in confirmed(r)}]
    assert len(rows) > 150
    report([r.path for r, got in each(lambda r: check(r, "--certificate", other), rows) if verdict(got) == "valid"])


def test_a_key_that_the_document_brings_is_not_believed(pem):
    ((wrong, right),) = CREDITED_FOR_KEY_VALUE.items()
    rows = [r for r in RESPONSES if right in {s.sha256 for s in confirmed(r)} and wrong in r.note]
    assert len(rows) == 2
    for row in rows:
        assert verdict(check(row, "--certificate", pem(right))) == "valid"
        assert "F40" in blocking(check(row, "--certificate", pem(wrong)))


# --- Every genuine signature verifies ---

# What is refused though xmlsec1 confirms a signature in it: the reason given, what the manifest has to say of the
# same file, how many there are, and why.
REFUSED_ON_PURPOSE = [
    (r"^the assertion is encrypted$", lambda r: number(r, "encrypted"), 24, "only the receiver can read it"),
    (r"^it contains [23] assertions$", lambda r: number(r, "assertions") > 1, 15, "wrapping lives on this"),
    (r"^its root is Assertion,", lambda r: noted(r, "root") == "Assertion", 3, "not what a browser posts to AWS"),
    (r"its root is “Envelope”", lambda r: noted(r, "root") == "Envelope", 1, "SOAP of the artifact binding"),
    (r"^it contains no assertion$", lambda r: not number(r, "assertions"), 2, "a refusal has nothing to believe"),
    (r"^it contains no assertion$", lambda r: r.path.endswith(OUT_OF_PLACE), 1, "no child of the response"),
    (r"^a signature stands in (Subject|Status),", lambda r: on(r)["Subject"] or on(r)["Status"], 2, "nothing is read"),
    (r"^a signature stands in Response,", lambda r: on(r)["Response"] > 1, 3, "two signatures in one element"),
    (r"^a signature stands in Response,", lambda r: "spoofed" in r.path, 1, "no Response of SAML"),
    (r"hmac-sha1 is not accepted$", lambda r: uses(r, "hmac"), 2, "whoever reads the certificate could make it"),
    (r"^there is no certificate to", lambda r: uses(r, "ecdsa"), 1, "no source says that AWS takes an elliptic curve"),
    (r"^the signature refers to “”", lambda r: ("Assertion", "empty") in {s[:2] for s in signatures(r)}, 1, "not itself"),
    (r"^NameID contains comments", lambda r: "<!--" in xml_of(r.path), 1, "cuts the name in two (CVE-2017-11427)"),
    (r"^the signature does not match: ", lambda r: any(not s.ok for s in signatures(r)), 7, "all must hold, one fails"),
]


def uses(row, algorithm):
    return any(algorithm in s.algorithm for s in signatures(row))


def on(row):
    return Counter(s.on for s in signatures(row))


@pytest.fixture(scope="session")
def confirmed_runs(pem):
    jobs = [(row, sha) for row in RESPONSES for sha in sorted({s.sha256 for s in confirmed(row)})]
    return [(job[0], got) for job, got in each(lambda job: check(job[0], "--certificate", pem(job[1])), jobs)]


def test_every_genuine_signature_verifies_and_covers_what_xmlsec1_says(confirmed_runs):
    assert len(confirmed_runs) > 180
    failures, counted = [], Counter()
    for row, got in confirmed_runs:
        if verdict(got) == "valid":
            if not covered_is_confirmed(row, got):
                failures.append(f"{row.path}: covers {got.json['signature']['covers']}; {[*signatures(row)]}")
            continue
        known = [p for p in REFUSED_ON_PURPOSE if re.search(p[0], reason(got)) and p[1](row)]
        if known:
            counted[known[0]] += 1
        else:
            failures.append(f"{row.path}: {reason(got)}; {[*signatures(row)]}")
    report(failures)
    report([f"{p[0]}: {counted[p]} instead of {p[2]}" for p in REFUSED_ON_PURPOSE if counted[p] != p[2]])


def test_sha1_is_a_finding(confirmed_runs):
    failures = []
    for row, got in confirmed_runs:
        # SHA-1 inside an encryption method is something else.
        signed = "".join(re.findall(r"<(?:\w+:)?SignedInfo.*?</(?:\w+:)?SignedInfo>", xml_of(row.path), re.S))
        old = any(s.algorithm.endswith("sha1") for s in signatures(row)) or "xmldsig#sha1" in signed
        if got.json and any(s.algorithm.startswith("rsa") for s in signatures(row)) and ("F49" in ids(got)) != old:
            failures.append(f"{row.path}: {sorted(ids(got))}")
    report(failures)


@pytest.mark.parametrize("behind", ["", "9cbe764281319abe"], ids=["text-before", "text-before-and-another-behind"])
def test_the_first_certificate_of_a_pem_file_counts(behind, pem, work):
    text = (CORPUS / "certs/SAML-Toolkits+php-saml/tests__certs__with.comment.crt").read_text()
    assert not text.startswith("-----")
    path = work / "several.pem"
    path.write_text(text + (pem(behind).read_text() if behind else ""))
    row = response("java-saml/core__src__test__resources__data__responses__expired_response.xml.base64")
    assert verdict(check(row, "--certificate", path)) == "valid"


# --- What is refused says why ---


def test_what_is_not_believed_has_its_blocking_finding(hostile_runs, confirmed_runs):
    failures = []
    for row, got in hostile_runs + confirmed_runs:
        if verdict(got) == "valid" or row.path.endswith(OUT_OF_PLACE):
            continue
        explained = got.code == 1 and blocking(got) & expected_finding(row, got)
        unread = got.code == 2 and got.json is None and got.stderr.strip()
        if not (explained or unread):
            failures.append(f"{row.path}: exit {got.code}, {sorted(ids(got))}, {reason(got)}")
    report(failures)


def test_an_assertion_out_of_place_is_a_matter_of_structure(hostile_runs):
    assert "F97" in blocking(next(got for row, got in hostile_runs if row.path.endswith(OUT_OF_PLACE)))


def test_a_certificate_of_no_use_is_not_blamed_on_the_response(pem):
    row = response("/test__static__signatures__valid__response.root-unsigned.assertion-signed.xml")
    elliptic = next(s.sha256 for r in RESPONSES for s in confirmed(r) if "ecdsa" in s.algorithm)
    got = check(row, "--certificate", pem(elliptic))
    assert got.code != 0 and "F97" not in ids(got)


def test_a_response_that_is_not_well_formed_is_refused():
    rows = [r for r in RESPONSES if "malformed:" in r.verdict + r.note]
    assert len(rows) == 5
    for row in rows:
        got = check(row, "--certificate", SOME_CERTIFICATE)
        assert got.code == 2 and "not well-formed" in got.stderr, f"{row.path}: exit {got.code} {reason(got)}"


# --- The other faults are found ---

AUDIENCE = {"SAML-Toolkits+java-saml": "http://localhost:8080/java-saml-jspsample/metadata.jsp"}


def judged_at(row):
    if re.search(r"expired|not_after_failed|too-late|invalid_sessionindex", row.verdict):
        return NOW
    if re.match(r"\d{4}-", noted(row, "clock")):
        return noted(row, "clock")
    own = re.search(r"<[\w:]*Assertion\b[^>]*\sIssueInstant=[\"']([^\"']+)", xml_of(row.path))
    return (own and own.group(1)) or noted(row, "issueInstant") or noted(row, "notBefore") or NOW


@pytest.fixture(scope="session")
def fault_runs(trust):
    def said(row, key):
        found = re.search(rf"(?:^|; )(?:issuer\+)?{key}(?:\+aud)? ([^;]+)", row.note)
        return found.group(1) if found else ""

    def judge(row):
        pinned = trusted(row, {s.sha256 for s in confirmed(row)})
        issuer = said(row, "issuer") or noted(row, "issuer") or "urn:idp"
        recipient = said(row, "acs") or noted(row, "destination") or "https://signin.aws.amazon.com/saml"
        audience = said(row, "aud") or AUDIENCE.get(row.repo, "http://stuff.com/endpoints/metadata.php")
        arguments = ["--metadata", trust("fault" + row.path, pinned, issuer)]
        arguments += ["--recipient", recipient, "--audience", audience]
        if row.repo == "cevoaustralia+aws-google-auth":
            arguments += ["--role-arn", "arn:aws:iam::123456789012:role/admin"]
            arguments += ["--provider-arn", "arn:aws:iam::123456789012:saml-provider/GoogleApps"]
        return check(row, *arguments, at=judged_at(row))

    return each(judge, [r for r in RESPONSES if fault(r) and fault(r)[1]])


def test_the_other_faults_are_found(fault_runs):
    assert len(fault_runs) > 75
    failures = []
    for row, got in fault_runs:
        if row.path.endswith(WRONG_OUTSIDE_THE_ASSERTION) == (fault(row)[1] in ids(got)):
            failures.append(f"{row.path}: {row.verdict[:60]}: {sorted(ids(got))} {reason(got)}")
    report(failures)


# --- Nothing falls over ---


def test_no_file_makes_it_fall_over():
    files = sorted(p for p in CORPUS.rglob("*") if p.is_file())
    assert len(files) > 600
    jobs = [("metadata", p) for p in files] + [("check", p, "--certificate", SOME_CERTIFICATE) for p in files]
    trusts = [p for p in files if p.parent.parent.name in ("metadata", "certs")]
    jobs += [("check", SOME_CERTIFICATE, "--metadata", p) for p in trusts]
    runs = each(lambda job: run(*job), jobs)
    fallen = [(job, got) for job, got in runs if got.code not in (0, 1, 2) or "panicked" in got.stderr]
    report([f"{job[0]} {job[1]}: exit {got.code} {got.stderr[:200]}" for job, got in fallen])
