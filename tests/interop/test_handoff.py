"""The hand-off at the command line: a sheet goes out, an answer comes back, nothing merges unseen."""

import json
import pathlib
import subprocess

import pytest

from conftest import ACCOUNT, CLI, HERE, REGION, Cli, environment, serve

METADATA = HERE.parents[1] / "src-tauri" / "core" / "tests" / "common" / "metadata.xml"
SIGN_IN = "https://idp.acme.example/start"


def run(*arguments, given=None):
    return subprocess.run([CLI, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          env=environment(), input=given)


@pytest.fixture
def setup(tmp_path):
    """AWS first: the metadata is a stand-in."""
    path = tmp_path / "setup.json"
    done = run("new", "--idp", "pingfederate", "--aws-first", "--name", "q-hand", "--account", ACCOUNT,
               "--region", REGION, "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def answer(setup, /, **fields):
    path = setup.with_name("answer.json")
    own = {"schema": 1, "kind": "claimbridge-answer", "setup": json.loads(setup.read_text())["id"]}
    path.write_text(json.dumps({**own, **fields}))
    return path


def test_a_sheet_is_made_and_says_what_is_missing(setup, tmp_path):
    out = tmp_path / "sheet.html"
    done = run("sheet", "--setup", setup, "--out", out)
    assert done.returncode == 0
    assert "apply the set-up first" in done.stderr
    assert "q-hand-answer.claimbridge.json" in done.stdout
    page = out.read_text()
    assert page.startswith("<!doctype html>") and "known once AWS is set up" in page
    assert "X509Certificate>" not in page
    document = json.loads(run("sheet", "--setup", setup, "--out", out, "--json").stdout)
    assert document["one_visit"] is True and document["complete"] is False


def test_a_sheet_is_not_written_over_the_set_up(setup):
    before = setup.read_text()
    done = run("sheet", "--setup", setup, "--out", setup)
    assert done.returncode == 2 and "expected .html" in done.stderr
    odd = setup.with_name("q.html")
    odd.write_text(before)
    done = run("sheet", "--setup", odd, "--out", odd)
    assert done.returncode == 2 and odd.read_text() == before, done.stderr


def test_an_answer_is_shown_then_merged_then_nothing_is_left(setup):
    before = setup.read_text()
    file = answer(setup, metadata=METADATA.read_text(), authentication_url=f" {SIGN_IN}\n",
                  done=["create-app", "metadata"], note="Ask Bob.\u001b[2J")
    done = run("answer", file, "--setup", setup)
    assert done.returncode == 1
    for words in ("temporary, nobody can sign in yet → https://sts.windows.net/", "SHA-256", SIGN_IN,
                  "Ask Bob.", "Add --yes"):
        assert words in done.stdout, done.stdout
    assert "\u001b" not in done.stdout
    assert setup.read_text() == before

    done = run("answer", file, "--setup", setup, "--yes")
    assert done.returncode == 0 and f"Next: claimbridge-cli plan --setup {setup}" in done.stdout
    after = json.loads(setup.read_text())
    assert after["federation"]["authentication_url"] == SIGN_IN
    assert after["federation"]["temporary_metadata"] is None
    assert after["done"] == ["create-app", "metadata"]
    assert "Ask Bob" not in setup.read_text()

    done = run("answer", file, "--setup", setup, "--yes")
    assert done.returncode == 0 and "has all of it already" in done.stdout


def test_the_metadata_alone_is_an_answer_and_may_come_by_standard_input(setup):
    done = run("answer", "-", "--setup", setup, "--yes", "--json", given=METADATA.read_text())
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["merged"] is True and document["temporary"] is False


@pytest.mark.parametrize("change, words", [
    ({"setup": "of-somebody-else"}, ["of-somebody-else", "q-hand"]),
    ({"schema": 2}, ["schema 2", "reads schema 1"]),
    ({"kind": "claimbridge-plan"}, ["claimbridge-plan", "claimbridge-answer"]),
    ({"client_secret": "s3cret"}, ["client_secret", "Nothing was taken"]),
    ({"metadata": "<html></html>"}, ["web page"]),
    ({"authentication_url": "http://idp.acme.example"}, ["http://idp.acme.example", "https"]),
    ({"issuer": "https://idp.acme.example"}, ["OpenID Connect alone"]),
])
def test_what_does_not_fit_is_said_and_changes_nothing(setup, change, words):
    before = setup.read_text()
    done = run("answer", answer(setup, **change), "--setup", setup, "--yes", "--json")
    assert done.returncode == 2
    for word in words:
        assert word in json.loads(done.stdout)["error"], done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    assert setup.read_text() == before


def test_the_sheet_itself_is_no_answer(setup, tmp_path):
    out = tmp_path / "sheet.html"
    run("sheet", "--setup", setup, "--out", out)
    done = run("answer", out, "--setup", setup)
    assert done.returncode == 2 and "Save the answer file" in done.stderr


def test_another_set_ups_answer_on_purpose(setup):
    file = answer(setup, setup="of-somebody-else", authentication_url=SIGN_IN)
    done = run("answer", file, "--setup", setup, "--of-another-setup", "--yes")
    assert done.returncode == 0, done.stderr
    assert json.loads(pathlib.Path(setup).read_text())["federation"]["authentication_url"] == SIGN_IN


def test_one_visit_from_aws_first_to_a_plan_that_is_clean(setup):
    """AWS is made with the stand-in, the sheet has final values alone, the answer is an ordinary plan."""
    with serve() as endpoint:
        cli = Cli(setup.parent, endpoint)
        assert cli.run("apply").returncode == 0
        out = setup.with_name("sheet.html")
        assert json.loads(run("sheet", "--setup", setup, "--out", out, "--json").stdout)["complete"] is True
        page = out.read_text()
        assert ".on.aws/saml</code>" in page and "known once AWS" not in page and "example.com" not in page

        file = answer(setup, metadata=METADATA.read_text(), authentication_url=SIGN_IN)
        assert run("answer", file, "--setup", setup, "--yes").returncode == 0
        steps = {s["address"]: s["action"] for s in cli.run("plan").json["plan"]["steps"]}
        changed = {address for address, action in steps.items() if action != "keep"}
        assert changed == {"saml-provider", "web-experience"}, steps
        assert cli.run("apply").returncode == 0
        assert cli.run("verify").json["clean"] is True
