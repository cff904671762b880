"""Sends one notice: ``python -m crawler.rounds.notice_sender``, with its text as JSON on stdin.

It prints nothing: what Apprise and the libraries below it say may have the address in it. The exit
code is 3 for an address that Apprise does not understand, 4 if the notice was not delivered.
"""

from __future__ import annotations

import json
import os
import sys

import apprise


def main() -> int:
    """Send it."""
    notice = json.load(sys.stdin)
    sender = apprise.Apprise()
    if not sender.add(os.environ[notice["variable"]]) or not len(sender):
        return 3
    taken = sender.notify(
        title=notice["title"], body=notice["body"], body_format=apprise.NotifyFormat.TEXT
    )
    return 0 if taken else 4


if __name__ == "__main__":
    raise SystemExit(main())
