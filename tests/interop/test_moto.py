"""Our engine against two strangers' clouds at once: IAM and STS are moto's, Q Business is practised.

The practice world looks into its own IAM when Q Business is told of a provider or a role. Without
them the run ends at the application; with shadows of them, put there by boto3, it goes through.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import ACCOUNT, Cli, client, environment, serve

PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/q-x-idp"


@contextlib.contextmanager
def moto_server():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert server.poll() is None, "moto did not start"
            time.sleep(0.05)
        yield endpoint
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def moto():
    with moto_server() as endpoint:
        yield endpoint


def reset(moto):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(moto + "/moto-api/reset", method="POST")).close()


@pytest.fixture
def two(moto, tmp_path, idp):
    """The set-up, with each service's own endpoint in the environment."""
    reset(moto)
    with serve() as practice:
        cli = Cli(tmp_path, AWS_ENDPOINT_URL_IAM=moto, AWS_ENDPOINT_URL_STS=moto, AWS_ENDPOINT_URL_QBUSINESS=practice)
        cli.new(idp.metadata_xml)
        cli.iam, cli.practised = client("iam", moto), client("iam", practice)
        cli.q = client("qbusiness", practice)
        yield cli


def left(iam):
    roles = [r["RoleName"] for r in iam.list_roles()["Roles"]]
    return [p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]], roles


def test_who_asks(two):
    plan = two.run("plan")
    assert plan.returncode == 0, plan.stderr
    assert plan.json["verb"].startswith("Create ")
    assert left(two.iam) == ([], []) and two.q.list_applications()["applications"] == []


def test_the_environment_is_named_before_anything_is_done(two):
    assert "Not AWS" in two.run("plan").stderr


def test_provider_then_refusal_then_nothing(two, idp):
    done = two.run("apply")
    assert done.returncode == 3, (done.returncode, done.stderr)
    [failed] = done.json["failed"]
    assert failed["address"] == "application" and failed["error"]["code"] == "ValidationException"
    assert left(two.iam) == ([PROVIDER], [])
    held = two.iam.get_saml_provider(SAMLProviderArn=PROVIDER)
    assert held["SAMLMetadataDocument"] == idp.metadata_xml
    # moto 5.2 takes a provider's tags and forgets them; they are looked at in test_boto3 and on the role below.
    assert "Tags" not in held
    again = two.run("plan")
    kept = {s["address"]: s["action"] for s in again.json["plan"]["steps"]}
    assert kept["saml-provider"] == "keep" and kept["application"] == "create"
    assert two.run("destroy").returncode == 0
    assert left(two.iam) == ([], []) and two.q.list_applications()["applications"] == []


def test_end_to_end_with_shadows(two, idp):
    """What Q Business looks for is put into the practised IAM beforehand; what is made, moto keeps."""
    two.practised.create_saml_provider(Name="q-x-idp", SAMLMetadataDocument=idp.metadata_xml)
    shadow = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithSAML"}]}
    two.practised.create_role(RoleName="q-x-web", AssumeRolePolicyDocument=json.dumps(shadow))
    done = two.run("apply")
    assert done.returncode == 0, done.stderr
    providers, roles = left(two.iam)
    assert (providers, roles) == ([PROVIDER], ["q-x-web"])
    role = two.iam.get_role(RoleName="q-x-web")["Role"]
    app = two.q.list_applications()["applications"][0]["applicationId"]
    [web] = two.q.list_web_experiences(applicationId=app)["webExperiences"]
    web = two.q.get_web_experience(applicationId=app, webExperienceId=web["webExperienceId"])
    [first, second] = role["AssumeRolePolicyDocument"]["Statement"]
    assert first["Condition"]["StringEquals"]["SAML:aud"] == web["defaultEndpoint"].rstrip("/") + "/saml"
    assert second["Action"] == "sts:TagSession" and role["Description"]
    setup = json.loads(two.setup.read_text())["id"]
    assert role["Tags"] == [{"Key": "claimbridge:setup", "Value": setup}]
    [policy] = two.iam.list_role_policies(RoleName="q-x-web")["PolicyNames"]
    document = two.iam.get_role_policy(RoleName="q-x-web", PolicyName=policy)["PolicyDocument"]
    assert app in json.dumps(document)
    verified = two.run("verify")
    assert verified.returncode == 0 and verified.json["clean"], verified.stdout

    # Somebody changes things by hand: seen, and mended.
    two.iam.update_assume_role_policy(RoleName="q-x-web", PolicyDocument=json.dumps(shadow))
    two.iam.delete_role_policy(RoleName="q-x-web", PolicyName=policy)
    drifted = two.run("verify")
    acts = {s["address"]: s["action"] for s in drifted.json["plan"]["steps"] if s["action"] != "keep"}
    assert drifted.returncode == 1 and acts == {"role.web-experience": "update", "role-policy.web-experience": "create"}, acts
    assert two.run("apply").returncode == 0
    assert two.run("verify").json["clean"]

    gone = two.run("destroy")
    assert gone.returncode == 0, gone.stderr
    assert left(two.iam) == ([], []) and two.q.list_applications()["applications"] == []


def test_a_foreign_provider_is_left_alone(two, idp):
    two.iam.create_saml_provider(Name="q-x-idp", SAMLMetadataDocument=idp.metadata_xml)
    done = two.run("apply")
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert two.run("destroy").returncode == 0
    assert left(two.iam)[0] == [PROVIDER]


def test_another_account_is_refused(moto, tmp_path, idp):
    reset(moto)
    with serve() as practice:
        cli = Cli(tmp_path, AWS_ENDPOINT_URL_IAM=moto, AWS_ENDPOINT_URL_STS=moto, AWS_ENDPOINT_URL_QBUSINESS=practice)
        cli.new(idp.metadata_xml)
        text = cli.setup.read_text().replace(ACCOUNT, "210987654321")
        cli.setup.write_text(text)
        done = cli.run("apply")
        assert done.returncode == 2 and "210987654321" in done.stderr, (done.returncode, done.stderr)
        assert left(client("iam", moto))[0] == []
