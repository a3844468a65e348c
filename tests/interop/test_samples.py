"""AWS's sample scripts, call by call, and then: which differences to the documents are named, and whether people
can still sign in when they are put right."""

import json
import subprocess

import pytest

from conftest import CLI, REGION, client, environment, serve
from samples import (
    CLIENT, KEY, PERSON, SAMPLE_ACS, SERVICE_LINKED, SIGN_IN, Okta, application_arn, by_hand, oidc_sample, saml_sample)

KMS = f"arn:aws:kms:{REGION}:123456789012:{KEY}"


@pytest.fixture
def endpoint():
    with serve() as running:
        yield running


@pytest.fixture
def okta(endpoint):
    return Okta(endpoint)


def cli(endpoint, *arguments):
    done = subprocess.run([CLI, *map(str, arguments), "--endpoint-url", endpoint, "--json"],
                          env=environment(), capture_output=True, text=True, timeout=60)
    done.json = json.loads(done.stdout) if done.stdout.strip() else None
    return done


def verify(built, *more):
    return cli(built.endpoint, "verify", "--application", built.application, "--region", REGION, *more)


def adopt(built, folder, *more):
    setup = folder / "setup.json"
    done = cli(built.endpoint, "adopt", "--application", built.application, "--region", REGION, "--out", setup,
               "--yes", *more)
    assert done.returncode == 0, done.stderr
    return setup


def policy_differences(document):
    """Everything that is said of policy documents, and nothing else may be said."""
    assert all(d["action"] == "update" and "part" in d for d in document["differences"]), document["differences"]
    return {(d["address"], d["change"], d["part"], d["statement"], d["value"]) for d in document["differences"]}


def of_the_sample_permissions(application):
    """What the newest documents have and the sample has not, and the other way round."""
    policy, conversation = "policy.web-experience", "QBusinessConversationPermissions"
    app = application_arn(application)
    new = ["ListPluginActions", "ListAttachments", "GetMedia", "DeleteAttachment"]
    through = ", ".join(f"StringLike kms:ViaService = {s}.{REGION}.amazonaws.com" for s in ("qapps", "qbusiness"))
    return {
        *((policy, "adds", "action", conversation, f"qbusiness:{action}") for action in new),
        (policy, "adds", "statement", "QBusinessPluginDiscoveryPermissions",
         "allows qbusiness:ListPluginTypeMetadata, qbusiness:ListPluginTypeActions on *"),
        (policy, "takes-away", "statement", "QBusinessKMSDecryptPermissions",
         f"allows kms:Decrypt on {KMS} where {through}"),
        (policy, "takes-away", "statement", "QAppsResourceAgnosticPermissions",
         f"allows qapps:CreateQApp, qapps:ListQApps on {app}"),
    }


def kms_remarks(document):
    kinds = [r["remark"]["kind"] for r in document["remarks"] if r["difference"]]
    assert set(kinds) <= {"kms-resource"}, document["remarks"]
    return {r["remark"]["policy"] for r in document["remarks"] if r["difference"]}


def put_right(built, folder, *more):
    """Adopt, apply; a second look finds nothing, with and without the set-up."""
    setup = adopt(built, folder, *more)
    plan = cli(built.endpoint, "plan", "--setup", setup)
    assert plan.returncode == 0, plan.stderr
    done = cli(built.endpoint, "apply", "--setup", setup, "--yes")
    assert done.returncode == 0, done.stderr
    for look in (cli(built.endpoint, "verify", "--setup", setup), verify(built, *more)):
        assert look.returncode == 0, look.stdout
    return setup


