#!/bin/sh
# round.sh [ARGUMENT ...]: a round for cron, with the variables of NEWSREEL_ENV (/etc/newsreel.env),
# and its exit code told by ping.sh.
cd "$(dirname "$0")/.." || exit 2
env=${NEWSREEL_ENV:-/etc/newsreel.env}
if [ -r "$env" ]; then
    set -a
    . "$env"
    set +a
fi
# shellcheck disable=SC2086 -- options are several words
.venv/bin/python -m scrapy round "$@" $NEWSREEL_OPTIONS
code=$?
deploy/ping.sh "$code"
exit "$code"
