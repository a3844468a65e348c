"""`apply` is killed at random moments, or AWS misbehaves; the same command again ends in the same state."""

import concurrent.futures
import json
import random
import subprocess
import time

import pytest
from botocore.exceptions import ClientError

from conftest import CLI, Cli, client, environment, serve

LATENCY = "real*0.02"
SEED = 20261122
KILLS = 10


def counted(endpoint):
    """One of each, by AWS's own lists; everything that could be there twice."""
    iam, q = client("iam", endpoint), client("qbusiness", endpoint)
    apps = q.list_applications()["applications"]
    found = {"saml-provider": len(iam.list_saml_providers()["SAMLProviderList"]), "application": len(apps),
             "index": 0, "retriever": 0, "web-experience": 0}
    for app in apps:
        id_ = app["applicationId"]
        found["index"] += len(q.list_indices(applicationId=id_)["indices"])
        found["retriever"] += len(q.list_retrievers(applicationId=id_)["retrievers"])
        found["web-experience"] += len(q.list_web_experiences(applicationId=id_)["webExperiences"])
    try:
        iam.get_role(RoleName="q-x-web")
        found["role"], found["role-policy"] = 1, len(iam.list_role_policies(RoleName="q-x-web")["PolicyNames"])
    except ClientError:
        found["role"] = found["role-policy"] = 0
    return found


ONE_OF_EACH = {"saml-provider": 1, "application": 1, "index": 1, "retriever": 1, "web-experience": 1, "role": 1, "role-policy": 1}
NOTHING = dict.fromkeys(ONE_OF_EACH, 0)


def state(endpoint):
    """The end state, with the ids that AWS makes up taken out."""
    iam, q = client("iam", endpoint), client("qbusiness", endpoint)
    app = q.list_applications()["applications"][0]["applicationId"]
    index = q.list_indices(applicationId=app)["indices"][0]["indexId"]
    retriever = q.list_retrievers(applicationId=app)["retrievers"][0]["retrieverId"]
    web = q.list_web_experiences(applicationId=app)["webExperiences"][0]["webExperienceId"]
    [policy] = iam.list_role_policies(RoleName="q-x-web")["PolicyNames"]
    role = iam.get_role(RoleName="q-x-web")["Role"]
    experience = q.get_web_experience(applicationId=app, webExperienceId=web)
    host = experience["defaultEndpoint"].split("/")[2].split(".")[0]
    got = [
        q.get_application(applicationId=app), q.get_index(applicationId=app, indexId=index),
        q.get_retriever(applicationId=app, retrieverId=retriever), experience,
        role["AssumeRolePolicyDocument"], role["Tags"],
        iam.get_role_policy(RoleName="q-x-web", PolicyName=policy)["PolicyDocument"],
    ]
    for arn in (got[0]["applicationArn"], got[1]["indexArn"], got[2]["retrieverArn"], got[3]["webExperienceArn"]):
        got.append(q.list_tags_for_resource(resourceARN=arn)["tags"])
    for one in got:
        if isinstance(one, dict):
            for key in ("ResponseMetadata", "createdAt", "updatedAt"):
                one.pop(key, None)
    text = json.dumps(got, default=str, sort_keys=True)
    for id_, name in ((app, "APP"), (index, "INDEX"), (retriever, "RETRIEVER"), (web, "WEB"), (host, "HOST")):
        text = text.replace(id_, name)
    return text


def finished(cli, endpoint, setup_id):
    """Everything that must hold at the end, whatever happened on the way."""
    assert counted(endpoint) == ONE_OF_EACH
    verified = cli.run("verify")
    assert verified.returncode == 0 and verified.json["clean"], verified.stdout + verified.stderr
    journal = cli.journal()
    assert journal[-1]["event"] == {"ended": {"finished": True}}
    assert all(one["schema"] == 1 for one in journal)
    return state(endpoint).replace(setup_id, "SETUP")


def remove(cli, endpoint):
    done = cli.run("destroy")
    assert done.returncode == 0, done.stderr
    for _ in range(100):
        if counted(endpoint) == NOTHING:
            break
        time.sleep(0.02)
    assert counted(endpoint) == NOTHING


def id_of(cli):
    return json.loads(cli.setup.read_text())["id"]


