"""Groups from the command line against the practice world, looked at with boto3 as somebody else would."""

import collections
import json
import signal
import subprocess
import time

import pytest

from conftest import ACCOUNT, CLI, Cli, client, environment, serve

HEADER = "group,member,type\n"


class Groups:
    """The `groups` command over one set-up, and what AWS's own API says afterwards."""

    def __init__(self, cli):
        self.cli = cli
        self.file = cli.folder / "groups.csv"
        self.q = client("qbusiness", cli.endpoint)
        outputs = {}
        for line in cli.journal():
            for settled in line["event"].values():
                if isinstance(settled, dict) and "outputs" in settled:
                    outputs.setdefault(settled["address"], {}).update(settled["outputs"])
        self.place = {"applicationId": outputs["application"]["id"], "indexId": outputs["index"]["id"]}

    def command(self, *more):
        return [CLI, "groups", "--setup", str(self.cli.setup), "--endpoint-url", self.cli.endpoint,
                "--file", str(self.file), *map(str, more)]

    def run(self, text, *more):
        if text is not None:
            self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = subprocess.run(self.command("--json", *more), env=self.cli.env, capture_output=True, text=True, timeout=120)
        done.json = json.loads(done.stdout)
        return done

    def actions(self, text, *more):
        done = self.run(text, *more)
        return done.returncode, {r["name"]: r["action"] for r in done.json["rows"]}

    def names(self):
        pages = self.q.get_paginator("list_groups").paginate(updatedEarlierThan=time.time() + 60, **self.place)
        return [item["groupName"] for page in pages for item in page["items"]]

    def members(self, *people):
        """Groups of each person, as Amazon Q Business itself tells who may see a document."""
        document = {"id": "probe", "content": {"blob": b"a probe"}, "contentType": "PLAIN_TEXT"}
        self.q.batch_put_document(documents=[document], **self.place)
        found = {}
        for person in people:
            access = self.q.check_document_access(userId=person, documentId="probe", **self.place)
            found[person] = sorted(g["name"] for g in access["userGroups"])
        return found


def made(folder, idp, endpoint, *more):
    folder.mkdir(exist_ok=True)
    cli = Cli(folder, endpoint).new(idp.metadata_xml, "q-groups", *more)
    assert cli.run("apply").returncode == 0
    return cli


@pytest.fixture
def groups(tmp_path, idp):
    with serve() as endpoint:
        yield Groups(made(tmp_path / "set-up", idp, endpoint))


def test_a_file_becomes_groups_and_then_nothing_is_left_to_do(groups):
    text = ("\ufeffGroup;E-Mail;Type\r\n\"Sales; EMEA\";alice@x.example;user\r\n\"Sales; EMEA\";bob@x.example;\r\n"
            "All;Sales; EMEA;group\r\n").replace("All;Sales; EMEA", "All;\"Sales; EMEA\"")
    assert groups.actions(text) == (1, {"All": "put", "Sales; EMEA": "put"})
    assert groups.names() == []
    done = groups.run(None, "--yes")
    assert done.returncode == 0, done.stderr
    assert (done.json["applied"]["put"], done.json["applied"]["finished"]) == (2, True)
    assert sorted(groups.names()) == ["All", "Sales; EMEA"]
    assert groups.members("alice@x.example", "carol@x.example") == {
        "alice@x.example": ["All", "Sales; EMEA"], "carol@x.example": []}
    assert groups.actions(None) == (0, {"All": "keep", "Sales; EMEA": "keep"})
    assert groups.run(None, "--yes").json["applied"] is None
    # The same in JSON is the same.
    groups.file = groups.file.with_suffix(".json")
    document = [{"name": "Sales; EMEA", "members": ["bob@x.example", "alice@x.example"]},
                {"name": "All", "members": [], "groups": ["Sales; EMEA"]}]
    assert groups.actions(json.dumps(document))[0] == 0


