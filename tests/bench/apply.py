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
CALLS = {
    "saml-provider": 2 * IAM, "application": 2 * Q, "web-experience": 2 * Q, "index": 2 * Q, "retriever": 2 * Q,
    "role.web-experience": 2 * IAM, "role-policy.web-experience": 2 * IAM, "web-experience-role": 3 * Q,
    "auto-subscription": 3 * Q,
}
ROLE_VISIBLE = 10


def critical_path(steps):
    done = {}
    for step in steps:
        name = step["address"]
        start = max([done[a] for a in step["after"] if a in done], default=0)
        if name == "web-experience-role":
            start = max(start, done["role.web-experience"] + ROLE_VISIBLE)
        done[name] = start + CALLS[name] + READY.get(name, 0)
    return max(done.values()) * FACTOR


def run(*arguments, **options):
    return subprocess.run([CLI, *arguments], capture_output=True, text=True, check=True, **options).stdout


with tempfile.TemporaryDirectory() as folder:
    out = os.path.join(folder, "demo")
    start = time.monotonic()
    run("demo", "--out", out)
    print(f"demo: {time.monotonic() - start:.2f} s for the whole headless job (practice without latency)")
    metadata = os.path.join(folder, "metadata.xml")
    with open(os.path.join(out, "setup.json"), encoding="utf-8") as held, open(metadata, "w", encoding="utf-8") as new:
        new.write(json.load(held)["federation"]["metadata"])
    server = subprocess.Popen([CLI, "practice", "--latency", f"real*{FACTOR}", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        endpoint = json.loads(text)["endpoint"]
        env = os.environ | {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "practice", "AWS_ENDPOINT_URL": endpoint}
        setup, plan = os.path.join(folder, "set.json"), os.path.join(folder, "plan.json")
        run("new", "--idp", "entra", "--metadata", metadata, "--name", "q-bench", "--account", "123456789012",
            "--region", "us-east-1", "--out", setup)
        run("plan", "--setup", setup, "--out", plan, env=env)
        with open(plan, encoding="utf-8") as held:
            path = critical_path(json.load(held)["steps"])
        progress = subprocess.Popen([CLI, "apply", plan, "--setup", setup], env=env, stderr=subprocess.PIPE, text=True)
        began = ended = None
        for line in progress.stderr:
            if ": started" in line and began is None:
                began = time.monotonic()
            ended = time.monotonic()
        if progress.wait() != 0:
            sys.exit("apply failed")
        ratio = (ended - began) / path
        print(f"apply: {ended - began:.2f} s, critical path {path:.2f} s")
        holds = ratio <= 1.10
        print(f"apply / critical path: ratio {ratio:.2f}, bound 1.10: {'holds' if holds else 'BROKEN'}")
        if not holds:
            sys.exit(1)
    finally:
        server.kill()
