"""A look-up of a name ends in time, whatever its server does."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from crawler.handlers.address_guard import GuardedResolver

ADDRESS = IPv4Address("TCP", "93.184.216.34", 0)


class Waiting(Clock):
    """A reactor whose name server answers when it is told to."""

    nameResolver: Any  # noqa: N815 - Twisted's name

    def __init__(self) -> None:
        super().__init__()
        self.nameResolver = self
        self.receiver: Any = None

    def resolveHostName(self, receiver: Any, *_: object) -> None:  # noqa: N802
        self.receiver = receiver
        receiver.resolutionBegan(self)

    def answer(self) -> None:
        self.receiver.addressResolved(ADDRESS)
        self.receiver.resolutionComplete()


class Asking:
    """Who wants to know the addresses of a name."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.ended = 0

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: IPv4Address) -> None:  # noqa: N802
        self.found.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.ended += 1


def ask(reactor: Any, name: str) -> Asking:
    asking = Asking()
    GuardedResolver(reactor, 10, 60.0).resolveHostName(asking, name)
    return asking


def test_a_silent_name_server_is_waited_for_as_long_as_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reactor = Waiting()
    asking = ask(reactor, "silent.example")
    reactor.advance(59)
    assert asking.ended == 0
    reactor.advance(1)
    assert (asking.found, asking.ended) == ([], 1)
    assert "silent.example was not found within 60 s (DNS_TIMEOUT)" in caplog.text
    reactor.answer()
    assert (asking.found, asking.ended) == ([], 1)
    # What came too late is known to who asks again.
    again = ask(reactor, "silent.example")
    assert (again.found, again.ended) == ([ADDRESS.host], 1)


def test_an_answer_in_time_is_the_end_of_it() -> None:
    reactor = Waiting()
    asking = ask(reactor, "prompt.example")
    reactor.advance(30)
    reactor.answer()
    assert (asking.found, asking.ended) == ([ADDRESS.host], 1)
    assert not reactor.getDelayedCalls()
