"""The page of a run: what is on it, that it adds up, and that nothing on it is more than text."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import pytest
from lxml import etree, html

from crawler.reports.account import account_of
from crawler.reports.html_page import html_page
from crawler.reports.losses import Named, add
from crawler.reports.named_things import MOST_IN_MEMORY, NamedThings
from crawler.reports.plain_text import plain_text
from crawler.reports.report_json import write_report
from crawler.reports.run import Problem, RunReport, read_problem
from crawler.reports.run_page import run_document, write_page
from tests.reports.some_reports import HOSTILE, a_hostile_report, a_report

FOLDER = Path("/srv/archives/reports")
GOLDEN = Path(__file__).parent / "golden"
_ATTRIBUTES = {
    *("id", "class", "lang", "charset", "content", "name", "http-equiv", "href", "rel", "title"),
    *("scope", "role", "tabindex", "dir", "open", "focusable", "viewbox", "preserveaspectratio"),
    *("x", "y", "x1", "x2", "y1", "y2", "width", "height"),
}


def page_of(report: RunReport) -> str:
    return "".join(html_page(run_document(report, FOLDER)))


def rows(tree: html.HtmlElement, section: str) -> list[list[str]]:
    """Return the cells of the tables in *section*."""
    found = tree.xpath(f"//section[@id='{section}']//tr")
    return [[cell.text_content().strip() for cell in row] for row in found]


@pytest.mark.parametrize(("name", "write"), [("run.html", page_of), ("run.txt", None)])
def test_a_page_is_as_it_was(name: str, write: object) -> None:
    """After a change that is meant, write the file anew and look at what is different."""
    report = a_report()
    said = page_of(report) if write else "\n".join(plain_text(run_document(report, FOLDER), 100))
    assert said.splitlines() == (GOLDEN / name).read_text(encoding="utf-8").splitlines()


def test_what_was_listed_adds_up() -> None:
    report = a_report()
    account = account_of(report)
    parts = (account.got, account.held, account.dropped, account.lost)
    assert [sum(part.values()) for part in parts] == [26, 10, 4, 2]
    assert account.again == 50 - 42
    table = rows(html.fromstring(page_of(report)), "account")
    assert sum(int(row[-1]) for row in table[1:-1]) == int(table[-1][-1]) == 50


def test_more_than_was_listed() -> None:
    report = a_report(stats={})
    assert account_of(report).again == 0
    table = rows(html.fromstring(page_of(report)), "account")
    assert table[-1] == ["listed", "", "42"]


def test_how_it_compares_with_the_run_before() -> None:
    report = a_report()
    assert "brought 30 new: 6 fewer this time" in page_of(report)
    report.previous["counts"] = {"new": 24}
    assert "brought 24 new, as this one" in page_of(report)
    assert "first run of this source" in page_of(a_report(previous={}))


def test_nothing_that_others_write_is_markup() -> None:
    report = a_hostile_report()
    page = page_of(report)
    page.encode()  # no halves of characters
    assert "\x00" not in page
    assert "\u202e" not in page
    assert "49" not in "".join(re.findall(r"\{?\{? ?(?:7\*7|49) ?\}?\}?", page))
    tree = html.fromstring(page)
    assert not tree.xpath("//script | //img | //iframe | //object | //form | //*[@style] | //base")
    found = {name for element in tree.iter(etree.Element) for name in element.attrib}
    assert {name for name in found if not name.startswith("aria-")} <= _ATTRIBUTES
    links = [link for link in tree.xpath("//@href") if not link.startswith("#")]
    assert {link.partition(":")[0] for link in links if ":" in link} <= {"http", "https"}
    assert HOSTILE.partition("\u202e")[0] in tree.text_content()


def test_a_page_asks_for_nothing(tmp_path: Path) -> None:
    page = page_of(a_report())
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r"url\(|@import|<(?:script|link|img|source|video)\b|srcset=|\bsrc=", page)


def test_plain_text_cannot_control_a_terminal() -> None:
    report = a_hostile_report()
    report.source = f"{HOSTILE}\x1b[2J\n\r\x9b"
    for line in plain_text(run_document(report, FOLDER), 100):
        assert line.isprintable()


def test_many_stories_are_a_small_page(tmp_path: Path) -> None:
    """All of them are in the JSON; neither page nor memory grows with them, a million the same."""
    report = a_report(text_files=NamedThings(), problems=NamedThings(read=read_problem))
    count = 8_000
    tracemalloc.start()
    try:
        for number in range(count):
            report.text_files.append(f"{number:06d}_210aaf86085ad1e4.txt")
            report.problems.append(Problem("story_failed", f"https://a.test/{number}: {'x' * 90}"))
            add(report.lost, "gone", Named(f"https://a.test/{number}"))
        write_report(report, tmp_path / "a.json")
        write_page(report, tmp_path / "a.html")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_200_000  # with all in memory it is 4 MB
    assert (tmp_path / "a.html").stat().st_size < 100_000
    with (tmp_path / "a.json").open(encoding="utf-8") as stream:
        named = sum("_210aaf86085ad1e4.txt" in line for line in stream)
    assert named == count + 1  # and that of an example
    assert f"{count - 50:,} more are named in the JSON" in (tmp_path / "a.html").read_text()


def test_things_beyond_memory_are_read_again() -> None:
    problems = [Problem("a", f"{n} \udc80é\n", fix="b") for n in range(MOST_IN_MEMORY + 5)]
    things = NamedThings(problems, read_problem)
    assert list(things) == problems
    assert list(things) == problems  # twice
    things.append(problems[0])
    things.put_first(Problem("fatal", "first"))
    assert len(things) == MOST_IN_MEMORY + 7
    assert things[0].kind == "fatal"
    assert things[-1] == problems[0]
    assert things[1:4] == problems[:3]
    assert things[MOST_IN_MEMORY + 4 :] == [*problems[-2:], problems[0]]
    assert things == [Problem("fatal", "first"), *problems, problems[0]]
    assert things != problems


def test_where_no_temporary_file_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    names = [str(number) for number in range(MOST_IN_MEMORY + 9)]
    assert list(NamedThings(names)) == names


def test_a_plot_of_many_years_is_narrow() -> None:
    days = {f"{year}-0{month}-01": 1 for year in range(1990, 2026) for month in range(1, 10)}
    report = a_report()
    report.came.days = days | {"others": 5, "2024-13-45": 1}
    tree = html.fromstring(page_of(report))
    columns = tree.xpath("//section[@id='came']//*[local-name()='rect']")
    assert len(columns) == 36
    assert "by year" in tree.text_content()
