"""AWS's own SDK for Python against practice's Q Business: what an application needs around it, groups, data sources."""

import json
import time
from datetime import datetime, timedelta, timezone

import boto3
import pytest

from conftest import ACCOUNT, REGION, client, serve
from test_boto3 import PROVIDER, World, refused, world  # noqa: F401  world is a fixture
from test_boto3_iam import allow, trusts
from test_boto3_services import ASYMMETRIC, BUCKET, DISABLED, KENDRA, KENDRA_WEST, KEY, PENDING

ISSUER = "https://idp.example"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example"
LATER = datetime(2100, 1, 1, tzinfo=timezone.utc)


def arn(app, region=REGION):
    return f"arn:aws:qbusiness:{region}:{ACCOUNT}:application/{app}"


def service_role(world, name, service, policy=None, **condition):
    role = world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts({"Service": service}, **condition))
    if policy:
        world.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return role["Role"]["Arn"]


# -- applications

def oidc_application(world, clients=("c1",), **more):
    world.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["c1", "c2"])
    return world.q.create_application(displayName="o", identityType="AWS_IAM_IDP_OIDC", iamIdentityProviderArn=OIDC,
                                      clientIdsForOIDC=list(clients), **more)["applicationId"]


def test_oidc_application(world):
    app = oidc_application(world, attachmentsConfiguration={"attachmentsControlMode": "ENABLED"},
                           personalizationConfiguration={"personalizationControlMode": "DISABLED"},
                           qAppsConfiguration={"qAppsControlMode": "ENABLED"})
    got = world.q.get_application(applicationId=app)
    assert (got["identityType"], got["iamIdentityProviderArn"], got["clientIdsForOIDC"]) == ("AWS_IAM_IDP_OIDC", OIDC, ["c1"])
    assert got["attachmentsConfiguration"] == {"attachmentsControlMode": "ENABLED"}
    assert got["personalizationConfiguration"] == {"personalizationControlMode": "DISABLED"}
    assert got["qAppsConfiguration"] == {"qAppsControlMode": "ENABLED"}


