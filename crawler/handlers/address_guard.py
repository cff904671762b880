"""A resolver that refuses addresses that no news site has (server-side request forgery).

The check is on the addresses that the connection will use, after the name was resolved: odd
spellings ("127.1", "0x7f000001", "2130706433"), IP literals and names that change their address
between a check and its use are all checked here, as Twisted's HostnameEndpoint sends every host
through the resolver and connects to exactly what comes out.

Not checked: hosts that a proxy resolves, and a CONNECT proxy given as IP literal. Both are the
operator's choice, made with the proxy.
"""

# ruff: noqa: N802, N803 (Twisted's names)

from __future__ import annotations

import logging
from contextvars import ContextVar
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.address import IPv4Address as TxIPv4Address
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from crawler.handlers.lookup_limit import LimitedLookup
from crawler.settings_reader import SettingsReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from ipaddress import IPv4Network, IPv6Network
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.interfaces import IAddress, IHostResolution

    IPAddress = IPv4Address | IPv6Address
    IPNetwork = IPv4Network | IPv6Network

logger = logging.getLogger(__name__)

SETTING = "ADDRESS_GUARD_ALLOW"
STATS_KEY = "address_guard/refused"

asking_run: ContextVar[Crawler | None] = ContextVar("asking_run", default=None)
"""The crawler whose download looks up a name: the resolver is that of all runs of the process."""

# The IANA special-purpose registries: all blocks that are not globally reachable, multicast and
# reserved space. Of IPv6, nothing outside 2000::/3 is public. `ipaddress.is_global` differs by
# Python version and lets multicast and embedded IPv4 addresses through.
REFUSED = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/3", "4000::/2", "8000::/1"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)

# IPv6 addresses that lead to an IPv4 address, and how far right of it they end, in bits:
# IPv4-mapped, NAT64 (RFC 6052), 6to4 (RFC 3056). Teredo is in 2001::/23, IPv4-compatible in ::/3.
_EMBEDDING = (
    (ip_network("::ffff:0:0/96"), 0),
    (ip_network("64:ff9b::/96"), 0),
    (ip_network("2002::/16"), 80),
)


class AddressRefusedError(Exception):
    """A host has no address that may be reached. It is not retried: this is no OSError."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        super().__init__(
            f"{host} leads to {', '.join(addresses)}, which is no public address; "
            f"if it shall be reached, add its network to {SETTING}"
        )
        self.host = host
        self.addresses = addresses


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's IPv4 and IPv6 resolver without the refused addresses: ``TWISTED_DNS_RESOLVER``.

    ``ADDRESS_GUARD_ALLOW`` lists networks that may be reached all the same, nothing by default;
    *timeout* is how many seconds a look-up may take.
    Scrapy builds the resolver from the settings of the process: ``custom_settings`` of a spider and
    add-ons are read too late for it.
    """

    def __init__(
        self,
        reactor: ReactorBase,
        cache_size: int,
        timeout: float,
        allowed: Sequence[IPNetwork] = (),
        on_refusal: Callable[[AddressRefusedError, Crawler | None], None] = lambda *_: None,
    ) -> None:
        super().__init__(reactor, cache_size)
        self._clock: Any = reactor
        self._timeout = timeout
        self._allowed = allowed
        self._on_refusal = on_refusal

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        settings = crawler.settings
        return cls(
            reactor,
            settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0,
            SettingsReader(settings).DNS_TIMEOUT,
            SettingsReader(settings).ADDRESS_GUARD_ALLOW,
            partial(_count, crawler),
        )

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        run = asking_run.get()  # the answer comes in a context of its own

        def refuse(addresses: Sequence[str]) -> None:
            error = AddressRefusedError(hostName, addresses)
            self._on_refusal(error, run)
            if addressTypes is None:
                resolutionReceiver.addressResolved(RefusedAddress(error))

        public = _PublicAddressReceiver(resolutionReceiver, self._allowed, refuse)
        receiver: Any = LimitedLookup(public, hostName)
        resolution = super().resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        receiver.limit(self._clock, self._timeout)
        return resolution


@implementer(IResolutionReceiver)
class _PublicAddressReceiver:
    """Passes public addresses on, and calls *refuse* if the host has only others."""

    def __init__(
        self,
        receiver: Any,
        allowed: Sequence[IPNetwork],
        refuse: Callable[[Sequence[str]], None],
    ) -> None:
        self._receiver = receiver
        self._allowed = allowed
        self._refuse = refuse
        self._has_public = False
        self._refused: list[str] = []

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if is_refused(address.host, self._allowed):
            self._refused.append(address.host)
        else:
            self._has_public = True
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        if self._refused and not self._has_public:
            self._refuse(self._refused)
        self._receiver.resolutionComplete()


class RefusedAddress(TxIPv4Address):
    """An address that raises the refusal when HostnameEndpoint asks which host to connect to.

    IHostnameResolver can fail in one way only, with no address at all, and that reads as a name
    that does not exist. Callers that want one IPv4 address (``addressTypes``) cannot use this
    class: they get that one failure, and the reason is in the log.
    """

    def __init__(self, error: AddressRefusedError) -> None:
        self._error = error

    @property
    def host(self) -> str:  # type: ignore[override]
        raise self._error


def is_refused(address: str, allowed: Iterable[IPNetwork] = ()) -> bool:
    """Return whether *address* (of either family, perhaps with a zone) must not be connected to."""
    outer = ip_address(address.partition("%")[0])
    inner = _embedded(outer)
    if any(outer in network or inner in network for network in allowed):
        return False
    return any(inner in network for network in REFUSED)


def _embedded(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that *address* leads to, else *address* itself."""
    for network, bits in _EMBEDDING:
        if address in network:
            return IPv4Address(int(address) >> bits & 0xFFFFFFFF)
    return address


def _count(process: Any, error: AddressRefusedError, run: Crawler | None) -> None:
    """Log and count a refusal, for all runs of the *process* if it is not known which one asked.

    What Scrapy calls the resolver's crawler is its CrawlerProcess.
    """
    logger.warning("Refused: %s", error)
    for running in [run] if run else getattr(process, "crawlers", [process]):
        running.stats.inc_value(STATS_KEY)
