#!/bin/sh
# ping.sh [CODE]: tell the address in NEWSREEL_PING_URL (healthchecks.io, or a server like it) how a
# round ended: with CODE, or as systemd says in EXIT_STATUS. Without an address it does nothing.
# The address is a secret, so that it is no argument of curl, which others could see.
[ -n "$NEWSREEL_PING_URL" ] || exit 0
code=${1:-$EXIT_STATUS}
case $code in
    0 | 3) path= ;;                           # complete, or the report names what was not got
    75 | 129 | 130 | 143 | HUP | TERM | INT) path=/log ;; # others are at it, or it was stopped: no alarm
    *[!0-9]* | '') path=/fail ;;              # killed
    *) path=/$code ;;
esac
printf 'url = "%s%s"\n' "$NEWSREEL_PING_URL" "$path" |
    curl --fail --silent --show-error --max-time 20 --retry 3 --output /dev/null --config -
