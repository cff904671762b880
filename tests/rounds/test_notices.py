"""Which verdicts are told, and how a notice goes out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.exceptions import NoticeError
from crawler.rounds.notices import (
    check_notices,
    find_turns,
    notify_turns,
    send_turns,
    told_by,
)
from crawler.rounds.source_health import SourceHealth, SourceVerdict
from tests.rounds.sources import ledger
from tests.rounds.test_health_report import GOOD
from tests.servers.webhook import Webhook, webhook

NAME = "NEWSREEL_TEST_ADDRESS"
TOKEN = "kEpTfrOmeVerYligHt7q9Z"


def of(verdict: SourceVerdict, source: str = "harbour.test") -> SourceHealth:
    why = "no new story for 9 days" if verdict.is_alarm else ""
    return replace(GOOD, source=source, verdict=verdict, why=why)


def test_what_becomes_silent_or_failing_is_told_once() -> None:
    told: dict[str, str] = {}
    lines = []
    for verdict in (
        *(
            SourceVerdict.YOUNG,
            SourceVerdict.GOOD,
            SourceVerdict.QUIET,
            SourceVerdict.SILENT,
            SourceVerdict.SILENT,
        ),
        *(
            SourceVerdict.FAILING,
            SourceVerdict.NEVER_READ,
            SourceVerdict.FAILING,
            SourceVerdict.QUIET,
            SourceVerdict.GOOD,
        ),
        *(SourceVerdict.FAILING,),
    ):
        turns = find_turns([of(verdict)], told)
        lines.append([turn.line for turn in turns])
        told |= told_by(turns)
    nothing: list[str] = []
    silent = "harbour.test is silent: no new story for 9 days"
    failing = "harbour.test is failing: no new story for 9 days"
    assert lines == [
        *(nothing, nothing, nothing, [silent], nothing, [failing], nothing, nothing),
        *(["harbour.test is no longer failing (quiet)"], nothing, [failing]),
    ]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as hook:
        monkeypatch.setenv(NAME, f"json://{hook.address}/{TOKEN}")
        yield hook


def test_a_notice_goes_out_and_is_noted(tmp_path: Path, hook: Webhook) -> None:
    found = [
        of(SourceVerdict.SILENT),
        of(SourceVerdict.GOOD, "b.test"),
        of(SourceVerdict.FAILING, "c.test"),
    ]
    with ledger(tmp_path) as store:
        assert len(notify_turns(store, found, NAME)) == 2
        assert store.told() == {"harbour.test": "silent", "c.test": "failing"}
        assert notify_turns(store, found, NAME) == []
        notify_turns(store, [of(SourceVerdict.GOOD), *found[1:]], NAME)
        assert store.told() == {"c.test": "failing"}
    assert [(notice["title"], notice["message"]) for notice in hook.got] == [
        (
            "Newsreel: 2 of 2 sources that changed need a look",
            "harbour.test is silent: no new story for 9 days\n"
            "c.test is failing: no new story for 9 days",
        ),
        (
            "Newsreel: harbour.test is no longer silent (good)",
            "harbour.test is no longer silent (good)",
        ),
    ]


def test_what_nobody_took_is_told_by_the_next_one(tmp_path: Path, hook: Webhook) -> None:
    hook.status = 500
    with ledger(tmp_path) as store:
        with pytest.raises(NoticeError, match="did not take it") as refused:
            notify_turns(store, [of(SourceVerdict.SILENT)], NAME)
        assert store.told() == {}
        hook.status = 200
        notify_turns(store, [of(SourceVerdict.SILENT)], NAME)
        assert store.told() == {"harbour.test": "silent"}
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("address", [f"nonsense://{TOKEN}", TOKEN, f"json://{TOKEN}:99999999/"])
def test_an_address_that_is_none_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    address: str,
) -> None:
    monkeypatch.setenv(NAME, address)
    with caplog.at_level(logging.DEBUG), pytest.raises(NoticeError) as refused:
        send_turns(find_turns([of(SourceVerdict.SILENT)], {}), NAME)
    shown = [str(refused.value), repr(refused.value.__cause__), caplog.text, *capfd.readouterr()]
    assert all(TOKEN not in text for text in shown)


def test_hundreds_of_turns_are_one_notice(hook: Webhook) -> None:
    send_turns(find_turns([of(SourceVerdict.SILENT, f"{n}.test") for n in range(300)], {}), NAME)
    (notice,) = hook.got
    lines = notice["message"].splitlines()
    assert len(lines) == 51
    assert lines[-1] == "and 250 more: scrapy health lists them"


def test_without_an_address_or_apprise_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    with pytest.raises(NoticeError, match="is not set: set it"):
        check_notices(NAME)
    monkeypatch.setenv(NAME, "json://127.0.0.1/")
    check_notices(NAME)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(NoticeError, match="make notify"):
        check_notices(NAME)
