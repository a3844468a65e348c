"""AWS's own SDK for Python against practice's IAM: OpenID providers, managed policies, boundaries, service roles."""

import json

import pytest

from conftest import ACCOUNT, serve
from test_boto3 import World, refused, world  # noqa: F401  world is a fixture

ISSUER = "https://idp.example/oauth2/default"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example/oauth2/default"


def allow(*actions, effect="Allow", resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": list(actions), "Resource": resource}]})


def trusts(principal, action="sts:AssumeRole", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SERVICE = trusts({"Service": "qbusiness.amazonaws.com"})


def test_oidc_provider(world):
    made = world.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["c1"], Tags=[{"Key": "k", "Value": "v"}])
    assert made["OpenIDConnectProviderArn"] == OIDC
    got = world.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=OIDC)
    assert (got["Url"], got["ClientIDList"], got["ThumbprintList"]) == ("idp.example/oauth2/default", ["c1"], [])
    assert got["Tags"] == [{"Key": "k", "Value": "v"}] and got["CreateDate"]
    refused("EntityAlreadyExists", world.iam.create_open_id_connect_provider, Url=ISSUER)
    for _ in range(2):
        world.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=OIDC, ClientID="c2")
    assert world.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=OIDC)["ClientIDList"] == ["c1", "c2"]
    for _ in range(2):
        world.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=OIDC, ClientID="c1")
    assert world.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=OIDC)["ClientIDList"] == ["c2"]
    world.iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=OIDC, Tags=[{"Key": "k", "Value": "w"}])
    assert world.iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=OIDC)["Tags"] == [{"Key": "k", "Value": "w"}]
    assert [p["Arn"] for p in world.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]] == [OIDC]
    role = trusts({"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity", StringEquals={"idp.example/oauth2/default:aud": "c2"})
    world.iam.create_role(RoleName="boto-web", AssumeRolePolicyDocument=role)
    for _ in range(2):  # idempotent
        world.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=OIDC)
    refused("NoSuchEntity", world.iam.get_open_id_connect_provider, OpenIDConnectProviderArn=OIDC)
    assert world.iam.get_role(RoleName="boto-web")["Role"]["AssumeRolePolicyDocument"] == json.loads(role)
    refused("MalformedPolicyDocument", world.iam.create_role, RoleName="other", AssumeRolePolicyDocument=role)


@pytest.mark.parametrize("url, code", [
    ("https://idp.example/", None),
    ("http://127.0.0.1:4000/okta", None),
    ("http://localhost:4000", None),
    ("http://idp.example", "InvalidInput"),
    ("https://idp.example:8443", "InvalidInput"),
    ("https://idp.example?a=b", "InvalidInput"),
    ("idp.example", "InvalidInput"),
    ("https://idp.example/" + "a" * 240, "ValidationError"),
])
def test_issuers(world, url, code):
    if code:
        refused(code, world.iam.create_open_id_connect_provider, Url=url)
    else:
        arn = world.iam.create_open_id_connect_provider(Url=url)["OpenIDConnectProviderArn"]
        assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{url.split('://')[1]}"


def test_limits_of_an_oidc_provider(world):
    ids = [f"c{i}" for i in range(101)]
    refused("LimitExceeded", world.iam.create_open_id_connect_provider, Url=ISSUER, ClientIDList=ids)
    world.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=ids[:100], ThumbprintList=["a" * 40])
    refused("LimitExceeded", world.iam.add_client_id_to_open_id_connect_provider,
            OpenIDConnectProviderArn=OIDC, ClientID="one-more")
    refused("InvalidInput", world.iam.create_open_id_connect_provider, Url=ISSUER + "2", ThumbprintList=["x" * 40])


