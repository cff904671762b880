#!/usr/bin/env bash
# Installs what makes foreign archives and is no Python package: wget from Debian's packages (root),
# and the service worker of ArchiveWeb.page from the npm registry. Safe to run again. Chromium and
# playwright-core, which drive the worker, come from tests/world/judges/install-browser.sh.
# Exit codes: 0 ready; 1 apt or npm failed (their output is shown); 3 cannot be installed here.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
folder=$root/.cache/foreign
worker=$folder/archivewebpage-0.17.1.js
digest=a54113ee746c5baace20e2f6a18e3c9fe6231cd303cf31c58551fcf008491601

refuse() {
  echo "foreign archives: $1" >&2
  exit 3
}

# Lists can be absent or name files that the mirror no longer has: then update once, try again.
install_wget() {
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 wget)
  "${install[@]}" || { apt-get update -q && "${install[@]}"; }
}

# The package has the worker built; what it was built from (pdf.js, Electron's updater …) stays away.
fetch_worker() {
  mkdir -p "$folder"
  work=$(mktemp -d "$folder/install.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent @webrecorder/archivewebpage@0.17.1)
  tar -xzOf "$work"/*.tgz package/dist/embed/replay/sw.js >"$work/sw.js"
  echo "$digest  $work/sw.js" | sha256sum --check --quiet
  mv "$work/sw.js" "$worker"
}

if ! command -v wget >/dev/null; then
  command -v apt-get >/dev/null || refuse "needs wget"
  [ "$(id -u)" = 0 ] || refuse "needs root to install wget"
  install_wget >&2
fi
command -v npm >/dev/null || refuse "needs npm"
[ -f "$worker" ] || fetch_worker >&2