def test_changes_and_removals_touch_what_they_are_about(groups):
    first = HEADER + "A,alice@x.example,\nB,bob@x.example,\nC,carol@x.example,\n"
    assert groups.run(first, "--yes").returncode == 0
    second = HEADER + "A,alice@x.example,\nB,carol@x.example,\nD,dan@x.example,\n"
    assert groups.actions(second) == (1, {"A": "keep", "B": "change", "C": "delete", "D": "put"})
    done = groups.run(None, "--yes")
    assert (done.returncode, done.json["applied"]["put"], done.json["applied"]["deleted"]) == (0, 2, 1)
    assert sorted(groups.names()) == ["A", "B", "D"]
    assert groups.members("bob@x.example", "carol@x.example") == {"bob@x.example": [], "carol@x.example": ["B"]}
    # Somebody deletes one of them: it is put again.
    groups.q.delete_group(groupName="A", **groups.place)
    assert groups.actions(None) == (1, {"A": "put", "B": "keep", "D": "keep"})
    assert groups.run(HEADER, "--yes").returncode == 0
    assert groups.names() == []


def test_what_somebody_else_put_is_left_alone_until_it_is_taken_over(groups):
    for name in ("Theirs", "Other"):
        groups.q.put_group(groupName=name, type="INDEX", groupMembers={"memberUsers": [{"userId": "eve@x.example"}]},
                           **groups.place)
    text = HEADER + "Theirs,alice@x.example,\nOurs,alice@x.example,\n"
    assert groups.actions(text) == (1, {"Theirs": "unknown", "Other": "foreign", "Ours": "put"})
    # What can be done is done, and that one is open is said.
    assert groups.actions(text, "--yes")[0] == 1
    assert groups.members("alice@x.example", "eve@x.example") == {
        "alice@x.example": ["Ours"], "eve@x.example": ["Other", "Theirs"]}
    assert groups.actions(text, "--take-over", "--yes") == (0, {"Theirs": "take-over", "Other": "foreign", "Ours": "keep"})
    assert groups.members("eve@x.example") == {"eve@x.example": ["Other"]}
    assert groups.actions(text) == (0, {"Theirs": "keep", "Other": "foreign", "Ours": "keep"})
    assert groups.actions(HEADER, "--yes")[0] == 0
    assert groups.names() == ["Other"]


@pytest.mark.parametrize("text, words", [
    (b"", ["is empty"]),
    (b"PK\x03\x04", ["workbook", "CSV"]),
    (b"group,member\nB\xfcro,a@x.example\n", ["Line 2", "UTF-8"]),
    (b"Sales,alice@x.example\n", ["column for the member", "group,member"]),
    (b"group,member\nA,a@x.example,b@x.example\n,c@x.example\nB\n", ["3 lines", "line 2", "line 3", "line 4"]),
    (b"group,member\nA,\"a@x.example\nA,b@x.example\n", ["line 2", "quote"]),
    (b"[{\"name\": \"A\"}]", ["line 1", "neither"]),
    (b"[{", ["JSON", "line 1"]),
])
def test_what_cannot_be_read_is_wrong_usage_and_changes_nothing(groups, text, words):
    done = groups.run(text, "--yes")
    assert done.returncode == 2, done.stderr
    assert done.json["exit"] == 2
    for word in [*words, str(groups.file)]:
        assert word in done.json["error"], done.json
    assert "alice@x.example" not in done.stdout + done.stderr
    assert groups.names() == []


@pytest.mark.parametrize("lines, kind", [
    ("A,alice,\n", "not-an-address"),
    ("A,B,group\nB,A,group\n", "cycle"),
    ("A,Ghosts,group\n", "unknown-group"),
    ("".join(f"A,p{i}@x.example,\n" for i in range(1001)), "too-many-members"),
])
def test_what_blocks_is_found_before_anything_is_done(groups, lines, kind):
    done = groups.run(HEADER + "Good,alice@x.example,\n" + lines, "--yes")
    assert done.returncode == 1, done.stderr
    found = {f["id"]: f for f in done.json["findings"]}
    assert found[kind]["severity"] == "blocking" and found[kind]["where"][0]["line"] >= 3
    assert done.json["rows"] is None and groups.names() == []


