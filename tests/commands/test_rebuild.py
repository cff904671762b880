"""``scrapy rebuild``: the WARC files alone give ledger, texts and index back, byte for byte."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archive.recovery import open_ledger
from crawler.state.backends import open_store
from crawler.state.lock import ArchiveLock
from demo.content import Post
from demo.server import serve
from demo.site import Site, build_site
from tests.archive.handled import HANDLED
from tests.archive.recording import Ledger, ledger
from tests.archive.test_changed_files import known
from tests.running import scrapy
from tests.warc.index_folder import all_lines

SEED = " date 2024-03-01 Imported\nThis text was there before.\n"
PARAGRAPHS = "<p>A paragraph that is long enough to be worth a revisit.</p>" * 30


def harbour() -> Site:
    """Make a site of six posts: the first has the text of the seed, a large one never changes."""
    posts = [
        Post(id=n, date=f"2024-03-0{n}T08:00:00", title=f"Story {n}", content=f"<p>Text {n}.</p>")
        for n in range(1, 7)
    ]
    posts[0].title, posts[0].content = "Imported", "<p>This text was there before.</p>"
    posts[5].content = PARAGRAPHS
    return build_site(posts, [], [])


def wire(guid: str) -> Site:
    """Make another site with the guid and the date of a post, and another text."""
    post = Post(id=9, date="2024-03-03T08:00:00", title="Wire", content="<p>Else.</p>", guid=guid)
    return build_site([post], [], [])


def change(site: Site, number: int, day: int, text: str = "") -> None:
    with site.lock:
        post = site.posts[number]
        post.modified = f"2025-01-0{day}T00:00:00"
        post.content = f"<p>{text}</p>" if text else post.content


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an archive in which an import and crawls left every kind of record, in many files."""
    base = tmp_path_factory.mktemp("rebuild")
    seed = base / "000_0123456789abcdef.txt"
    seed.write_text(SEED, encoding="utf-8")

    def run(expected: dict[str, int], *args: str) -> None:
        done = scrapy(base / "archives", *args, "-s", "ARCHIVE_FILE_SIZE=9000")
        assert done.exit_code == 0, done.log
        assert done.report["articles"] == expected

    def crawl(site: Site, source: str, **expected: int) -> None:
        run(expected, "crawl", "wordpress", "-a", f"site={site.home}", "-a", f"source={source}")

    run({"new": 1}, "import", str(seed))
    with serve(harbour()) as site:
        crawl(site, "harbour", new=5, duplicate=1)
        change(site, 2, day=1, text="Once more.")
        change(site, 3, day=1)
        crawl(site, "harbour", revised=1, duplicate=5)
        change(site, 2, day=2, text="And again.")
        change(site, 1, day=3, text="The import is revised.")
        crawl(site, "harbour", revised=2, duplicate=4)
        crawl(site, "harbour", duplicate=6)
        guid = site.posts[3].guid
    with serve(wire(guid)) as site:
        crawl(site, "wire", collision=1)
    return base / "archives"


@pytest.fixture
def archives(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "archives")
    return tmp_path / "archives"


def held(folder: Path) -> Ledger:
    with closing(open_store(f"sqlite:{folder / 'ledger.sqlite'}")) as store:
        return ledger(store)


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "text").iterdir()}


def lose(folder: Path) -> None:
    for path in folder.glob("ledger.sqlite*"):
        path.unlink()
    for name in ("text", "index"):
        shutil.rmtree(folder / name)


def test_the_archive_to_rebuild_has_everything(original: Path) -> None:
    found = held(original)
    assert len(found.warcs) >= 6
    assert sorted(len(texts) for texts in found.history.values()) == [0, 0, 0, 0, 0, 1, 2]
    assert len({article.source for article in found.articles}) == 2
    (touched,) = (a for a in found.articles if a.modified.startswith("2025-01-01"))
    assert touched.text_digest not in {b.text_digest for b in found.articles if b != touched}
    (identified,) = (a for a in found.articles if a.file.startswith("000_0123456789abcdef"))
    assert identified.guid
    assert [run.exit_code for run in found.runs] == [0] * 6
    assert all(run.record for run in found.runs)
    assert all(found.collected)
    assert "warc/revisit" in "".join(all_lines(original / "index"))


def test_nothing_but_the_warcs_gives_everything_back(original: Path, archives: Path) -> None:
    lose(archives)
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    assert held(archives) == held(original)
    assert content(archives / "text") == content(original / "text")
    assert all_lines(archives / "index") == all_lines(original / "index")
    assert content(archives / "warc") == content(original / "warc")
    assert "7 articles, 0 text files as they were, 7 written, 0 faults" in run.stdout


def test_rebuilding_what_is_there_changes_nothing(original: Path, archives: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (archives / "text").iterdir()}
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    assert held(archives) == held(original)
    assert {path: path.stat().st_mtime_ns for path in (archives / "text").iterdir()} == before
    assert all_lines(archives / "index") == all_lines(original / "index")
    assert "7 text files as they were, 0 written" in run.stdout
    assert len(list(archives.glob("ledger.sqlite.replaced-*"))) == 1


def test_twice_is_as_good_as_once(original: Path, archives: Path) -> None:
    for _ in range(2):
        assert scrapy(archives, "rebuild").exit_code == 0
    assert held(archives) == held(original)
    assert len(list(archives.glob("ledger.sqlite.replaced-*"))) == 2


