"""SimpleSAMLphp set wrong in a dozen ways: what it then really sends is diagnosed, the first cause first."""

import json
import subprocess

import pytest

import simplesamlphp
from conftest import CLI, aws_attributes, client, environment, serve
from test_simplesamlphp_login import PROVIDER, ROLE, applied, configured, web_experience

OTHER = "arn:aws:iam::210987654321:"
NAMES = "https://aws.amazon.com/SAML/Attributes/"


@pytest.fixture(scope="module")
def built(tmp_path_factory, idp):
    """One set-up for all, and the web experience's address."""
    with serve() as endpoint:
        configured(idp, "https://example.com/saml")
        cli = applied(tmp_path_factory.mktemp("set-up"), endpoint, idp.metadata_xml)
        _, web = web_experience(client("qbusiness", endpoint))
        yield cli, web.rstrip("/") + "/saml"


def diagnosed(cli, folder, response, *more, command="diagnose"):
    """By the command line, from the response and what the set-up says; the findings' ids."""
    file = folder / "response.txt"
    file.write_text(response)
    done = subprocess.run([CLI, command, file, "--setup", cli.setup, *more, "--json"], env=environment(),
                          capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)["findings"]


def without(name):
    attributes = aws_attributes(ROLE, PROVIDER)
    del attributes[NAMES + name]
    return attributes


def swapped():
    return aws_attributes(PROVIDER, ROLE)


CASES = {
    "another role": ("F04", {"attributes": aws_attributes(ROLE + "s", PROVIDER)}),
    "another account": ("F05", {"attributes": aws_attributes(OTHER + "role/q-x-web", OTHER + "saml-provider/q-x-idp")}),
    "another provider": ("F06", {"attributes": aws_attributes(ROLE, PROVIDER + "2")}),
    "role and provider swapped": ("F02", {"attributes": swapped()}),
    "a blank behind the provider": ("F03", {"attributes": aws_attributes(ROLE, PROVIDER + " ")}),
    "no role": ("F01", {"attributes": without("Role")}),
    "no name of the session": ("F15", {"attributes": without("RoleSessionName")}),
    "a name of the session with a blank": ("F16", {"attributes": aws_attributes(ROLE, PROVIDER, session="Alice Adams")}),
    "no email": ("F17", {"attributes": without("PrincipalTag:Email")}),
    "an empty email": ("F18", {"attributes": aws_attributes(ROLE, PROVIDER, email="")}),
    "the email's claim in small letters": ("F19", {"attributes": {
        **without("PrincipalTag:Email"), NAMES + "PrincipalTag:email": ["alice@example.com"]}}),
    "two emails": ("F20", {"attributes": {
        **without("PrincipalTag:Email"), NAMES + "PrincipalTag:Email": ["alice@example.com", "alice@example.org"]}}),
    "an apostrophe in the email": ("F21", {"attributes": aws_attributes(ROLE, PROVIDER, email="conor.o'hara@example.com")}),
    "a recipient with two slashes": ("F11", {"acs_url": "{acs}//saml"}),
    "the placeholder as recipient": ("F11", {"acs_url": "https://example.com/saml"}),
    "nothing signed": ("F48", {"sign_assertion": False, "sign_response": False}),
    "two roles": ("F36", {"attributes": {
        **aws_attributes(ROLE, PROVIDER), NAMES + "Role": [f"{ROLE},{PROVIDER}", f"{ROLE}2,{PROVIDER}"]}}),
}

# Those that warn: AWS is not known to mind, so they stand among the findings.
MILD = {"F36"}


@pytest.mark.parametrize("case", CASES)
def test_the_first_cause(built, tmp_path, idp, case):
    expected, options = CASES[case]
    cli, acs = built
    options = {**options}
    address = options.pop("acs_url", acs).replace("{acs}//saml", acs.replace("/saml", "//saml"))
    configured(idp, address, **options)
    code, findings = diagnosed(cli, tmp_path, idp.login().saml_response)
    ids = [f["id"].split("-")[0] for f in findings]
    if expected in MILD:
        assert expected in ids, findings
    else:
        assert code == 1 and ids[0] == expected, findings
    # And where AWS is not asked, but the same response is checked with the set-up's metadata.
    _, checked = diagnosed(cli, tmp_path, idp.login().saml_response, "--metadata", cli.folder / "metadata.xml", command="check")
    assert expected in [f["id"].split("-")[0] for f in checked], checked


def test_an_assertion_that_has_run_out(built, tmp_path, idp):
    cli, acs = built
    configured(idp, acs, assertion_lifetime=-60)
    code, findings = diagnosed(cli, tmp_path, idp.login().saml_response)
    assert findings[0]["id"].startswith("F26"), findings


def test_another_s_certificate(built, tmp_path, idp):
    """The metadata in AWS is of one installation, and the response of another with the same name."""
    cli, acs = built
    with simplesamlphp.start() as other:
        configured(other, acs)
        code, findings = diagnosed(cli, tmp_path, other.login().saml_response)
    assert code == 1 and findings[0]["id"].split("-")[0] in ("F40", "F96"), findings


def test_a_transient_name(built, tmp_path, idp):
    cli, acs = built
    configured(idp, acs, name_id_format=simplesamlphp.TRANSIENT)
    _, findings = diagnosed(cli, tmp_path, idp.login().saml_response)
    assert "F25" in [f["id"].split("-")[0] for f in findings], findings


def test_a_good_one_is_blocked_by_nothing(built, tmp_path, idp):
    cli, acs = built
    configured(idp, acs)
    code, findings = diagnosed(cli, tmp_path, idp.login().saml_response)
    assert code == 0 and all(f["severity"] != "blocking" for f in findings), findings
