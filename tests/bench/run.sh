#!/usr/bin/env bash
# Every claim about speed, as a ratio against a peer or a floor in the same run. Ends with 1 when a
# bound is broken, after everything was measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
broken=0

echo "== reading and verifying"
cargo bench --quiet --package claimbridge-practice --bench speed || broken=1
echo "== diagnosis"
.venv-bench/bin/python tests/bench/diagnose.py || broken=1
echo "== apply and demo"
cargo build --quiet --package claimbridge-cli
python3 tests/bench/apply.py target/debug/claimbridge-cli || broken=1
echo "== groups"
.venv/bin/python tests/bench/groups.py target/debug/claimbridge-cli || broken=1
echo "== start and memory, in release windows"
cargo build --quiet --release --package claimbridge --bin claimbridge --example bare
xvfb-run --auto-servernum --server-args='-screen 0 1400x900x24 -nolisten tcp' \
  dbus-run-session -- node tests/bench/start.mjs || broken=1
exit "$broken"
