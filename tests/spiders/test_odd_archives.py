"""Archives in the shapes that other tools write, into our corpus, from end to end."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Scrapy
from tests.replaying import replay
from tests.running import Run
from tests.warc import files

PLACES = ("harbour", "railway", "orchard", "glacier")
Warc = Callable[[Path], Run]


@pytest.fixture
def warc(scrapy: Scrapy) -> Warc:
    """Run ``scrapy crawl warc -a path=PATH``."""
    return lambda path: scrapy("crawl", "warc", "-a", f"path={path}")


def url_of(place: str) -> str:
    return f"https://{place}.test/2024/04/{place}"


def page(place: str, head: str = "") -> str:
    """Return a page with a story about *place*."""
    prose = "".join(
        f"<p>The {place} committee met for the {number}. time this year, and heard at length from "
        f"those who work in the {place} about what they need before the summer begins.</p>"
        for number in range(1, 7)
    )
    day = '<meta property="article:published_time" content="2024-04-11T08:30:00Z">'
    title = f"A plan for the {place}"
    return (
        f"<!doctype html><html><head>{head}<title>{title}</title>{day}</head>"
        f"<body><article><h1>{title}</h1>{prose}</article></body></html>"
    )


def capture(
    place: str, *, status: str = "HTTP/1.1 200 OK", body: str | bytes = "", **fields: Any
) -> bytes:
    """Return a ``response`` record with the page about *place*."""
    content = body or page(place)
    content = content.encode() if isinstance(content, str) else content
    block = f"{status}\r\ncontent-type: text/html; charset=utf-8\r\n\r\n".encode() + content
    own = {
        "WARC_Type": "response",
        "WARC_Record_ID": f"<urn:test:{place}>",
        "WARC_Date": "2024-04-12T09:00:00Z",
        "WARC_Target_URI": url_of(place),
        "Content_Type": "application/http; msgtype=response",
    }
    return files.record(block, **own | fields)


def metadata(archives: Path) -> list[dict[str, Any]]:
    """Return what the archive's own metadata records say of its articles."""
    found, _ = files.split(next(archives.joinpath("warc").iterdir()))
    contents = [bytes(one.block) for one in found if one.type == "metadata"]
    return [content for one in contents if "verdict" in (content := json.loads(one))]


