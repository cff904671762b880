"""A lease ends by itself, and whoever waits for it hears of its end."""

from __future__ import annotations

import asyncio

from crawler.jobs.lease import Lease, lease_clock


def test_it_is_valid_for_less_than_its_length_from_a_heartbeat_on() -> None:
    lease = Lease(100.0)
    valid = [lease.is_valid]
    for ago in (89.0, 91.0):
        lease.renew(lease_clock() - ago)
        valid.append(lease.is_valid)
    assert valid == [False, True, False]


def test_who_waits_goes_on_when_it_is_renewed() -> None:
    async def wait() -> bool:
        lease = Lease(100.0)
        waiting = asyncio.ensure_future(lease.wait())
        await asyncio.sleep(0)
        lease.renew(lease_clock() - 200.0)  # too late an answer
        await asyncio.sleep(0.01)
        was_done = waiting.done()
        lease.renew(lease_clock())
        await waiting
        return was_done

    assert not asyncio.run(wait())


def test_who_waits_under_a_lost_one_goes_on_when_the_runs_are_ended() -> None:
    async def wait() -> bool:
        lease = Lease(100.0)
        lease.renew(lease_clock())
        lease.lose()
        assert not lease.is_valid
        waiting = asyncio.ensure_future(lease.wait())
        await asyncio.sleep(0.01)
        was_done = waiting.done()
        lease.end()
        await waiting
        return was_done

    assert not asyncio.run(wait())


def test_a_run_is_known_by_its_crawler() -> None:
    class Crawler:
        pass

    crawler, lease = Crawler(), Lease(1.0)
    assert Lease.of(crawler) is None
    lease.hold(crawler)
    assert Lease.of(crawler) is lease
