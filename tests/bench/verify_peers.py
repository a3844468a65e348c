"""One signed response, verified again and again by implementations in Python: a line of JSON for each.

    python verify_peers.py FOLDER      the folder that `diagnose write` left"""

import base64
import importlib
import json
import pathlib
import sys
import time

FOLDER = pathlib.Path(sys.argv[1])
XML = (FOLDER / "response.xml").read_bytes()
PEM = (FOLDER / "certificate.pem").read_text()
SECONDS = 2.0
ACS = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml"


def rate(act):
    act()
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        act()
        count += 1
    return count / (time.perf_counter() - started)


def signxml():
    from signxml import XMLVerifier
    from signxml.verifier import SignatureConfiguration

    verifier, config = XMLVerifier(), SignatureConfiguration(location=".//")

    def act():
        found = verifier.verify(XML, x509_cert=PEM, expect_config=config, id_attribute="ID")
        assert found.signed_xml is not None

    return act


def python3_saml():
    from onelogin.saml2.utils import OneLogin_Saml2_Utils as utils

    path = "/samlp:Response/saml:Assertion/ds:Signature"

    def act():
        assert utils.validate_sign(XML, cert=PEM, xpath=path, raise_exceptions=True)

    return act


def pysaml2():
    from saml2.sigver import get_xmlsec_binary, CryptoBackendXmlSec1

    backend = CryptoBackendXmlSec1(get_xmlsec_binary())
    text = XML.decode()

    def act():
        assert backend.validate_signature(
            text, cert_file=str(FOLDER / "certificate.pem"), cert_type="pem",
            node_name="urn:oasis:names:tc:SAML:2.0:assertion:Assertion", node_id="_a")

    return act


for name, make, package in [("signxml", signxml, "signxml"), ("python3-saml", python3_saml, "onelogin"),
                            ("pysaml2", pysaml2, "saml2")]:
    try:
        importlib.import_module(package)
    except ImportError as error:
        print(json.dumps({"what": name, "missing": str(error)}), flush=True)
        continue
    print(json.dumps({"what": name, "value": rate(make())}), flush=True)
