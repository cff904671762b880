#!/usr/bin/env bash
# Installs all that tests/world needs beyond Python packages, one after the other: apt has one lock.
# What cannot be installed here is named in one line each; the tests that need it are skipped, or
# fail at NEWSREEL_REQUIRE_WORLD=1. Safe to run again.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

for part in wordpress/install.sh judges/install-browser.sh other_tools/install.sh faults/install.sh; do
  bash "$part" || [ $? -eq 3 ] || echo "tests/world/$part failed: its output is above" >&2
done