def test_warnings_are_said_and_do_not_stop(groups):
    users = groups.cli.folder / "users.csv"
    users.write_text("email\nalice@x.example\nBob@x.example\n")
    text = HEADER + "A,Alice@x.example,\nA,alice@x.example,\nA,bob@x.example,\nA,zoe@x.example,\nA,zoe@x.example,\nE,,\n"
    done = groups.run(text, "--users", users, "--yes")
    assert done.returncode == 0, done.stderr
    assert {f["id"]: f["count"] for f in done.json["findings"]} == {
        "empty-group": 1, "mixed-case": 1, "two-spellings": 2, "spelled-otherwise": 2, "unknown-user": 1,
        "repeated-member": 1}
    # As typed.
    assert groups.members("Alice@x.example")["Alice@x.example"] == ["A"]
    for person in ("alice@x.example", "Alice@x.example", "zoe@x.example"):
        assert person not in done.stdout + done.stderr
    # The same for a person who reads.
    shown = subprocess.run(groups.command(), env=groups.cli.env, capture_output=True, text=True)
    assert shown.returncode == 0 and "! warning   An address has capital letters (1)" in shown.stdout
    assert "line 2, group “A”: A…e@x.example" in shown.stdout and "Nothing to change" in shown.stdout


def test_nobody_is_in_a_file_of_the_set_up(groups):
    groups.run(HEADER + "A,alice@x.example,\n", "--yes")
    files = [f for f in groups.cli.folder.iterdir() if f != groups.file]
    assert any(f.name == "groups.jsonl" for f in files)
    for file in files:
        assert b"alice@x.example" not in file.read_bytes(), file


def test_without_an_index_the_next_act_is_said(tmp_path, idp):
    with serve() as endpoint:
        new = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        file = tmp_path / "groups.csv"
        file.write_text(HEADER + "A,alice@x.example,\n")
        command = [CLI, "groups", "--setup", str(new.setup), "--endpoint-url", endpoint, "--file", str(file), "--json"]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        assert done.returncode == 2 and "apply the set-up first" in done.stderr
        bare = made(tmp_path / "bare", idp, endpoint, "--no-index")
        command[3] = str(bare.setup)
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        assert done.returncode == 2 and "has no index" in done.stderr and "add an index" in done.stderr


