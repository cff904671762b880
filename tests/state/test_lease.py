"""A lease ends by itself."""

from __future__ import annotations

from crawler.state.lease import Lease, lease_clock


def test_it_is_valid_for_less_than_its_length_from_a_heartbeat_on() -> None:
    lease = Lease(100.0)
    valid = [lease.is_valid]
    for ago in (89.0, 91.0):
        lease.renew(lease_clock() - ago)
        valid.append(lease.is_valid)
    assert valid == [False, True, False]


def test_a_lost_one_never_comes_back() -> None:
    lease = Lease(100.0)
    lease.renew(lease_clock())
    lease.lose()
    lease.renew(lease_clock())
    assert not lease.is_valid
