"""``INCOMPLETE=keep``: texts that are not the whole story, until the whole one comes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.content import local_to_gmt
from demo.server import serve
from demo.site import Site, harbour_site
from tests.checks.crawled import Copy
from tests.recorded import crawl, spider_arguments
from tests.replaying import ledger, texts
from tests.running import Run, scrapy

KEEP = ("-s", "INCOMPLETE=keep")
POST = 103
TITLE = "Lightship comes home"
BEGINNING = "<p>The last lightship of the coast was towed into the harbour at dawn.</p>"
MORE = "<p>Her crew of nine had spent eleven weeks at sea, longer than any before them.</p>"
END = "<p>She will be a museum from next spring, said the harbour master.</p>"
CUT = "<p>And so, he said, the [&hellip;]</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve a site on which one post is cut."""
    with serve(harbour_site()) as found:
        publish(found, BEGINNING + CUT, day=1)
        yield found


def publish(site: Site, content: str, *, day: int) -> None:
    """Have the post say *content* from a *day* of 2025 on."""
    with site.lock:
        post = site.posts[POST]
        post.title, post.content = TITLE, content
        post.modified = f"2025-01-{day:02d}T00:00:00"
        post.modified_gmt = local_to_gmt(post.modified)


def keep(archives: Path, site: Site, *, expect: int) -> Run:
    return crawl(archives, spider_arguments(site.home), *KEEP, expect=expect)


def path_of(archives: Path) -> Path:
    """Return the text file of the post that is cut."""
    (found,) = (p for p in (archives / "text").iterdir() if TITLE in p.read_text("utf-8"))
    return found


def last_paragraph(archives: Path) -> str:
    return path_of(archives).read_text(encoding="utf-8").splitlines()[-1]


def test_dropped_by_default(site: Site, archives: Path) -> None:
    run = crawl(archives, spider_arguments(site.home), expect=3)
    assert run.report["dropped"]["incomplete"] == 1
    assert run.report["incomplete"] == 0
    assert TITLE not in "".join(run.texts.values())


def test_kept_marked_and_counted_apart(site: Site, archives: Path) -> None:
    run = keep(archives, site, expect=3)
    assert run.report["incomplete"] == run.report["stats"]["article/incomplete"] == 1
    assert len(run.texts) == run.report["articles"]["new"] + 1
    assert "incomplete" not in run.report["dropped"]
    assert "\n  kept, incomplete: 1\n" in run.stdout
    (problem,) = run.report["problems"]
    assert problem["kind"] == "text_incomplete"
    assert "teaser: the text ends in" in problem["message"]
    trace = scrapy(archives, "trace", path_of(archives).name)
    assert trace.exit_code == 0, trace.stdout
    assert "\nincomplete: teaser: the text ends in “" in trace.stdout
    assert scrapy(archives, "verify").exit_code == 0


def test_until_the_whole_text_comes(site: Site, archives: Path) -> None:
    keep(archives, site, expect=3)
    file = path_of(archives)
    again = keep(archives, site, expect=3)
    assert again.report["incomplete"] == 0, "it was fetched again, and is the same"
    publish(site, BEGINNING + MORE + CUT, day=2)
    assert keep(archives, site, expect=3).report["incomplete"] == 1
    publish(site, BEGINNING + CUT, day=3)
    assert keep(archives, site, expect=3).report["incomplete"] == 0
    assert "eleven weeks" in file.read_text(encoding="utf-8"), "a shorter one takes no place"
    publish(site, BEGINNING + MORE + END, day=4)
    assert keep(archives, site, expect=0).report["articles"]["revised"] == 1
    assert last_paragraph(archives).startswith("She will be a museum")
    publish(site, BEGINNING + CUT, day=5)
    assert keep(archives, site, expect=0).report["incomplete"] == 0
    publish(site, BEGINNING + END, day=5)
    assert keep(archives, site, expect=0).report["articles"]["revised"] == 1
    assert path_of(archives) == file
    check_archive(archives)


def check_archive(archives: Path) -> None:
    """Verify, rebuild and replay an archive; nothing may differ."""
    assert scrapy(archives, "verify").exit_code == 0
    before = ledger(archives), texts(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    assert (ledger(archives), texts(archives)) == before
    replayed = scrapy(archives, "replay", "--check", *KEEP)
    assert replayed.exit_code == 0, replayed.stdout


def test_a_replay_says_why_a_text_is_missing(site: Site, archives: Path) -> None:
    keep(archives, site, expect=3)
    run = scrapy(archives, "replay", "--check")
    assert run.exit_code == 1
    (missing,) = (line for line in run.stdout.splitlines() if line.startswith("missing "))
    assert missing.startswith(f"missing {path_of(archives).name} (incomplete: teaser: ")
    assert "the text ends in" in missing


def test_a_replay_puts_no_incomplete_text_in_the_place_of_a_whole_one(
    site: Site, archives: Path
) -> None:
    keep(archives, site, expect=3)
    file = path_of(archives)
    whole = file.read_text(encoding="utf-8").replace("And so, he said, the […]", "And so she came.")
    file.write_text(whole, encoding="utf-8")
    Copy(archives).sql("UPDATE article SET incomplete = 0, text_digest = x'00' WHERE incomplete")
    run = scrapy(archives, "replay", "--apply", *KEEP)
    assert "; it is incomplete now: the text held stays)" in run.stdout
    assert file.read_text(encoding="utf-8") == whole


def test_archives_put_together(site: Site, archives: Path, tmp_path: Path) -> None:
    publish(site, BEGINNING + END, day=1)
    keep(archives, site, expect=0)
    publish(site, BEGINNING + CUT, day=2)
    other = tmp_path / "other"
    keep(other, site, expect=3)
    for warc in (other / "warc").iterdir():
        shutil.copy(warc, archives / "warc")
    assert scrapy(archives, "rebuild").exit_code == 0
    assert last_paragraph(archives).startswith("She will be a museum")


def test_read_from_an_archive(site: Site, archives: Path, tmp_path: Path) -> None:
    crawl(archives, spider_arguments(site.home), expect=3)
    other = tmp_path / "other"
    read = ("crawl", "warc", "-a", f"path={archives}/warc", "-a", "source=harbour")
    assert scrapy(other, *read).report["dropped"]["incomplete"] == 1
    run = scrapy(other, *read, *KEEP)
    assert run.exit_code == 3, run.log
    assert run.report["incomplete"] == 1, "another setting reads the file again"
    assert last_paragraph(other) == "And so, he said, the […]"
