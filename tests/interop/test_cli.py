"""An administrator who errs at the command line: input, reason and next act, and nothing is lost."""

import json
import subprocess

import pytest

from conftest import CLI, Cli, client, environment, serve

PROFILE_CONFIG = "[profile acme]\nregion = us-east-1\n"


@pytest.fixture
def endpoint():
    with serve() as running:
        yield running


@pytest.fixture
def cli(tmp_path, idp, endpoint):
    return Cli(tmp_path, endpoint).new(idp.metadata_xml)


def run(*arguments, **variables):
    env = {k: v for k, v in environment(**variables).items() if v is not None}
    return subprocess.run([CLI, *map(str, arguments)], capture_output=True, text=True, timeout=60, env=env)


def says(done, code, *words):
    """Exit code and words of a failure; with `--json` they are the one document as well."""
    assert done.returncode == code, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    if "--json" in done.args:
        document = json.loads(done.stdout)
        assert document["exit"] == code
        assert all(word in document["error"] for word in words), document


def test_a_closed_port_is_named(cli):
    done = run("plan", "--setup", cli.setup, "--endpoint-url", "http://127.0.0.1:9", "--json")
    says(done, 3, "http://127.0.0.1:9 does not answer", "Check the network")


@pytest.mark.parametrize("found", ["", "garbage", "http://", "ftp://127.0.0.1"])
def test_an_endpoint_that_is_no_address_is_wrong_usage(cli, found):
    says(run("plan", "--setup", cli.setup, "--endpoint-url", found, "--json"), 2, f"“{found}”", "expected http://")
    says(run("plan", "--setup", cli.setup, "--json", AWS_ENDPOINT_URL=found), 2, f"“{found}”", "environment")


def test_an_unknown_profile_is_named_with_those_that_are_there(cli, tmp_path):
    config = tmp_path / "config"
    config.write_text(PROFILE_CONFIG)
    done = run("plan", "--setup", cli.setup, "--profile", "acne", "--json", AWS_CONFIG_FILE=str(config))
    says(done, 2, "“acne”", "acme")


def test_a_stand_in_of_a_profile_is_remembered(cli, tmp_path, endpoint):
    """What was made there is not looked for at AWS, nor at another stand-in."""
    config = tmp_path / "config"
    config.write_text(
        f"[profile acme]\nregion = us-east-1\nendpoint_url = {endpoint}\n"
        "aws_access_key_id = AKIAINTEROP000000000\naws_secret_access_key = interop\n")
    done = run("apply", "--setup", cli.setup, "--yes", "--profile", "acme", AWS_CONFIG_FILE=str(config))
    assert done.returncode == 0, done.stderr
    assert f"Not AWS: the endpoint is {endpoint}" in done.stderr
    assert cli.journal()[0]["event"]["began"]["endpoint"] == endpoint
    with serve() as other:
        says(run("plan", "--setup", cli.setup, "--endpoint-url", other, "--json"), 2, endpoint, other)
    same = run("verify", "--setup", cli.setup, "--endpoint-url", endpoint + "/")
    assert same.returncode == 0, same.stderr


