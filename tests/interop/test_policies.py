"""What our trust and permission policies allow, in the opinion of @cloud-copilot/iam-simulate."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import ACCOUNT, REGION, Cli, client, serve

JUDGE = pathlib.Path(__file__).resolve().parents[1] / "peers" / "judge.mjs"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/q-x-idp"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/q-x-web"
PERSON = f"arn:aws:sts::{ACCOUNT}:assumed-role/q-x-web/alice@example.com"
BOTH = ["sts:AssumeRoleWithSAML", "sts:TagSession"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, idp):
    """The policies as they stand in IAM after an apply, and where."""
    with serve() as endpoint:
        cli = Cli(tmp_path_factory.mktemp("policies"), endpoint).new(idp.metadata_xml)
        done = cli.run("apply")
        assert done.returncode == 0, done.stderr
        iam, q = client("iam", endpoint), client("qbusiness", endpoint)
        [name] = iam.list_role_policies(RoleName="q-x-web")["PolicyNames"]
        app = q.list_applications()["applications"][0]["applicationId"]
        [web] = q.list_web_experiences(applicationId=app)["webExperiences"]
        web = q.get_web_experience(applicationId=app, webExperienceId=web["webExperienceId"])
        return {
            "trust": iam.get_role(RoleName="q-x-web")["Role"]["AssumeRolePolicyDocument"],
            "permission": iam.get_role_policy(RoleName="q-x-web", PolicyName=name)["PolicyDocument"],
            "app": app,
            "aud": web["defaultEndpoint"].rstrip("/") + "/saml",
            "roleArn": web["roleArn"],
        }


def trust(expected, actions=BOTH, aud="{aud}", principal=PROVIDER, tags=("Email",), email="alice@example.com", **context):
    seen = {"SAML:aud": aud, **({f"aws:RequestTag/{t}": email for t in tags}), **context}
    if tags:
        seen["aws:TagKeys"] = list(tags)
    return expected, "trust", {"principal": principal, "action": actions, "resource": ROLE,
                               "context": {k: v for k, v in seen.items() if v is not None}}


APP = f"arn:aws:qbusiness:{REGION}:{ACCOUNT}:application/{{app}}"
OTHER_APP = f"arn:aws:qbusiness:{REGION}:{ACCOUNT}:application/" + "b" * 36


def may(expected, action, resource=APP, **context):
    request = {"principal": PERSON, "action": action, "resource": resource, "context": context}
    if resource == "*":
        request["resourceAccount"] = ACCOUNT
    return expected, "permission", request


def claim(expected, **change):
    context = {"user-subscriptions:CreateForSelf": True, "aws:CalledViaLast": "qbusiness.amazonaws.com",
               **{k.replace("__", ":"): v for k, v in change.items()}}
    context = {k: v for k, v in context.items() if v is not None}
    return expected, "permission", {"principal": PERSON, "action": "user-subscriptions:CreateClaim",
                                    "resource": "*", "resourceAccount": ACCOUNT, "context": context}


QUESTIONS = {
    # Who may become this role
    "a good sign-in": trust(True),
    "lower-case condition key": trust(True, aud=None, **{"saml:aud": "{aud}"}),
    "AWS's sign-in page": trust(False, aud="https://signin.aws.amazon.com/saml"),
    "the placeholder": trust(False, aud="https://sampleurl.com"),
    "another web experience": trust(False, aud="https://other.chat.qbusiness.us-east-1.on.aws/saml"),
    "the recipient without /saml": trust(False, aud="{bare}"),
    "the recipient with a slash more": trust(False, aud="{aud}/"),
    "the recipient in capitals": trust(False, aud="{AUD}"),
    "no recipient": trust(False, aud=None),
    "another provider": trust(False, principal=PROVIDER + "2"),
    "a provider of another account": trust(False, principal=PROVIDER.replace(ACCOUNT, "210987654321")),
    "another tag": trust(False, tags=("Department",)),
    "Email and another tag": trust(True, tags=("Email", "Department")),
    "an empty email passes STS": trust(True, email=""),
    "the email tag in other letters": trust(True, tags=("email",)),  # IAM's tag keys know no case
    "no tag, no TagSession": trust(True, actions="sts:AssumeRoleWithSAML", tags=()),
    "TagSession without a tag": trust(False, actions="sts:TagSession", tags=()),
    "AssumeRole": trust(False, actions="sts:AssumeRole", aud=None),
    "AssumeRoleWithWebIdentity": trust(False, actions="sts:AssumeRoleWithWebIdentity", aud=None),
    "SetSourceIdentity": trust(False, actions="sts:SetSourceIdentity", **{"sts:SourceIdentity": "alice"}),
    # What this role may
    "chat": may(True, "qbusiness:ChatSync"),
    "chat by stream": may(True, "qbusiness:Chat"),
    "all that a conversation needs": may(True, [f"qbusiness:{a}" for a in (
        "ListMessages", "ListConversations", "PutFeedback", "DeleteConversation", "GetApplication", "ListPlugins",
        "GetChatControlsConfiguration", "ListRetrievers", "ListPluginActions", "ListAttachments", "GetMedia",
        "DeleteAttachment")]),
    "plug-in discovery": may(True, ["qbusiness:ListPluginTypeMetadata", "qbusiness:ListPluginTypeActions"], "*"),
    "its retriever": may(True, "qbusiness:GetRetriever", APP + "/retriever/" + "c" * 36),
    # AWS's own policy grants this on the application, while its reference names another resource (Q Business: IAM policies for a web experience).
    "its web experience's own ARN": may(False, "qbusiness:GetWebExperience", APP + "/web-experience/" + "c" * 36),
    "chat in another application": may(False, "qbusiness:ChatSync", OTHER_APP),
    "chat in another region": may(False, "qbusiness:ChatSync", APP.replace(REGION, "us-west-2")),
    "chat in another account": may(False, "qbusiness:ChatSync", APP.replace(ACCOUNT, "210987654321")),
    "another application's retriever": may(False, "qbusiness:GetRetriever", OTHER_APP + "/retriever/" + "c" * 36),
    "change the application": may(False, "qbusiness:UpdateApplication"),
    "delete the application": may(False, "qbusiness:DeleteApplication"),
    "make an index": may(False, "qbusiness:CreateIndex"),
    "search": may(False, "qbusiness:SearchRelevantContent"),
    "become another role": may(False, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/other"),
    "change its own role": may(False, "iam:PutRolePolicy", ROLE),
    "pass a role": may(False, "iam:PassRole", ROLE),
    "decrypt": may(False, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/" + "d" * 36),
    "Q Apps": may(False, "qapps:CreateQApp"),
    # The paid subscription
    "subscribe oneself through Q": claim(True),
    "subscribe another": claim(False, **{"user-subscriptions:CreateForSelf": False}),
    "subscribe, for whom unknown": claim(False, **{"user-subscriptions:CreateForSelf": None}),
    "subscribe without Q": claim(False, **{"aws:CalledViaLast": None}),
    "subscribe through another service": claim(False, **{"aws:CalledViaLast": "qapps.amazonaws.com"}),
}


def filled(value, names):
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {k: filled(v, names) for k, v in value.items()}
    return value


@pytest.fixture(scope="module")
def verdicts(made):
    names = {"app": made["app"], "aud": made["aud"], "AUD": made["aud"].upper(),
             "bare": made["aud"].removesuffix("/saml")}
    cases = [{"name": name, "kind": kind, "policy": made[kind], "request": filled(request, names)}
             for name, (_, kind, request) in QUESTIONS.items()]
    done = subprocess.run(["node", JUDGE], input=json.dumps(cases), capture_output=True, text=True, cwd=JUDGE.parent)
    return {one["name"]: one for one in json.loads(done.stdout)}


@pytest.mark.parametrize("name", QUESTIONS)
def test_question(verdicts, name):
    assert verdicts[name]["allowed"] is QUESTIONS[name][0], json.dumps(verdicts[name], indent=1)


def test_the_web_experience_uses_the_role_that_was_judged(made):
    assert made["roleArn"] == ROLE
