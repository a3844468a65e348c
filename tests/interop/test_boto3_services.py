"""AWS's own SDK for Python against practice's Secrets Manager, KMS, Kendra and S3."""

import json
import socket
import uuid
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import ACCOUNT, REGION, client, serve
from test_boto3 import refused, world  # noqa: F401  world is a fixture

KEY = "11111111-0000-4000-8000-000000000001"
DISABLED, ASYMMETRIC, PENDING = (KEY[:-1] + n for n in "234")
KENDRA = "0a1b2c3d-0000-4000-8000-000000000001"
KENDRA_WEST = "0a1b2c3d-0000-4000-8000-000000000002"
BUCKET = "practice-groups"


@pytest.fixture
def secrets(world):
    return boto3.client("secretsmanager")


def test_secret(secrets):
    token = str(uuid.uuid4())
    made = secrets.create_secret(Name="QBusiness-x", SecretString='{"client_secret":"s"}', ClientRequestToken=token,
                                 Description="d", Tags=[{"Key": "k", "Value": "v"}])
    arn = made["ARN"]
    assert arn.startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:QBusiness-x-") and made["VersionId"] == token
    assert len(arn.rsplit("-", 1)[1]) == 6
    again = secrets.create_secret(Name="QBusiness-x", SecretString='{"client_secret":"s"}', ClientRequestToken=token)
    assert again["ARN"] == arn
    refused("ResourceExistsException", secrets.create_secret, Name="QBusiness-x", SecretString="other",
            ClientRequestToken=token)
    refused("ResourceExistsException", secrets.create_secret, Name="QBusiness-x", SecretString='{"client_secret":"s"}')
    for name in ("QBusiness-x", arn, arn[:-7]):
        got = secrets.get_secret_value(SecretId=name)
        assert (got["SecretString"], got["VersionId"], got["VersionStages"]) == (
            '{"client_secret":"s"}', token, ["AWSCURRENT"])
    described = secrets.describe_secret(SecretId=arn)
    assert described["VersionIdsToStages"] == {token: ["AWSCURRENT"]} and "DeletedDate" not in described
    assert described["Description"] == "d" and described["Tags"] == [{"Key": "k", "Value": "v"}]
    assert "SecretString" not in described and "client_secret" not in json.dumps(described, default=str)

    second = str(uuid.uuid4())
    for _ in range(2):
        secrets.put_secret_value(SecretId=arn, SecretString="new", ClientRequestToken=second)
    refused("ResourceExistsException", secrets.put_secret_value, SecretId=arn, SecretString="newer", ClientRequestToken=second)
    assert secrets.describe_secret(SecretId=arn)["VersionIdsToStages"] == {token: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["VersionId"] == token
    assert secrets.get_secret_value(SecretId=arn, VersionId=second)["SecretString"] == "new"
    third = secrets.update_secret(SecretId=arn, SecretString="third", Description="e")["VersionId"]
    assert secrets.describe_secret(SecretId=arn)["Description"] == "e"
    assert secrets.describe_secret(SecretId=arn)["VersionIdsToStages"] == {second: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}
    versions = secrets.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    assert {v["VersionId"] for v in versions} == {token, second, third}
    secrets.tag_resource(SecretId=arn, Tags=[{"Key": "b", "Value": "2"}])
    assert [s["Name"] for s in secrets.list_secrets(Filters=[{"Key": "tag-key", "Values": ["b"]}])["SecretList"]] == [
        "QBusiness-x"]
    assert secrets.list_secrets(Filters=[{"Key": "name", "Values": ["other"]}])["SecretList"] == []


def test_a_secret_is_deleted_and_comes_back(secrets):
    arn = secrets.create_secret(Name="x", SecretString="s")["ARN"]
    for days in (6, 31):
        refused("InvalidParameterException", secrets.delete_secret, SecretId="x", RecoveryWindowInDays=days)
    refused("InvalidParameterException", secrets.delete_secret, SecretId="x", RecoveryWindowInDays=7,
            ForceDeleteWithoutRecovery=True)
    at = secrets.delete_secret(SecretId="x", RecoveryWindowInDays=7)["DeletionDate"]
    assert abs(at - datetime.now(timezone.utc) - timedelta(days=7)) < timedelta(minutes=1)
    assert secrets.describe_secret(SecretId="x")["DeletedDate"] == at
    answer = refused("InvalidRequestException", secrets.create_secret, Name="x", SecretString="t")
    assert "scheduled for deletion" in answer["Error"]["Message"]
    refused("InvalidRequestException", secrets.get_secret_value, SecretId="x")
    refused("InvalidRequestException", secrets.put_secret_value, SecretId="x", SecretString="t")
    assert secrets.list_secrets()["SecretList"] == []
    assert [s["Name"] for s in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == ["x"]
    secrets.restore_secret(SecretId="x")
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "s"
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId="x")
    secrets.delete_secret(SecretId="x", ForceDeleteWithoutRecovery=True)
    assert secrets.create_secret(Name="x", SecretString="s")["ARN"] != arn


def test_what_no_secret_can_be(world, secrets):
    refused("ValidationException", secrets.create_secret, Name="a b", SecretString="s")
    refused("InvalidParameterException", secrets.create_secret, Name="x", SecretString="s", SecretBinary=b"s")
    refused("EncryptionFailure", secrets.create_secret, Name="x", SecretString="s", KmsKeyId=DISABLED)
    lenient = client("secretsmanager", world.endpoint, parameter_validation=False)
    refused("ValidationException", lenient.create_secret, Name="x", SecretString="s" * 65_537)
    refused("ValidationException", lenient.create_secret, Name="x", SecretString="s", ClientRequestToken="short")
    refused("ValidationException", lenient.create_secret, SecretString="s")
    arn = secrets.create_secret(Name="x", SecretBinary=b"\x00\x01", KmsKeyId=KEY)["ARN"]
    assert secrets.get_secret_value(SecretId="x")["SecretBinary"] == b"\x00\x01"
    west = client("secretsmanager", world.endpoint, region="us-west-2")
    refused("ResourceNotFoundException", west.get_secret_value, SecretId=arn)


def test_keys(world):
    kms = boto3.client("kms")
    states = {k: kms.describe_key(KeyId=k)["KeyMetadata"] for k in (KEY, DISABLED, ASYMMETRIC, PENDING)}
    assert {k: (m["KeyState"], m["KeySpec"], m["Enabled"]) for k, m in states.items()} == {
        KEY: ("Enabled", "SYMMETRIC_DEFAULT", True), DISABLED: ("Disabled", "SYMMETRIC_DEFAULT", False),
        ASYMMETRIC: ("Enabled", "RSA_2048", True), PENDING: ("PendingDeletion", "SYMMETRIC_DEFAULT", False)}
    assert kms.describe_key(KeyId=states[KEY]["Arn"])["KeyMetadata"]["KeyId"] == KEY
    refused("NotFoundException", kms.describe_key, KeyId="nothing")
    refused("NotFoundException", client("kms", world.endpoint, region="us-west-2").describe_key, KeyId=KEY)
    grant = {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/r", "Operations": ["Decrypt"]}
    made = kms.create_grant(KeyId=KEY, **grant)
    [held] = kms.list_grants(KeyId=KEY)["Grants"]
    assert held["GrantId"] == made["GrantId"] and held["Operations"] == ["Decrypt"]
    kms.retire_grant(GrantToken=made["GrantToken"])
    assert kms.list_grants(KeyId=KEY)["Grants"] == []
    refused("NotFoundException", kms.retire_grant, GrantToken=made["GrantToken"])
    refused("DisabledException", kms.create_grant, KeyId=DISABLED, **grant)
    refused("KMSInvalidStateException", kms.create_grant, KeyId=PENDING, **grant)


def test_kendra(world):
    east, west = boto3.client("kendra"), client("kendra", world.endpoint, region="us-west-2")
    assert east.describe_index(Id=KENDRA)["Status"] == "ACTIVE"
    assert [i["Id"] for i in east.list_indices()["IndexConfigurationSummaryItems"]] == [KENDRA]
    assert [i["Id"] for i in west.list_indices()["IndexConfigurationSummaryItems"]] == [KENDRA_WEST]
    refused("ResourceNotFoundException", east.describe_index, Id=KENDRA_WEST)


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_objects(world, monkeypatch, style):
    endpoint = world.endpoint
    if style == "virtual":
        # Not every resolver knows that names below localhost are this machine (RFC 6761).
        plain = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: plain(
            "127.0.0.1" if host.endswith(".localhost") else host, *rest, **more))
        endpoint = endpoint.replace("127.0.0.1", "localhost")
    s3 = client("s3", endpoint, s3={"addressing_style": style})
    assert s3.head_bucket(Bucket=BUCKET)["BucketRegion"] == REGION
    assert s3.put_object(Bucket=BUCKET, Key="groups/a b.jsonl", Body=b"x" * 100_000)["ETag"]
    s3.delete_object(Bucket=BUCKET, Key="groups/a b.jsonl")
    s3.delete_object(Bucket=BUCKET, Key="groups/a b.jsonl")
    refused("NoSuchBucket", s3.put_object, Bucket="nobody", Key="k", Body=b"")
    with pytest.raises(ClientError) as caught:
        s3.head_bucket(Bucket="nobody")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_faults_have_each_service_s_own_codes():
    with serve("--fault", "DescribeSecret:throttle", "--fault", "DescribeKey:500", "--fault", "DescribeIndex:denied",
               "--fault", "HeadBucket:denied") as endpoint:
        calls = [("secretsmanager", "describe_secret", {"SecretId": "x"}, "ThrottlingException"),
                 ("kms", "describe_key", {"KeyId": KEY}, "KMSInternalException"),
                 ("kendra", "describe_index", {"Id": KENDRA}, "AccessDeniedException"),
                 ("s3", "head_bucket", {"Bucket": BUCKET}, "403")]
        for service, call, arguments, code in calls:
            refused(code, getattr(client(service, endpoint), call), **arguments)


def test_a_request_without_a_signature(world):
    plain = boto3.client("kms", endpoint_url=world.endpoint, region_name=REGION, config=Config(signature_version=UNSIGNED))
    refused("MissingAuthenticationTokenException", plain.describe_key, KeyId=KEY)


def test_trail(world):
    trail = boto3.client("cloudtrail")
    began = datetime.now(timezone.utc) - timedelta(seconds=5)
    assert trail.lookup_events()["Events"] == []
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
    role = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/nothing"
    for _ in range(3):
        refused("InvalidIdentityToken", sts.assume_role_with_saml, RoleArn=role, PrincipalArn=provider, SAMLAssertion="AAAA")
    # Of a token that cannot be verified nothing is recorded.
    refused("InvalidIdentityToken", sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="x" * 4,
            WebIdentityToken="AAAA")

    def by(key, value, **more):
        return trail.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)

    events = by("EventName", "AssumeRoleWithSAML", StartTime=began)["Events"]
    assert len(events) == 3 and by("EventName", "AssumeRoleWithWebIdentity")["Events"] == []
    assert len(by("EventSource", "sts.amazonaws.com")["Events"]) == 3
    one = events[0]
    assert one["EventTime"] > began and one["EventSource"] == "sts.amazonaws.com"
    said = json.loads(one["CloudTrailEvent"])
    assert said["eventID"] == one["EventId"] and said["errorCode"] == "InvalidIdentityToken"
    assert said["errorMessage"] == "Specified provider doesn't exist."
    assert said["requestParameters"]["roleArn"] == role and said["requestParameters"]["principalArn"] == provider
    assert "AAAA" not in one["CloudTrailEvent"]
    pages = trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})
    assert [len(p["Events"]) for p in pages] == [2, 1]
    assert by("EventName", "AssumeRoleWithSAML", StartTime=datetime.now(timezone.utc) + timedelta(hours=1))["Events"] == []
    refused("InvalidTimeRangeException", trail.lookup_events, StartTime=datetime.now(timezone.utc), EndTime=began)
    refused("InvalidNextTokenException", trail.lookup_events, NextToken="x")
    assert client("cloudtrail", world.endpoint, region="eu-west-1").lookup_events()["Events"] == []


def test_late_trail():
    with serve("--switch", "trail=late") as endpoint:
        sts, trail = client("sts", endpoint), client("cloudtrail", endpoint)
        refused("InvalidIdentityToken", sts.assume_role_with_saml, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody",
                PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/nothing", SAMLAssertion="AAAA")
        assert trail.lookup_events()["Events"] == []
        until = datetime.now(timezone.utc) + timedelta(seconds=20)
        while not trail.lookup_events()["Events"]:
            assert datetime.now(timezone.utc) < until
