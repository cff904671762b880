"""The health of sources for the textfile collector of Prometheus' node exporter.

The form is the text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats); times are
seconds since 1970, as its naming rules have them. docs/health.md lists the names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import replacement
from crawler.rounds.source_health import SourceHealth, SourceVerdict

if TYPE_CHECKING:
    from crawler.rounds.silence import Pause

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Value = Callable[[SourceHealth], float | None]


def _at(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _silent_after(pause: Pause) -> float | None:
    return None if pause.limit is None else pause.limit.total_seconds()


_GAUGES: tuple[tuple[str, str, Value], ...] = (
    ("last_read_timestamp_seconds", "When it was read last.", lambda h: _at(h.last_read)),
    (
        "last_answered_timestamp_seconds",
        "When it was read last and answered.",
        lambda h: _at(h.last_answered),
    ),
    (
        "last_story_timestamp_seconds",
        "When its last story was published.",
        lambda h: _at(h.last_story),
    ),
    ("next_read_timestamp_seconds", "When it is to be read again.", lambda h: _at(h.next_read)),
    ("stories", "Stories that are held.", lambda h: h.stories),
    ("stories_this_week", "Stories published in the last seven days.", lambda h: h.week),
    ("stories_usual_week", "Stories published in a usual week.", lambda h: h.usual_week),
    ("failures", "Reads in a row without an answer.", lambda h: h.failures),
    ("lost_stories", "Stories that the last answered read lost.", lambda h: h.lost),
    (
        "longest_pause_seconds",
        "Its longest time without a story within a year.",
        lambda h: h.pause.longest.total_seconds(),
    ),
    (
        "silent_after_seconds",
        "The time without a story after which it is called silent.",
        lambda h: _silent_after(h.pause),
    ),
)


def write_metrics(path: Path, found: Sequence[SourceHealth], now: datetime) -> None:
    """Write the metrics of *found* to *path*, as a whole. Raises OSError."""
    # The collector reads all files *.prom there; the unfinished one has another name.
    with replacement(path, ".unfinished") as stream:
        stream.writelines(f"{line}\n".encode() for line in metrics(found, now))


def metrics(found: Sequence[SourceHealth], now: datetime) -> Iterator[str]:
    """Yield the lines."""
    for name, text, value in _GAUGES:
        yield from _head(f"newsreel_source_{name}", text)
        for health in found:
            number = value(health)
            if number is not None:
                yield f"newsreel_source_{name}{{{_labels(health)}}} {_number(number)}"
    yield from _head("newsreel_source_verdict", "1 for the verdict on the source, 0 for others.")
    for health in found:
        for verdict in SourceVerdict:
            labels = f'{_labels(health)},verdict="{verdict}"'
            yield f"newsreel_source_verdict{{{labels}}} {int(health.verdict is verdict)}"
    counts = Counter(health.verdict for health in found)
    yield from _head("newsreel_sources", "Sources by verdict.")
    yield from (
        f'newsreel_sources{{verdict="{verdict}"}} {counts[verdict]}' for verdict in SourceVerdict
    )
    yield from _head("newsreel_health_timestamp_seconds", "When this was written.")
    yield f"newsreel_health_timestamp_seconds {_number(now.timestamp())}"


def _head(name: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"


def _labels(health: SourceHealth) -> str:
    return f'source="{_escaped(health.source)}"'


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
