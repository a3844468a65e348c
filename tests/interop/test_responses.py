"""SimpleSAMLphp's responses, signed in every way and tampered with: `check` against xmlsec1.

xmlsec1 answers one question: does this signature, taken alone, fit this certificate? `check` asks
more. Where both look at the same bytes they must agree; where a signature fits and the document
still must not be believed, `check` alone has to refuse.
"""

import base64
import json
import re
import shutil
import subprocess

import pytest

from conftest import CLI, aws_attributes, environment

ROLE = "arn:aws:iam::123456789012:role/q-x-web"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/q-x-idp"
ACS = "https://x.chat.qbusiness.us-east-1.on.aws/saml"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
NODES = {
    "response": "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "assertion": "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
}

pytestmark = pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="no xmlsec1")


@pytest.fixture(scope="module")
def signed(tmp_path_factory, idp):
    """The response in its four kinds, the metadata and the certificate."""
    folder = tmp_path_factory.mktemp("responses")
    xml = {}
    for assertion in (True, False):
        for response in (True, False):
            idp.configure(sign_assertion=assertion, sign_response=response, acs_url=ACS, audience="https://signin.aws.amazon.com/saml",
                          attributes=aws_attributes(ROLE, PROVIDER))
            kind = {(True, True): "both", (True, False): "assertion", (False, True): "response"}.get((assertion, response), "none")
            xml[kind] = idp.login().xml.decode()
    idp.configure(sign_assertion=True, sign_response=True)
    (folder / "metadata.xml").write_text(idp.metadata_xml)
    [found] = set(re.findall(r"<ds:X509Certificate>([^<]+)<", idp.metadata_xml))
    der = base64.b64decode(found)
    pem = base64.encodebytes(der).decode()
    (folder / "certificate.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
    return folder, xml


def check(folder, xml):
    file = folder / "response.b64"
    file.write_bytes(base64.b64encode(xml.encode()))
    done = subprocess.run([CLI, "check", file, "--metadata", folder / "metadata.xml", "--json"],
                          env=environment(), capture_output=True, text=True)
    if done.returncode == 2:
        return {"signature": {"verdict": "unreadable", "covers": [], "reason": done.stderr}}
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def xmlsec(folder, xml, node, *more):
    """Whether xmlsec1 takes the signature that stands directly in this element."""
    file = folder / "response.xml"
    file.write_text(xml)
    path = {"response": "/*[local-name()='Response']/*[local-name()='Signature']",
            "assertion": "//*[local-name()='Assertion']/*[local-name()='Signature']"}[node]
    ids = [a for name in NODES.values() for a in ("--id-attr:ID", name)]
    done = subprocess.run(["xmlsec1", "--verify", "--pubkey-cert-pem", folder / "certificate.pem", "--node-xpath", path,
                           "--enabled-key-data", "rsa,x509", *ids, *more, file], capture_output=True, text=True)
    return done.returncode == 0


def sub(pattern, to, count=1):
    def change(xml):
        new, n = re.subn(pattern, to, xml, count=count, flags=re.S)
        assert n, f"{pattern} is not there"
        return new
    return change


def flip(element):
    """One character of a base64 value, in the first such element."""
    return sub(rf"(<ds:{element}>)(\s*)(.)", lambda m: m[1] + m[2] + ("B" if m[3] == "A" else "A"))


# Changes that leave the form alone: both programs see the same bytes.
SAME_BYTES = {
    "untouched": lambda x: x,
    "another person": sub("alice@example.com", "mallory@example.com", 0),
    "another role": sub("role/q-x-web", "role/q-x-wep"),
    "another recipient": sub(r'Recipient="[^"]*"', 'Recipient="https://evil.example/saml"'),
    "another audience": sub(r"(<saml:Audience>)[^<]*", r"\1https://evil.example"),
    "another NameID": sub(r"(<saml:NameID [^>]*>)[^<]*", r"\1mallory"),
    "longer validity": sub(r'NotOnOrAfter="\d{4}', 'NotOnOrAfter="2099', 0),
    "another destination": sub(r'Destination="[^"]*"', 'Destination="https://evil.example/saml"'),
    "another issuer, first": sub(r"(<saml:Issuer>)[^<]*", r"\1https://evil.example"),
    "another issuer, all": sub(r"(<saml:Issuer>)[^<]*", r"\1https://evil.example", 0),
    "another status": sub("status:Success", "status:Responder"),
    "an attribute more": sub("</saml:AttributeStatement>", '<saml:Attribute Name="x"><saml:AttributeValue>y</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>'),
    "white space in the assertion": sub("<saml:Subject>", "<saml:Subject> "),
    "white space in the response": sub("<samlp:Status>", "<samlp:Status> "),
    "white space around the root": lambda x: x + "\n\n",
    "a comment outside all text": sub("<saml:Subject>", "<saml:Subject><!-- hello -->"),
    "a comment in a value that is read": sub("alice@example.com", "alice@example.com<!-- -->.evil.example"),
    "a processing instruction": sub("<saml:Subject>", "<saml:Subject><?x y?>"),
    "attributes in another order": sub(r'(<saml:SubjectConfirmationData) (NotOnOrAfter="[^"]*") (Recipient="[^"]*")', r"\1 \3 \2"),
    "a quote as a reference": sub("alice@example.com", "&#97;lice@example.com"),
    "CDATA for text": sub(r"alice@example\.com", "<![CDATA[alice@example.com]]>"),
    "an unused namespace on the root": sub("<samlp:Response ", '<samlp:Response xmlns:zz="urn:zz" '),
    "an unused namespace on the assertion": sub("<saml:Assertion ", '<saml:Assertion xmlns:zz="urn:zz" '),
    "carriage returns": sub("<samlp:Status>", "<samlp:Status>\r\n"),
    "signature value": flip("SignatureValue"),
    "signature value, all": lambda x: re.sub(r"(<ds:SignatureValue>)(.)", lambda m: m[1] + ("B" if m[2] == "A" else "A"), x),
    "digest": flip("DigestValue"),
    "certificate in the document": flip("X509Certificate"),
    "no certificate in the document": sub(r"<ds:KeyInfo>.*?</ds:KeyInfo>", "", 0),
    "SHA-1 named as digest": sub("http://www.w3.org/2001/04/xmlenc#sha256", DSIG + "sha1", 0),
    "SHA-512 named as signature": sub("rsa-sha256", "rsa-sha512", 0),
    "another canonicalisation": sub(r"xml-exc-c14n#", "xml-exc-c14n#WithComments"),
    "no enveloped transform": sub(rf'<ds:Transform Algorithm="{DSIG}enveloped-signature"/>', ""),
}


@pytest.mark.parametrize("kind", ["both", "assertion", "response", "none"])
@pytest.mark.parametrize("change", SAME_BYTES)
def test_same_bytes_same_verdict(signed, kind, change):
    folder, xml = signed
    try:
        text = SAME_BYTES[change](xml[kind])
    except AssertionError:
        assert kind == "none"
        return
    ours = check(folder, text)["signature"]
    nodes = {"both": ["response", "assertion"], "none": []}.get(kind, [kind])
    theirs = {node: xmlsec(folder, text, node) for node in nodes}
    if kind == "none":
        assert ours["verdict"] == "absent"
        return
    # We believe nothing when one of two signatures is bad: stricter, never laxer.
    expected = "valid" if all(theirs.values()) else "invalid"
    assert ours["verdict"] == expected, (ours, theirs)
    harmless = {"untouched", "white space around the root", "a comment outside all text", "attributes in another order",
                "a quote as a reference", "CDATA for text", "an unused namespace on the root", "an unused namespace on the assertion",
                "certificate in the document", "no certificate in the document"}
    if kind == "assertion":
        harmless |= {"another destination", "another issuer, first", "another status", "white space in the response", "carriage returns"}
    if kind == "both":
        harmless -= {"no certificate in the document"}  # the response's signature covers the assertion's
    assert (expected == "valid") == (change in harmless)
    if expected == "valid":
        assert sorted(ours["covers"]) == sorted(nodes)


# A signature fits, or is not there, and the document must not be believed.

def part(xml, name):
    return re.search(rf"<{name}[ >].*?</{name}>", xml, re.S)[0]


def evil(xml):
    """The assertion as an attacker would like it: unsigned, with an id of its own."""
    text = re.sub(r"<ds:Signature .*?</ds:Signature>", "", part(xml, "saml:Assertion"), flags=re.S)
    text = re.sub(r'ID="[^"]*"', 'ID="_evil"', text, count=1)
    return text.replace("alice@example.com", "mallory@example.com")


def wrap_before(xml):
    return xml.replace("<saml:Assertion ", evil(xml) + "<saml:Assertion ", 1)


def wrap_after(xml):
    return xml.replace("</samlp:Response>", evil(xml) + "</samlp:Response>")


def wrap_extension(xml):
    good = part(xml, "saml:Assertion")
    return xml.replace(good, evil(xml)).replace("<samlp:Status>", f"<samlp:Extensions>{good}</samlp:Extensions><samlp:Status>")


def wrap_in_signature(xml):
    good = part(xml, "saml:Assertion")
    bad = evil(xml)
    signature = part(good, "ds:Signature")
    inside = good.replace(signature, "")
    moved = signature.replace("</ds:Signature>", f"<ds:Object>{inside}</ds:Object></ds:Signature>")
    return xml.replace(good, bad.replace("</saml:Issuer>", "</saml:Issuer>" + moved, 1))


def wrap_in_advice(xml):
    good = part(xml, "saml:Assertion")
    bad = evil(xml).replace("<saml:Subject>", "<saml:Subject>", 1)
    return xml.replace(good, bad.replace("</saml:Conditions>", f"</saml:Conditions><saml:Advice>{good}</saml:Advice>"))


def same_id(xml):
    name = re.search(r'<saml:Assertion [^>]*ID="([^"]*)"', xml)[1]
    return wrap_before(xml).replace("_evil", name)


def root_is_assertion(xml):
    return part(xml, "saml:Assertion")


def whole_wrapped(xml):
    """The signed response inside an unsigned one."""
    head = re.match(r"(?:<\?xml[^>]*\?>\s*)?(<samlp:Response [^>]*>)", xml)[1]
    head = re.sub(r'ID="[^"]*"', 'ID="_outer"', head)
    body = re.sub(r"^<\?xml[^>]*\?>\s*", "", xml)
    return f"{head}<samlp:Extensions>{body}</samlp:Extensions>{part(xml, 'samlp:Status')}{evil(xml)}</samlp:Response>"


def doctype(xml):
    return '<!DOCTYPE x [<!ENTITY e "alice@example.com">]>' + re.sub(r"^<\?xml[^>]*\?>\s*", "", xml)


def hmac(xml):
    return re.sub(r"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", DSIG + "hmac-sha1", xml)


def comment_in_name_id(xml):
    return re.sub(r"(<saml:NameID [^>]*>..)", r"\1<!-- -->", xml, count=1)


def comment_in_audience(xml):
    return re.sub(r"(<saml:Audience>https)", r"\1<!-- -->", xml, count=1)


def comment_in_attribute(xml):
    return xml.replace("alice@example.com", "alice@example.com<!-- -->")


def empty_reference(xml):
    return re.sub(r'<ds:Reference URI="#[^"]*"', '<ds:Reference URI=""', xml)


NEVER = {f.__name__: f for f in (
    wrap_before, wrap_after, wrap_extension, wrap_in_signature, wrap_in_advice, same_id, root_is_assertion, doctype, hmac,
    whole_wrapped, empty_reference, comment_in_name_id, comment_in_audience)}


@pytest.mark.parametrize("kind", ["assertion", "response", "both"])
@pytest.mark.parametrize("attack", NEVER)
def test_never_believed(signed, kind, attack):
    folder, xml = signed
    text = NEVER[attack]
    if kind == "response" and attack in ("wrap_in_signature",):
        pytest.skip("no signature in the assertion")
    changed = text(xml[kind])
    assert changed != xml[kind]
    document = check(folder, changed)
    assert document["signature"]["verdict"] != "valid", document["signature"]


def test_a_comment_in_a_role_or_email_is_read_whole(signed):
    """Canonicalisation leaves comments out: the value must be read with both parts, never cut."""
    folder, xml = signed
    document = check(folder, comment_in_attribute(xml["both"]))
    if document["signature"]["verdict"] == "valid":
        assert document["attributes"]["https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email"] == ["alice@example.com"]


def test_another_key_of_the_same_name(signed, tmp_path, idp):
    """Another identity provider's certificate, with ours only in the document."""
    folder, xml = signed
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "2", "-subj",
                    "/CN=idp.example.test", "-keyout", tmp_path / "k", "-out", tmp_path / "c.pem"],
                   check=True, capture_output=True)
    other = "".join((tmp_path / "c.pem").read_text().splitlines()[1:-1])
    metadata = re.sub(r"(<ds:X509Certificate>)[^<]+", rf"\g<1>{other}", (folder / "metadata.xml").read_text())
    shutil.copy(tmp_path / "c.pem", tmp_path / "certificate.pem")
    (tmp_path / "metadata.xml").write_text(metadata)
    for kind, node in (("assertion", "assertion"), ("response", "response")):
        assert check(tmp_path, xml[kind])["signature"]["verdict"] == "invalid"
        assert not xmlsec(tmp_path, xml[kind], node)
        assert check(folder, xml[kind])["signature"]["verdict"] == "valid"


