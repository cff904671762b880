"""An archive with an article of each kind that an export has to get right, without a crawl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crawler.archive.life_records import life_event, life_record, take_events
from crawler.state.store import Holding, Store
from crawler.state.verdict import Verdict
from tests.archive.recording import Recording

LONG = (
    "The ferry to Merrow Island stays in port on Friday, since a wave of four metres broke the "
    "ramp at Anchor Quay, the harbour master Ines Calder said. Forty passengers spent the night in "
    "the Port Merrow school, where Tom Reed of the council served soup until the lights went out. "
    "Two divers of the Gull Point station looked at the ramp on Thursday and found a crack."
)
SOURCES = ("test", "dev-news", "validation times", "_hidden", "Under News", "under-news")
"""Sources whose names mislead tools that read files by their names."""


class Town:
    """Records the articles into *folder*; each method is a kind of them.

    WARC files have about *most_bytes*.
    """

    def __init__(self, folder: Path, *, most_bytes: int = 10**9) -> None:
        self.folder = folder
        with Recording(folder, most_bytes=most_bytes) as self._run:
            self._run.exchange(
                response=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html lang=pt-BR><p>",
                uri="https://news.test/",
            )
            for number, kind in enumerate(
                (
                    *(self.plain, self.of_a_day, self.of_no_time, self.untitled, self.revised),
                    *(self.updated, self.redated, self.gone, self.back, self.copies),
                    *(self.identified, self.collision, self.of_many_sources),
                )
            ):
                self._ordinal = 10 * number
                kind()
            self._run.end()

    def plain(self) -> None:
        self._text(
            "plain",
            "The mayor has resigned.\nNobody knows why.",
            source="wire",
            date_gmt="2024-04-11T06:00:00",
            modified_gmt="2024-04-11T07:00:00",
            language="de-CH",
            authors=["Ana Reyes", "mdr.de"],
            categories=["Politics"],
            tags=["mayor", "=cmd()"],
            agency="dpa",
            dateline="PORT MERROW (dpa)",
            syndicated_from="cnn.example",
            flags=["short"],
        )

    def of_a_day(self) -> None:
        self._text("day", "It rained.", date="2024-04-12", modified=None)

    def of_no_time(self) -> None:
        self._text("no-time", "It rained again.", date="2024-04-13 in the morning", modified="2024")

    def untitled(self) -> None:
        self._text("untitled", "A ship passed.", title="")

    def revised(self) -> None:
        held = self._text("revised", "Two boats sank.", modified="2024-04-11T09:00:00")
        self._revise(held, "Three boats sank.", modified="2024-04-11T10:00:00")

    def updated(self) -> None:
        held = self._text("updated", "The bridge is open.", authors=["Nobody"])
        now = {
            "authors": ["Nora Quill"],
            "url": "https://news.test/moved",
            "modified": "2024-05-01T08:00:00",
        }
        self._live("updated", held, {"changed": {}, "now": now})

    def redated(self) -> None:
        held = self._text("redated", "The market moved.")
        self._live("redated", held, {"was": {}, "now": {}}, alias="a" * 16)

    def gone(self) -> None:
        held = self._text("gone", "The fair is cancelled.")
        self._live("missing", held, {})
        self._live("gone", held, {})

    def back(self) -> None:
        held = self._text("back", "The fair is not cancelled.")
        for kind in ("missing", "gone", "back"):
            self._live(kind, held, {})

    def copies(self) -> None:
        """Record three copies; of the first, which is fetched last, no record knows."""
        words = LONG.split()
        near = " ".join([*words[:-6], "later", "that", "day"])
        self._text("copy", LONG, source="b.test", date="2024-04-11T09:00:00")
        first = self._text("near", near, source="c.test", date="2024-04-11T10:00:00")
        self._text("noted", "In short.", date="2024-04-11T11:00:00", copy_of=first.key)
        self._text("original", LONG, source="a.test", date="2024-04-11T07:00:00")

    def identified(self) -> None:
        held = self._text("", "An old clean text.", key="d" * 16, source="import")
        self._run.identify(held, "identified", source="import")

    def collision(self) -> None:
        self._text("collision", "One thing.", source="a.test")
        self._text("collision", "Another.", source="b.test", verdict=Verdict.COLLISION)

    def of_many_sources(self) -> None:
        for number, source in enumerate(SOURCES):
            date = f"20{20 + number % 2}-01-0{number + 1}T08:00:00"
            self._text(f"of {source}", f"Text {number}.", source=source, date=date)

    def _text(self, guid: str, text: str, **changes: Any) -> Holding:
        self._ordinal += 1
        return self._run.text(guid, text, ordinal=self._ordinal, **changes)

    def _revise(self, held: Holding, text: str, **changes: Any) -> None:
        same = {"key": held.key, "ordinal": held.ordinal, "file": held.file}
        self._run.text("revised", text, verdict=Verdict.REVISION, **same, **changes)

    def _live(
        self, kind: str, held: Holding, detail: Mapping[str, Any], *, alias: str = ""
    ) -> None:
        event = life_event(kind, held, detail, alias=alias)
        assert event.record

        def change(store: Store) -> None:
            take_events(store, [event])

        self._run.recorder.write([life_record(event)], [event.record], change)
