"""What a run needs to send requests, as long as it lasts."""

from __future__ import annotations

from crawler.jobs.rights import forget, may_send, needs_none, require


class _Run:
    pass


def test_a_run_may_send_while_it_has_all_its_rights() -> None:
    run, other = _Run(), _Run()
    rights = {"source": True, "host": True}
    require(run, lambda: rights["source"])
    require(run, lambda: rights["host"])
    assert may_send(run)
    assert not needs_none(run)
    rights["host"] = False
    assert not may_send(run)
    assert may_send(other)
    forget(run)
    assert needs_none(run)


def test_whatever_leaves_an_archive_may_be_forgotten() -> None:
    forget(object())
