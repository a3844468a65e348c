"""AWS's own SDK for Python as people who signed in: documents and who sees them, what a session may, what people cost."""

import json
import uuid

import boto3
import pytest

from conftest import ACCOUNT, REGION, aws_attributes, client, serve
from test_boto3 import (  # noqa: F401  assumable and world are fixtures
    CLAIM, PROVIDER, ROLE, World, assumable, permissions, refused, trust, world)
from test_boto3_iam import allow
from test_boto3_q import arn, put_group
from test_boto3_services import BUCKET, KEY


# -- documents, and who gets which answer

@pytest.fixture
def office(assumable, idp):
    """An application with a retriever, and sessions of Anna and Ben."""
    w = assumable
    w.app = w.application()
    w.index = w.q.create_index(applicationId=w.app, displayName="i")["indexId"]
    w.at = {"applicationId": w.app, "indexId": w.index}
    w.q.create_retriever(applicationId=w.app, type="NATIVE_INDEX", displayName="r",
                         configuration={"nativeIndexConfiguration": {"indexId": w.index}})
    w.q.update_application(applicationId=w.app, autoSubscriptionConfiguration={
        "autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_LITE"})
    w.iam.put_role_policy(RoleName="boto-web", PolicyName="p", PolicyDocument=json.dumps(permissions(w.app, CLAIM)))

    def sign_in(name):
        idp.configure(acs_url=w.acs, attributes=aws_attributes(ROLE, PROVIDER, email=name, session=name))
        keys = w.sts.assume_role_with_saml(
            RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=idp.login().saml_response)["Credentials"]
        return client("qbusiness", w.endpoint, keys=keys)
    w.anna, w.ben = sign_in("anna@a.example"), sign_in("ben@a.example")
    return w


def ask(world, person, question="Where is the budget report?"):
    try:
        return person.chat_sync(applicationId=world.app, userMessage=question)
    except person.exceptions.AccessDeniedException:
        return person.chat_sync(applicationId=world.app, userMessage=question)


def document(name, text, *principals, **more):
    controls = {"accessConfiguration": {"accessControls": [{"principals": list(principals)}]}} if principals else {}
    return {"id": name, "title": name.title(), "contentType": "PLAIN_TEXT", "content": {"blob": text.encode()}, **controls, **more}


def user(name, access="ALLOW"):
    return {"user": {"id": name, "access": access, "membershipType": "INDEX"}}


def group(name, access="ALLOW"):
    return {"group": {"name": name, "access": access, "membershipType": "INDEX"}}


def titles(answer):
    return [s["title"] for s in answer["sourceAttributions"]]


def test_everybody_sees_their_own(office):
    w = office
    assert titles(ask(w, w.anna)) == []
    put_group(w, "Board", ["ben@a.example"])
    put_group(w, "Company", ["zoe@a.example"], ["Board"])
    answer = w.q.batch_put_document(**w.at, documents=[
        document("one", "The budget report is in the safe.", user("anna@a.example")),
        document("two", "The budget report is on the board table.", group("Company")),
        document("three", "The budget report is public, but not for Ben.", user("ben@a.example", "DENY")),
        document("four", "Lunch is at noon."),
    ])
    assert answer["failedDocuments"] == []
    assert titles(ask(w, w.anna)) == ["One", "Three"]
    said = ask(w, w.ben)
    assert titles(said) == ["Two"] and "“Two”" in said["systemMessage"]
    source = said["sourceAttributions"][0]
    assert source["snippet"] == "The budget report is on the board table." and source["documentId"] == "two"
    assert titles(ask(w, w.ben, "When is lunch?")) == ["Four"]
    nothing = ask(w, w.ben, "Who won the football match?")
    assert titles(nothing) == [] and "no document" in nothing["systemMessage"]

    access = w.q.check_document_access(**w.at, userId="ben@a.example", documentId="two")
    assert access["hasAccess"] and {g["name"] for g in access["userGroups"]} == {"Board", "Company"}
    assert access["documentAcl"]["allowlist"]["conditions"][0]["groups"] == [{"name": "Company", "type": "INDEX"}]
    assert not w.q.check_document_access(**w.at, userId="ben@a.example", documentId="one")["hasAccess"]
    put_group(w, "Board", ["anna@a.example"])
    assert titles(ask(w, w.ben)) == []

    listed = w.q.list_documents(**w.at)["documentDetailList"]
    assert {(d["documentId"], d["status"]) for d in listed} == {(n, "INDEXED") for n in ("one", "two", "three", "four")}
    assert w.q.get_index(**w.at)["indexStatistics"]["textDocumentStatistics"]["indexedTextDocumentCount"] == 4
    w.q.batch_delete_document(**w.at, documents=[{"documentId": n} for n in ("one", "two", "three", "four")])
    assert w.q.list_documents(**w.at)["documentDetailList"] == []
    refused("ResourceNotFoundException", w.q.check_document_access, **w.at, userId="x", documentId="one")