def test_a_damaged_ledger_is_what_it_is_for(original: Path, archives: Path) -> None:
    (archives / "ledger.sqlite").write_bytes(b"garbage " * 2000)
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    assert held(archives) == held(original)


def test_a_text_that_was_changed_gets_its_bytes_back(original: Path, archives: Path) -> None:
    victim = sorted((archives / "text").iterdir())[2]
    victim.write_text("something else\n", encoding="utf-8")
    (archives / "text" / "999_ffffffffffffffff.txt").write_text("nobody's\n", encoding="utf-8")
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    assert "6 text files as they were, 1 written" in run.stdout
    assert "1 text files belong to no article" in run.log
    assert texts(archives).items() >= texts(original).items()


@pytest.mark.parametrize("way", ["rename", "cat_and_keep", "gunzip_and_gzip", "cat_unpacked"])
@pytest.mark.parametrize("is_lost", [False, True])
def test_files_that_were_handled_give_every_kind_of_record_back(
    original: Path, archives: Path, way: str, is_lost: bool
) -> None:
    HANDLED[way](archives / "warc")
    if is_lost:
        lose(archives)
        assert scrapy(archives, "rebuild").exit_code == 0
    else:
        store, _ = open_ledger(f"sqlite:{archives / 'ledger.sqlite'}", archives / "warc")
        store.close()
    assert known(held(archives)) == known(held(original))
    assert scrapy(archives, "rebuild").exit_code == 0
    assert known(held(archives)) == known(held(original))
    assert content(archives / "text") == content(original / "text")


def test_a_crawl_afterwards_adds_nothing(original: Path, archives: Path) -> None:
    lose(archives)
    assert scrapy(archives, "rebuild").exit_code == 0
    with serve(harbour()) as site:
        change(site, 2, day=2, text="And again.")
        change(site, 1, day=3, text="The import is revised.")
        change(site, 3, day=1)
        options = ("-a", f"site={site.home}", "-a", "source=harbour")
        run = scrapy(archives, "crawl", "wordpress", *options)
    assert run.exit_code == 0, run.log
    assert run.report["articles"] == {"duplicate": 6}
    assert texts(archives) == texts(original)


def test_damage_is_named_and_is_exit_code_1(original: Path, archives: Path) -> None:
    found = texts(archives)
    victim = next(a for a in held(archives).articles if "\nText 4." in found[a.file])
    assert victim.conversion
    path = archives / "warc" / victim.conversion.file
    data = bytearray(path.read_bytes())
    data[victim.conversion.offset + 20] ^= 0xFF
    path.write_bytes(data)
    lose(archives)
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 1, run.log
    assert path.name in run.log
    assert str(victim.conversion.offset) in run.log
    expected = texts(original)
    del expected[victim.file]
    assert texts(archives) == expected
    assert "1 faults" in run.stdout, "one damage is one fault"


def test_a_torn_file_left_open_is_cut_and_sealed(original: Path, archives: Path) -> None:
    last = sorted((archives / "warc").iterdir(), key=lambda p: p.stat().st_mtime_ns)[-1]
    (last.with_name(last.name + ".open")).write_bytes(last.read_bytes() + b"\x1f\x8b\x08 torn")
    last.unlink()
    lose(archives)
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 0, run.log
    assert "set aside" in run.log
    assert held(archives) == held(original)
    assert content(archives / "text") == content(original / "text")
    assert all_lines(archives / "index") == all_lines(original / "index")


def test_a_folder_that_lost_its_files_is_exit_code_1_and_keeps_its_ledger(
    original: Path, archives: Path
) -> None:
    for path in (archives / "warc").iterdir():
        path.rename(path.with_suffix(".zst"))
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 1, run.log
    assert "no record" in run.log
    assert "7 articles" in run.log
    assert ".zst" in run.log
    assert held(archives) == held(original)
    assert not list(archives.glob("ledger.sqlite.replaced-*"))


def test_texts_without_any_warc_are_no_archive(archives: Path) -> None:
    shutil.rmtree(archives / "warc")
    for path in archives.glob("ledger.sqlite*"):
        path.unlink()
    run = scrapy(archives, "rebuild")
    assert run.exit_code == 1, run.log
    assert "put the WARC files back" in run.log


def test_an_empty_archive_has_nothing_to_rebuild(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    assert scrapy(tmp_path / "archives", "rebuild").exit_code == 0


def test_while_a_run_is_on_it_is_exit_code_75(archives: Path) -> None:
    lock = ArchiveLock.alone(archives)
    try:
        run = scrapy(archives, "rebuild")
    finally:
        lock.release()
    assert run.exit_code == 75, run.log
    assert not list(archives.glob("ledger.sqlite.replaced-*"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-s", "STATE_URI=nonsense"), "STATE_URI='nonsense'"),
        (("-s", "CORPUS_PATH=text/all.txt"), "CORPUS_PATH='text/all.txt'"),
    ],
)
def test_bad_settings_are_exit_code_2(archives: Path, options: tuple[str, ...], said: str) -> None:
    run = scrapy(archives, "rebuild", *options)
    assert run.exit_code == 2, run.log
    assert said in run.log
    assert "Traceback" not in run.log


def test_a_folder_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    run = scrapy(tmp_path / "nowhere", "rebuild")
    assert run.exit_code == 2, run.log
    assert "there is no such folder" in run.log