def test_members_above_a_thousand_come_from_s3(groups):
    lines = "".join(f"All,p{i}@x.example,\n" for i in range(1001))
    iam, s3 = client("iam", groups.cli.endpoint), client("s3", groups.cli.endpoint, s3={"addressing_style": "path"})
    statement = {"Effect": "Allow", "Principal": {"Service": "qbusiness.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="q-members", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [statement]}))["Role"]["Arn"]
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::practice-groups/*"}
    iam.put_role_policy(RoleName="q-members", PolicyName="read", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [read]}))
    more = ["--s3-path", "s3://practice-groups/q/", "--s3-role", role, "--yes"]
    # The file is not there yet: AWS says so afterwards, and the group is not taken for done.
    done = groups.run(HEADER + lines + "Few,p1@x.example,\n", *more)
    assert done.returncode == 3, done.stderr
    failed = done.json["applied"]["failed"]
    assert [f["group"] for f in failed] == ["All"] and "s3://practice-groups/q/All" in failed[0]["error"]["message"]
    assert groups.actions(None, *more[:-1])[1] == {"All": "put", "Few": "keep"}
    body = "".join(json.dumps({"type": "USER", "id": f"p{i}@x.example"}) + "\n" for i in range(1001))
    s3.put_object(Bucket="practice-groups", Key="q/All", Body=body.encode())
    done = groups.run(None, *more)
    assert done.returncode == 0, done.stderr
    assert groups.members("p1000@x.example")["p1000@x.example"] == ["All"]
    assert groups.actions(None, *more[:-1])[0] == 0
    half = subprocess.run(groups.command("--s3-path", "s3://practice-groups/q/"), env=groups.cli.env, capture_output=True, text=True)
    assert half.returncode == 2 and "--s3-role" in half.stderr


def test_a_refusal_names_what_is_left_and_the_next_run_goes_on(tmp_path, idp):
    with serve("--fault", "PutGroup:denied*1") as endpoint:
        groups = Groups(made(tmp_path, idp, endpoint))
        lines = "".join(f"g{i},p{i}@x.example,\n" for i in range(30))
        done = groups.run(HEADER + lines, "--yes")
        assert done.returncode == 3, done.stderr
        assert done.json["applied"]["broken_off"]["kind"] == "denied"
        assert "Next: the same command goes on" in done.stderr
        assert groups.run(None, "--yes").returncode == 0
        assert len(groups.names()) == 30


def test_lost_answers_and_throttling_are_no_failures(tmp_path, idp):
    with serve("--fault", "PutGroup:drop-after*3", "--put-group-rate", "40") as endpoint:
        groups = Groups(made(tmp_path, idp, endpoint))
        lines = "".join(f"g{i},p{i}@x.example,\n" for i in range(200))
        done = groups.run(HEADER + lines, "--yes")
        assert done.returncode == 0, done.stderr
        assert done.json["applied"]["throttled"] > 0
        assert len(groups.names()) == len(set(groups.names())) == 200


def wait_until(child, says):
    for line in child.stderr:
        if says(line):
            return
    raise AssertionError(f"ended with {child.wait()}")


def done_in(line):
    words = line.split()
    return int(words[0]) if words[1:2] == ["of"] else 0


def test_killed_and_run_again_every_group_is_there_once(tmp_path, idp):
    with serve("--put-group-rate", "50") as endpoint:
        groups = Groups(made(tmp_path, idp, endpoint))
        expected = collections.defaultdict(set)
        lines = []
        for i in range(400):
            for person in {f"p{(i * 7 + k) % 40}@x.example" for k in range(5)}:
                lines.append(f"g{i},{person},\n")
                expected[person].add(f"g{i}")
        groups.file.write_text(HEADER + "".join(lines))
        for goal in (60, 90):
            child = subprocess.Popen(groups.command("--yes"), env=groups.cli.env, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, text=True)
            wait_until(child, lambda line: done_in(line) >= goal)
            # Another one at the same time is refused.
            other = groups.run(None, "--yes")
            assert other.returncode == 2 and "Another Claimbridge" in other.stderr
            child.send_signal(signal.SIGKILL)
            child.wait()
        code, actions = groups.actions(None)
        assert code == 1 and 0 < list(actions.values()).count("keep") < 400
        done = groups.run(None, "--yes")
        assert done.returncode == 0, done.stderr
        assert sorted(groups.names()) == sorted(f"g{i}" for i in range(400))
        assert {p: set(g) for p, g in groups.members(*expected).items()} == dict(expected)
        assert groups.actions(None)[0] == 0


def test_interrupted_it_ends_in_order(tmp_path, idp):
    with serve("--put-group-rate", "20") as endpoint:
        groups = Groups(made(tmp_path, idp, endpoint))
        groups.file.write_text(HEADER + "".join(f"g{i},p{i}@x.example,\n" for i in range(200)))
        child = subprocess.Popen(groups.command("--yes", "--json"), env=groups.cli.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        wait_until(child, lambda line: done_in(line) >= 20)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
        applied = json.loads(out)["applied"]
        assert child.returncode == 3 and applied["stopped"] and applied["not_started"] > 0
        assert len(groups.names()) == applied["put"] == 200 - applied["not_started"]
        counts = groups.run(None).json["counts"]
        assert (counts["keep"], counts["put"]) == (applied["put"], applied["not_started"])


def test_a_million_rows_are_looked_through(groups):
    with groups.file.open("w", encoding="utf-8") as file:
        file.write("group,member\n")
        for i in range(1_000_000):
            file.write(f"group {i // 100},p{i % 50_000}@x.example\n")
    began = time.monotonic()
    done = groups.run(None)
    assert done.returncode == 1 and done.json["counts"]["put"] == 10_000
    assert time.monotonic() - began < 60
    with groups.file.open("a", encoding="utf-8") as file:
        file.write("one,more@x.example\n")
    done = groups.run(None)
    assert done.returncode == 2 and "more than 1000000 memberships" in done.stderr


def test_the_account_is_the_set_up_s(groups):
    assert ACCOUNT in json.dumps(groups.cli.journal()[0])
    with serve() as other:
        groups.cli.endpoint = other
        done = groups.run(HEADER)
        assert done.returncode == 2 and "this connection leads to" in done.stderr