def test_saml_sample(endpoint, okta, tmp_path):
    built = saml_sample(endpoint, okta.metadata, okta.sign_on)
    first = verify(built)
    assert first.returncode == 1, first.stdout + first.stderr
    found = first.json
    assert found["in_order"] is False and found["idp"] == "okta-saml"
    # The two values of SAML:aud are the sign-in address and an application of the company's own: no difference.
    assert policy_differences(found) == of_the_sample_permissions(built.application)
    assert kms_remarks(found) == {"qbiz-saml-4711-web-experience-policy"}
    assert {f["origin"] for f in found["found"]} == {"adopted"}

    put_right(built, tmp_path)
    setup = json.loads((tmp_path / "setup.json").read_text())
    assert setup["custom_application"] == {"url": SAMPLE_ACS}
    assert setup["application"]["index"] == {"kind": "ENTERPRISE", "units": 1}
    assert setup["role"]["policy"] == "managed"

    # People still sign in, by the portal and by the sample application's address.
    ids = {"applicationId": built.application, "webExperienceId": built.web_experience}
    acs = built.q.get_web_experience(**ids)["defaultEndpoint"].rstrip("/") + "/saml"
    okta.configure(acs, built.role, built.provider)
    answer = client("sts", endpoint).assume_role_with_saml(
        RoleArn=built.role, PrincipalArn=built.provider, SAMLAssertion=okta.response())
    assert answer["Audience"] == SIGN_IN
    keys = answer["Credentials"]
    person = client("qbusiness", endpoint, keys=keys)
    assert person.get_application(applicationId=built.application)["displayName"] == built.prefix
    assert answer["AssumedRoleUser"]["Arn"].endswith(f"/{PERSON}")
    document = built.iam.get_role(RoleName="qbiz-saml-4711-web-experience-role")["Role"]["AssumeRolePolicyDocument"]
    assert set(document["Statement"][0]["Condition"]["StringEquals"]["SAML:aud"]) == {SIGN_IN, SAMPLE_ACS}


def test_oidc_sample(endpoint, tmp_path):
    built = oidc_sample(endpoint)
    first = verify(built)
    assert first.returncode == 1, first.stdout + first.stderr
    found = first.json
    assert found["idp"] == "okta-oidc"
    secrets = ("role-policy.secrets", "takes-away", "statement", "AllowsAmazonQToDecryptSecret",
               f"allows kms:Decrypt on {KMS} where StringLike kms:ViaService = secretsmanager.*.amazonaws.com")
    assert policy_differences(found) == of_the_sample_permissions(built.application) | {secrets}
    assert kms_remarks(found) == {"qbiz-contoso-4711-web-experience-policy", "qbiz-contoso-4711-secrets-manager-policy"}

    before = client("secretsmanager", endpoint).describe_secret(SecretId=built.secret)["VersionIdsToStages"]
    put_right(built, tmp_path)
    setup = json.loads((tmp_path / "setup.json").read_text())
    assert setup["federation"]["client_id"] == CLIENT
    assert [setup["federation"]["secret_version"]] == list(before)
    # The secret was neither read nor written: no client secret was asked for.
    after = client("secretsmanager", endpoint).describe_secret(SecretId=built.secret)["VersionIdsToStages"]
    assert after == before


def test_the_sample_without_a_service_linked_role(endpoint, okta):
    """Why the script fails in an account that has no application yet: it names a role that is made with the first."""
    iam = client("iam", endpoint)
    provider = iam.create_saml_provider(SAMLMetadataDocument=okta.metadata, Name="p")["SAMLProviderArn"]
    q = client("qbusiness", endpoint)
    with pytest.raises(q.exceptions.ValidationException):
        q.create_application(displayName="a", identityType="AWS_IAM_IDP_SAML", iamIdentityProviderArn=provider,
                             roleArn=SERVICE_LINKED)


@pytest.mark.parametrize("recipient", [None, SIGN_IN])
def test_made_by_hand_from_the_newest_documents(endpoint, okta, tmp_path, recipient):
    """In order, with names that we would not give and whatever it sends as Recipient; nothing is changed by looking
    or by adopting."""
    built = by_hand(endpoint, okta.metadata, okta.sign_on, recipient)
    done = verify(built)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.json["in_order"] and done.json["differences"] == []
    assert {r["remark"]["kind"] for r in done.json["remarks"]} == {"period-in-name"}
    setup = adopt(built, tmp_path)
    plan = cli(endpoint, "plan", "--setup", setup)
    assert {s["action"] for s in plan.json["plan"]["steps"]} == {"keep"}
    assert cli(endpoint, "apply", "--setup", setup, "--yes").returncode == 0
    assert verify(built).returncode == 0
    okta.configure(built.acs, built.role, built.provider)
    if recipient:
        client("sts", endpoint).assume_role_with_saml(
            RoleArn=built.role, PrincipalArn=built.provider, SAMLAssertion=okta.response())
