"""How long a look-up of a name may take: DNS_TIMEOUT, which Scrapy's IPv6 resolver leaves out."""

# ruff: noqa: N802 (Twisted's names)

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IHostResolution

logger = logging.getLogger(__name__)


@implementer(IResolutionReceiver)
class LimitedLookup:
    """Passes addresses of the host *name* on to *receiver*, until it has waited long enough.

    From then on the name is one without addresses, whatever may still come: that is
    ``DNSLookupError`` for who asked.
    """

    def __init__(self, receiver: Any, name: str) -> None:
        self._receiver = receiver
        self._name = name
        self._is_over = False
        self._timer: Any = None

    def limit(self, clock: Any, seconds: float) -> None:
        """Wait *seconds* from now on, if the answer was not known at once."""
        if not self._is_over:
            self._timer = clock.callLater(seconds, self._give_up, seconds)

    def _give_up(self, seconds: float) -> None:
        self._timer = None
        logger.warning("The name %s was not found within %g s (DNS_TIMEOUT)", self._name, seconds)
        self.resolutionComplete()

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if not self._is_over:
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._timer:
            self._timer.cancel()
        self._receiver.resolutionComplete()