def test_credentials_that_cannot_be_read_are_not_printed(cli, tmp_path):
    """The SDK logs the bytes of such a file: they must reach nobody's CI log."""
    credentials = tmp_path / "credentials"
    credentials.write_bytes("[default]\naws_access_key_id=AKIASECRET\naws_secret_access_key=tops3cret\n".encode("utf-16"))
    done = run("plan", "--setup", cli.setup, "--json", AWS_SHARED_CREDENTIALS_FILE=str(credentials),
               AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert done.returncode == 3, done.stderr
    for secret in ("tops3cret", "116, 0, 111, 0, 112, 0", "FromUtf8Error"):
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("verb", [["plan"], ["apply", "--yes"]])
def test_a_reader_that_goes_away_ends_nothing(cli, endpoint, verb):
    """`… 2>&1 | head -1`: both streams are closed while the run is under way."""
    command = [CLI, *verb, "--setup", str(cli.setup), "--endpoint-url", endpoint]
    child = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    child.stdout.readline()
    child.stdout.close()
    assert child.wait(timeout=60) == 0
    if verb[0] == "apply":
        assert cli.run("verify").returncode == 0


@pytest.mark.parametrize("name", ["setup.json", "journal.jsonl", "profile"])
def test_an_output_replaces_no_file_of_the_set_up(cli, name):
    assert cli.run("apply").returncode == 0
    before = {f.name: f.read_bytes() for f in cli.folder.iterdir()}
    done = run("plan", "--setup", cli.setup, "--out", cli.folder / name, "--endpoint-url", cli.endpoint, "--json")
    says(done, 2, name, "Nothing was written")
    assert before == {f.name: f.read_bytes() for f in cli.folder.iterdir()}


def test_an_output_to_a_link_writes_through_it(cli, tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    assert run("plan", "--setup", cli.setup, "--out", link, "--endpoint-url", cli.endpoint).returncode == 0
    assert link.is_symlink() and json.loads(target.read_text())["schema"] == 1


def test_the_plan_of_another_set_up_is_named(cli, tmp_path, idp, endpoint):
    (tmp_path / "other").mkdir()
    other = Cli(tmp_path / "other", endpoint).new(idp.metadata_xml, "q-other")
    plan = tmp_path / "plan.json"
    assert run("plan", "--setup", other.setup, "--out", plan, "--endpoint-url", endpoint).returncode == 0
    says(run("apply", plan, "--setup", cli.setup, "--endpoint-url", endpoint, "--json"), 2, "is the plan of set-up")
    newer = json.loads(plan.read_text()) | {"schema": 2}
    plan.write_text(json.dumps(newer))
    says(run("apply", plan, "--setup", other.setup, "--endpoint-url", endpoint, "--json"), 2, "schema 2")


def test_a_refused_plan_is_one_document(cli, tmp_path, idp, endpoint):
    """Names that another set-up took: refused before anything is done."""
    assert cli.run("apply").returncode == 0
    (tmp_path / "other").mkdir()
    other = Cli(tmp_path / "other", endpoint).new(idp.metadata_xml)
    done = other.run("apply")
    assert done.returncode == 1, done.stderr
    assert any("refuse" in step["action"] for step in done.json["plan"]["steps"] if isinstance(step["action"], dict))
    assert other.journal() == []


def test_a_failure_says_what_is_there_and_what_next(tmp_path, idp):
    with serve("--fault", "CreateRole:denied") as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        done = run("apply", "--setup", cli.setup, "--yes", "--endpoint-url", endpoint)
        assert done.returncode == 3
        for words in ("role.web-experience failed", "nothing was left behind by it", "In AWS now: ",
                      "billed by the hour", "Next: "):
            assert words in done.stderr, done.stderr


def test_a_copy_without_the_journal_makes_nothing_twice(cli, tmp_path, endpoint):
    assert cli.run("apply").returncode == 0
    (tmp_path / "copy").mkdir()
    copy = Cli(tmp_path / "copy", endpoint)
    copy.setup.write_bytes(cli.setup.read_bytes())
    done = copy.run("plan")
    assert done.returncode == 0 and {s["action"] for s in done.json["plan"]["steps"]} == {"keep"}, done.stdout
    assert copy.run("destroy").returncode == 0
    assert cli.run("verify").returncode == 1


ISSUER = "https://acme.okta.com/oauth2/default"


def oidc(folder, endpoint, *more, idp="okta-oidc", issuer=ISSUER, name="q-x"):
    """A set-up of OpenID Connect, and how its file came to be."""
    folder.mkdir(exist_ok=True)
    made = Cli(folder, endpoint)
    done = run("new", "--idp", idp, "--issuer", issuer, "--client-id", "0oa1", "--name", name, "--account", "123456789012",
               "--region", "us-east-1", "--out", made.setup, *more)
    return made, done


@pytest.mark.parametrize(("words", "more"), [
    (("--tag “team” is given twice",), ("--tag", "team=a", "--tag", "team=b")),
    (("--personalize “City” is given twice",), ("--personalize", "City=city", "--personalize", "City=town")),
    (("“city”", "another case"), ("--personalize", "City=city", "--personalize", "city=city")),
    (("“claimbridge:setup”",), ("--tag", "claimbridge:setup=mine")),
    (("“50”", "at most 49"), [word for i in range(50) for word in ("--tag", f"k{i}=v")]),
    (("--no-index", "--kendra-index"), ("--no-index", "--kendra-index", "1" * 36)),
])
def test_options_that_would_lose_something_are_named(tmp_path, words, more):
    made, done = oidc(tmp_path, None, *more)
    says(done, 2, *words)
    assert not made.setup.exists()


def test_the_address_of_the_discovery_document_is_not_the_issuer(tmp_path):
    made, done = oidc(tmp_path, None, issuer=f"{ISSUER}/.well-known/openid-configuration")
    says(done, 2, "without /.well-known")
    assert not made.setup.exists()


def test_a_mark_before_the_secret_is_the_file_s_own(tmp_path, endpoint):
    """As an editor of Windows writes it."""
    made, _ = oidc(tmp_path, endpoint)
    secret = tmp_path / "secret"
    apply = ["apply", "--setup", made.setup, "--endpoint-url", endpoint, "--yes", "--secret-file", secret]
    secret.write_bytes("s3cr\u200b3t".encode())
    says(run(*apply), 2, "cannot be seen", "Nothing was done")
    assert made.journal() == []
    secret.write_bytes(b"\xef\xbb\xbfs3cr3t\r\n")
    assert run(*apply).returncode == 0
    held = client("secretsmanager", endpoint).get_secret_value(SecretId="QBusiness-q-x-client")
    assert json.loads(held["SecretString"]) == {"client_secret": "s3cr3t"}


def test_a_removal_can_be_repeated(tmp_path, endpoint):
    """AWS keeps a deleted secret for a week, and refuses to delete it again."""
    made, _ = oidc(tmp_path, endpoint)
    destroy = ["destroy", "--setup", made.setup, "--endpoint-url", endpoint, "--yes"]
    nothing = "There is nothing to remove"
    assert nothing in run(*destroy).stdout
    secret = tmp_path / "secret"
    secret.write_text("s3cr3t")
    done = run("apply", "--setup", made.setup, "--endpoint-url", endpoint, "--yes", "--secret-file", secret)
    assert done.returncode == 0, done.stderr
    before = made.journal()
    assert nothing not in run(*destroy).stdout
    done = run(*destroy)
    assert done.returncode == 0 and nothing in done.stdout, done.stdout + done.stderr
    # Killed between AWS's answer and the journal.
    made.folder.joinpath("journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in before))
    done = run(*destroy)
    assert done.returncode == 0, done.stderr


def test_a_provider_that_is_there_is_to_be_shared(tmp_path, endpoint):
    first, _ = oidc(tmp_path / "first", endpoint)
    secret = tmp_path / "secret"
    secret.write_text("s3cr3t")
    done = run("apply", "--setup", first.setup, "--endpoint-url", endpoint, "--yes", "--secret-file", secret)
    assert done.returncode == 0, done.stderr
    second, _ = oidc(tmp_path / "second", endpoint, name="q-y")
    done = run("plan", "--setup", second.setup, "--endpoint-url", endpoint)
    assert done.returncode == 1 and "adopt --setup FILE --resource oidc-provider" in done.stdout, done.stdout
    assert "another name" not in done.stdout
