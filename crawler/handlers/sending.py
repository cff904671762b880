"""Bytes go out while their run may send them, and not a moment later.

Between the start of a download and the first byte on the wire the event loop may stand still: a
question to the ledger waits for a server that is away. So the socket asks once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.internet.tcp import Connection

from crawler.jobs.rights import may_send, needs_none

LOOK_EVERY = 0.1
"""Seconds, after which it is looked again whether a run may send."""


def hold_back(transport: Any, run: object) -> None:
    """Have the connection of *transport* (Twisted 25.5 to 26) hold back what *run* may not send."""
    while transport and not isinstance(transport, Connection):  # TLS lies above it
        transport = getattr(transport, "transport", None)
    if transport and not needs_none(run) and "doWrite" not in vars(transport):
        write = _held_back(transport, transport.doWrite, run)
        vars(transport)["doWrite"] = write


def _held_back(connection: Any, write: Callable[[], object], run: object) -> Callable[[], object]:
    def write_if_it_may() -> object:
        if may_send(run):
            return write()
        connection.stopWriting()
        asyncio.get_running_loop().call_later(LOOK_EVERY, go_on)
        return None

    def go_on() -> None:
        if connection.connected and not connection.disconnected:
            connection.startWriting()

    return write_if_it_may
