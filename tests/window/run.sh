#!/usr/bin/env bash
# The real program in a real window on a virtual display, driven over WebDriver. With names, only
# the roads that begin with them.
set -euo pipefail
cd "$(dirname "$0")/../.."
# The system's own dialogs are found by what their buttons say.
export LC_ALL=C.UTF-8
exec xvfb-run --auto-servernum --server-args='-screen 0 1400x900x24 -nolisten tcp' \
  dbus-run-session -- node tests/window/window.mjs "$@"
