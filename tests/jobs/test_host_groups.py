"""Sources that ask one host have one lock, and so have those that others connect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from crawler.jobs.host_groups import HostGroups
from crawler.sources.round_sources import Source
from tests.rounds.sources import ENTRY


def _source(key: str, hosts: Iterable[str]) -> Source:
    return replace(ENTRY, key=key, hosts=frozenset(hosts))


def test_connected_hosts_are_one_group() -> None:
    a, b, c, d = (_source(key, key) for key in ("pq", "qr", "rs", "tu"))
    groups = HostGroups([d, c, a, b])
    assert groups.name(a) == groups.name(b) == groups.name(c) == "p"
    assert groups.name(d) == "t"


def test_a_source_without_hosts_is_a_group_of_its_own() -> None:
    groups = HostGroups([_source("gull", ()), _source("tern", ())])
    assert groups.name(_source("gull", ())) != groups.name(_source("tern", ()))


@given(st.lists(st.frozensets(st.sampled_from("pqrstuvw"), max_size=3), max_size=8))
def test_two_sources_with_a_host_in_common_have_one_lock(hosts: list[frozenset[str]]) -> None:
    sources = [_source(f"s{number}", some) for number, some in enumerate(hosts)]
    groups = HostGroups(sources)
    for one, other in combinations(sources, 2):
        if one.hosts & other.hosts:
            assert groups.name(one) == groups.name(other)
    assert [groups.name(s) for s in sources] == [HostGroups(sources[::-1]).name(s) for s in sources]