@pytest.mark.parametrize("change", [
    {"clientIdsForOIDC": ["c1", "stranger"]},
    {"clientIdsForOIDC": []},
    {"iamIdentityProviderArn": OIDC + "x"},
    {"iamIdentityProviderArn": PROVIDER},
    {"identityType": "AWS_IAM_IDP_SAML"},
    {"encryptionConfiguration": {"kmsKeyId": DISABLED}},
    {"encryptionConfiguration": {"kmsKeyId": ASYMMETRIC}},
    {"encryptionConfiguration": {"kmsKeyId": PENDING}},
    {"encryptionConfiguration": {"kmsKeyId": f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{KEY}"}},
    {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
    {"roleArn": "kendra"},
])
def test_applications_that_cannot_be(world, idp, change):
    world.provider(idp.metadata_xml)
    world.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["c1"])
    change = dict(change)
    if change.get("roleArn") == "kendra":
        change["roleArn"] = service_role(world, "other", "kendra.amazonaws.com")
    given = {"displayName": "o", "identityType": "AWS_IAM_IDP_OIDC", "iamIdentityProviderArn": OIDC,
             "clientIdsForOIDC": ["c1"], **change}
    answer = refused("ValidationException", world.q.create_application, **given)
    assert answer["fields"][0]["name"].split(".")[0] in {*change, "iamIdentityProviderArn"}
    assert world.q.list_applications()["applications"] == []


def test_a_key_of_the_company(world):
    kms = boto3.client("kms")
    app = oidc_application(world, encryptionConfiguration={"kmsKeyId": KEY})
    assert world.q.get_application(applicationId=app)["encryptionConfiguration"] == {"kmsKeyId": KEY}
    assert [g["GranteeServicePrincipal"] for g in kms.list_grants(KeyId=KEY)["Grants"]] == ["qbusiness.amazonaws.com"]
    answer = refused("ValidationException", world.q.create_index, applicationId=app, displayName="i", type="STARTER")
    assert answer["fields"][0]["name"] == "type"
    world.q.create_index(applicationId=app, displayName="i")
    other = world.q.create_application(displayName="p", encryptionConfiguration={"kmsKeyId": KEY})["applicationId"]
    world.q.delete_application(applicationId=other)
    refused("ResourceNotFoundException", world.q.get_application, applicationId=other)
    assert len(kms.list_grants(KeyId=KEY)["Grants"]) == 1


def test_service_role_of_an_application(world):
    role = service_role(world, "app", "qbusiness.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT},
                        ArnLike={"aws:SourceArn": arn("*")})
    app = world.q.create_application(displayName="a", roleArn=role)["applicationId"]
    assert world.q.get_application(applicationId=app)["roleArn"] == role


# -- web experiences of an OpenID application

WEB = {"title": "T", "subtitle": "S", "welcomeMessage": "W", "samplePromptsControlMode": "DISABLED",
       "origins": ["https://intranet.example"], "browserExtensionConfiguration": {"enabledBrowserExtensions": ["FIREFOX"]},
       "customizationConfiguration": {"logoUrl": "https://a.example/logo.svg"}}


@pytest.mark.parametrize("broken", ["", "key", "absent", "gone", "region", "principal", "application", "policy", "kms", "role", "saml"])
def test_client_secret(world, idp, broken):
    app = oidc_application(world)
    secrets = boto3.client("secretsmanager")
    value = json.dumps({"secret" if broken == "key" else "client_secret": "s"})
    key = {"KmsKeyId": KEY} if broken == "kms" else {}
    secret = secrets.create_secret(Name="QBusiness-x", SecretString=value, **key)["ARN"]
    source = arn("b" * 36 if broken == "application" else app)
    service = "qbusiness.amazonaws.com" if broken == "principal" else "application.qbusiness.amazonaws.com"
    resource = secret[:-7] if broken == "policy" else secret
    role = service_role(world, "secrets", service, allow("secretsmanager:GetSecretValue", resource=resource),
                        StringEquals={"aws:SourceAccount": ACCOUNT}, ArnLike={"aws:SourceArn": source})
    if broken == "gone":
        secrets.delete_secret(SecretId=secret)
    given = {"secretsArn": secret, "secretsRole": role}
    if broken == "absent":
        given["secretsArn"] = secret[:-1] + "?"
    if broken == "region":
        given["secretsArn"] = secret.replace(REGION, "us-west-2")
    if broken == "role":
        given["secretsRole"] = role + "x"
    identity = {"openIDConnectConfiguration": given}
    if broken == "saml":
        identity = {"samlConfiguration": {"authenticationUrl": "https://x.example/"}}
    web = {"applicationId": app, "identityProviderConfiguration": identity, **WEB}
    if broken:
        answer = refused("ValidationException", world.q.create_web_experience, **web)
        assert answer["fields"][0]["name"].startswith("identityProviderConfiguration")
        assert world.q.list_web_experiences(applicationId=app)["webExperiences"] == []
        return
    made = world.q.create_web_experience(**web)["webExperienceId"]
    got = world.q.get_web_experience(applicationId=app, webExperienceId=made)
    assert {k: got[k] for k in WEB} == WEB and got["identityProviderConfiguration"] == identity
    answer = refused("ValidationException", world.q.update_web_experience, applicationId=app, webExperienceId=made,
                     identityProviderConfiguration={"openIDConnectConfiguration": {**given, "secretsRole": role + "x"}})
    assert answer["fields"][0]["name"].endswith("secretsRole")
    world.q.update_web_experience(applicationId=app, webExperienceId=made, title="New")
    assert world.q.get_web_experience(applicationId=app, webExperienceId=made)["title"] == "New"


# -- indices and retrievers

def test_units(world):
    app = world.q.create_application(displayName="a")["applicationId"]
    units = lambda n: {"capacityConfiguration": {"units": n}}  # noqa: E731
    for kind, most in [("STARTER", 5), ("ENTERPRISE", 50)]:
        refused("ValidationException", world.q.create_index, applicationId=app, displayName="i", type=kind, **units(most + 1))
        index = world.q.create_index(applicationId=app, displayName="i", type=kind, **units(2))["indexId"]
        refused("ValidationException", world.q.update_index, applicationId=app, indexId=index, **units(most + 1))
        world.q.update_index(applicationId=app, indexId=index, **units(most))
        assert world.q.get_index(applicationId=app, indexId=index)["capacityConfiguration"] == {"units": most}


def test_kendra_retriever(world):
    app = world.q.create_application(displayName="a")["applicationId"]
    role = service_role(world, "kendra", "qbusiness.amazonaws.com", allow("kendra:Retrieve"),
                        ArnEquals={"aws:SourceArn": arn(app)})
    other = service_role(world, "other", "kendra.amazonaws.com")

    def make(index=KENDRA, **more):
        return {"applicationId": app, "type": "KENDRA_INDEX", "displayName": "r",
                "configuration": {"kendraIndexConfiguration": {"indexId": index}}, "roleArn": role, **more}
    for given in (make(KENDRA_WEST), make("b" * 36), make(roleArn=role + "x"), make(roleArn=other), make(type="NATIVE_INDEX"),
                  {k: v for k, v in make().items() if k != "roleArn"}):
        refused("ValidationException", world.q.create_retriever, **given)
    made = world.q.create_retriever(**make())["retrieverId"]
    got = world.q.get_retriever(applicationId=app, retrieverId=made)
    assert (got["type"], got["roleArn"], got["status"]) == ("KENDRA_INDEX", role, "ACTIVE")


# -- groups

@pytest.fixture
def indexed(world, idp):
    world.provider(idp.metadata_xml)
    world.app = world.application()
    world.index = world.q.create_index(applicationId=world.app, displayName="i")["indexId"]
    world.at = {"applicationId": world.app, "indexId": world.index}
    return world


def put_group(world, name, users=(), groups=(), **more):
    members = {"memberUsers": [{"userId": u, "type": "INDEX"} for u in users],
               "memberGroups": [{"groupName": g, "type": "INDEX"} for g in groups]}
    return world.q.put_group(**world.at, groupName=name, type="INDEX", **{"groupMembers": members, **more})


def list_groups(world, **more):
    pages = world.q.get_paginator("list_groups").paginate(**world.at, updatedEarlierThan=LATER, **more)
    return [g["groupName"] for p in pages for g in p["items"]]


def test_groups(indexed):
    w = indexed
    for n in range(23):
        put_group(w, f"g{n:02}", ["a@a.example"])
    assert list_groups(w) == [f"g{n:02}" for n in range(23)]
    first = w.q.list_groups(**w.at, updatedEarlierThan=LATER)
    assert set(first["items"][0]) == {"groupName"} and len(first["items"]) == 10
    past = datetime.now(timezone.utc) - timedelta(hours=1)
    assert w.q.list_groups(**w.at, updatedEarlierThan=past)["items"] == []
    got = w.q.get_group(**w.at, groupName="g00")
    assert got["status"]["status"] == "SUCCEEDED"
    assert [h["status"] for h in got["statusHistory"]] == ["SUCCEEDED", "PROCESSING"]
    name = "Réunion / Zürich & Co? #1"
    put_group(w, name, ["a@a.example"])
    assert w.q.get_group(**w.at, groupName=name)["status"]["status"] == "SUCCEEDED"
    w.q.delete_group(**w.at, groupName=name)
    refused("ResourceNotFoundException", w.q.get_group, **w.at, groupName=name)
    refused("ResourceNotFoundException", w.q.delete_group, **w.at, groupName=name)
    put_group(w, "many", [f"u{n}@a.example" for n in range(1000)])
    with pytest.raises(Exception, match="1000"):
        put_group(w, "more", [f"u{n}@a.example" for n in range(1001)])
    w.q.delete_index(**w.at)
    refused("ResourceNotFoundException", w.q.list_groups, **w.at, updatedEarlierThan=LATER)


def test_members_in_a_file(indexed):
    w = indexed
    lines = "".join(json.dumps({"type": "USER", "id": f"u{n}@a.example"}) + "\n" for n in range(1500))
    s3 = boto3.client("s3")
    s3.put_object(Bucket=BUCKET, Key="g.jsonl", Body=lines.encode())
    s3.put_object(Bucket=BUCKET, Key="bad", Body=b"u@a.example\n")
    reader = service_role(w, "reader", "qbusiness.amazonaws.com", allow("s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/*"))
    blind = service_role(w, "blind", "qbusiness.amazonaws.com")

    def put(name, key, bucket=BUCKET, **more):
        return w.q.put_group(**w.at, groupName=name, type="INDEX", groupMembers={
            "s3PathForGroupMembers": {"bucket": bucket, "key": key}}, **more)
    refused("ValidationException", put, name="g", key="g.jsonl")
    refused("ValidationException", put, name="g", key="g.jsonl", roleArn=blind)
    refused("ValidationException", put, name="g", key="g.jsonl", roleArn=reader, bucket="practice-groups-west")
    for name, key, status in [("g", "g.jsonl", "SUCCEEDED"), ("gone", "nothing", "FAILED"), ("bad", "bad", "FAILED")]:
        put(name, key, roleArn=reader)
        got = w.q.get_group(**w.at, groupName=name)["status"]
        assert got["status"] == status and ("errorDetail" in got) == (status == "FAILED"), got


def test_the_rate_of_groups(monkeypatch, idp):
    with serve("--put-group-rate", "5") as endpoint:
        w = World(endpoint, monkeypatch)
        w.provider(idp.metadata_xml)
        app = w.application()
        index = w.q.create_index(applicationId=app, displayName="i")["indexId"]
        w.at = {"applicationId": app, "indexId": index}
        w.q = client("qbusiness", endpoint)  # without retries
        taken = 0
        with pytest.raises(Exception) as caught:
            for n in range(50):
                put_group(w, f"g{n}", ["a@a.example"])
                taken += 1
        answer = caught.value.response
        assert answer["Error"]["Code"] == "ThrottlingException"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429 and 5 <= taken < 50
        assert len(list_groups(w)) == taken
        until = time.monotonic() + 5
        while True:
            try:
                put_group(w, "last", ["a@a.example"])
                break
            except Exception:
                assert time.monotonic() < until
                time.sleep(0.05)


# -- data sources

def test_data_source(indexed):
    w = indexed
    made = w.q.create_data_source(**w.at, displayName="d", configuration={"type": "S3", "anything": [1, {"b": None}]},
                                  tags=[{"key": "k", "value": "v"}])
    source = {**w.at, "dataSourceId": made["dataSourceId"]}
    assert made["dataSourceArn"] == f"{arn(w.app)}/index/{w.index}/data-source/{made['dataSourceId']}"
    got = w.q.get_data_source(**source)
    assert (got["type"], got["status"], got["displayName"]) == ("S3", "ACTIVE", "d")
    assert got["configuration"] == {"type": "S3", "anything": [1, {"b": None}]}
    assert [d["dataSourceId"] for d in w.q.list_data_sources(**w.at)["dataSources"]] == [made["dataSourceId"]]
    assert w.q.list_tags_for_resource(resourceARN=made["dataSourceArn"])["tags"] == [{"key": "k", "value": "v"}]
    assert w.q.list_data_source_sync_jobs(**source)["history"] == []
    job = w.q.start_data_source_sync_job(**source)["executionId"]
    [entry] = w.q.list_data_source_sync_jobs(**source)["history"]
    assert (entry["executionId"], entry["status"]) == (job, "SUCCEEDED")
    answer = refused("ConflictException", w.q.delete_index, **w.at)
    assert answer["resourceType"] == "DataSource"
    w.q.delete_data_source(**source)
    refused("ResourceNotFoundException", w.q.get_data_source, **source)
    w.q.delete_index(**w.at)
