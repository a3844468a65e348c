"""What every file here needs: the program, the practice world, clients that know nothing of it."""

import contextlib
import functools
import json
import os
import pathlib
import subprocess
import sys
import threading

import boto3
import pytest
from botocore.config import Config

HERE = pathlib.Path(__file__).resolve().parent
CLI = os.environ.get("CLAIMBRIDGE_CLI", str(HERE.parents[1] / "target" / "debug" / "claimbridge-cli"))
sys.path.insert(0, str(HERE / "simplesamlphp"))
import simplesamlphp  # noqa: E402

ACCOUNT = "123456789012"
REGION = "us-east-1"
LOGIN_URL = (
    "https://myapps.microsoft.com/signin/demo/aaaaaaaa-0000-4000-8000-000000000001"
    "?tenantId=bbbbbbbb-0000-4000-8000-000000000002"
)
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


KEYS = {"AccessKeyId": "AKIAINTEROP000000000", "SecretAccessKey": "interop", "SessionToken": None}


def environment(**more):
    """Ours without anything that could lead a client elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("AWS_") and "PROXY" not in k.upper()}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "AKIAINTEROP000000000",
        "AWS_SECRET_ACCESS_KEY": "interop",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


@contextlib.contextmanager
def serve(*arguments):
    """A practice world; yields its endpoint."""
    command = [CLI, "practice", "--port", "0", "--json", *arguments]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
    try:
        text = ""
        while not text.rstrip().endswith("}"):
            line = server.stdout.readline()
            if not line:
                raise RuntimeError(f"the practice world ended: {server.wait()}")
            text += line
        yield json.loads(text)["endpoint"]
    finally:
        server.kill()
        server.wait()


MAKING = threading.Lock()  # boto3's clients may be used by several threads, but not made


@functools.lru_cache
def plain_client(service, endpoint):
    with MAKING:
        return client(service, endpoint, keys=KEYS)


def client(service, endpoint, region=REGION, keys=None, **config):
    if not config and keys is None and region == REGION:
        return plain_client(service, endpoint)
    config.setdefault("retries", {"total_max_attempts": 1})
    keys = keys or KEYS
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(**config),
    )


class Cli:
    """The program with one set-up in one folder."""

    def __init__(self, folder, endpoint=None, **variables):
        self.folder = pathlib.Path(folder)
        self.setup = self.folder / "setup.json"
        self.endpoint = endpoint
        self.env = environment(**variables)

    def new(self, metadata, name="q-x", *more):
        file = self.folder / "metadata.xml"
        file.write_text(metadata)
        done = subprocess.run(
            [CLI, "new", "--idp", "entra", "--metadata", file, "--name", name, "--account", ACCOUNT,
             "--region", REGION, "--authentication-url", LOGIN_URL, "--out", self.setup, *more],
            env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return self

    def command(self, verb):
        where = ["--endpoint-url", self.endpoint] if self.endpoint else []
        yes = ["--yes"] if verb in ("apply", "destroy") else []
        return [CLI, verb, "--setup", str(self.setup), *yes, *where, "--json"]

    def run(self, verb, timeout=60):
        done = subprocess.run(self.command(verb), env=self.env, capture_output=True, text=True, timeout=timeout)
        done.json = json.loads(done.stdout) if done.stdout.strip().startswith("{") else None
        return done

    def start(self, verb):
        return subprocess.Popen(self.command(verb), env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def journal(self):
        file = self.folder / "journal.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(scope="session")
def idp():
    """One SimpleSAMLphp for all: its key stays, its options are each test's own."""
    why = simplesamlphp.missing()
    if why:
        pytest.skip(why)
    with simplesamlphp.start() as running:
        yield running


def aws_attributes(role, provider, email="alice@example.com", session="alice@example.com", **more):
    attributes = {ATTRIBUTES + "Role": [f"{role},{provider}"], ATTRIBUTES + "RoleSessionName": [session]}
    if email is not None:
        attributes[ATTRIBUTES + "PrincipalTag:Email"] = [email]
    return {**attributes, **{ATTRIBUTES + k: v for k, v in more.items()}}
