"""The address guard: which addresses it refuses, and that nothing gets around it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.settings import BaseSettings

from crawler.exceptions import BadArgumentError
from crawler.handlers.address_guard import is_refused
from crawler.settings_reader import SettingsReader
from crawler.warc.reader import records
from tests.handlers.conftest import Server, crawl, raw_server
from tests.handlers.test_capture import RETRY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE_V4 = ["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
GUARD = {"TWISTED_DNS_RESOLVER": "crawler.handlers.address_guard.GuardedResolver", **RETRY}
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "0",
]


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1"),
        *("192.0.0.8", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1"),
        *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"),
        *("fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1"),
    ],
)
def test_refused(address: str) -> None:
    assert is_refused(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "93.184.215.14", "172.32.0.1", "192.0.3.1", "::ffff:8.8.8.8"),
        *("2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1", "2a00:1450:4001::1"),
    ],
)
def test_public(address: str) -> None:
    assert not is_refused(address)


@given(st.sampled_from(PRIVATE_V4), st.data())
def test_no_way_of_embedding_hides_a_private_address(network: str, data: st.DataObject) -> None:
    block = ip_network(network)
    inner = data.draw(st.integers(int(block[0]), int(block[-1])))
    rest = data.draw(st.integers(0, (1 << 80) - 1))
    prefixes = {
        "mapped": 0xFFFF << 32 | inner,
        "NAT64": 0x64FF9B << 96 | inner,
        "6to4": 0x2002 << 112 | inner << 80 | rest,
        "compatible": inner,
    }
    assert is_refused(str(IPv4Address(inner)))
    assert [name for name, one in prefixes.items() if not is_refused(str(IPv6Address(one)))] == []


@given(st.ip_addresses(v=6))
def test_outside_global_unicast_only_embedded_public_addresses_pass(address: IPv6Address) -> None:
    embeds = address.ipv4_mapped or address in ip_network("64:ff9b::/96")
    if address not in ip_network("2000::/3") and not embeds:
        assert is_refused(str(address))


def read(value: list[str]) -> list[IPv4Network | IPv6Network]:
    return SettingsReader(BaseSettings({"ADDRESS_GUARD_ALLOW": value})).ADDRESS_GUARD_ALLOW


def test_allowed_networks_are_for_both_spellings() -> None:
    allowed = read(["127.0.0.0/8"])
    assert not is_refused("127.0.0.1", allowed)
    assert not is_refused("::ffff:127.0.0.1", allowed)
    assert is_refused("::1", allowed)
    assert is_refused("10.0.0.1", allowed)


@pytest.mark.parametrize("value", ["127.0.0.1/8", "localhost", "", "::1/129"])
def test_a_bad_network_is_named(value: str) -> None:
    with pytest.raises(BadArgumentError, match="ADDRESS_GUARD_ALLOW") as raised:
        read([value])
    assert repr(value) in str(raised.value)
    assert "127.0.0.0/8" in str(raised.value)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[Server]:
    with raw_server(tmp_path_factory.mktemp("guarded"), certificate) as server:
        yield server


def requests_to(hosts: list[str], server: Server) -> list[dict[str, Any]]:
    port = server.ports["http"]
    return [{"key": host, "url": f"http://{host}:{port}/plain?{host}"} for host in hosts]


def test_every_spelling_of_loopback_is_refused_once(server: Server, tmp_path: Path) -> None:
    requests = requests_to(SPELLINGS, server)
    secure = f"https://127.1:{server.ports['https']}/plain"
    requests.append({"key": "https", "url": secure})
    crawled = crawl(tmp_path / "crawl", requests, settings=GUARD)
    stats = crawled.outcomes.pop("stats")["stats"]
    errors = {key: outcome["seen"].get("error") for key, outcome in crawled.outcomes.items()}
    assert errors == dict.fromkeys([*SPELLINGS, "https"], "AddressRefusedError")
    assert stats["address_guard/refused"] == len(errors)
    assert not [key for key in stats if key.startswith("retry/")]
    message = crawled.outcomes["127.1"]["seen"]["message"]
    assert message.startswith("127.1 leads to 127.0.0.1,")
    assert "ADDRESS_GUARD_ALLOW" in message
    responses = [r for path in crawled.files for r in records(path) if r.type == "response"]
    assert responses == []


def test_allowed_networks_are_reached_and_no_others(server: Server, tmp_path: Path) -> None:
    requests = requests_to(["127.0.0.1", "127.1", "localhost", "[::1]"], server)
    settings = {**GUARD, "ADDRESS_GUARD_ALLOW": ["127.0.0.0/8"]}
    crawled = crawl(tmp_path / "crawl", requests, settings=settings)
    seen = {key: crawled.outcomes[key]["seen"] for key in ("127.0.0.1", "127.1", "localhost")}
    assert [one.get("status") for one in seen.values()] == [200, 200, 200]
    assert crawled.outcomes["[::1]"]["seen"]["error"] == "AddressRefusedError"


def test_ipv6_works(server: Server, tmp_path: Path) -> None:
    if "http6" not in server.ports:
        pytest.skip("this machine has no IPv6 loopback")
    url = f"http://[::1]:{server.ports['http6']}/plain?six"
    settings = {**GUARD, "ADDRESS_GUARD_ALLOW": ["::1/128"]}
    crawled = crawl(tmp_path / "crawl", [{"key": "six", "url": url}], settings=settings)
    assert crawled.outcomes["six"]["seen"]["status"] == 200
    assert crawled.about("six")["response"].header("WARC-IP-Address") == "::1"


def test_a_proxy_needs_leave_too(server: Server, tmp_path: Path) -> None:
    """Both kinds of proxy by name; the name of the target is the proxy's business."""
    requests = [
        {
            "key": scheme,
            "url": f"{scheme}://site.test:{server.ports[scheme]}/plain?{scheme}",
            "meta": {"proxy": f"http://localhost:{server.ports[proxy]}", "download_timeout": 5},
        }
        for scheme, proxy in (("http", "http"), ("https", "connect"))
    ]
    refused = crawl(tmp_path / "refused", requests, settings={**GUARD, "RETRY_TIMES": 0})
    assert refused.outcomes["http"]["seen"]["error"] == "AddressRefusedError"
    assert refused.outcomes["https"]["seen"]["error"] == "CannotResolveHostError"
    assert refused.outcomes["stats"]["stats"]["address_guard/refused"] == 2
    allow = {**GUARD, "ADDRESS_GUARD_ALLOW": ["127.0.0.0/8"]}
    allowed = crawl(tmp_path / "allowed", requests, settings=allow)
    assert [allowed.outcomes[key]["seen"].get("status") for key in ("http", "https")] == [200, 200]
