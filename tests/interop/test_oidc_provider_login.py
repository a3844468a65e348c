"""A generic OpenID Connect provider end to end: npm's oidc-provider, a code flow with PKCE through the
program's own door, STS, and an answer of the assistant."""

import contextlib
import json
import secrets
import shutil
import subprocess

import pytest

from browser import Browser
from conftest import ACCOUNT, CLI, HERE, REGION, Cli, client, environment, serve
from signing_in import QUESTION, check_nothing_secret, check_passed, outcome, waiting

CALLBACK = "http://localhost:8000/auth/oidc/callback"
CLIENT = "claimbridge-test"
PERSON = "alice@acme.example"


@contextlib.contextmanager
def provider(**more):
    if not (HERE.parent / "node_modules" / "oidc-provider").is_dir() or shutil.which("node") is None:
        pytest.skip("no oidc-provider: npm ci in tests")
    given = {"client_id": CLIENT, "client_secret": secrets.token_urlsafe(32), "redirect_uris": [CALLBACK], **more}
    script = HERE / "oidc_provider" / "provider.mjs"
    server = subprocess.Popen(["node", script, json.dumps(given)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    try:
        line = server.stdout.readline()
        assert line, server.stderr.read()
        yield json.loads(line)["issuer"], given["client_secret"]
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def endpoint():
    with serve() as running:
        yield running


def applied(folder, endpoint, issuer, secret):
    """A set-up of this provider, in the practice world's AWS."""
    cli = Cli(folder, endpoint)
    file = folder / "secret.txt"
    file.write_text(secret + "\n")
    new = subprocess.run(
        [CLI, "new", "--practice", "--idp", "generic-oidc", "--issuer", issuer, "--client-id", CLIENT, "--name", "q-x",
         "--account", ACCOUNT, "--region", REGION, "--out", cli.setup],
        env=environment(), capture_output=True, text=True)
    assert new.returncode == 0, new.stderr
    planned = cli.run("plan")
    assert planned.returncode == 0, planned.stderr
    done = subprocess.run([*cli.command("apply"), "--secret-file", str(file)], env=cli.env, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cli.run("verify").json["clean"]
    return cli, file


def sign_in(url, person=PERSON):
    """At oidc-provider's own pages: who, then yes; the browser ends at the program's door."""
    browser = Browser().go(url).submit("login", login=person, password="any").submit("prompt")
    assert "close this window" in browser.page, browser.page
    return browser


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_from_the_set_up_to_an_answer(tmp_path, endpoint, method):
    with provider(token_endpoint_auth_method=method) as (issuer, secret):
        cli, file = applied(tmp_path, endpoint, issuer, secret)
        more = ["--print-url", "--secret-file", str(file), "--ask", QUESTION, "--yes"]
        with waiting(cli.setup, endpoint, *more) as (program, url):
            assert url.startswith(f"{issuer}/auth?") and "code_challenge_method=S256" in url
            sign_in(url)
            said = check_passed(program, PERSON)
        assert dict(said["claims"])["iss"] == issuer
        assert PERSON in said["answer"]["text"]
        check_nothing_secret(tmp_path, secret)
        q = client("qbusiness", endpoint)
        (app,) = [a["applicationId"] for a in q.list_applications()["applications"]]
        assert len(q.list_subscriptions(applicationId=app)["subscriptions"]) == 1
        assert cli.run("destroy").returncode == 0
        assert q.list_applications()["applications"] == []


def test_nothing_is_asked_without_consent(tmp_path, endpoint):
    with provider() as (issuer, secret):
        cli, file = applied(tmp_path, endpoint, issuer, secret)
        with waiting(cli.setup, endpoint, "--print-url", "--secret-file", str(file), "--ask", QUESTION) as (program, url):
            sign_in(url)
            assert check_passed(program, PERSON)["answer"] is None
        q = client("qbusiness", endpoint)
        (app,) = [a["applicationId"] for a in q.list_applications()["applications"]]
        assert q.list_subscriptions(applicationId=app)["subscriptions"] == []


def test_a_person_who_says_no(tmp_path, endpoint):
    with provider() as (issuer, secret):
        cli, file = applied(tmp_path, endpoint, issuer, secret)
        with waiting(cli.setup, endpoint, "--print-url", "--secret-file", str(file)) as (program, url):
            browser = Browser().go(url)
            abort = browser.here.rstrip("/") + "/abort"
            browser.go(abort)
            code, said = outcome(program)
        assert code == 1 and said["refused"]["error"] == "access_denied", said


def test_a_wrong_secret(tmp_path, endpoint):
    with provider() as (issuer, secret):
        cli, file = applied(tmp_path, endpoint, issuer, secret)
        file.write_text("another\n")
        with waiting(cli.setup, endpoint, "--print-url", "--secret-file", str(file)) as (program, url):
            sign_in(url)
            text, errors = program.communicate(timeout=60)
        assert program.returncode == 3 and "invalid_client" in errors, errors
        assert secret not in text + errors