def test_two_certificates_in_the_metadata(signed, tmp_path):
    """The roll-over: the wrong one first."""
    folder, xml = signed
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "2", "-subj",
                    "/CN=next.example.test", "-keyout", tmp_path / "k", "-out", tmp_path / "c.pem"],
                   check=True, capture_output=True)
    other = "".join((tmp_path / "c.pem").read_text().splitlines()[1:-1])
    metadata = (folder / "metadata.xml").read_text()
    key = re.search(r'<md:KeyDescriptor use="signing">.*?</md:KeyDescriptor>', metadata, re.S)[0]
    second = re.sub(r"(<ds:X509Certificate>)[^<]+", rf"\g<1>{other}", key)
    for order in (second + key, key + second):
        (tmp_path / "metadata.xml").write_text(metadata.replace(key, order, 1))
        for kind in ("both", "assertion", "response"):
            assert check(tmp_path, xml[kind])["signature"]["verdict"] == "valid", kind


def resigned(folder, idp, xml, node, method="rsa-sha256", digest="http://www.w3.org/2001/04/xmlenc#sha256",
             canonical="http://www.w3.org/2001/10/xml-exc-c14n#", prefixes=None):
    """xmlsec1 signs; with algorithms that SimpleSAMLphp was not asked for."""
    name = {"response": "samlp:Response", "assertion": "saml:Assertion"}[node]
    clean = re.sub(r"<ds:Signature .*?</ds:Signature>", "", xml, flags=re.S)
    id_ = re.search(rf'<{name} [^>]*ID="([^"]*)"', clean)[1]
    more = "http://www.w3.org/2000/09/xmldsig#" if method.endswith("sha1") else "http://www.w3.org/2001/04/xmldsig-more#"
    inclusive = f'<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="{prefixes}"/>' if prefixes else ""
    template = (
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{canonical}"/>'
        f'<ds:SignatureMethod Algorithm="{more}{method}"/><ds:Reference URI="#{id_}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{DSIG}enveloped-signature"/><ds:Transform Algorithm="{canonical}">{inclusive}</ds:Transform>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
        "<ds:SignatureValue/></ds:Signature>")
    text = re.sub(rf"(<{name} .*?</saml:Issuer>)", lambda m: m[1] + template, clean, count=1, flags=re.S)
    (folder / "template.xml").write_text(text)
    done = subprocess.run(["xmlsec1", "--sign", "--privkey-pem", idp.work / "cert" / "idp.key", "--id-attr:ID", NODES[node],
                           "--output", folder / "signed.xml", folder / "template.xml"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("xmlsec1 does not sign with this: " + done.stderr.splitlines()[0][-80:])
    return (folder / "signed.xml").read_text()


ALGORITHMS = {
    "SHA-384": {"method": "rsa-sha384", "digest": "http://www.w3.org/2001/04/xmldsig-more#sha384"},
    "SHA-512": {"method": "rsa-sha512", "digest": "http://www.w3.org/2001/04/xmlenc#sha512"},
    "SHA-1": {"method": "rsa-sha1", "digest": DSIG + "sha1"},
    "SHA-1 digest only": {"digest": DSIG + "sha1"},
    "inclusive canonicalisation": {"canonical": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"},
    "inclusive canonicalisation 1.1": {"canonical": "http://www.w3.org/2006/12/xml-c14n11"},
    "exclusive with comments": {"canonical": "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"},
    "inclusive with comments": {"canonical": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"},
    "inclusive namespaces": {"prefixes": "xs xsi"},
    "inclusive namespaces, default": {"prefixes": "#default xs"},
}


@pytest.mark.parametrize("node", ["assertion", "response"])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithms(signed, idp, name, node):
    folder, xml = signed
    text = resigned(folder, idp, xml["none"], node, **ALGORITHMS[name])
    for change in ("untouched", "another person", "a comment outside all text", "an unused namespace on the root"):
        changed = SAME_BYTES[change](text)
        theirs = xmlsec(folder, changed, node)
        ours = check(folder, changed)["signature"]
        assert ours["verdict"] == ("valid" if theirs else "invalid"), (change, ours, theirs)
    assert xmlsec(folder, text, node)


@pytest.mark.parametrize("form", ["base64", "lines", "percent", "form", "xml", "deflated"])
def test_forms_of_handing_over(signed, form):
    folder, xml = signed
    import urllib.parse
    import zlib
    raw = xml["both"].encode()
    text = base64.b64encode(raw).decode()
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = {
        "base64": text, "lines": "\n".join(text[i:i + 76] for i in range(0, len(text), 76)),
        "percent": urllib.parse.quote(text, safe=""),
        "form": "SAMLResponse=" + urllib.parse.quote(text, safe="") + "&RelayState=x",
        "xml": xml["both"],
        "deflated": base64.b64encode(deflate.compress(raw) + deflate.flush()).decode(),
    }[form]
    done = subprocess.run([CLI, "check", "-", "--metadata", folder / "metadata.xml", "--json"], input=body,
                          env=environment(), capture_output=True, text=True)
    assert json.loads(done.stdout)["signature"]["verdict"] == "valid", done.stderr
