#!/usr/bin/env bash
# Installs what the real WordPress of the tests needs: Debian 12 packages (root) and an unpacked
# WordPress in .cache/wordpress (NEWSREEL_WORDPRESS_CACHE overrides). Safe to run again and again.
# Exit codes: 0 ready; 1 apt failed (its output is shown); 3 cannot be installed here (one line on stderr says what is missing).
set -euo pipefail

packages=(
  php8.2-cli php8.2-fpm php8.2-mysql php8.2-xml php8.2-mbstring php8.2-curl php8.2-gd
  mariadb-server-core mariadb-client-core bc nginx-light
)
# Only unpacked, never installed: the installed package would pull in Apache.
unpacked=(wordpress wordpress-theme-twentytwentythree php-getid3 libjs-cropper libjs-underscore)

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
cache=${NEWSREEL_WORDPRESS_CACHE:-$root/.cache/wordpress}

refuse() {
  echo "real WordPress: $1" >&2
  exit 3
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      echo "$package"
  done
}

# Lists can be absent or name files that the mirror no longer has: then update once, try again.
with_fresh_lists() {
  "$@" >"$log" 2>&1 && return
  apt-get update -q >"$log" 2>&1 && "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    return 1
  }
}

install_packages() {
  local policy=/usr/sbin/policy-rc.d unit
  if [ ! -e "$policy" ]; then # nothing that apt installs may start and listen
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d; rm -rf "$work"' EXIT
  fi
  with_fresh_lists env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
  for unit in nginx php8.2-fpm; do # nor start at the next boot, if it was us who brought it
    case " $* " in *" $unit "* | *" $unit-light "*)
      systemctl disable -q "$unit" >/dev/null 2>&1 || true # no systemd: nothing to disable
      ;;
    esac
  done
}

unpack_wordpress() {
  local package
  mkdir "$work/debs" "$work/tree"
  cd "$work/debs"
  with_fresh_lists apt-get download -q -o APT::Sandbox::User=root "${unpacked[@]}"
  for package in *.deb; do
    dpkg-deb -x "$package" "$work/tree"
  done
  rm "$work/tree/usr/share/wordpress/.htaccess"
  # Some scripts of the admin pages point outside the tree; nothing here uses them.
  cp -RL "$work/tree/usr/share/wordpress" "$work/wordpress" 2>/dev/null || true
  # One tree serves every site: the configuration is named by the environment of the process.
  echo '<?php require getenv("NEWSREEL_PHP") . "/config.php";' >"$work/wordpress/wp-config.php"
  test -f "$work/wordpress/wp-includes/version.php"
  {
    printf '%s\n' *.deb
    dpkg-query -W "${packages[@]}"
  } >"$work/wordpress/newsreel-versions"
  mv "$work/wordpress" "$cache/wordpress"
}

{ [ -r /etc/debian_version ] && grep -q '^12' /etc/debian_version; } ||
  refuse "needs Debian 12 (php8.2, mariadb-server-core, nginx-light)"
missing=$(missing_packages | xargs)
[ -z "$missing" ] || [ "$(id -u)" = 0 ] || refuse "needs root to install: $missing"

[ -n "$missing" ] || [ ! -f "$cache/wordpress/newsreel-versions" ] || exit 0
mkdir -p "$cache"
work=$(mktemp -d "$cache/install.XXXXXX")
log=$work/log
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086  # a list of package names
[ -z "$missing" ] || install_packages $missing
[ -f "$cache/wordpress/newsreel-versions" ] || unpack_wordpress
