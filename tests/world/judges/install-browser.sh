#!/usr/bin/env bash
# Installs what ReplayWeb.page needs to be a judge: Chromium from Debian's packages (root), and
# ReplayWeb.page and axe-core from the npm registry, as package-lock.json pins them. Safe to run again.
# Exit codes: 0 ready; 1 apt or npm failed (their output is shown); 3 cannot be installed here.
set -euo pipefail

folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/replayweb
lock=$folder/node_modules/.package-lock.json

refuse() {
  echo "browser: $1" >&2
  exit 3
}

# Lists can be absent or name files that the mirror no longer has: then update once, try again.
install_chromium() {
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 chromium)
  "${install[@]}" || { apt-get update -q && "${install[@]}"; }
}

# Nothing of these packages runs at installation, and nothing of what they ask for but these.
install_replayweb() {
  (cd "$folder" && npm ci --ignore-scripts --omit=peer --omit=optional --no-audit --no-fund)
}

command -v node >/dev/null && command -v npm >/dev/null || refuse "needs node and npm"
if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null || refuse "needs chromium"
  [ "$(id -u)" = 0 ] || refuse "needs root to install chromium"
  install_chromium >&2
fi
[ "$lock" -nt "$folder/package-lock.json" ] || install_replayweb >&2
