"""A generic SAML identity provider end to end: SimpleSAMLphp, a login as a browser does it, the program's
judgement, STS by boto3, and an answer of the assistant."""

import json
import os
import subprocess

import pytest

import simplesamlphp
from browser import Browser
from conftest import ACCOUNT, CLI, REGION, Cli, aws_attributes, client, environment, serve
from signing_in import QUESTION, check_nothing_secret, check_passed, waiting

AUDIENCE = "urn:amazon:webservices"
PERSON = "alice@example.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/q-x-web"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/q-x-idp"
SIGN_IN = f"https://idp.example.test/simplesamlphp/saml2/idp/SSOService.php?spentityid={AUDIENCE}"
SHORT_LIVED = ["F44-certificate-expiring"]  # the test's own certificate ends in two days
HERE = "http://localhost:8000/saml"


@pytest.fixture
def endpoint():
    with serve() as running:
        yield running


def applied(folder, endpoint, metadata, *more):
    cli = Cli(folder, endpoint)
    file = folder / "metadata.xml"
    file.write_text(metadata)
    new = subprocess.run(
        [CLI, "new", "--idp", "generic-saml", "--metadata", file, "--name", "q-x", "--account", ACCOUNT, "--region",
         REGION, "--authentication-url", SIGN_IN, "--out", cli.setup, *more],
        env=environment(), capture_output=True, text=True)
    assert new.returncode == 0, new.stderr
    assert cli.run("plan").returncode == 0
    done = cli.run("apply", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cli.run("verify").json["clean"]
    return cli


def configured(idp, acs, **more):
    """What the guide lets the administrator enter; what an earlier test entered beside it is gone."""
    usual = {option: simplesamlphp.DEFAULTS[option] for option in ("assertion_lifetime", "name_id_format")}
    idp.configure(**{**usual, "entity_id": "https://idp.example.test/simplesamlphp", "audience": AUDIENCE, "acs_url": acs,
                     "attributes": aws_attributes(ROLE, PROVIDER), "sign_assertion": True, "sign_response": True, **more})


def web_experience(q):
    (app,) = [a["applicationId"] for a in q.list_applications()["applications"]]
    (web,) = q.list_web_experiences(applicationId=app)["webExperiences"]
    return app, web["defaultEndpoint"]


def judged(cli, value):
    file = cli.folder / "response.txt"
    file.write_text(value)
    done = subprocess.run(
        [CLI, "check", file, "--metadata", cli.folder / "metadata.xml", "--setup", cli.setup, "--json"],
        env=cli.env, capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def test_from_the_set_up_to_an_answer(tmp_path, endpoint, idp):
    configured(idp, "https://example.com/saml")
    cli = applied(tmp_path, endpoint, idp.metadata_xml)
    app, web = web_experience(client("qbusiness", endpoint))
    configured(idp, web.rstrip("/") + "/saml")
    login = idp.login()
    assert login.action == web + "saml"

    code, said = judged(cli, login.saml_response)
    assert code == 0 and [f["id"] for f in said["findings"]] == SHORT_LIVED, said
    assert said["signature"]["verdict"] == "valid"

    keys = client("sts", endpoint).assume_role_with_saml(
        RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=login.saml_response)["Credentials"]
    person = client("qbusiness", endpoint, keys=keys)
    assert person.get_application(applicationId=app)["displayName"] == "q-x"
    with pytest.raises(person.exceptions.AccessDeniedException, match="does not have a subscription"):
        person.chat_sync(applicationId=app, userMessage=QUESTION)
    assert PERSON in person.chat_sync(applicationId=app, userMessage=QUESTION)["systemMessage"]
    assert cli.run("destroy").returncode == 0


def test_a_recipient_that_stayed_at_the_placeholder_is_named(tmp_path, endpoint, idp):
    configured(idp, "https://example.com/saml")
    cli = applied(tmp_path, endpoint, idp.metadata_xml)
    code, said = judged(cli, idp.login().saml_response)
    assert code == 1 and said["findings"][0]["id"] == "F11-recipient-mismatch", said["findings"]
    with pytest.raises(client("sts", endpoint).exceptions.ClientError, match="AccessDenied"):
        client("sts", endpoint).assume_role_with_saml(
            RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=idp.login().saml_response)


def test_by_the_system_s_browser(tmp_path, endpoint, idp):
    """A request of the program's own, the identity provider's pages, and the program's own door."""
    configured(idp, HERE)
    cli = applied(tmp_path, endpoint, idp.metadata_xml, "--custom-application", HERE)
    told = tmp_path / "told"
    os.mkfifo(told)
    opener = tmp_path / "open"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > "{told}"\n')
    opener.chmod(0o700)
    with waiting(cli.setup, endpoint, "--browser-command", str(opener), "--ask", QUESTION, "--yes") as (program, url):
        assert told.read_text() == url
        told.unlink()
        browser = Browser().go(url).submit("password", username="alice", password="password").submit("SAMLResponse")
        assert "close this window" in browser.page
        said = check_passed(program, PERSON, SHORT_LIVED)
    assert said["recipient"] == HERE and PERSON in said["answer"]["text"]
    check_nothing_secret(tmp_path)


def test_a_door_that_the_role_does_not_admit_is_not_opened(tmp_path, endpoint, idp):
    configured(idp, HERE)
    cli = applied(tmp_path, endpoint, idp.metadata_xml)
    done = subprocess.run([CLI, "sign-in", "--setup", cli.setup, "--endpoint-url", endpoint, "--print-url"],
                          env=cli.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and HERE in done.stderr and "register" in done.stderr, done.stderr
