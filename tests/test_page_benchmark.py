"""The benchmark of page reading: its switches still reach what they name, its targets judge."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from benchmarks._ablations import ABLATIONS
from benchmarks._halves import is_held_back
from benchmarks._services import service_table
from benchmarks._targets import Target, target_table
from benchmarks._tools import PageFile, Tool, ToolResults
from benchmarks.page_quality import chosen

_STORY = "<p>The bridge over the Elm was closed on Monday, after divers had found cracks in it.</p>"
_PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Bridge closed</title></head><body>
<h1>Bridge closed</h1><p>Published on 5 January 2024</p><div class="story">{_STORY * 8}
<p>Follow us on Facebook</p><p>The mayor said that it would take a year to mend it.</p></div></body>
</html>"""


def _read(folder: Path, without: str, url: str, page: str = _PAGE) -> ToolResults:
    file = folder / "page.html.gz"
    file.write_bytes(gzip.compress(page.encode()))
    with Tool("newsreel", Path(sys.executable), without=without) as tool:
        tool.read(PageFile("page", url, file))
    assert tool.results.failed == {}
    assert tool.results.peak > 0
    return tool.results


def _is_read_whole(results: ToolResults) -> tuple[bool, bool, bool]:
    text = results.texts["page"]
    return "mayor" in text, results.days["page"] == "2024-01-05", "Facebook" not in text


@pytest.mark.parametrize(
    ("without", "what_is_right"),
    [
        ("", (True, True, True)),
        ("opinion", (True, True, True)),
        ("refusals", (True, True, True)),
        ("days", (True, False, True)),
        ("boilerplate", (True, True, False)),
    ],
)
def test_a_part_that_is_switched_off_is_missed(
    tmp_path: Path, without: str, what_is_right: tuple[bool, bool, bool]
) -> None:
    found = _read(tmp_path, without, "https://news.example/elm-bridge-closed-for-a-year")
    assert _is_read_whole(found) == what_is_right


@pytest.mark.parametrize(("without", "is_refused"), [("", True), ("refusals", False)])
def test_without_refusals_error_pages_are_read(
    tmp_path: Path, without: str, is_refused: bool
) -> None:
    page = f"<html><head><title>Page not found</title></head><body>{_STORY * 3}</body></html>"
    found = _read(tmp_path, without, "https://news.example/elm-bridge", page)
    assert bool(found.refused["page"]) is is_refused
    assert bool(found.texts["page"]) is not is_refused


def test_every_part_is_tried() -> None:
    assert set(ABLATIONS) == {"opinion", "refusals", "days", "boilerplate"}


def test_targets() -> None:
    least, most = Target("kept", 0.9), Target("lost", 2, is_most=True)
    assert least.is_met({"kept": 0.9})
    assert not least.is_met({"kept": 0.89})
    assert most.is_met({"lost": 2})
    assert not most.is_met({"lost": 3})
    assert not least.is_met({"kept": None})
    lines = target_table((least, most), {"kept": 0.95, "lost": 3}, {"kept": 0.5}).splitlines()
    assert lines[-2].split() == ["kept", "≥", "0.9", "0.950", "met", "0.500"]
    assert lines[-1].split() == ["lost", "≤", "2", "3", "MISSED", "–"]


def test_halves_have_all_pages_between_them() -> None:
    pages = [PageFile(str(n), f"https://paper-{n}.example/a", Path("none")) for n in range(30)]
    first, held_back = chosen(pages, "first", 0), chosen(pages, "held-back", 0)
    assert sorted(first + held_back, key=pages.index) == pages
    assert first
    assert all(is_held_back(page.url) for page in held_back)
    assert chosen(pages, "all", 0) == pages
    assert chosen(pages, "all", 10) == pages[::3]


def test_services_that_are_known_stand_apart() -> None:
    urls = {"a": "https://english.ansa.it/story", "b": "https://paper.example/story"}
    scores = {"newsreel": {"a": {"title": 1.0}, "b": {"title": 0.0}}}
    rows = [line.split() for line in service_table(urls, scores).splitlines()[2:]]
    assert rows == [
        ["newsreel:", "ansa", "1", "1.000"],
        ["newsreel:", "services", "known", "1", "1.000"],
        ["newsreel:", "others", "1", "0.000"],
    ]