@pytest.fixture(scope="module")
def quick():
    """Where the moment matters less: a whole run in less than a second."""
    with serve("--latency", "real*0.004") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, idp):
    """How long a run takes, and what it leaves."""
    with serve("--latency", LATENCY) as endpoint:
        cli = Cli(tmp_path_factory.mktemp("undisturbed"), endpoint).new(idp.metadata_xml)
        began = time.monotonic()
        done = cli.run("apply")
        took = time.monotonic() - began
        assert done.returncode == 0, done.stderr
        return took, finished(cli, endpoint, id_of(cli))


def killed(folder, metadata, turn, took, end):
    """One in each tenth of the run, so that they spread."""
    moment = (turn + random.Random(SEED + turn).random()) / KILLS * took
    with serve("--latency", LATENCY) as endpoint:
        cli = Cli(folder, endpoint).new(metadata)
        run = cli.start("apply")
        time.sleep(moment)
        run.kill()
        run.wait()
        before = cli.journal()
        plan = cli.run("plan")  # the journal replays, and the plan says what is left
        assert plan.returncode == 0, (moment, plan.stdout, plan.stderr)
        again = cli.run("apply")
        assert again.returncode == 0, (moment, before[-3:], again.stderr)
        assert finished(cli, endpoint, id_of(cli)) == end
        assert cli.journal()[:len(before)] == before  # it only grows
        remove(cli, endpoint)


@pytest.fixture(scope="module")
def kills(tmp_path_factory, idp, undisturbed):
    """Each in a world of its own, several at a time: they mostly wait."""
    folder = tmp_path_factory.mktemp("killed")
    for turn in range(KILLS):
        (folder / str(turn)).mkdir()
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        yield [pool.submit(killed, folder / str(t), idp.metadata_xml, t, *undisturbed) for t in range(KILLS)]


@pytest.mark.parametrize("turn", range(KILLS))
def test_killed(kills, turn):
    kills[turn].result()


def test_killed_again_and_again(tmp_path, idp, quick, undisturbed):
    """Ten lives in one set-up."""
    _, end = undisturbed
    cli = Cli(tmp_path, quick).new(idp.metadata_xml)
    roll = random.Random(SEED)
    for _ in range(KILLS):
        run = cli.start("apply")
        time.sleep(roll.uniform(0.02, 0.15))
        run.kill()
        run.wait()
    again = cli.run("apply")
    try:
        assert again.returncode == 0, again.stderr
        assert finished(cli, quick, id_of(cli)) == end
    finally:
        remove(cli, quick)


@pytest.mark.parametrize("turn", range(4))
def test_removal_killed(tmp_path, idp, turn):
    with serve("--latency", "real*0.005") as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        run = cli.start("destroy")
        time.sleep((turn + random.Random(SEED + turn).random()) / 4 * 0.25)
        run.kill()
        run.wait()
        remove(cli, endpoint)


@pytest.mark.parametrize("seconds", [0.03, 0.2, 0.4])
def test_interrupted(tmp_path, idp, quick, undisturbed, seconds):
    """Ctrl-C: what has begun is finished, nothing new is started, and the next run goes on."""
    _, end = undisturbed
    cli = Cli(tmp_path, quick).new(idp.metadata_xml)
    run = cli.start("apply")
    time.sleep(seconds)
    run.send_signal(2)
    code = run.wait(30)
    # Before anything has begun, the program simply ends.
    assert code in (0, 3) or not cli.journal(), code
    again = cli.run("apply")
    try:
        assert again.returncode == 0, again.stderr
        assert finished(cli, quick, id_of(cli)) == end
    finally:
        remove(cli, quick)


def test_two_at_once(tmp_path, idp, quick, undisturbed):
    """The second of two runs of one set-up is refused, or does nothing twice."""
    _, end = undisturbed
    cli = Cli(tmp_path, quick).new(idp.metadata_xml)
    first = cli.start("apply")
    time.sleep(0.15)
    second = cli.run("apply")
    assert second.returncode == 2 and "Another Claimbridge" in second.stderr, (second.returncode, second.stderr)
    assert first.wait(30) == 0
    assert finished(cli, quick, id_of(cli)) == end
    remove(cli, quick)


