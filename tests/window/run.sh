#!/usr/bin/env bash
# The real program in a real window on a virtual display, driven over WebDriver.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec xvfb-run --auto-servernum --server-args='-screen 0 1400x900x24 -nolisten tcp' \
  dbus-run-session -- node tests/window/window.mjs "$@"
