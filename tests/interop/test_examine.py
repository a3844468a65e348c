"""Examining and adopting what others built: every difference is named, nothing that is theirs is changed or deleted."""

import json
import subprocess

import pytest

from conftest import ACCOUNT, CLI, REGION, Cli, client, environment, serve
from samples import (
    CLIENT, ISSUER, SIGN_IN, Okta, allow, by_hand, documented_permissions, oidc_sample, saml_sample, trust)
from test_samples import adopt, cli, endpoint, okta, policy_differences, verify  # noqa: F401: fixtures among them

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def built(endpoint, okta):
    return by_hand(endpoint, okta.metadata, okta.sign_on, SIGN_IN)


def kinds(done, difference=True):
    return {r["remark"]["kind"] for r in done.json["remarks"] if r["difference"] == difference}


def trusts(built, statements):
    built.iam.update_assume_role_policy(RoleName=built.role_name, PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))


def good_trust(built, audience=SIGN_IN):
    return trust(built.provider, "sts:AssumeRoleWithSAML", "SAML:aud", audience)["Statement"]


def everything(built):
    """All that a change would show in."""
    q, iam = built.q, built.iam
    ids = {"applicationId": built.application}

    def plain(answer):
        return {k: v for k, v in answer.items() if k != "ResponseMetadata"}
    return [
        plain(q.get_application(**ids)), plain(q.get_index(**ids, indexId=built.index)),
        plain(q.get_retriever(**ids, retrieverId=built.retriever)),
        plain(q.get_web_experience(**ids, webExperienceId=built.web_experience)),
        q.list_tags_for_resource(resourceARN=q.get_application(**ids)["applicationArn"])["tags"],
        plain(iam.get_saml_provider(SAMLProviderArn=built.provider)),
        iam.get_role(RoleName=built.role_name)["Role"],
        iam.get_role_policy(RoleName=built.role_name, PolicyName="q")["PolicyDocument"],
    ]


def test_looking_and_adopting_change_nothing_and_removing_forgets(built, tmp_path):
    before = everything(built)
    assert verify(built).returncode == 0
    setup = adopt(built, tmp_path)
    assert cli(built.endpoint, "verify", "--setup", setup).returncode == 0
    gone = cli(built.endpoint, "destroy", "--setup", setup)
    assert {s["action"] for s in gone.json["plan"]["steps"]} == {"forget"}
    assert cli(built.endpoint, "destroy", "--setup", setup, "--yes").returncode == 0
    assert everything(built) == before


def test_a_plain_look_without_yes_writes_no_file(built, tmp_path):
    out = tmp_path / "setup.json"
    done = cli(built.endpoint, "adopt", "--application", built.application, "--region", REGION, "--out", out)
    assert done.returncode == 0 and done.json["written"] is False
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_replaced(built, tmp_path):
    out = tmp_path / "setup.json"
    out.write_text("mine")
    done = cli(built.endpoint, "adopt", "--application", built.application, "--region", REGION, "--out", out, "--yes")
    assert done.returncode == 2 and "is there already" in done.stderr
    assert out.read_text() == "mine" and list(tmp_path.iterdir()) == [out]


def test_a_practised_application_is_adopted_as_practised(built, tmp_path):
    setup = adopt(built, tmp_path, "--practice")
    assert json.loads(setup.read_text())["world"] == "practice"
    assert cli(built.endpoint, "verify", "--setup", setup).returncode == 0
    done = cli("https://qbusiness.example", "verify", "--application", built.application, "--region", REGION, "--practice")
    assert done.returncode == 2 and "practice" in done.json["error"]


