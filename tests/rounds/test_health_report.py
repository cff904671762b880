"""The table, the JSON and the metrics of the health of sources."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.rounds.durations import in_words
from crawler.rounds.health_metrics import metrics, write_metrics
from crawler.rounds.health_report import as_json, table
from crawler.rounds.silence import Pause
from crawler.rounds.source_health import SourceHealth, SourceVerdict
from tests.rounds.sources import DAY, HOUR, NOW
from tests.running import ROOT

GOOD = SourceHealth(
    source="harbour.test",
    key="harbour",
    verdict=SourceVerdict.GOOD,
    why="",
    stories=1234,
    last_read=NOW - HOUR,
    last_answered=NOW - HOUR,
    last_story=NOW - 3 * HOUR,
    last_collected=NOW - 2 * HOUR,
    week=7,
    usual_week=6.5,
    failures=0,
    lost=1,
    pause=Pause(
        last_story=NOW - 3 * HOUR,
        length=2 * HOUR,
        longest=4 * DAY,
        usual=3 * DAY,
        limit=8 * DAY,
    ),
    next_read=NOW + timedelta(minutes=40),
)
NEVER = replace(
    GOOD,
    source="new.test",
    key="",
    verdict=SourceVerdict.NEVER_READ,
    last_read=None,
    last_answered=None,
    last_story=None,
    last_collected=None,
    usual_week=None,
    pause=Pause(
        last_story=None,
        length=timedelta(0),
        longest=timedelta(0),
        usual=timedelta(0),
        limit=None,
    ),
    next_read=None,
)
SILENT = replace(
    GOOD, source="still.test", verdict=SourceVerdict.SILENT, why="no new story for 9 days"
)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 min"),
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=100), "100 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3.5), "3.5 h"),
        (timedelta(hours=30), "30 h"),
        (timedelta(days=2.5), "2.5 days"),
        (timedelta(days=4000), "4,000 days"),
    ],
)
def test_lengths_of_time_in_words(length: timedelta, words: str) -> None:
    assert in_words(length) == words


def test_the_table() -> None:
    lines = list(table([GOOD, NEVER, SILENT], NOW))
    assert [re.split(r"  +", line) for line in lines] == [
        [
            *("source", "verdict", "last read", "last story", "a week", "usual", "failures"),
            *("longest pause", "next read"),
        ],
        ["still.test", "silent", "60 min ago", "3 h ago", "7", "6.5", "4 days", "in 40 min"],
        ["", "no new story for 9 days"],
        ["harbour.test", "good", "60 min ago", "3 h ago", "7", "6.5", "4 days", "in 40 min"],
        ["new.test", "never read", "never", "never", "7"],
        ["1 silent, 1 good, 1 never read"],
    ]
    assert lines[1].index("silent") == lines[3].index("good") == lines[0].index("verdict")
    assert len(lines[0]) == len(lines[1]) == len(lines[3])


def test_a_narrow_terminal_shortens_the_names() -> None:
    long = replace(GOOD, source="the-very-long-name-of-a-source.example.test/world")
    wide = replace(GOOD, source="新聞新聞新聞新聞新聞新聞新聞新聞.test")
    lines = list(table([long, wide], NOW, 110))
    assert max(map(len, lines)) <= 110
    assert lines[1].startswith("the-very-long")
    assert "…  good" in lines[1]
    assert re.match("新聞(?:新|聞)*… ?  good", lines[2])
    assert all(len(line) < 140 for line in table([long, wide], NOW, 20))


def test_a_read_that_nobody_made_is_past() -> None:
    assert list(table([replace(GOOD, next_read=NOW - 3 * DAY)], NOW))[1].endswith("3 days ago")


def test_a_name_cannot_control_the_terminal() -> None:
    evil = replace(GOOD, source="a\x1b[31m\nb")
    assert "a\\x1b[31m\\nb" in list(table([evil], NOW))[1]


def test_no_sources() -> None:
    assert list(table([], NOW)) == ["no source was read, and the sources file names none"]


def test_the_json() -> None:
    found = json.loads(as_json([GOOD, NEVER], NOW))
    assert found["at"] == "2024-03-06T09:30:00+00:00"
    assert found["verdicts"] == {
        "failing": 0, "silent": 0, "quiet": 0, "young": 0, "good": 1, "never read": 1,
    }  # fmt: skip
    assert found["sources"][0] == {
        "source": "harbour.test",
        "key": "harbour",
        "verdict": "good",
        "why": None,
        "stories": 1234,
        "last_read": "2024-03-06T08:30:00+00:00",
        "last_answered": "2024-03-06T08:30:00+00:00",
        "last_story": "2024-03-06T06:30:00+00:00",
        "last_collected": "2024-03-06T07:30:00+00:00",
        "stories_this_week": 7,
        "stories_a_week": 6.5,
        "failures": 0,
        "lost": 1,
        "pause": 7200,
        "longest_pause": 345600,
        "silent_after": 691200,
        "next_read": "2024-03-06T10:10:00+00:00",
    }
    never = found["sources"][1]
    assert never["key"] is never["last_read"] is never["silent_after"] is never["next_read"] is None


def test_all_fields_of_the_json_are_documented() -> None:
    page = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    found = json.loads(as_json([GOOD], NOW))
    for name in (*found, *found["sources"][0]):
        assert f"`{name}`" in page


def test_the_metrics() -> None:
    quoted = replace(GOOD, source='a "quoted" \\ name')
    lines = list(metrics([GOOD, NEVER, quoted], NOW))
    assert 'newsreel_source_last_read_timestamp_seconds{source="harbour.test"} 1709713800' in lines
    assert not any("last_read_timestamp" in line and "new.test" in line for line in lines)
    assert 'newsreel_source_verdict{source="harbour.test",verdict="good"} 1' in lines
    assert 'newsreel_source_verdict{source="harbour.test",verdict="silent"} 0' in lines
    assert 'newsreel_source_stories{source="a \\"quoted\\" \\\\ name"} 1234' in lines
    assert 'newsreel_sources{verdict="good"} 2' in lines
    assert "newsreel_health_timestamp_seconds 1709717400" in lines
    page = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert all(f"`{name}`" in page for name in names)
    number = r"-?[0-9]+(?:\.[0-9]+)?"
    form = re.compile(rf'\w+(?:\{{\w+="(?:[^"\\]|\\.)*"(?:,\w+="[^"]*")?\}})? {number}')
    assert all(form.fullmatch(line) for line in lines if not line.startswith("#"))


def test_the_metrics_replace_the_file_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "newsreel.prom"
    file.write_text("old")
    write_metrics(file, [GOOD], NOW)
    assert file.read_text(encoding="utf-8").splitlines() == list(metrics([GOOD], NOW))
    assert [path.name for path in tmp_path.iterdir()] == ["newsreel.prom"]
    with pytest.raises(OSError, match="none"):
        write_metrics(tmp_path / "none" / "newsreel.prom", [GOOD], NOW)
