"""Two archives that become one: by `crawl warc`, and by copying WARC files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crawler.archive.folder import sealed_warcs
from crawler.export.article_row import ArticleRow
from demo.content import local_to_gmt
from demo.server import serve
from demo.site import Site, harbour_site
from tests.exporting import from_warcs, same_both_ways
from tests.recorded import crawl, spider_arguments
from tests.replaying import Row, texts
from tests.replaying import ledger as rows
from tests.running import Run, scrapy

POST = 103


@dataclass
class Machines:
    """Two archives of one site: *a* is older, *b* has other posts and a revision too."""

    a: Path
    b: Path


def publish(site: Site, number: int, title: str, content: str, *, day: int) -> None:
    with site.lock:
        post = site.posts[number]
        post.title, post.content = title, f"<p>{content}</p>"
        post.modified = f"2025-01-{day:02d}T00:00:00"
        post.modified_gmt = local_to_gmt(post.modified)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    folder = tmp_path_factory.mktemp("machines")
    machines = Machines(folder / "a", folder / "b")
    with serve(harbour_site()) as other:
        crawl(machines.b, {**spider_arguments(other.home), "source": "other", "max_articles": "3"})
    with serve(harbour_site()) as site:
        arguments = spider_arguments(site.home)
        crawl(machines.a, {**arguments, "before": "2024-03-01"}, expect=0)
        publish(site, POST, "Lightship comes home", "She is home at last.", day=2)
        crawl(machines.b, {**arguments, "after": "2023-11-10"}, expect=0)
        publish(site, POST, "Lightship comes home", "She is home again, and stays.", day=3)
        crawl(machines.b, {**arguments, "after": "2023-11-10"}, expect=0)
    return machines


def by_spider(into: Path, other: Path) -> Run:
    run = scrapy(into, "crawl", "warc", "-a", f"path={other}/warc")
    assert run.exit_code == 0, run.log
    return run


def by_copying(into: Path, other: Path) -> Run:
    for warc in (other / "warc").iterdir():
        shutil.copy(warc, into / "warc")
    return scrapy(into, "rebuild")


WAYS: list[Callable[[Path, Path], Run]] = [by_spider, by_copying]


@pytest.fixture
def machines(recorded: Machines, tmp_path: Path) -> Machines:
    found = Machines(tmp_path / "a", tmp_path / "b")
    shutil.copytree(recorded.a, found.a)
    shutil.copytree(recorded.b, found.b)
    return found


def ledger(archives: Path) -> tuple[list[Row], list[Row]]:
    """Return articles and earlier texts; those have no order of their own in the table."""
    articles, history = rows(archives)
    return articles, sorted(history)


def headlines(archives: Path) -> list[str]:
    return sorted(text.splitlines()[0].decode() for text in texts(archives).values())


@pytest.mark.parametrize("way", WAYS)
def test_the_result_is_the_same_whichever_is_copied_into_which(
    machines: Machines, way: Callable[[Path, Path], Run], recorded: Machines
) -> None:
    way(machines.a, recorded.b)
    way(machines.b, recorded.a)
    assert texts(machines.a) == texts(machines.b)
    assert ledger(machines.a) == ledger(machines.b)
    articles, _ = ledger(machines.a)
    assert len(texts(machines.a)) == len(articles)
    assert len({row[0:2] for row in articles}) == len(articles)
    assert len({row[7] for row in articles}) == len(articles), "each has an ordinal of its own"
    lightship = [text for text in texts(machines.a).values() if b"Lightship comes home" in text]
    assert [text.splitlines()[1] for text in lightship] == [b"She is home again, and stays."]
    for archives in (machines.a, machines.b):
        check(archives)


def test_both_ways_give_the_same(machines: Machines, recorded: Machines, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(recorded.a, copied)
    by_copying(copied, recorded.b)
    by_spider(machines.a, recorded.b)
    assert texts(machines.a) == texts(copied)
    assert ledger(machines.a) == ledger(copied)


def test_an_export_of_both_has_the_articles_of_their_merge(
    machines: Machines, recorded: Machines
) -> None:
    both = [path for one in (recorded.b, recorded.a) for path in sealed_warcs(one / "warc")]
    unmerged = from_warcs(machines.a, warcs=both)
    by_copying(machines.a, recorded.b)
    merged = same_both_ways(machines.a)
    assert unmerged.unread == []
    for ours, theirs in ((unmerged.rows, merged.rows), (unmerged.history, merged.history)):
        assert list(map(without_name, ours)) == list(map(without_name, theirs))
    assert merged.history


def without_name(row: ArticleRow) -> ArticleRow:
    """Return *row* without its text file: a merge alone gives new names."""
    return replace(row, ordinal=0, file="")


def check(archives: Path) -> None:
    """Verify, export, rebuild and replay an archive; nothing may differ."""
    same_both_ways(archives)
    verified = scrapy(archives, "verify")
    assert verified.exit_code == 0, verified.stdout
    before = ledger(archives), texts(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    assert (ledger(archives), texts(archives)) == before
    replayed = scrapy(archives, "replay", "--check")
    assert replayed.exit_code == 0, replayed.stdout


def test_what_was_made_earlier_keeps_its_name(machines: Machines, recorded: Machines) -> None:
    before = texts(machines.a)
    by_spider(machines.a, recorded.b)
    after = texts(machines.a)
    assert before.keys() <= after.keys()
    renamed = [name for name in texts(recorded.b) if name not in after]
    assert renamed
    for name in renamed:
        trace = scrapy(machines.a, "trace", name, "--history")
        assert trace.exit_code == 0, trace.stdout
        assert f"file {name} -> " in trace.stdout


def test_a_second_time_nothing_is_copied(machines: Machines, recorded: Machines) -> None:
    first = by_spider(machines.a, recorded.b)
    assert first.report["articles"]["merged"] > 0
    before = sorted(path.name for path in (machines.a / "warc").iterdir())
    again = by_spider(machines.a, recorded.b)
    assert "merged" not in again.report["articles"]
    assert again.report["held"] > 0
    after = {path.name for path in (machines.a / "warc").iterdir()}
    assert after == set(before)


def test_what_was_set_aside_is_not_there(machines: Machines, recorded: Machines) -> None:
    for warc in (recorded.b / "warc").iterdir():
        shutil.copy(warc, machines.a / "warc" / f"{warc.name}.torn-0")
    run = by_spider(machines.a, recorded.b)
    assert run.report["articles"]["merged"] > 0
    assert len(list((machines.a / "warc").glob("*.warc.gz"))) > len(
        list((recorded.b / "warc").iterdir())
    )


def test_what_is_not_sealed_is_named(machines: Machines, recorded: Machines) -> None:
    warc = sorted((machines.b / "warc").iterdir())[0]
    warc.rename(warc.with_name(warc.name + ".open"))
    run = scrapy(machines.a, "crawl", "warc", "-a", f"path={machines.b}/warc")
    assert run.exit_code == 3
    (problem,) = run.report["problems"]
    assert problem["kind"] == "merge_unsealed"
    assert warc.name in problem["message"]


def test_a_choice_is_read_anew(machines: Machines, recorded: Machines) -> None:
    args = ("-a", f"path={recorded.b}/warc", "-a", "after=2024-05-01")
    run = scrapy(machines.a, "crawl", "warc", *args)
    assert run.report["articles"].get("merged") is None
    assert run.report["stats"]["warc/articles"] > 0


def test_an_archive_without_articles_is_named(machines: Machines, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    with serve(harbour_site()) as site:
        crawl(empty, {**spider_arguments(site.home), "after": "2030-01-01", "before": "2031-01-01"})
    run = scrapy(machines.a, "crawl", "warc", "-a", f"path={empty}/warc")
    assert run.exit_code == 3
    (problem,) = run.report["problems"]
    assert problem["kind"] == "merge_empty"
    assert problem["message"].startswith("the 1 WARC files that were merged hold no article")