def test_report_of_what_was_adopted(built, tmp_path):
    setup = adopt(built, tmp_path)
    out = tmp_path / "report.md"
    done = subprocess.run([CLI, "report", "--setup", setup, "--out", out], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert built.role in out.read_text() and built.provider in out.read_text()


def test_placeholder_and_missing_tag_session(built, tmp_path):
    trusts(built, good_trust(built, ["https://sampleurl.com"])[:1])
    done = verify(built)
    assert done.returncode == 1 and kinds(done) == {"placeholder-audience", "sessions-not-tagged"}
    role = "role.web-experience"
    assert policy_differences(done.json) == {
        (role, "adds", "condition", "SAMLAssumeRoleAccess", f"StringEquals SAML:aud = {SIGN_IN}"),
        (role, "takes-away", "condition", "SAMLAssumeRoleAccess", "StringEquals SAML:aud = https://sampleurl.com"),
        (role, "adds", "statement", "SAMLTagSessionAccess",
         f"allows sts:TagSession to Federated {built.provider} where StringLike aws:RequestTag/Email = *"),
    }
    setup = adopt(built, tmp_path)
    assert cli(built.endpoint, "apply", "--setup", setup, "--yes").returncode == 0
    assert verify(built).returncode == 0


def test_wide_grants(built):
    policy = documented_permissions(built.application)
    policy["Statement"].append(allow("AllowAssumeRoleWithSAML", ["sts:*"], "*"))
    built.iam.put_role_policy(RoleName=built.role_name, PolicyName="q", PolicyDocument=json.dumps(policy))
    built.iam.attach_role_policy(RoleName=built.role_name, PolicyArn=ADMINISTRATOR)
    done = verify(built)
    assert done.returncode == 1 and kinds(done) == {"unsafe-grant"}
    grants = {(r["remark"]["policy"], r["remark"]["grant"]["action"]) for r in done.json["remarks"] if r["difference"]}
    assert grants == {("q", "sts:*"), ("AdministratorAccess", "*")}
    assert policy_differences(done.json) == {
        ("role-policy.web-experience", "takes-away", "statement", "AllowAssumeRoleWithSAML", "allows sts:* on *")}


def test_documents_that_can_be_opened_are_no_difference(built):
    policy = documented_permissions(built.application)
    app = f"arn:aws:qbusiness:{REGION}:{ACCOUNT}:application/{built.application}"
    policy["Statement"].append(allow("Clickable", "qbusiness:GetDocumentContent", [app, f"{app}/index/*"]))
    built.iam.put_role_policy(RoleName=built.role_name, PolicyName="q", PolicyDocument=json.dumps(policy))
    assert verify(built).returncode == 0


def test_auto_subscription_off(built, tmp_path):
    built.q.update_application(applicationId=built.application, autoSubscriptionConfiguration={
        "autoSubscribe": "DISABLED", "defaultSubscriptionType": "Q_LITE"})
    done = verify(built)
    assert done.returncode == 1 and kinds(done) == {"auto-subscription-off"}
    assert [(d["address"], d["from"], d["to"]) for d in done.json["differences"]] == [
        ("auto-subscription", "DISABLED", "ENABLED")]


def test_no_auto_subscription_is_made_and_left_behind(endpoint, okta, tmp_path):
    """What we add to an application that is not ours cannot be taken away alone: a removal forgets it."""
    built = by_hand(endpoint, okta.metadata, okta.sign_on, SIGN_IN, name="acme-two", role="acme-two", provider="acme-two")
    app = built.q.create_application(
        displayName="bare", identityType="AWS_IAM_IDP_SAML", iamIdentityProviderArn=built.provider)["applicationId"]
    done = cli(endpoint, "adopt", "--application", app, "--region", REGION, "--out", tmp_path / "setup.json", "--yes")
    assert done.returncode == 0, done.stderr
    # The provider is another application's as well.
    shared = [f for f in done.json["found"] if f["origin"] == "shared"]
    assert [f["address"] for f in shared] == ["saml-provider"]
    assert kinds(done, False) == {"provider-shared"} and kinds(done) == {"auto-subscription-off"}
    setup = tmp_path / "setup.json"
    assert cli(endpoint, "apply", "--setup", setup, "--yes").returncode == 0
    assert cli(endpoint, "verify", "--setup", setup).returncode == 0
    done = cli(endpoint, "destroy", "--setup", setup, "--yes")
    assert done.returncode == 0, done.stderr
    assert built.q.get_application(applicationId=app)["status"] == "ACTIVE"
    assert built.q.list_web_experiences(applicationId=app)["webExperiences"] == []
    assert built.iam.get_saml_provider(SAMLProviderArn=built.provider)["SAMLMetadataDocument"]


def test_one_of_several_is_chosen(built, tmp_path):
    second = built.q.create_web_experience(applicationId=built.application, title="Second")["webExperienceId"]
    done = verify(built)
    assert done.returncode == 2
    for word in (second, built.web_experience, "--web-experience"):
        assert word in done.json["error"]
    assert verify(built, "--web-experience", built.web_experience).returncode == 0
    done = verify(built, "--web-experience", "nope")
    assert done.returncode == 2 and "no web experience nope" in done.json["error"]
    index = built.q.create_index(applicationId=built.application, displayName="more")["indexId"]
    done = verify(built, "--web-experience", built.web_experience)
    assert done.returncode == 2 and index in done.json["error"] and "--index" in done.json["error"]
    assert verify(built, "--web-experience", built.web_experience, "--index", built.index).returncode == 0


@pytest.mark.parametrize("identity, words", [
    ({"identityType": "ANONYMOUS"}, ["ANONYMOUS", "do not sign in"]),
    ({"identityType": "AWS_IAM_IDC", "identityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef"},
     ["AWS_IAM_IDC", "Identity Center"]),
    ({"identityType": "AWS_QUICKSIGHT_IDP", "quickSightConfiguration": {"clientNamespace": "default"}},
     ["AWS_QUICKSIGHT_IDP", "QuickSight"]),
])
def test_other_ways_to_sign_in_are_refused(endpoint, identity, words):
    app = client("qbusiness", endpoint).create_application(displayName="other", **identity)["applicationId"]
    done = cli(endpoint, "verify", "--application", app, "--region", REGION)
    assert done.returncode == 2, done.stdout
    assert all(word in done.json["error"] for word in words), done.json


def test_what_is_not_active_is_said(okta):
    with serve("--latency", "real") as slow:
        provider = client("iam", slow).create_saml_provider(SAMLMetadataDocument=okta.metadata, Name="p")["SAMLProviderArn"]
        app = client("qbusiness", slow).create_application(
            displayName="young", identityType="AWS_IAM_IDP_SAML", iamIdentityProviderArn=provider)["applicationId"]
        done = cli(slow, "verify", "--application", app, "--region", REGION)
    assert done.returncode == 1, done.stderr
    remarks = [r["remark"] for r in done.json["remarks"] if r["remark"]["kind"] == "not-active"]
    assert [(r["address"], r["status"]) for r in remarks] == [("application", "CREATING")]


def test_an_own_service_role_and_a_kendra_retriever(endpoint, okta, tmp_path):
    """Roles of Amazon Q Business's own: one with a managed policy, one with too much in it."""
    built = by_hand(endpoint, okta.metadata, okta.sign_on, SIGN_IN)
    iam, q = built.iam, built.q
    app = f"arn:aws:qbusiness:{REGION}:{ACCOUNT}:application/"

    def service_role(name, operator, source, permissions):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "qbusiness.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, operator: {"aws:SourceArn": source}}}]}))
        policy = json.dumps({"Version": "2012-10-17", "Statement": permissions})
        arn = iam.create_policy(PolicyName=f"{name}.policy", Path="/q/", PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        return f"arn:aws:iam::{ACCOUNT}:role/{name}", arn

    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/qbusiness/*"
    logs, _ = service_role("acme.logs", "ArnLike", app + "*", [
        allow("M", "cloudwatch:PutMetricData", "*", {"StringEquals": {"cloudwatch:namespace": "AWS/QBusiness"}}),
        allow("D", "logs:DescribeLogGroups", "*"), allow("C", "logs:CreateLogGroup", group),
        allow("S", ["logs:DescribeLogStreams", "logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:log-stream:*")])
    q.update_application(applicationId=built.application, roleArn=logs)
    assert verify(built).returncode == 0, verify(built).stdout

    kendra = client("kendra", endpoint).list_indices()["IndexConfigurationSummaryItems"][0]["Id"]
    index = f"arn:aws:kendra:{REGION}:{ACCOUNT}:index/{kendra}"
    reader, policy = service_role("acme.kendra", "ArnEquals", app + built.application, [
        allow("K", ["kendra:Retrieve", "kendra:DescribeIndex", "kendra:Query"], index)])
    q.delete_retriever(applicationId=built.application, retrieverId=built.retriever)
    q.delete_index(applicationId=built.application, indexId=built.index)
    q.create_retriever(applicationId=built.application, displayName="reader", type="KENDRA_INDEX", roleArn=reader,
                       configuration={"kendraIndexConfiguration": {"indexId": kendra}})
    done = verify(built)
    assert policy_differences(done.json) == {
        ("role-policy.retriever", "takes-away", "action", "AmazonQKendraRetrieverPermission", "kendra:Query")}
    setup = adopt(built, tmp_path)
    assert cli(endpoint, "apply", "--setup", setup, "--yes").returncode == 0
    assert verify(built).returncode == 0
    # The managed policy has another version; no policy was put into the role.
    assert len(iam.list_policy_versions(PolicyArn=policy)["Versions"]) == 2
    assert iam.list_role_policies(RoleName="acme.kendra")["PolicyNames"] == []


def test_a_policy_of_several_roles(built, okta, tmp_path):
    arn = built.iam.create_policy(PolicyName="for-all", PolicyDocument=json.dumps(
        documented_permissions(built.application)))["Policy"]["Arn"]
    built.iam.delete_role_policy(RoleName=built.role_name, PolicyName="q")
    built.iam.create_role(RoleName="another", AssumeRolePolicyDocument=json.dumps(
        trust(built.provider, "sts:AssumeRoleWithSAML", "SAML:aud", SIGN_IN)))
    for role in (built.role_name, "another"):
        built.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    done = verify(built)
    assert done.returncode == 0, done.stdout
    assert {"policy-shared", "provider-shared"} <= kinds(done, False)
    origins = {f["address"]: f["origin"] for f in done.json["found"]}
    assert origins["policy.web-experience"] == origins["saml-provider"] == "shared"


def test_an_adopted_secret_is_renewed(endpoint, tmp_path):
    """A rollover at the identity provider: the next version goes into the secret that is there, untagged as it is."""
    built = oidc_sample(endpoint)
    file = adopt(built, tmp_path)
    setup = json.loads(file.read_text())
    setup["federation"]["secret_version"] = "5d3c0a2e-0000-4000-8000-00000000c1a1"
    file.write_text(json.dumps(setup))
    secret = tmp_path / "secret"
    secret.write_text("another-one")
    done = cli(endpoint, "apply", "--setup", file, "--yes", "--secret-file", secret)
    assert done.returncode == 0, done.stderr
    held = client("secretsmanager", endpoint).describe_secret(SecretId=built.secret)
    assert held["VersionIdsToStages"][setup["federation"]["secret_version"]] == ["AWSCURRENT"]
    assert held.get("Tags", []) == []
    assert cli(endpoint, "verify", "--setup", file).returncode == 0


def test_wrong_ids_are_named(built):
    done = cli(built.endpoint, "verify", "--application", "a" * 36, "--region", REGION)
    assert done.returncode == 2 and built.application in done.json["error"]
    done = cli(built.endpoint, "verify", "--application", "q-acme", "--region", REGION)
    assert done.returncode == 2 and "“q-acme”" in done.json["error"] and "36 letters" in done.json["error"]
    done = verify(built, "--account", "210987654321")
    assert done.returncode == 2 and "210987654321" in done.json["error"]
    done = verify(built, "--idp", "okta-oidc")
    assert done.returncode == 2 and "SAML 2.0" in done.json["error"]
    done = cli(built.endpoint, "verify", "--application", built.application)
    assert done.returncode == 2
    assert verify(built, "--idp", "generic-saml").json["idp"] == "generic-saml"


# -- a provider that is there already


def test_a_set_up_takes_a_saml_provider_that_is_there(endpoint, okta, idp, tmp_path):
    built = by_hand(endpoint, okta.metadata, okta.sign_on, SIGN_IN, provider="q-x-idp")
    ours = Cli(tmp_path, endpoint).new(idp.metadata_xml)
    refused = ours.run("plan")
    assert refused.returncode == 1
    look = cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "saml-provider")
    assert look.returncode == 0, look.stderr
    there = look.json["provider"]
    assert there["issuer"] == f"http://www.okta.com/{okta.id}" and there["issuer_before"] == idp.options["entity_id"]
    assert set(there["users"]) == {"application acme-q", "role acme.web"} and look.json["written"] is False
    assert ours.journal() == []

    assert cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "saml-provider", "--yes").returncode == 0
    assert ours.run("apply").returncode == 0
    assert ours.run("verify").returncode == 0
    assert built.iam.get_saml_provider(SAMLProviderArn=built.provider)["SAMLMetadataDocument"] == okta.metadata
    # Other metadata is not put in without a word of whose it is.
    setup = json.loads(ours.setup.read_text())
    setup["federation"]["metadata"] = okta.metadata.replace("/sso/saml", "/sso/saml2")
    ours.setup.write_text(json.dumps(setup))
    noted = [n["metadata-of-others"]["users"] for n in ours.run("plan").json["plan"]["notes"]
             if isinstance(n, dict) and "metadata-of-others" in n]
    assert noted and {"application acme-q", "role acme.web"} <= set(noted[0])
    assert ours.run("destroy").returncode == 0
    assert verify(built).returncode == 0


def test_what_the_maker_of_a_provider_built_on_it_is_another_s_to_whoever_shares_it(endpoint, idp, tmp_path):
    """And what the set-up that asks built is not, whoever made the provider."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    maker = Cli(first, endpoint).new(idp.metadata_xml)
    assert maker.run("apply").returncode == 0
    ours = Cli(second, endpoint).new(idp.metadata_xml, "q-y")
    setup = json.loads(ours.setup.read_text())
    setup["names"]["provider"] = json.loads(maker.setup.read_text())["names"]["provider"]
    ours.setup.write_text(json.dumps(setup))
    adopt = ["adopt", "--setup", ours.setup, "--resource", "saml-provider"]
    assert set(cli(endpoint, *adopt).json["provider"]["users"]) == {"application q-x", "role q-x-web"}
    assert cli(endpoint, *adopt, "--yes").returncode == 0
    assert ours.run("apply").returncode == 0

    def others(plan):
        return [set(body["users"]) for note in plan["notes"] if isinstance(note, dict) for body in note.values()
                if "users" in body]

    setup = json.loads(ours.setup.read_text())
    setup["federation"]["metadata"] += "<!-- changed -->"
    ours.setup.write_text(json.dumps(setup))
    assert others(ours.run("plan").json["plan"]) == [{"application q-x", "role q-x-web"}]
    look = cli(endpoint, "destroy", "--setup", maker.setup)
    assert others(look.json["plan"]) == [{"application q-y", "role q-y-web"}]


def oidc_set_up(endpoint, folder, client_id):
    ours = Cli(folder, endpoint)
    done = subprocess.run(
        [CLI, "new", "--idp", "okta-oidc", "--issuer", ISSUER, "--client-id", client_id, "--name", "q-x",
         "--account", ACCOUNT, "--region", REGION, "--out", ours.setup], env=ours.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return ours


@pytest.mark.parametrize("client_id", [CLIENT, "0oaAnother"])
def test_a_set_up_takes_an_oidc_provider_that_is_there(endpoint, tmp_path, client_id):
    """IAM has one for each issuer: our client is added to it and taken away again, and never another's."""
    built = oidc_sample(endpoint)
    ours = oidc_set_up(endpoint, tmp_path, client_id)
    assert ours.run("plan").returncode == 1
    look = cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "oidc-provider", "--yes")
    assert look.returncode == 0, look.stderr
    assert look.json["provider"]["clients"] == [CLIENT]
    assert look.json["provider"]["adds_client"] == (None if client_id == CLIENT else client_id)
    again = cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "oidc-provider", "--yes")
    assert again.returncode == 2 and "already" in again.json["error"]

    def clients():
        held = built.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=built.provider)
        return set(held["ClientIDList"])
    secret = tmp_path / "secret"
    secret.write_text("not-a-real-one")
    done = cli(endpoint, "apply", "--setup", ours.setup, "--yes", "--secret-file", secret)
    assert done.returncode == 0, done.stderr
    assert clients() == {CLIENT, client_id}
    assert ours.run("verify").returncode == 0
    assert ours.run("destroy").returncode == 0
    assert clients() == {CLIENT}
    assert built.q.get_application(applicationId=built.application)["status"] == "ACTIVE"


def test_the_other_kind_of_provider_is_refused(endpoint, tmp_path):
    ours = oidc_set_up(endpoint, tmp_path, CLIENT)
    done = cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "saml-provider")
    assert done.returncode == 2 and "oidc-provider" in done.json["error"]
    done = cli(endpoint, "adopt", "--setup", ours.setup, "--resource", "oidc-provider")
    assert done.returncode == 2 and "no IAM provider" in done.json["error"]


def test_a_saml_sample_is_taken_over_once_more(endpoint, okta, tmp_path):
    """Adopted twice: the second set-up finds the same, because the first changed and tagged nothing."""
    built = saml_sample(endpoint, okta.metadata, okta.sign_on)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, second = (json.loads(adopt(built, tmp_path / name).read_text()) for name in ("one", "two"))
    assert first.pop("id") != second.pop("id") and first == second
