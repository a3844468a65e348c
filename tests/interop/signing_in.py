"""`claimbridge-cli sign-in` at work: it waits for a browser, which the test plays."""

import contextlib
import json
import subprocess

from conftest import CLI, environment

QUESTION = "What is in here for me?"


@contextlib.contextmanager
def waiting(setup, endpoint, *more):
    """The program, once it says where to sign in; yields it and the address."""
    command = [CLI, "sign-in", "--setup", str(setup), "--endpoint-url", endpoint, "--json", "--patience", "60", *more]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        said = []
        for line in program.stderr:
            said.append(line)
            if line.startswith("Sign in at "):
                yield program, line.removeprefix("Sign in at ").strip()
                break
        else:
            raise AssertionError(f"{program.wait()}: {''.join(said)}")
    finally:
        program.kill()
        program.wait()


def outcome(program):
    """Its exit code and its document."""
    text, errors = program.communicate(timeout=60)
    assert text.strip(), errors
    return program.returncode, json.loads(text)


def check_passed(program, person, findings=()):
    code, said = outcome(program)
    assert code == 0 and said["passed"] and said["signature_valid"], said
    assert said["person"] == person
    assert [f["id"] for f in said["findings"]] == list(findings)
    assert [c["call"] for c in said["checks"]] == ["GetApplication", "GetWebExperience", "ListRetrievers"]
    assert all(c["passed"] for c in said["checks"]), said["checks"]
    return said


def check_nothing_secret(folder, *secrets):
    """Neither secret nor token nor response is in any file."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("secret.txt", "response.txt", "metadata.xml"):
            text = path.read_text(errors="replace")
            for secret in (*secrets, "eyJ", "ASIAPRACTICE", "SecretAccessKey", "SignatureValue"):
                assert secret not in text, f"{path} holds {secret}"
