#!/usr/bin/env bash
# Installs strace from Debian's packages (root), which makes chosen system calls fail. Safe to run again.
# Exit codes: 0 ready; 1 apt failed (its output is shown); 3 cannot be installed here.
set -euo pipefail

refuse() {
  echo "fault trials: $1" >&2
  exit 3
}

# Lists can be absent or name files that the mirror no longer has: then update once, try again.
install_strace() {
  export DEBIAN_FRONTEND=noninteractive
  local install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 strace)
  "${install[@]}" || { apt-get update -q && "${install[@]}"; }
}

command -v strace >/dev/null && exit
command -v apt-get >/dev/null || refuse "needs strace"
[ "$(id -u)" = 0 ] || refuse "needs root to install strace"
install_strace >&2