def test_documents_by_other_names_and_places(office):
    w = office
    boto3.client("s3").put_object(Bucket=BUCKET, Key="d.txt", Body=b"The budget report by S3.")
    w.q.create_user(applicationId=w.app, userId="anna@a.example", userAliases=[{"userId": "CORP\\anna"}])
    refused("ConflictException", w.q.create_user, applicationId=w.app, userId="anna@a.example")
    answer = w.q.batch_put_document(**w.at, documents=[
        document("one", "", user("CORP\\anna"), content={"s3": {"bucket": BUCKET, "key": "d.txt"}}),
        document("two", "", content={"s3": {"bucket": BUCKET, "key": "nothing"}}),
    ])
    assert [d["id"] for d in answer["failedDocuments"]] == ["two"]
    assert titles(ask(w, w.anna)) == ["One"] and titles(ask(w, w.ben)) == []
    assert w.q.get_user(applicationId=w.app, userId="anna@a.example")["userAliases"] == [{"userId": "CORP\\anna"}]
    w.q.delete_user(applicationId=w.app, userId="anna@a.example")
    refused("ResourceNotFoundException", w.q.get_user, applicationId=w.app, userId="anna@a.example")
    lenient = client("qbusiness", w.endpoint, parameter_validation=False)
    refused("ValidationException", lenient.batch_put_document, **w.at, documents=[document(f"d{n}", "x") for n in range(11)])


# -- what a session may

READS = [("get_application", {}), ("list_retrievers", {}), ("list_plugins", {}), ("get_chat_controls_configuration", {})]


def test_managed_policies_and_boundaries_decide(office):
    w = office
    may = lambda: [w.anna.can_paginate(call) is not None and call for call, _ in READS if reads(call)]  # noqa: E731

    def reads(call):
        try:
            getattr(w.anna, call)(applicationId=w.app)
            return True
        except w.anna.exceptions.AccessDeniedException:
            return False
    assert may() == ["get_application", "list_retrievers"]
    more = w.iam.create_policy(PolicyName="more", PolicyDocument=allow(
        "qbusiness:ListPlugins", "qbusiness:GetChatControlsConfiguration", resource=arn(w.app)))["Policy"]["Arn"]
    w.iam.attach_role_policy(RoleName="boto-web", PolicyArn=more)
    assert may() == [call for call, _ in READS]
    bound = w.iam.create_policy(PolicyName="bound", PolicyDocument=allow("qbusiness:List*"))["Policy"]["Arn"]
    w.iam.put_role_permissions_boundary(RoleName="boto-web", PermissionsBoundary=bound)
    assert may() == ["list_retrievers", "list_plugins"]
    w.iam.delete_role_permissions_boundary(RoleName="boto-web")
    w.iam.put_role_policy(RoleName="boto-web", PolicyName="no", PolicyDocument=allow("qbusiness:ListPlugins", effect="Deny"))
    assert may() == ["get_application", "list_retrievers", "get_chat_controls_configuration"]


def test_a_session_reaches_no_other_service(office):
    w = office
    keys = w.anna._request_signer._credentials
    given = {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "SessionToken": keys.token}
    for service, call, arguments in [("secretsmanager", "list_secrets", {}), ("kms", "describe_key", {"KeyId": KEY}),
                                     ("kendra", "list_indices", {})]:
        refused("AccessDeniedException", getattr(client(service, w.endpoint, keys=given), call), **arguments)
    refused("AccessDenied", client("s3", w.endpoint, keys=given).put_object, Bucket=BUCKET, Key="k", Body=b"")


