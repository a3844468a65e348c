#!/usr/bin/env bash
# Every claim about speed, as a ratio against a peer or a floor in the same run.
set -euo pipefail
cd "$(dirname "$0")/../.."
echo "== reading and verifying"
cargo bench --quiet --package claimbridge-practice --bench speed
echo "== apply and demo"
cargo build --quiet --package claimbridge-cli
python3 tests/bench/apply.py target/debug/claimbridge-cli
