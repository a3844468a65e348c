"""`groups` against a limit of PutGroup: how much of it is used, what it costs in memory, and whether a run that
was killed goes on without losing or doubling anybody."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time

import boto3
from botocore.config import Config

CLI = sys.argv[1]
LIMIT = 50
GROUPS, MEMBERS, PEOPLE = 2_000, 20, 400
LARGE = 10_000
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "practice"}
broken = False


def judge(what, holds):
    global broken
    broken |= not holds
    print(f"{what}: {'holds' if holds else 'BROKEN'}")


def people(group):
    return sorted({f"p{(group * 13 + k * 17) % PEOPLE}@x.example" for k in range(MEMBERS)})


def write(path, groups, members):
    with open(path, "w", encoding="utf-8") as file:
        file.write("group,member\n")
        for group in range(groups):
            file.writelines(f"group {group},{person}\n" for person in members(group))


def peak(command, env):
    """Peak memory in MB and seconds of a run. Its output is read only at the end, so that it is still there."""
    began = time.monotonic()
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seen = 0
    while child.poll() is None:
        with open(f"/proc/{child.pid}/status", encoding="utf-8") as status:
            seen = max([seen] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        ready, _, _ = select.select([child.stdout], [], [], 0.005)
        if ready and not os.read(child.stdout.fileno(), 1 << 16):
            break
    child.wait()
    return seen / 1024, time.monotonic() - began


def done_in(line):
    words = line.split()
    return int(words[0]) if words[1:2] == ["of"] else None


def follow(command, env, goal=None):
    """Runs to the end, or to a death at `goal`; the moments at which so many were done."""
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out = []
    reader = threading.Thread(target=lambda: out.append(child.stdout.read()))
    reader.start()
    moments = []
    for line in child.stderr:
        done = done_in(line)
        if done is None:
            continue
        moments.append((time.monotonic(), done))
        if goal is not None and done >= goal:
            child.send_signal(signal.SIGKILL)
            break
    code = child.wait()
    reader.join()
    return code, moments, out[0]


def rate(moments):
    """Groups a second over the steady part: not the search for the limit, not the last answers."""
    last = moments[-1][1]
    steady = [(at, done) for at, done in moments if 0.1 * last <= done <= 0.97 * last]
    (since, first), (until, end) = steady[0], steady[-1]
    return (end - first) / (until - since)


def prepare(folder):
    """A set-up that is applied, its metadata from a rehearsal; yields its file."""
    subprocess.run([CLI, "demo", "--out", f"{folder}/demo"], check=True, capture_output=True)
    with open(f"{folder}/demo/setup.json", encoding="utf-8") as held, open(f"{folder}/m.xml", "w", encoding="utf-8") as new:
        new.write(json.load(held)["federation"]["metadata"])


def apply_in(folder, name, env):
    setup = f"{folder}/{name}.json"
    subprocess.run([CLI, "new", "--idp", "entra", "--metadata", f"{folder}/m.xml", "--name", "q-bench", "--account",
                    "123456789012", "--region", "us-east-1", "--out", setup], check=True, capture_output=True)
    subprocess.run([CLI, "apply", "--setup", setup, "--yes"], check=True, capture_output=True, env=env)
    return setup


class World:
    """A practice world, with a limit or without."""

    def __init__(self, limit=None):
        self.limit = ["--put-group-rate", str(limit)] if limit else []

    def __enter__(self):
        command = [CLI, "practice", *self.limit, "--json"]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        text = ""
        while not text.rstrip().endswith("}"):
            text += self.server.stdout.readline()
        self.endpoint = json.loads(text)["endpoint"]
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()

    def env(self):
        return os.environ | KEYS | {"AWS_ENDPOINT_URL": self.endpoint}

    def client(self):
        return boto3.client("qbusiness", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id="AKIA",
                            aws_secret_access_key="practice", config=Config(retries={"total_max_attempts": 1}))


def held(world):
    """Names in the list, doubled ones doubled, and the groups of every person."""
    q = world.client()
    app = q.list_applications()["applications"][0]["applicationId"]
    place = {"applicationId": app, "indexId": q.list_indices(applicationId=app)["indices"][0]["indexId"]}
    pages = q.get_paginator("list_groups").paginate(updatedEarlierThan=time.time() + 60, **place)
    names = [item["groupName"] for page in pages for item in page["items"]]
    document = {"id": "probe", "content": {"blob": b"a probe"}, "contentType": "PLAIN_TEXT"}
    q.batch_put_document(documents=[document], **place)
    members = {}
    for number in range(PEOPLE):
        person = f"p{number}@x.example"
        access = q.check_document_access(userId=person, documentId="probe", **place)
        for group in access["userGroups"]:
            members.setdefault(group["name"], []).append(person)
    return names, {name: sorted(all_of) for name, all_of in members.items()}


with tempfile.TemporaryDirectory() as folder:
    prepare(folder)
    wanted = {f"group {group}": people(group) for group in range(GROUPS)}
    file = f"{folder}/groups.csv"
    write(file, GROUPS, people)

    with World(LIMIT) as world:
        setup = apply_in(folder, "whole", world.env())
        command = [CLI, "groups", "--setup", setup, "--file", file, "--yes", "--json"]
        code, moments, out = follow(command, world.env())
        if code != 0:
            sys.exit(f"groups ended with {code}")
        found = rate(moments)
        throttled = json.loads(out)["applied"]["throttled"]
        print(f"groups: {GROUPS:,} of {MEMBERS} members in {moments[-1][0] - moments[0][0]:.1f} s, "
              f"{throttled} calls refused for their rate")
        judge(f"rate / limit: {found:.1f} / {LIMIT} a second, ratio {found / LIMIT:.3f}, bound 0.95", found / LIMIT >= 0.95)

    with World() as world:
        setup = apply_in(folder, "large", world.env())
        large, million = f"{folder}/large.csv", f"{folder}/million.csv"
        write(large, LARGE, lambda group: [f"person{group * MEMBERS + k}@x.example" for k in range(MEMBERS)])
        command = [CLI, "groups", "--setup", setup, "--json", "--file"]
        idle, _ = peak([CLI, "plan", "--setup", setup], world.env())
        _, seconds = peak([*command, large], world.env())
        print(f"groups: {LARGE:,} of {MEMBERS} read and compared in {seconds:.1f} s")
        used, seconds = peak([*command, large, "--yes"], world.env())
        print(f"groups: {LARGE:,} of {MEMBERS} put in {seconds:.1f} s (practice without a limit)")
        judge(f"memory: {used:.1f} MB, plan alone {idle:.1f} MB, {used - idle:.1f} MB more, bound 64", used - idle <= 64)
        write(million, 50_000, lambda group: [f"person{(group + k) % 100_000}@x.example" for k in range(MEMBERS)])
        used, seconds = peak([*command, million], world.env())
        print(f"groups: a file of 1,000,000 rows read and compared in {seconds:.1f} s, {used - idle:.1f} MB more")

    with World(LIMIT) as world:
        setup = apply_in(folder, "killed", world.env())
        command = [CLI, "groups", "--setup", setup, "--file", file, "--yes", "--json"]
        follow(command, world.env(), goal=GROUPS // 2)
        code, _, out = follow(command, world.env())
        again = json.loads(out)["applied"]["put"]
        names, members = held(world)
        whole = code == 0 and sorted(names) == sorted(wanted) and members == wanted
        judge(f"killed at {GROUPS // 2:,} and run again ({again:,} put): every group once, with its members", whole)

sys.exit(broken)
