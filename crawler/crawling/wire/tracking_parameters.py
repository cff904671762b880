"""Which parameters of a site's addresses only track, and which choose pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from crawler.sources.address import address_key
from crawler.sources.tracking import is_counting, key_without, suspects
from crawler.state.store import Store, Visit

_TRACKS, _CHOOSES = "tracking", "pages"


class TrackingParameters:
    """What is known of the parameters that *source* has in its addresses, host by host.

    A parameter that is suspected only to track is believed to do so once the site has shown it;
    one that sites are known to count by, until the site has shown that it chooses pages. What a
    site has shown is in the ledger, with the visits; *note* gets what is new.
    """

    def __init__(
        self,
        store: Store,
        source: str,
        note: Callable[[Iterable[Visit]], object] | None = None,
    ) -> None:
        self._store = store
        self._note = note or store.put_visits
        self._source = source
        self._known: dict[str, str] = {}

    def key(self, url: str) -> str:
        """Return the `address_key` of *url* without the parameters that only track."""
        if names := suspects(url):
            return key_without(url, {name for name in names if self._tracks(url, name)})
        return address_key(url)

    def bare_key(self, url: str) -> str:
        """Return the `address_key` of *url* without all parameters that may only track."""
        if names := suspects(url):
            return key_without(url, {n for n in names if self._outcome(url, n) != _CHOOSES})
        return address_key(url)

    def doubtful(self, *urls: str) -> frozenset[str]:
        """Return the names of the parameters of *urls* that may track or choose pages."""
        return frozenset(n for url in urls for n in suspects(url) if not self._outcome(url, n))

    def learn(self, url: str, names: Iterable[str], *, tracks: bool) -> bool:
        """Note that the parameters *names* of the site of *url* only track, or choose pages.

        Return whether that is new.
        """
        outcome = _TRACKS if tracks else _CHOOSES
        at = datetime.now(UTC).isoformat()
        new = {_address(url, n): outcome for n in names if self._outcome(url, n) != outcome}
        if not new:
            return False
        self._known |= new
        self._note(
            Visit(source=self._source, url=address, at=at, outcome=outcome) for address in new
        )
        return True

    def _tracks(self, url: str, name: str) -> bool:
        return self._outcome(url, name) == _TRACKS

    def _outcome(self, url: str, name: str) -> str:
        """Return what is known of the parameter *name*, empty if nothing is."""
        address = _address(url, name)
        if address not in self._known:
            found = self._store.visits(self._source, [address]).get(address)
            believed = _TRACKS if is_counting(name) else ""
            self._known[address] = found.outcome if found else believed
        return self._known[address]


def _address(url: str, name: str) -> str:
    """Return the address under which the ledger has what is known of a parameter."""
    return f"parameter:{urlsplit(url).hostname or ''}?{name}"