def test_managed_policy(world):
    policy = world.iam.create_policy(PolicyName="p", Path="/team/", PolicyDocument=allow("qbusiness:ChatSync"),
                                     Description="d", Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    arn = policy["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/team/p" and policy["DefaultVersionId"] == "v1"
    refused("EntityAlreadyExists", world.iam.create_policy, PolicyName="P", PolicyDocument=allow("a:b"))
    refused("MalformedPolicyDocument", world.iam.create_policy, PolicyName="q", PolicyDocument="{}")
    many = [f"qbusiness:Action{i}" for i in range(400)]
    refused("LimitExceeded", world.iam.create_policy, PolicyName="q", PolicyDocument=allow(*many))
    spaced = json.dumps(json.loads(allow(*many[:200])), indent=60)
    assert len(spaced) > 6144
    world.iam.create_policy(PolicyName="spaced", PolicyDocument=spaced)

    for n in range(2, 6):
        made = world.iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(f"a:b{n}"), SetAsDefault=n == 3)
        assert made["PolicyVersion"]["VersionId"] == f"v{n}"
    refused("LimitExceeded", world.iam.create_policy_version, PolicyArn=arn, PolicyDocument=allow("a:b"))
    assert world.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    got = world.iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]
    assert got["IsDefaultVersion"] and got["Document"] == json.loads(allow("a:b3"))
    refused("DeleteConflict", world.iam.delete_policy_version, PolicyArn=arn, VersionId="v3")
    refused("DeleteConflict", world.iam.delete_policy, PolicyArn=arn)
    for n in (1, 2, 4, 5):
        world.iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{n}")
    assert [v["VersionId"] for v in world.iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v3"]

    world.iam.create_role(RoleName="boto-web", Path="/team/", AssumeRolePolicyDocument=SERVICE)
    for _ in range(2):
        world.iam.attach_role_policy(RoleName="boto-web", PolicyArn=arn)
    assert world.iam.list_attached_role_policies(RoleName="boto-web")["AttachedPolicies"] == [
        {"PolicyName": "p", "PolicyArn": arn}]
    assert [r["RoleName"] for r in world.iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]] == ["boto-web"]
    assert world.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [p["Arn"] for p in world.iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]] == [arn]
    refused("DeleteConflict", world.iam.delete_policy, PolicyArn=arn)
    refused("DeleteConflict", world.iam.delete_role, RoleName="boto-web")
    world.iam.detach_role_policy(RoleName="boto-web", PolicyArn=arn)
    refused("NoSuchEntity", world.iam.detach_role_policy, RoleName="boto-web", PolicyArn=arn)
    world.iam.delete_policy(PolicyArn=arn)
    refused("NoSuchEntity", world.iam.get_policy, PolicyArn=arn)
    refused("NoSuchEntity", world.iam.attach_role_policy, RoleName="boto-web", PolicyArn=arn)
    world.iam.delete_role(RoleName="boto-web")


def test_ten_policies_and_no_more(world):
    world.iam.create_role(RoleName="boto-web", AssumeRolePolicyDocument=SERVICE)
    arns = [world.iam.create_policy(PolicyName=f"p{i:02}", PolicyDocument=allow("a:b"))["Policy"]["Arn"] for i in range(11)]
    for arn in arns[:10]:
        world.iam.attach_role_policy(RoleName="boto-web", PolicyArn=arn)
    refused("LimitExceeded", world.iam.attach_role_policy, RoleName="boto-web", PolicyArn=arns[10])
    pages = list(world.iam.get_paginator("list_policies").paginate(Scope="Local", PaginationConfig={"PageSize": 4}))
    assert [len(p["Policies"]) for p in pages] == [4, 4, 3]


