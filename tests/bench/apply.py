"""`apply` against the critical path of its own plan under the same latency profile, and the demo."""

import json
import os
import subprocess
import sys
import tempfile
import time

CLI = sys.argv[1]
FACTOR = 0.05
# Seconds in the `real` profile (src-tauri/practice/src/config.rs).
IAM, Q = 0.175, 0.25
READY = {"application": 5, "web-experience": 10, "retriever": 5, "index": 120, "auto-subscription": 2}
# Calls that a step cannot do without: the act and one look at it; a read before a PUT.
UPDATES = {"web-experience-role": 3 * Q, "auto-subscription": 3 * Q}
OF_IAM = ("saml-provider", "oidc-", "role.", "role-", "policy.", "policy-")
ROLE_VISIBLE = 10
# Every road, by what is typed beside name, account and region.
OIDC = ["--issuer", "https://acme.okta.com/oauth2/default", "--client-id", "0oaclient"]
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-0000-4000-8000-000000000001"
ROADS = {
    "entra": ["--idp", "entra", "--metadata", "METADATA"],
    "entra, role first": ["--idp", "entra", "--metadata", "METADATA", "--order", "role-first"],
    "okta-saml, AWS first": ["--idp", "okta-saml", "--aws-first"],
    "ping": ["--idp", "ping", "--metadata", "METADATA"],
    "okta-oidc": ["--idp", "okta-oidc", *OIDC],
    "generic-oidc with everything": [
        "--idp", "generic-oidc", *OIDC, "--index", "enterprise", "--kms-key", KEY, "--service-role", "--managed-policy",
    ],
}


def calls(address):
    return UPDATES.get(address, 2 * (IAM if address.startswith(OF_IAM) else Q))


def critical_path(steps):
    done = {}
    for step in steps:
        name = step["address"]
        waits = [done[a] for a in step["after"] if a in done]
        # Amazon Q Business sees a role only some seconds after IAM has it.
        uses = ("web-experience-role", "web-experience", "application", "retriever")
        roles = [a for a in step["after"] if a.startswith("role.") and a in done] if name in uses else []
        waits += [done[a] + ROLE_VISIBLE for a in roles]
        done[name] = max(waits, default=0) + calls(name) + READY.get(name, 0)
    return max(done.values()) * FACTOR


def run(*arguments, **options):
    return subprocess.run([CLI, *arguments], capture_output=True, text=True, check=True, **options).stdout


def measure(road, folder, metadata):
    """Seconds from the first act to the end, and those of the critical path; a world of its own for each."""
    server = subprocess.Popen(
        [CLI, "practice", "--latency", f"real*{FACTOR}", "--json"], stdout=subprocess.PIPE, text=True
    )
    try:
        text = ""
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        world = ["--endpoint-url", json.loads(text)["endpoint"]]
        env = os.environ | {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "practice"}
        setup, plan, secret = (os.path.join(folder, name) for name in ("set.json", "plan.json", "secret"))
        with open(secret, "w", encoding="utf-8") as held:
            held.write("a secret of the practice world")
        chosen = [metadata if word == "METADATA" else word for word in ROADS[road]]
        run("new", "--practice", *chosen, "--name", "q-bench", "--account", "123456789012", "--region", "us-east-1",
            "--out", setup)
        run("plan", "--setup", setup, *world, "--out", plan, env=env)
        with open(plan, encoding="utf-8") as held:
            path = critical_path(json.load(held)["steps"])
        asked = ["--secret-file", secret] if "--issuer" in chosen else []
        progress = subprocess.Popen(
            [CLI, "apply", plan, "--setup", setup, *world, *asked], env=env, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        began = ended = None
        for line in progress.stderr:
            if ": started" in line and began is None:
                began = time.monotonic()
            ended = time.monotonic()
        if progress.wait() != 0:
            sys.exit(f"apply failed: {road}")
        return ended - began, path
    finally:
        server.kill()


with tempfile.TemporaryDirectory() as folder:
    out = os.path.join(folder, "demo")
    start = time.monotonic()
    run("demo", "--out", out)
    print(f"demo: {time.monotonic() - start:.2f} s for the whole headless job (practice without latency)")
    metadata = os.path.join(folder, "metadata.xml")
    with open(os.path.join(out, "setup.json"), encoding="utf-8") as held, open(metadata, "w", encoding="utf-8") as new:
        new.write(json.load(held)["federation"]["metadata"])
    broken = False
    for number, road in enumerate(ROADS):
        own = os.path.join(folder, str(number))
        os.mkdir(own)
        took, path = measure(road, own, metadata)
        ratio = took / path
        holds = ratio <= 1.10
        broken |= not holds
        print(f"apply, {road}: {took:.2f} s / critical path {path:.2f} s = {ratio:.2f}, bound 1.10: "
              f"{'holds' if holds else 'BROKEN'}")
    if broken:
        sys.exit(1)