def test_answers_of_later_versions_of_http(warc: Warc, tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    lines = ("HTTP/2 200 ", "HTTP/3 200", "http/2.0 200 OK", ":status: 200")
    files.write(path, *map(_answered, PLACES, lines))
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (0, 4)


@pytest.mark.parametrize("head", ["HTTP/2 200", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip"])
def test_they_are_replayed(tmp_path: Path, head: str) -> None:
    """A feed and the stories behind it, as a browser stores them: undone, under their heads."""
    path = tmp_path / "x.wacz"
    address = "https://paper.test/feed"
    items = "".join(
        f"<item><title>A plan for the {place}</title><link>https://paper.test/2024/04/{place}</link>"
        f"<pubDate>Thu, 11 Apr 2024 08:30:00 GMT</pubDate></item>"
        for place in PLACES
    )
    feed = f'<rss version="2.0"><channel><title>Paper</title>{items}</channel></rss>'
    captures = [capture("feed", status=head, body=feed, WARC_Target_URI=address)]
    for place in PLACES:
        url = f"https://paper.test/2024/04/{place}"
        captures.append(capture(place, status=head, WARC_Target_URI=url))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/a.warc.gz", b"".join(map(gzip.compress, captures)))
    run = replay(tmp_path / "again", [path], {"url": address}, spider="wire")
    assert len(run.texts) == len(PLACES), run.log


def _answered(place: str, line: str) -> bytes:
    request = f"GET /2024/04/{place} HTTP/2\r\nhost: {place}.test\r\n\r\n".encode()
    asked = files.record(
        request,
        WARC_Type="request",
        WARC_Record_ID=f"<urn:test:{place}-request>",
        WARC_Concurrent_To=f"<urn:test:{place}>",
        WARC_Target_URI=url_of(place),
    )
    return asked + capture(place, status=line)


def test_dates_of_all_kinds(warc: Warc, scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    dates = ("2024-04", "20240412090000", "2024-04-120T09:00:00Z", "0000-00-00T99:99:99Z")
    files.write(path, *map(_dated, PLACES, dates))
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (0, 4)
    assert run.report["stats"]["clean/flagged/borrowed_date"] == 2
    told = [(one["origin"]["date"], one["warc_date"]) for one in metadata(run.archives)]
    noon = "2024-04-12T09:00:00Z"
    assert told == [
        *(("2024-04-01T00:00:00Z", None), (noon, None)),
        *((noon, date) for date in dates[2:]),
    ]
    for name in run.texts:
        traced = scrapy("trace", name)
        assert traced.exit_code == 0, traced.stdout
    assert scrapy("rebuild").exit_code == 0
    assert scrapy("verify").exit_code == 0


def _dated(place: str, date: str) -> bytes:
    return capture(place, WARC_Date=date)


RSS = '<rss version="2.0"><channel><title>Ferries</title></channel></rss>'
RDF = "<rdf:RDF xmlns='http://web.resource.org/cc/'><Work rdf:about=''/></rdf:RDF>"


def test_pages_that_hold_a_feed_are_pages(warc: Warc, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    heads = (f"<!-- {RDF} -->", RDF, f"<script>a = '{RSS}'</script>", f"<title>a</title>{RSS}")
    bodies = [page(place, head) for place, head in zip(PLACES, heads, strict=True)]
    bare = [body.replace("<html>", "").replace("<!doctype html>", "") for body in bodies[2:]]
    pages = zip(PLACES, [*bodies[:2], *bare], strict=True)
    files.write(path, *(capture(place, body=body) for place, body in pages))
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (0, 4)


def test_lengths_that_are_wrong(warc: Warc, scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    bodies = [page(place).replace("summer", "Sommer, für “alle”,") for place in PLACES]
    captures = [capture(place, body=body) for place, body in zip(PLACES, bodies, strict=True)]
    files.write(path, *map(_with_wrong_length, captures, (True, True, False, False)))
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (0, 4)
    assert all("“alle”" in text for text in run.texts.values())
    name = next(iter(run.texts))
    assert scrapy("trace", name).exit_code == 0
    verified = scrapy("verify", str(path))
    assert verified.exit_code == 0, verified.stdout
    assert "Content-Length is" in verified.stdout


def _with_wrong_length(capture: bytes, in_characters: bool) -> bytes:
    """Return *capture* with a length in characters, or one byte too many."""
    _, _, block = capture.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")
    length = len(block.decode()) if in_characters else len(block) + 1
    return capture.replace(b"Content-Length: %d" % len(block), b"Content-Length: %d" % length)


def test_an_answer_without_its_address_is_named(warc: Warc, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    files.write(path, capture("harbour"), capture("railway", WARC_Target_URI=" "))
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (3, 1)
    [problem] = run.report["problems"]
    assert problem["kind"] == "warc_no_uri"
    assert f"{path}: " in problem["message"]
    assert "no WARC-Target-URI" in problem["message"]


def test_a_wacz_whose_members_are_deflated(warc: Warc, scrapy: Scrapy, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/a.warc", b"".join(map(capture, PLACES[:2])))
        archive.writestr(
            "archive/b.warc.gz", b"".join(gzip.compress(capture(p)) for p in PLACES[2:])
        )
    run = warc(path)
    assert (run.exit_code, len(run.texts)) == (0, 4)
    for name in run.texts:
        traced = scrapy("trace", name)
        assert traced.exit_code == 0, traced.stdout
        assert f"origin-warc: {path}\n" in traced.stdout
    again = warc(path)
    assert again.report["stats"]["warc/files_held"] == 1
    assert scrapy("verify", str(path)).exit_code == 0
    assert len(scrapy("index", str(path)).stdout.splitlines()) == 4
