"""Before anyone signs in, and never twice: a table of people, and a response of SimpleSAMLphp that is kept."""

import json
import subprocess

import pytest

from conftest import ACCOUNT, CLI, Cli, aws_attributes, environment

ROLE = f"arn:aws:iam::{ACCOUNT}:role/q-x-web"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/q-x-idp"
ACS = "https://x.chat.qbusiness.us-east-1.on.aws/saml"
TABLE = """\ufeffuserPrincipalName;displayName;mail;userType;appRoles
alice@acme.example;Alice;alice@acme.example;Member;q-x-web
bob@acme.example;Bob;;Member;q-x-web
gina_x.example#EXT#@acme.onmicrosoft.com;Gina;gina@x.example;Guest;q-x-web
"""


@pytest.fixture
def cli(tmp_path, idp):
    return Cli(tmp_path).new(idp.metadata_xml)


def run(*arguments, text=None):
    return subprocess.run([CLI, *map(str, arguments)], input=text, capture_output=True, text=True,
                          timeout=60, env=environment())


def test_a_table_of_people_is_simulated(cli, tmp_path):
    done = run("simulate", "--setup", cli.setup, "--people", "-", "--json", text=TABLE)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["people"], found["passed"]) == (3, 1)
    causes = {row["person"]: row["causes"] for row in found["rows"]}
    assert causes == {
        "bob@acme.example": ["F17-email-missing"],
        "gina_x.example#EXT#@acme.onmicrosoft.com": ["F16-session-name-invalid"],
    }
    changes = ["--claim", "RoleSessionName=user.mail",
               "--claim", "PrincipalTag:Email=IfEmpty(user.mail, user.userprincipalname)"]
    people = tmp_path / "people.csv"
    people.write_text(TABLE)
    done = run("simulate", "--setup", cli.setup, "--people", people, *changes)
    assert done.returncode == 1 and "2 of 3 would get in." in done.stdout, done.stdout + done.stderr
    assert "bob@acme.example  F15-session-name-missing" in done.stdout
    # People are shown to whoever gave them, and to nobody else.
    assert done.stderr == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["metadata.xml", "people.csv", "setup.json"]


def test_who_is_not_known_is_neither_let_in_nor_turned_away(cli, tmp_path):
    """A trust policy that asks for an address, and one that denies: nobody knows the first before the sign-in."""
    admit = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}
    from_home = {**admit, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithSAML"}
    policy = tmp_path / "trust.json"

    def simulated(*statements, json_too=("--json",)):
        policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
        return run("simulate", "--setup", cli.setup, "--people", "-", "--trust-policy", policy, *json_too, text=TABLE)

    for statements, counts, alice in [
        ((admit,), (1, 2, 0), None),
        ((from_home,), (0, 2, 1), "unknown"),
        ((admit, nobody), (0, 3, 0), "refused"),
    ]:
        done = simulated(*statements)
        assert done.returncode == 1, done.stderr
        found = json.loads(done.stdout)
        assert (found["passed"], found["refused"], found["unknown"]) == counts, found
        outcomes = {row["person"]: row["outcome"] for row in found["rows"]}
        assert outcomes.get("alice@acme.example") == alice, found
        if alice == "refused":
            [row] = [r for r in found["rows"] if r["person"] == "alice@acme.example"]
            assert row["causes"] == ["F98-trust-refused"], row
    said = simulated(from_home, json_too=()).stdout
    assert "0 of 3 would get in.\n1 of 3 not known: the trust policy compares" in said, said
    assert said.rstrip().endswith("Not known:\n  alice@acme.example"), said


def test_what_cannot_be_simulated_is_wrong_usage(cli):
    for text, words in [("upn\nalice@acme.example\n", "no column for it"), ("x\n", "no column such as"),
                        ("mail,userType\nalice@acme.example,Employee\n", "line 2")]:
        done = run("simulate", "--setup", cli.setup, "--people", "-", text=text)
        assert done.returncode == 2 and words in done.stderr, done.stderr
        assert "alice" not in done.stderr


def test_a_failed_sign_in_is_kept_without_its_people(cli, tmp_path, idp):
    idp.configure(sign_assertion=True, sign_response=True, acs_url=ACS,
                  audience="https://signin.aws.amazon.com/saml",
                  attributes=aws_attributes(ROLE, PROVIDER, email=None, session="Alice Adams"))
    response = tmp_path / "response.xml"
    response.write_bytes(idp.login().xml)
    done = run("cases", "add", response, "--setup", cli.setup, "--json")
    assert done.returncode == 0, done.stderr
    kept = json.loads(done.stdout)
    found = {f["id"] for f in kept["findings"] if f["severity"] == "blocking"}
    assert {"F16-session-name-invalid", "F17-email-missing"} <= found
    [file] = (tmp_path / "cases").iterdir()
    text = file.read_text()
    assert not any(word in text for word in ["Alice", "Adams", ACCOUNT]), text
    assert json.loads(text)["response"]["verdict"]["valid"]["covers"], "the verdict is kept"

    again = run("cases", "check", "--setup", cli.setup, "--json")
    assert again.returncode == 1, again.stderr
    [case] = json.loads(again.stdout)["cases"]
    assert {f["id"] for f in case["after"]} == {f["id"] for f in kept["findings"]}

    shared = tmp_path / "share.json"
    assert run("cases", "export", kept["kept"], "--setup", cli.setup, "--out", shared).returncode == 0
    assert run("cases", "import", shared, "--setup", cli.setup).returncode == 0
    assert run("cases", "remove", kept["kept"], "--setup", cli.setup).returncode == 0
    listed = json.loads(run("cases", "list", "--setup", cli.setup, "--json").stdout)["cases"]
    assert len(listed) == 1 and listed[0]["name"] != kept["kept"]
    gone = run("cases", "remove", "../setup", "--setup", cli.setup)
    assert gone.returncode == 2 and "No case is called" in gone.stderr
