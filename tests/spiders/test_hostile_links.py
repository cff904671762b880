"""Links that hold passwords, lead to other ports, declare no charset, or never end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import pytest

from tests.replaying import texts
from tests.running import Run, scrapy
from tests.servers.plain import answering
from tests.servers.small_site import page, serving
from tests.spiders.test_nothing_kept import Pages, crawl, story

PASSWORD = "sEagUll-0nly-77"


def written(archives: Path, run: Run) -> Iterator[tuple[str, bytes]]:
    """Yield what the run printed, and every file that it wrote but the WARC files."""
    yield from (("stdout", run.stdout.encode()), ("stderr", run.log.encode()))
    for path in archives.rglob("*"):
        if path.is_file() and path.suffix != ".gz":
            yield str(path), path.read_bytes()


def of_requests(archives: Path) -> bytes:
    """Return the WARC files without the bodies of responses, which stay as they came."""
    data = b"".join(gzip.decompress(path.read_bytes()) for path in (archives / "warc").iterdir())
    return b"\r\n\r\n".join(part for part in data.split(b"\r\n\r\n") if b"<item>" not in part)


@pytest.mark.parametrize("answers", ["stories", "errors", "redirects"])
def test_a_password_in_a_link_is_kept_nowhere(answers: str, archives: Path) -> None:
    with serving(Pages()) as pages:
        with_password = pages.home.replace("://", f"://nora:{PASSWORD}@")
        pages.links = f"{with_password}/story/{{n}}"
        if answers == "errors":
            pages.answer = lambda n: page(b"", "500 No")
        elif answers == "redirects":
            moved = f"Location: {with_password}/story/2"
            pages.answer = lambda n: (
                page(b"", "302 Found", more=f"{moved}{n}\r\n") if n < 20 else page(story(n - 20))
            )
        run = crawl(archives, pages, "-L", "DEBUG")
    assert run.exit_code == (3 if answers == "errors" else 0), run.log
    assert len(texts(archives)) == (0 if answers == "errors" else 3)
    for name, data in written(archives, run):
        assert PASSWORD.encode() not in data, name
    if answers != "redirects":  # its Location stays as it came
        assert PASSWORD.encode() not in of_requests(archives)


@pytest.mark.parametrize("kind", ["link", "redirect"])
def test_another_port_is_another_site_unless_allowed(kind: str, archives: Path) -> None:
    asked: list[bytes] = []

    def admin(head: bytes, out: BinaryIO) -> None:
        asked.append(head)
        path = urlsplit(head.split(b" ", 2)[1]).path
        number = path.rpartition(b"/")[2]
        out.write(page(story(int(number))) if number.isdigit() else page(b""))

    with answering(admin) as elsewhere, serving(Pages()) as pages:
        if kind == "link":
            pages.links = f"{elsewhere}/story/{{n}}"
        else:
            pages.answer = lambda n: page(
                b"", "302 Found", more=f"Location: {elsewhere}/story/{n}\r\n"
            )
        run = crawl(archives, pages)
        assert run.exit_code == 3, run.log
        reason = {"link": "off_site", "redirect": "redirect_off_site"}[kind]
        assert run.report["lost"][reason]["count"] == 3
        assert not asked
        host = urlsplit(elsewhere).netloc
        assert f"allow_hosts={host}" in run.stdout
        run = crawl(archives, pages, "-a", f"allow_hosts={host}")
        assert run.exit_code == 0, run.log
        assert texts(archives)


@pytest.mark.parametrize(
    "charset", ["zip", "rot13", "base64", "idna", "unicode_escape", "undefined"]
)
@pytest.mark.parametrize("place", ["header", "page"])
def test_what_is_no_charset_decodes_nothing(place: str, charset: str, archives: Path) -> None:
    def answer(n: int) -> bytes:
        body = story(n).replace(b"ferry like that", r"fähre\d like that".encode())
        if place == "page":
            meta = f"<head><meta charset='{charset}'>".encode()
            return page(body.replace(b"<head>", meta))
        return page(body, kind=f"text/html; charset={charset}")

    with serving(Pages(answer=answer)) as pages:
        run = crawl(archives, pages)
    assert run.exit_code == 0, run.log
    assert len(texts(archives)) == 3
    assert all(r"fähre\d like that" in text for text in run.texts.values())


def test_a_headline_without_end_is_cut(archives: Path) -> None:
    post = {
        "id": 1,
        "date": "2026-03-07T10:00:00",
        "guid": {"rendered": "https://wire.example/?p=1"},
        "link": "https://wire.example/1",
        "title": {"rendered": "A word " * 100_000},
        "content": {"rendered": "<p>The ferry was seen again on Saturday, by more people.</p>"},
    }
    file = archives.with_name("post.json")
    file.write_text(json.dumps(post), encoding="utf-8")
    run = scrapy(archives, "import", str(file))
    assert run.exit_code == 0, run.log
    (headline,) = run.headlines
    assert headline.startswith("A word A word")
    assert headline.endswith("…")
    assert 450 < len(headline) <= 500


@dataclass
class Endless:
    """A feed whose "next" pages never end; ``step`` says how many new stories each brings."""

    step: int
    home: str = ""
    requested: list[str] = field(default_factory=list)

    def __call__(self, head: bytes, out: BinaryIO) -> None:
        path = head.split(b" ", 2)[1].decode()
        self.requested.append(path)
        if path.startswith("/feed.xml"):
            number = int(path.partition("=")[2] or 1)
            links = range(1, 4) if not self.step else range(number * 3, number * 3 + 3)
            out.write(page(self._feed(number, links), kind="application/rss+xml"))
        elif path.startswith("/story/"):
            out.write(page(story(int(path.rpartition("/")[2]))))
        else:
            out.write(page(b"", "404 Not Found"))

    def _feed(self, number: int, links: range) -> bytes:
        items = "".join(
            f"<item><title>Story {n}</title><link>{self.home}/story/{n}</link></item>"
            for n in links
        )
        after = f"<atom:link rel='next' href='{self.home}/feed.xml?page={number + 1}'/>"
        return (
            "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel>"
            f"<title>x</title><link>{self.home}/</link>{after}{items}</channel></rss>"
        ).encode()


@contextmanager
def endless(step: int) -> Iterator[Endless]:
    pages = Endless(step)
    with answering(pages) as home:
        pages.home = home
        yield pages


@pytest.mark.parametrize("step", [0, 3])
def test_older_pages_without_end_are_given_up_and_named(step: int, archives: Path) -> None:
    with endless(step) as pages:
        url = ("-a", f"url={pages.home}/feed.xml", "-a", "after=2020-01-01")
        run = scrapy(archives, "crawl", "wire", *url, "-s", "WIRE_MAX_PAGES=6")
    assert run.exit_code == 3, run.log
    (problem,) = [p for p in run.report["problems"] if p["kind"] == "pages_limit"]
    asked = [path for path in pages.requested if path.startswith("/feed.xml")]
    assert len(asked) == (4 if step == 0 else 6), asked
    assert f"given up behind page {len(asked)}" in problem["message"]
    assert len(texts(archives)) == (3 if step == 0 else 18)