FAULTS = [
    ["CreateRole:drop-after"],
    ["CreateApplication:drop-after"],
    ["CreateRole:500"],
    ["CreateSAMLProvider:drop-after"],
    ["CreateSAMLProvider:500"],
    ["CreateWebExperience:drop-after"],
    ["CreateIndex:drop-after"],
    ["CreateRetriever:drop-after"],
    ["PutRolePolicy:drop-after"],
    ["UpdateWebExperience:drop-after"],
    ["UpdateApplication:drop-after"],
    ["GetApplication:500*2", "GetWebExperience:500"],
    ["CreateRole:drop-after", "GetRole:drop-after"],
]


@pytest.mark.parametrize("faults", FAULTS, ids=" ".join)
def test_fault(tmp_path, idp, undisturbed, faults):
    _, end = undisturbed
    with serve(*(x for f in faults for x in ("--fault", f))) as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        done = cli.run("apply")
        assert done.returncode == 0, done.stderr
        assert finished(cli, endpoint, id_of(cli)) == end
        remove(cli, endpoint)


def test_throttled(tmp_path, idp, undisturbed):
    """A refusal for haste costs a pause: the SDK's and the engine's own, no rate limit for the rest of the run."""
    _, end = undisturbed
    with serve("--fault", "CreateIndex:throttle*2") as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        assert finished(cli, endpoint, id_of(cli)) == end


@pytest.mark.parametrize("fault", ["DeleteWebExperience:drop-after", "DeleteRole:500", "DeleteApplication:500",
                                   "DeleteRolePolicy:drop-after", "DeleteSAMLProvider:drop-after", "DeleteIndex:500"])
def test_fault_at_the_removal(tmp_path, idp, fault):
    with serve("--fault", fault) as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        assert cli.run("apply").returncode == 0
        remove(cli, endpoint)


@pytest.mark.parametrize("operation", ["CreateApplication", "CreateRole", "CreateWebExperience", "UpdateWebExperience"])
def test_denied_then_allowed(tmp_path, idp, undisturbed, operation):
    """A permission that is missing: what is left is said, and the next run goes on from there."""
    _, end = undisturbed
    with serve("--fault", f"{operation}:denied") as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        done = cli.run("apply")
        assert done.returncode == 3 and "not authorized" in done.stderr, done.stderr
        assert done.json["failed"] and not done.json["finished"]
        done = cli.run("apply")
        assert done.returncode == 0, done.stderr
        assert finished(cli, endpoint, id_of(cli)) == end


def test_killed_where_the_answer_was_lost(tmp_path, idp, undisturbed):
    """The answer to CreateApplication is lost, and the process dies while it asks again."""
    _, end = undisturbed
    with serve("--latency", LATENCY, "--fault", "CreateApplication:drop-after") as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        run = cli.start("apply")
        for _ in range(400):
            if any("intent" in e["event"] and e["event"]["intent"]["address"] == "application" for e in cli.journal()):
                break
            time.sleep(0.005)
        time.sleep(0.05)
        run.kill()
        run.wait()
        assert cli.run("apply").returncode == 0
        assert finished(cli, endpoint, id_of(cli)) == end


def test_a_journal_that_was_cut_in_its_last_line(tmp_path, idp, quick, undisturbed):
    _, end = undisturbed
    cli = Cli(tmp_path, quick).new(idp.metadata_xml)
    run = cli.start("apply")
    time.sleep(0.2)
    run.kill()
    run.wait()
    file = cli.folder / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-7])
    try:
        again = cli.run("apply")
        assert again.returncode == 0, again.stderr
        assert finished(cli, quick, id_of(cli)) == end
    finally:
        remove(cli, quick)


@pytest.mark.parametrize("switch", ["endpoint=late", "put=clears", "children-while-updating=refused"])
def test_switches(tmp_path, idp, undisturbed, switch):
    _, end = undisturbed
    with serve("--switch", switch) as endpoint:
        cli = Cli(tmp_path, endpoint).new(idp.metadata_xml)
        done = cli.run("apply")
        assert done.returncode == 0, done.stderr
        assert finished(cli, endpoint, id_of(cli)) == end


def test_practice_says_what_it_does_not_know():
    done = subprocess.run([CLI, "practice", "--fault", "CreateCastle:500"], env=environment(), capture_output=True, text=True)
    assert done.returncode == 2 and "CreateCastle" in done.stderr
