"""``scrapy sources import``: lists of other programs and people."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crawler.sources.new_entry import NewEntry, append_entries
from crawler.sources.round_sources import round_sources
from crawler.sources.sources_file import BadSourcesError, load
from tests.conftest import Scrapy
from tests.running import ROOT

OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="2.0"><head><title>Read daily</title></head><body>
<outline text="World, News">
  <outline text="Coast &amp; Sea">
    <outline text="Küsten-Gazette" xmlUrl="https://gazette.example/feed" htmlUrl="https://gazette.example/"/>
  </outline>
  <outline text="Sport" XMLURL="https://gazette.example/sport/feed" htmlUrl="http://www.gazette.example"/>
  <outline text="A Herald" xmlUrl="https://feeds.shared.example/herald.rss"/>
  <outline text="A Post" xmlUrl="https://feeds.shared.example/post.rss"/>
  <outline text="Beeb" xmlUrl="https://feeds.bbci.co.uk/news/rss.xml" htmlUrl="https://www.bbc.co.uk/news"/>
  <outline text="bad" xmlUrl="javascript:alert(1)"/>
</outline>
</body></opml>
"""


def imported(
    scrapy: Scrapy, folder: Path, data: bytes, before: bytes = b""
) -> tuple[int, str, Path]:
    listed, own = folder / "list", folder / "own.toml"
    listed.write_bytes(data)
    if before:
        own.write_bytes(before)
    run = scrapy("sources", "import", str(listed), "-s", f"SOURCES_FILE={own}")
    return run.exit_code, run.stdout + run.log, own


def test_opml(scrapy: Scrapy, tmp_path: Path) -> None:
    code, said, own = imported(scrapy, tmp_path, OPML.encode("latin-1"))
    assert code == 3, said
    assert "list, line 11: 'javascript:alert(1)' is no address" in said
    assert "4 new in" in said
    known = load(own)
    gazette = known["gazette"]
    assert (gazette.name, gazette.site) == ("Küsten-Gazette", "https://gazette.example/")
    assert [feed.url for feed in gazette.feeds] == [
        "https://gazette.example/feed",
        "https://gazette.example/sport/feed",
    ]
    assert gazette.tags == ("World News", "Coast & Sea")
    assert not known["bbc"].enabled
    assert known["bbc"].feeds == load()["bbc"].feeds
    assert "# Needs permission: robots.txt asks" in own.read_text()
    names = {it.key: it.source for it in round_sources(own)}
    assert names == {"gazette": "gazette.example", "a-herald": "a-herald", "a-post": "a-post"}


def test_what_is_known_is_named_and_the_file_stays_as_it_is(scrapy: Scrapy, tmp_path: Path) -> None:
    before = b'# mine\r\n["caf\xc3\xa9"]  # odd\r\nsite="http://gazette.example"'
    lines = b"""# a list
        gazette.example/   # the same site
        https://herald.example/news/
        herald.example/news
        https://herald.example/news/feed/
        ftp://x.example/
        not an address at all
    """
    code, said, own = imported(scrapy, tmp_path, lines, before)
    assert code == 3, said
    assert said.count("is no address") == 2
    assert "line 6" in said
    assert "line 7" in said
    assert "known\tcafé\thttps://gazette.example/" in said
    assert "known\therald-news\thttps://herald.example/news" in said
    content = own.read_bytes()
    assert content.startswith(before + b"\r\n")
    assert load(own)["herald-news"].source == "herald.example/news"
    assert imported(scrapy, tmp_path, lines)[1].count("known\t") == 4
    assert own.read_bytes() == content


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml><body/></opml>", "document type"),
        ("<?xml?><!DOCTYPE opml SYSTEM 'file:///x'><opml/>".encode("utf-16"), "document type"),
        (b"<opml><body><outline xmlUrl='https://x.example/feed'>", "no whole OPML"),
        (b"<opml>" + b"<outline>" * 5000, "no whole OPML"),
        (b"<opml>&boom;</opml>", "no whole OPML"),
    ],
)
def test_what_is_no_list_is_refused(scrapy: Scrapy, tmp_path: Path, data: bytes, said: str) -> None:
    code, told, own = imported(scrapy, tmp_path, data)
    assert code == 2
    assert said in told
    assert not own.exists()


def test_a_file_that_is_broken_is_not_written_to(scrapy: Scrapy, tmp_path: Path) -> None:
    code, said, own = imported(scrapy, tmp_path, b"https://x.example/", b"[ap\n")
    assert code == 2
    assert "own.toml" in said
    assert own.read_bytes() == b"[ap\n"


def test_two_that_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"

    def write(number: int) -> None:
        fields = {"site": f"https://x{number}.example/", "name": 'say "hello"\\ \x7f\t'}
        append_entries(path, [NewEntry(f"a.b {number}", dict(fields))])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = load(path)
    assert len(found.own) == 20
    assert found["a.b 7"].name == 'say "hello"\\ \x7f\t'
    with pytest.raises(BadSourcesError):
        append_entries(path, [NewEntry("a.b 7", {"site": "https://y.example/"})])


def test_a_full_disk_leaves_no_half_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an entry is no TOML: no source of the file would be read any more."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "own.toml"
    path.write_bytes(before := b'[ap]\r\ntags = ["wire"]\r\n')
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            append_entries(path, [NewEntry("herald", {"site": "https://herald.example/"})])
    assert path.read_bytes() == before


def test_no_feed_is_held_under_the_name_of_another_source(scrapy: Scrapy, tmp_path: Path) -> None:
    before = b'[old]\nsite = "https://harbour.example/"\nsource = "harbour"\n'
    outline = b'<outline text="Harbour" xmlUrl="https://feeds.example/h.xml"/>'
    listed = b"<opml><body>%s</body></opml>" % outline
    code, said, own = imported(scrapy, tmp_path, listed, before)
    assert code == 0, said
    assert [source.source for source in round_sources(own)] == ["harbour", "harbour-2"]


def test_a_file_beside_scrapy_cfg_needs_no_naming(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "list").write_text("https://gazette.example/\n")

    def sources(*args: str) -> str:
        command = [sys.executable, "-m", "scrapy", "sources", *args]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, cwd=tmp_path / "below", env=env, capture_output=True, text=True, check=True
        ).stdout

    assert "gazette" not in sources()
    assert "added\tgazette" in sources("import", str(tmp_path / "list"))
    assert (tmp_path / "sources.toml").is_file()
    assert "\ngazette\t" in sources()