def test_chat_with_a_key_of_the_company(assumable, idp):
    w = assumable
    w.app = w.application(encryptionConfiguration={"kmsKeyId": KEY})
    w.q.update_application(applicationId=w.app, autoSubscriptionConfiguration={
        "autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_LITE"})
    w.iam.put_role_policy(RoleName="boto-web", PolicyName="p", PolicyDocument=json.dumps(permissions(w.app, CLAIM)))
    idp.configure(acs_url=w.acs, attributes=aws_attributes(ROLE, PROVIDER))
    keys = w.sts.assume_role_with_saml(
        RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=idp.login().saml_response)["Credentials"]
    person = client("qbusiness", w.endpoint, keys=keys)
    for _ in range(2):
        refused("AccessDeniedException", person.chat_sync, applicationId=w.app, userMessage="Hello?")
    assert w.q.list_subscriptions(applicationId=w.app)["subscriptions"] == []
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}",
               "Condition": {"StringLike": {"kms:ViaService": [f"qbusiness.{REGION}.amazonaws.com"]}}}
    w.iam.put_role_policy(RoleName="boto-web", PolicyName="p", PolicyDocument=json.dumps(permissions(w.app, CLAIM, decrypt)))
    assert ask(w, person)["systemMessage"]


# -- what people cost

def subscriptions(world):
    listed = world.q.list_subscriptions(applicationId=world.app)["subscriptions"]
    return [(s["currentSubscription"]["type"], s.get("nextSubscription", {}).get("type")) for s in listed]


def test_subscriptions(office):
    w = office
    ask(w, w.anna)
    assert subscriptions(w) == [("Q_LITE", "Q_LITE")]
    [held] = w.q.list_subscriptions(applicationId=w.app)["subscriptions"]
    at = {"applicationId": w.app, "subscriptionId": held["subscriptionId"]}
    up = w.q.update_subscription(**at, type="Q_BUSINESS")
    assert up["currentSubscription"]["type"] == up["nextSubscription"]["type"] == "Q_BUSINESS"
    w.q.update_subscription(**at, type="Q_LITE")
    assert subscriptions(w) == [("Q_BUSINESS", "Q_LITE")]
    ended = w.q.cancel_subscription(**at)
    assert ended["currentSubscription"]["type"] == "Q_BUSINESS" and "nextSubscription" not in ended
    assert subscriptions(w) == [("Q_BUSINESS", None)]
    # The trap: the next question starts it again, unless nobody is subscribed automatically any more.
    ask(w, w.anna)
    assert subscriptions(w) == [("Q_BUSINESS", "Q_LITE")]
    w.q.update_application(applicationId=w.app, autoSubscriptionConfiguration={"autoSubscribe": "DISABLED"})
    w.q.cancel_subscription(**at)
    ask(w, w.anna)
    assert subscriptions(w) == [("Q_BUSINESS", None)]
    refused("AccessDeniedException", w.ben.chat_sync, applicationId=w.app, userMessage="Hello?")
    refused("AccessDeniedException", w.ben.chat_sync, applicationId=w.app, userMessage="Hello?")
    refused("ResourceNotFoundException", w.q.cancel_subscription, applicationId=w.app, subscriptionId=str(uuid.uuid4()))
    refused("ValidationException", w.q.update_application, applicationId=w.app,
            autoSubscriptionConfiguration={"autoSubscribe": "ENABLED"})


@pytest.mark.parametrize("value, listed", [("listed", [("Q_LITE", None)]), ("gone", [])])
def test_a_cancelled_subscription_in_the_list(monkeypatch, idp, value, listed):
    with serve("--switch", f"cancelled-subscription={value}") as endpoint:
        w = World(endpoint, monkeypatch)
        w.provider(idp.metadata_xml)
        w.acs = "https://x.chat.qbusiness.us-east-1.on.aws/saml"
        w.iam.create_role(RoleName="boto-web", AssumeRolePolicyDocument=json.dumps(trust(w.acs)))
        w.app = w.application()
        w.q.update_application(applicationId=w.app, autoSubscriptionConfiguration={
            "autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_LITE"})
        w.iam.put_role_policy(RoleName="boto-web", PolicyName="p", PolicyDocument=json.dumps(permissions(w.app, CLAIM)))
        idp.configure(acs_url=w.acs, attributes=aws_attributes(ROLE, PROVIDER))
        keys = w.sts.assume_role_with_saml(
            RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=idp.login().saml_response)["Credentials"]
        ask(w, client("qbusiness", endpoint, keys=keys))
        [held] = w.q.list_subscriptions(applicationId=w.app)["subscriptions"]
        w.q.cancel_subscription(applicationId=w.app, subscriptionId=held["subscriptionId"])
        assert subscriptions(w) == listed
