from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import Moment
from crawler.sources import sitemaps
from crawler.sources.link import Link
from crawler.sources.sitemaps import (
    ChildSitemap,
    CutSitemapError,
    NotASitemapError,
    SitemapEntry,
    read,
)

URL = "https://news.example.org/sitemaps/1.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

SITEMAP = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<urlset {NAMESPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>https://news.example.org/world/one?a=1&amp;b=2</loc>
    <lastmod>2024-01-15</lastmod><changefreq>daily</changefreq><priority>0.8</priority>
    <image:image><image:loc>https://news.example.org/a.jpg</image:loc></image:image>
  </url>
  <url><loc>
    /world/two
  </loc></url>
</urlset>
"""

NEWS = f"""\
<urlset {NAMESPACE} xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
  <url>
    <loc>https://news.example.org/world/one</loc>
    <lastmod>2024-01-16T10:00:00Z</lastmod>
    <n:news>
      <n:publication><n:name>Example News</n:name><n:language>en</n:language></n:publication>
      <n:publication_date>2024-01-15T08:30:00+01:00</n:publication_date>
      <n:title>Ministers meet, agree &amp;amp; leave</n:title>
      <n:keywords>ministers, Oslo</n:keywords>
    </n:news>
  </url>
  <url><loc>https://news.example.org/about</loc></url>
</urlset>
"""

INDEX = f"""\
<sitemapindex {NAMESPACE}>
  <sitemap><loc>https://news.example.org/sitemaps/2024-01.xml.gz</loc><lastmod>2024-01-15</lastmod></sitemap>
  <sitemap><loc>/sitemaps/2023-12.xml.gz</loc></sitemap>
</sitemapindex>
"""


def entry(name: str) -> str:
    return f"<url><loc>https://e.org/{name}</loc></url>"


def urlset(*parts: str, behind: str = "</urlset>") -> bytes:
    return f"<urlset {NAMESPACE}>{''.join(parts)}{behind}".encode()


def listed(body: bytes) -> tuple[list[str], str]:
    """Return the addresses and what was said in the end."""
    found: list[str] = []
    try:
        for listing in read(body, URL):
            found.append(listing.url if isinstance(listing, ChildSitemap) else listing.link.url)  # noqa: PERF401
    except CutSitemapError as error:
        return found, str(error)
    return found, ""


def test_sitemap() -> None:
    assert list(read(SITEMAP.encode(), URL)) == [
        SitemapEntry(
            link=Link(
                url="https://news.example.org/world/one?a=1&b=2", modified=Moment("2024-01-15")
            )
        ),
        SitemapEntry(link=Link(url="https://news.example.org/world/two")),
    ]


def test_news_sitemap() -> None:
    assert list(read(NEWS.encode(), URL)) == [
        SitemapEntry(
            link=Link(
                url="https://news.example.org/world/one",
                title="Ministers meet, agree &amp; leave",
                published=Moment("2024-01-15T08:30:00", "2024-01-15T07:30:00"),
                modified=Moment("2024-01-16T10:00:00", "2024-01-16T10:00:00"),
                language="en",
            ),
            is_news=True,
        ),
        SitemapEntry(link=Link(url="https://news.example.org/about")),
    ]


def test_index() -> None:
    assert list(read(INDEX.encode(), URL)) == [
        ChildSitemap(
            url="https://news.example.org/sitemaps/2024-01.xml.gz", modified=Moment("2024-01-15")
        ),
        ChildSitemap(url="https://news.example.org/sitemaps/2023-12.xml.gz"),
    ]


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        'xmlns="http://www.google.com/schemas/sitemap/0.84"',
        'xmlns="https://www.sitemaps.org/schemas/sitemap/0.9/"',
        'xmlns="urn:anything"',
    ],
)
def test_the_namespace_is_often_another(namespace: str) -> None:
    text = NEWS.replace(NAMESPACE, namespace).replace("http://www.google", "https://www.google")
    assert list(read(text.encode(), URL)) == list(read(NEWS.encode(), URL))


def test_prefixes_that_nobody_declared() -> None:
    text = (
        "<urlset><url><loc>/a</loc><news:news><news:title>A</news:title></news:news></url></urlset>"
    )
    (found,) = read(text.encode(), URL)
    link = Link(url="https://news.example.org/a", title="A")
    assert found == SitemapEntry(link=link, is_news=True)


def test_gzip_by_its_first_bytes() -> None:
    packed = gzip.compress(SITEMAP.encode())
    assert list(read(packed, URL)) == list(read(SITEMAP.encode(), URL))


def test_gzip_of_several_members_and_padding() -> None:
    text = urlset(entry("a"), entry("b"))
    packed = gzip.compress(text[:50]) + gzip.compress(text[50:]) + b"\0" * 100
    assert listed(packed) == (["https://e.org/a", "https://e.org/b"], "")


def test_cut_gzip_gives_what_came() -> None:
    names = [f"{n}/{n * 7919 % 10_007}" for n in range(5_000)]
    packed = gzip.compress(urlset(*map(entry, names)))
    found, problem = listed(packed[: len(packed) // 2])
    assert 1_000 < len(found) < 5_000
    assert found == [f"https://e.org/{name}" for name in names[: len(found)]]
    assert "cut gzip" in problem


def test_damaged_gzip_gives_what_came() -> None:
    names = [f"{n}/{n * 7919 % 10_007}" for n in range(5_000)]
    packed = bytearray(gzip.compress(urlset(*map(entry, names))))
    packed[len(packed) // 2 :] = b"\xff" * 1_000
    found, problem = listed(bytes(packed))
    assert len(found) > 1_000
    assert "gzip" in problem


def test_bombs_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 1_000_000)
    packed = gzip.compress(urlset(entry("a"), " " * 5_000_000, entry("b")))
    found, problem = listed(packed)
    assert found == ["https://e.org/a"]
    assert "no more than 1000000 bytes" in problem
    members = [urlset(entry("a"), behind=""), *[b"<url/>"] * 50_000]
    found, problem = listed(b"".join(map(gzip.compress, members)))
    assert found == ["https://e.org/a"]
    assert "no more than 1000 gzip members" in problem


def test_entries_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_ENTRIES", 2)
    assert listed(urlset(entry("a"), entry("b"))) == (["https://e.org/a", "https://e.org/b"], "")
    found, problem = listed(urlset(*map(entry, "abc")))
    assert found == ["https://e.org/a", "https://e.org/b"]
    assert "no more than 2 entries" in problem


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ((entry("a"), "<url><loc>https://e.org/</lo", entry("b")), "broken"),
        ((entry("a"), "<url><loc>javascript:x</loc></url>", entry("b")), "1 entries without"),
        ((entry("a"), "<url><loc></loc></url>", entry("b")), "1 entries without"),
        ((entry("a"), entry("b"), "<url><loc>https://e.org/c</l"), "never closed"),
        ((entry("a"), "<!DOCTYPE x>&y; &", entry("b")), ""),
    ],
)
def test_malformed_sitemaps_give_their_good_entries(parts: tuple[str, ...], problem: str) -> None:
    behind = "" if problem == "never closed" else "</urlset>"
    found, said = listed(urlset(*parts, behind=behind))
    assert [url for url in found if url != "https://e.org/"] == [
        "https://e.org/a",
        "https://e.org/b",
    ]
    assert problem in said


def test_text_sitemap() -> None:
    text = (
        "\ufeffhttps://e.org/a\r\n\r\nhttps://e.org/ü\nnot one\n"
        + "x" * 20_000
        + "\nhttps://e.org/b"
    )
    assert listed(text.encode()) == (
        ["https://e.org/a", "https://e.org/%C3%BC", "https://e.org/b"],
        "",
    )
    assert listed(gzip.compress(text.encode()))[0][-1] == "https://e.org/b"


def test_feed_as_sitemap() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="/2.atom"/>'
        "<entry><id>1</id><link href='/a'/></entry></feed>"
    )
    assert list(read(gzip.compress(body.encode()), URL)) == [
        SitemapEntry(link=Link(url="https://news.example.org/a", guid="1"), is_news=True),
        ChildSitemap(url="https://news.example.org/2.atom"),
    ]


def test_entities_are_not_expanded() -> None:
    body = b"<!DOCTYPE urlset [<!ENTITY a 'https://e.org/'>]>" + urlset(
        "<url><loc>/&a;/b</loc></url>"
    )
    assert listed(body) == (["https://news.example.org/&a;/b"], "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no sitemap but an empty body"),
        (gzip.compress(b"", mtime=0), "no sitemap but an empty body"),
        (b"<!DOCTYPE html><title>Not found</title>", "an HTML page: “Not found”"),
        (b'{"a": 1}', "something else"),
        (b"\x1f\x8b\x08broken", "no sitemap but an empty body"),
    ],
)
def test_no_sitemap_says_what_it_is(body: bytes, message: str) -> None:
    with pytest.raises(NotASitemapError, match=message):
        list(read(body, URL))


def test_it_is_a_stream() -> None:
    entries = read(urlset(*(entry(str(n)) for n in range(100_000)), behind="<broken"), URL)
    assert isinstance(entries, Iterator)
    assert next(entries) == SitemapEntry(link=Link(url="https://e.org/0"))


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_sitemap_or_none(body: bytes, is_packed: bool) -> None:
    for start in (b"", b"<urlset><url><loc>", b"https://", gzip.compress(b"<urlset>")[:-5]):
        whole = start + body
        with suppress(NotASitemapError, CutSitemapError):
            for found in read(gzip.compress(whole) if is_packed else whole, URL):
                url = found.url if isinstance(found, ChildSitemap) else found.link.url
                assert url.startswith(("http://", "https://"))
