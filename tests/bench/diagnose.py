"""The diagnosis, as fast as it has to be: every bound against a peer or a floor of the same run.

Run by a Python that has tests/bench/requirements.txt. Prints a table; ends with 1 when a bound is broken."""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BENCH = ["cargo", "bench", "--quiet", "--package", "claimbridge-practice", "--bench", "diagnose", "--"]
broken = []


def lines(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=HERE)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def row(what, value, bound="", holds=None):
    verdict = {None: "", True: "holds", False: "BROKEN"}[holds]
    if holds is False:
        broken.append(what)
    print(f"{what:<44}{value:>14}  {bound:<28}{verdict}")


def most(what, value, bound, unit):
    row(what, f"{value:.3g} {unit}", f"at most {bound:g} {unit}", value <= bound)


with tempfile.TemporaryDirectory() as folder:
    lines(*BENCH, "write", folder)
    got = {one["what"]: one["value"] for one in lines(*BENCH)}
    har = {one["what"]: one["value"] for one in lines(*BENCH, "har", pathlib.Path(folder) / "recording.har")}
    peers = lines(sys.executable, HERE / "verify_peers.py", folder) + lines("node", HERE / "verify_peer.mjs", folder)

ours, below, floor = (got[f"{name} /s"] for name in ("verify ours", "verify bergshamra", "rsa floor"))
row("verification: RSA-2048 alone, the floor", f"{floor:.0f} /s")
row("verification: bergshamra alone", f"{below:.0f} /s")
row("verification: ours", f"{ours:.0f} /s", "at least 0.9 of bergshamra", ours >= 0.9 * below)
for peer in peers:
    if "missing" in peer:
        row(f"verification: {peer['what']}", "not installed", peer["missing"][:40])
    else:
        row(f"verification: {peer['what']}", f"{peer['value']:.0f} /s", "slower than ours", peer["value"] < ours)
row("rules and evaluator, median", f"{got['rules and evaluator, median ms']:.3f} ms")
most("rules and evaluator, p99", got["rules and evaluator, p99 ms"], 2, "ms")
most("smallest fix, slowest case", got["smallest fix, slowest ms"], 100, "ms")
most("10,000 people simulated", got["10,000 people simulated, s"], 1, "s")
most("HAR of 50 MB", har["HAR 50 MB, s"], 1, "s")
most("HAR of 50 MB, peak memory", har["HAR peak MB"], 64, "MB")
row("HAR of 50 MB, logins found", f"{har['HAR pieces']:.0f}", "at least 1", har["HAR pieces"] >= 1)

if broken:
    sys.exit("broken: " + ", ".join(broken))
