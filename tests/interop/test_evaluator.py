"""Our evaluator of policies beside @cloud-copilot/iam-simulate, on policies and requests that are generated.

Both have to come to the same answer, unless the case has something in it of which AWS's documents do not tell, or
of which the library is known to think otherwise. Such a case has a tag, each tag has a reason here, and both are
few."""

import collections
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGE = ROOT / "tests" / "peers" / "judge.mjs"
LEAST = 2000
PER_TAG = 0.02  # of all cases

REASONS = {
    "cidr-of-everything": "the library shifts by 32 in JavaScript, which shifts by nothing: 0.0.0.0/0 fits 0.0.0.0 alone",
    "for-all-values-of-an-empty-text": "an empty text is no value for ForAllValues (IAM: set operators); the library "
    "compares it",
    "for-any-value-if-exists": "IfExists holds for an absent key whatever stands before it (IAM: IfExists); the "
    "library looks at ForAnyValue alone",
    "no-set-operator": "what a key of several values does without a set operator is not documented: unknown to us, "
    "no match to the library",
    "unset-variable-negated": "of a variable without a value AWS documents that nothing equals it, and that the "
    "statement may be invalid: unknown to us under a Not operator, no match to the library",
    "variable-of-an-empty-value": "the library takes an empty value for none",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every case with our answer and the library's."""
    file = tmp_path_factory.mktemp("policies") / "cases.ndjson"
    command = ["cargo", "test", "--quiet", "--package", "claimbridge-core", "--test", "policies", "--", "--nocapture"]
    made = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "CLAIMBRIDGE_POLICY_CASES": str(file)},
    )
    assert made.returncode == 0, made.stdout + made.stderr
    print(made.stdout)  # the seed
    cases = [json.loads(line) for line in file.read_text().splitlines()]
    done = subprocess.run(["node", JUDGE], input=json.dumps(cases), capture_output=True, text=True, cwd=JUDGE.parent)
    assert done.returncode == 0, f"cases that cannot be judged: {done.stderr}{done.stdout[:2000]}"
    theirs = {one["name"]: one for one in json.loads(done.stdout)}
    return [(case, theirs[case["name"]]) for case in cases]


def agree(case, verdict):
    return {"allowed": True, "denied": False, "unknown": None}[case["ours"]] is verdict["allowed"]


def test_there_are_enough_cases_of_every_answer(judged):
    plain = [case for case, _ in judged if not case["tags"]]
    assert len(plain) >= LEAST
    answers = collections.Counter((case["kind"], case["ours"]) for case in plain)
    for kind in ("trust", "permission"):
        for answer in ("allowed", "denied"):
            assert answers[kind, answer] >= 100, answers


def test_both_agree(judged):
    differing = [(case, verdict) for case, verdict in judged if not case["tags"] and not agree(case, verdict)]
    assert not differing, json.dumps(differing[:3], indent=1)


def test_what_they_disagree_on_is_known_and_rare(judged):
    found = collections.Counter()
    for case, verdict in judged:
        assert set(case["tags"]) <= set(REASONS), case["tags"]
        if not agree(case, verdict):
            found.update(case["tags"])
    print(dict(found))
    for tag, count in found.items():
        assert count <= PER_TAG * len(judged), f"{count} cases of {tag}: {REASONS[tag]}"
    # A reason that no case needs any more is to be taken out.
    assert set(found) == set(REASONS)
