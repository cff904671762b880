"""Keeps a Python process off the network: in a folder of PYTHONPATH, it is loaded at the start.

What is tried raises, and is noted in the file that NEWSREEL_NETWORK_LOG names, as it may be caught.
Python tells of it by audit events (https://docs.python.org/3/library/audit_events.html), whatever
name the function was called by.
"""

import os
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = {
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
    "socket.sendmsg",
    "socket.sendto",
}
# urllib3 looks so, when it is imported, whether there is IPv6; Scrapy's cookies import it.
_PROBE = ("::1", 0)
_FILES = 1  # AF_UNIX: how the processes of one run talk; it reaches no other machine


def _forbid(event: str, details: tuple[Any, ...]) -> None:
    is_file = "socket." in event and getattr(details[0], "family", None) == _FILES
    is_probe = event == "socket.bind" and details[1] == _PROBE
    if event in _FORBIDDEN and not (is_file or is_probe):
        with Path(os.environ["NEWSREEL_NETWORK_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{event} {details!r}\n")
        raise PermissionError(f"{event} {details!r}: this process is to reach nobody")


sys.addaudithook(_forbid)
