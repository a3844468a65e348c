"""python3 -m unittest test_simplesamlphp (from this folder). Takes a few seconds.

With the PyPI package signxml at hand, the signatures are also checked against the
certificate of the metadata; without it those checks are skipped.
"""

import base64
import datetime
import os
import unittest
import urllib.parse
import xml.etree.ElementTree as ET
import zlib

import simplesamlphp as ssp

try:
    import signxml
    from lxml import etree
except ImportError:
    signxml = None

NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}


def attributes(root):
    return {
        a.get("Name"): [v.text for v in a.findall("a:AttributeValue", NS)]
        for a in root.iterfind(".//a:Attribute", NS)
    }


@unittest.skipIf(ssp.missing(), ssp.missing())
class SimpleSamlPhp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.idp = ssp.start()
        cls.addClassCleanup(cls.idp.stop)

    def response(self, **options):
        """Log in under these options, everything else as by default."""
        self.idp._given.clear()
        self.idp.configure(**options)
        self.login = self.idp.login()
        return ET.fromstring(self.login.xml)

    def test_defaults(self):
        root = self.response()
        acs = ssp.DEFAULTS["acs_url"]
        self.assertEqual(self.login.action, acs)
        self.assertIsNone(self.login.relay_state)
        self.assertEqual(root.get("Destination"), acs)
        self.assertIsNone(root.get("InResponseTo"))
        self.assertEqual(root.find(".//a:SubjectConfirmationData", NS).get("Recipient"), acs)
        self.assertEqual([e.text for e in root.findall(".//a:Audience", NS)], [ssp.DEFAULTS["audience"]])
        self.assertEqual(attributes(root), ssp.DEFAULTS["attributes"])
        self.assertEqual(root.find(".//a:NameID", NS).get("Format"), ssp.PERSISTENT)
        self.assertEqual(
            {e.get("Algorithm") for e in root.iterfind(".//ds:SignatureMethod", NS)},
            {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"},
        )

    def test_metadata(self):
        self.response(entity_id="urn:test:idp", sso_bindings=[ssp.BINDING + "HTTP-Redirect", ssp.BINDING + "HTTP-POST"])
        root = ET.fromstring(self.idp.metadata_xml)
        self.assertEqual(root.get("entityID"), "urn:test:idp")
        self.assertEqual(len(root.findall(".//md:SingleSignOnService", NS)), 2)
        self.assertEqual(ET.fromstring(self.login.xml).find("a:Issuer", NS).text, "urn:test:idp")

    def test_what_is_signed(self):
        for assertion in (False, True):
            for response in (False, True):
                with self.subTest(assertion=assertion, response=response):
                    root = self.response(sign_assertion=assertion, sign_response=response)
                    self.assertEqual(root.find("ds:Signature", NS) is not None, response)
                    self.assertEqual(root.find("a:Assertion/ds:Signature", NS) is not None, assertion)

    @unittest.skipUnless(signxml, "signxml is not installed")
    def test_signatures_hold(self):
        places = {"response": "./", "assertion": "./{%s}Assertion/" % NS["a"]}
        for signed in ({"assertion"}, {"response"}, {"assertion", "response"}):
            self.response(sign_assertion="assertion" in signed, sign_response="response" in signed)
            cert = ET.fromstring(self.idp.metadata_xml).find(".//ds:X509Certificate", NS).text
            pem = f"-----BEGIN CERTIFICATE-----\n{cert}\n-----END CERTIFICATE-----\n"
            for place in signed:
                with self.subTest(signed=signed, place=place):
                    def verify(xml):
                        return signxml.XMLVerifier().verify(
                            etree.fromstring(xml), x509_cert=pem, id_attribute="ID",
                            expect_config=signxml.SignatureConfiguration(location=places[place]),
                        ).signed_xml

                    self.assertEqual(etree.QName(verify(self.login.xml)).localname, place.title())
                    with self.assertRaises(signxml.InvalidDigest):
                        verify(self.login.xml.replace(b"alice@example.com", b"mallory@example.com"))

    def test_name_id(self):
        first = self.response().find(".//a:NameID", NS).text
        self.assertEqual(self.response().find(".//a:NameID", NS).text, first, "persistent")
        self.assertNotEqual(self.response(audience="urn:other").find(".//a:NameID", NS).text, first, "per SP")
        once = self.response(name_id_format=ssp.TRANSIENT).find(".//a:NameID", NS)
        again = self.response(name_id_format=ssp.TRANSIENT).find(".//a:NameID", NS)
        self.assertEqual(once.get("Format"), ssp.TRANSIENT)
        self.assertNotEqual(once.text, again.text)
        mail = self.response(name_id_format=ssp.EMAIL, name_id="alice@example.com").find(".//a:NameID", NS)
        self.assertEqual((mail.get("Format"), mail.text), (ssp.EMAIL, "alice@example.com"))
        fixed = self.response(name_id="u-1").find(".//a:NameID", NS)
        self.assertEqual((fixed.get("Format"), fixed.text), (ssp.PERSISTENT, "u-1"))
        with self.assertRaises(ValueError):
            self.response(name_id_format=ssp.EMAIL)

    def test_attributes(self):
        wanted = {ssp.AWS + "Role": ["r1,p1", "r2,p2"], "odd & <name>": ["ünïcode \"&<>' "]}
        self.assertEqual(attributes(self.response(attributes=wanted)), wanted)
        self.assertIsNone(self.response(attributes={}).find(".//a:AttributeStatement", NS))

    def test_audience_and_acs(self):
        root = self.response(audience="urn:sp", extra_audiences=["urn:two"], acs_url="https://sp.example.test/acs?a=1&b=2")
        self.assertEqual([e.text for e in root.findall(".//a:Audience", NS)], ["urn:sp", "urn:two"])
        self.assertEqual(self.login.action, "https://sp.example.test/acs?a=1&b=2")
        self.assertEqual(root.get("Destination"), self.login.action)

    def test_run_out(self):
        end = self.response(assertion_lifetime=-600).find(".//a:Conditions", NS).get("NotOnOrAfter")
        end = datetime.datetime.fromisoformat(end)
        self.assertLess(end, datetime.datetime.now(datetime.timezone.utc))

    def test_relay_state(self):
        self.response()
        self.assertEqual(self.idp.login(relay_state="a b&c").relay_state, "a b&c")

    def test_wrong_password(self):
        self.response()
        with self.assertRaises(ssp.LoginFailed):
            self.idp.login(password="wrong")

    def test_login_started_by_the_sp(self):
        self.response()
        request = (
            '<p:AuthnRequest xmlns:p="%s" xmlns:a="%s" ID="_r1" Version="2.0" IssueInstant="%s">'
            "<a:Issuer>%s</a:Issuer></p:AuthnRequest>"
        ) % (NS["p"], NS["a"], datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
             ssp.DEFAULTS["audience"])
        deflated = zlib.compressobj(wbits=-15)
        packed = base64.b64encode(deflated.compress(request.encode()) + deflated.flush())
        url = ET.fromstring(self.idp.metadata_xml).find(".//md:SingleSignOnService", NS).get("Location")
        login = self.idp.login(url + "?" + urllib.parse.urlencode({"SAMLRequest": packed}))
        root = ET.fromstring(login.xml)
        self.assertEqual(root.get("InResponseTo"), "_r1")
        self.assertEqual(root.find(".//a:SubjectConfirmationData", NS).get("InResponseTo"), "_r1")

    def test_unknown_sp_is_told(self):
        self.response()
        with self.assertRaisesRegex(ssp.IdpError, "METADATANOTFOUND|metadata"):
            self.idp.login(self.idp.base_url + "/saml2/idp/SSOService.php?spentityid=urn:nobody")

    def test_stops_and_cleans_up(self):
        with ssp.start({"secret_salt": "s"}) as one:
            work, process = one.work, one.process
            name = ET.fromstring(one.login().xml).find(".//a:NameID", NS).text
        self.assertIsNotNone(process.poll())
        self.assertFalse(os.path.exists(work))
        with ssp.start({"secret_salt": "s"}) as two:
            self.assertEqual(ET.fromstring(two.login().xml).find(".//a:NameID", NS).text, name)


if __name__ == "__main__":
    unittest.main()