def test_boundary_path_and_description(world):
    arn = world.iam.create_policy(PolicyName="boundary", PolicyDocument=allow("qbusiness:*"))["Policy"]["Arn"]
    refused("NoSuchEntity", world.iam.create_role, RoleName="boto-web", AssumeRolePolicyDocument=SERVICE,
            PermissionsBoundary=arn + "x")
    role = world.iam.create_role(RoleName="boto-web", Path="/team/q/", AssumeRolePolicyDocument=SERVICE,
                                 PermissionsBoundary=arn)["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/team/q/boto-web"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert [r["RoleName"] for r in world.iam.list_roles(PathPrefix="/team/")["Roles"]] == ["boto-web"]
    refused("DeleteConflict", world.iam.delete_policy, PolicyArn=arn)
    world.iam.delete_role_permissions_boundary(RoleName="boto-web")
    assert "PermissionsBoundary" not in world.iam.get_role(RoleName="boto-web")["Role"]
    world.iam.put_role_permissions_boundary(RoleName="boto-web", PermissionsBoundary=arn)
    world.iam.update_role(RoleName="boto-web", Description="new", MaxSessionDuration=7200)
    got = world.iam.get_role(RoleName="boto-web")["Role"]
    assert (got["Description"], got["MaxSessionDuration"]) == ("new", 7200)
    world.iam.tag_role(RoleName="boto-web", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    world.iam.untag_role(RoleName="boto-web", TagKeys=["a"])
    assert world.iam.list_role_tags(RoleName="boto-web")["Tags"] == [{"Key": "b", "Value": "2"}]
    world.iam.delete_role(RoleName="boto-web")
    world.iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize("principal, code", [
    ({"Service": "application.qbusiness.amazonaws.com"}, None),
    ({"Service": ["qbusiness.amazonaws.com", "kendra.amazonaws.com"]}, None),
    ({"Service": "qbusiness.example.com"}, "MalformedPolicyDocument"),
    ({"Service": "a b.amazonaws.com"}, "MalformedPolicyDocument"),
    ({"Federated": "arn:aws:iam::210987654321:oidc-provider/idp.example"}, "MalformedPolicyDocument"),
])
def test_principals(world, principal, code):
    make = {"RoleName": "r", "AssumeRolePolicyDocument": trusts(principal)}
    if code:
        refused(code, world.iam.create_role, **make)
    else:
        world.iam.create_role(**make)


def test_service_linked_role(world):
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"
    name = arn.rsplit("/", 1)[1]
    refused("NoSuchEntity", world.iam.get_role, RoleName=name)
    refused("ValidationException", world.q.create_application, displayName="a", roleArn=arn)
    app = world.q.create_application(displayName="a")["applicationId"]
    assert world.q.get_application(applicationId=app)["roleArn"] == arn
    assert world.iam.get_role(RoleName=name)["Role"]["Arn"] == arn
    refused("InvalidInput", world.iam.create_service_linked_role, AWSServiceName="qbusiness.amazonaws.com")
    refused("UnmodifiableEntity", world.iam.delete_role, RoleName=name)
    refused("UnmodifiableEntity", world.iam.put_role_policy, RoleName=name, PolicyName="p", PolicyDocument=allow("a:b"))
    world.q.create_application(displayName="b", roleArn=arn)


def test_service_linked_role_made_by_hand(world):
    role = world.iam.create_service_linked_role(AWSServiceName="qbusiness.amazonaws.com")["Role"]
    world.q.create_application(displayName="a", roleArn=role["Arn"])
    refused("NoSuchEntity", world.iam.create_service_linked_role, AWSServiceName="other.amazonaws.com")


@pytest.mark.parametrize("value, code", [("updatable", None), ("refused", "InvalidInput")])
def test_metadata_of_another_issuer(monkeypatch, idp, value, code):
    with serve("--switch", f"provider-issuer={value}") as endpoint:
        world = World(endpoint, monkeypatch)
        arn = world.provider(idp.metadata_xml)
        other = idp.metadata_xml.replace("idp.example.test", "other.example.test")
        assert other != idp.metadata_xml
        world.iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=idp.metadata_xml)
        change = {"SAMLProviderArn": arn, "SAMLMetadataDocument": other}
        if code:
            refused(code, world.iam.update_saml_provider, **change)
        else:
            world.iam.update_saml_provider(**change)
        held = world.iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"]
        assert held == (idp.metadata_xml if code else other)
