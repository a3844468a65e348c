"""A set-up that was rehearsed at one endpoint and is then used at another, where its names are others'."""

import json

import pytest

from conftest import ACCOUNT, Cli, client, serve

PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/q-x-idp"
ADMIN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": PROVIDER},
                                                 "Action": "sts:AssumeRoleWithSAML"}]}


@pytest.fixture
def moved(tmp_path, idp):
    """Applied at one endpoint; another has a stranger's provider and role under the same names."""
    with serve() as first, serve() as second:
        cli = Cli(tmp_path, first).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        cli.iam = client("iam", second)
        cli.iam.create_saml_provider(Name="q-x-idp", SAMLMetadataDocument=idp.metadata_xml.replace("<md:", "\n<md:", 1))
        cli.iam.create_role(RoleName="q-x-web", AssumeRolePolicyDocument=json.dumps(ADMIN))
        cli.endpoint = second
        yield cli


def test_apply_leaves_the_strangers_alone(moved):
    moved.run("apply")
    assert moved.iam.get_role(RoleName="q-x-web")["Role"]["AssumeRolePolicyDocument"] == ADMIN


def test_destroy_leaves_the_strangers_alone(moved):
    moved.run("destroy")
    assert [p["Arn"] for p in moved.iam.list_saml_providers()["SAMLProviderList"]] == [PROVIDER]
    assert moved.iam.get_role(RoleName="q-x-web")


def test_somebody_made_it_anew(tmp_path, idp):
    with serve() as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        iam = client("iam", endpoint)
        [policy] = iam.list_role_policies(RoleName="q-x-web")["PolicyNames"]
        iam.delete_role_policy(RoleName="q-x-web", PolicyName=policy)
        iam.delete_role(RoleName="q-x-web")
        iam.create_role(RoleName="q-x-web", AssumeRolePolicyDocument=json.dumps(ADMIN))
        cli.run("destroy")
        assert iam.get_role(RoleName="q-x-web")


def test_destroy_elsewhere_forgets_nothing(tmp_path, idp):
    with serve() as first, serve() as second:
        cli = Cli(tmp_path, first).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        cli.endpoint = second
        cli.run("destroy")
        cli.endpoint = first
        assert cli.run("destroy").returncode == 0
        assert client("qbusiness", first).list_applications()["applications"] == []  # an index is billed by the hour
