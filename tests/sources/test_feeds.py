from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import Moment
from crawler.sources import feeds
from crawler.sources.feeds import Feed, NotAFeedError, read, wordpress_page_url
from crawler.sources.link import Link

URL = "https://news.example.org/feeds/world.xml"

RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
     xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel>
  <title>World</title>
  <link>https://news.example.org/</link>
  <atom:link rel="self" href="https://news.example.org/feeds/world.xml"/>
  <atom:link rel="next" href="?paged=2"/>
  <language>en-GB</language>
  <generator>https://wordpress.org/?v=6.4.2</generator>
  <image><url>https://news.example.org/logo.png</url><title>Logo</title><link>/</link></image>
  <item>
    <title>Ministers meet in
      Oslo &amp;amp; agree</title>
    <link>https://news.example.org/world/oslo-meeting?utm_source=rss</link>
    <guid isPermaLink="false">tag:news.example.org,2024:77</guid>
    <pubDate>Mon, 15 Jan 2024 08:30:00 GMT</pubDate>
    <category>World</category><category domain="x"> Europe </category><category>World</category>
    <media:content url="https://news.example.org/a.jpg"><media:title>Photo</media:title></media:content>
    <source url="https://other.example/rss"><title>Not this</title></source>
    <enclosure url="https://news.example.org/a.mp3" length="1" type="audio/mpeg"/>
  </item>
  <item>
    <title><![CDATA[A <em>second</em> story & more]]></title>
    <link>/world/second</link>
    <guid>https://news.example.org/?p=78</guid>
    <dc:date>2024-01-14T08:30:00+01:00</dc:date>
    <dc:language>nn</dc:language>
  </item>
  <item>
    <title>Only a permanent link</title>
    <guid>https://news.example.org/world/third</guid>
  </item>
  <item>
    <title>Through a counter</title>
    <link>https://feeds.example.com/~r/world/~3/abc/</link>
    <feedburner:origLink>https://news.example.org/world/fourth</feedburner:origLink>
  </item>
</channel>
</rss>
"""

ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://news.example.org/de/">
  <title>Welt</title>
  <id>urn:feed</id>
  <link rel="self" href="feed.atom"/>
  <link rel="prev-archive" href="2023/12.atom"/>
  <generator uri="https://cms.example/" version="1">CMS</generator>
  <entry>
    <id>urn:uuid:1</id>
    <title type="html">Erste &lt;i&gt;Meldung&lt;/i&gt;</title>
    <link rel="enclosure" type="audio/mpeg" href="a.mp3"/>
    <link rel="alternate" type="application/json" href="eins.json"/>
    <link rel="alternate" type="text/html" href="eins"/>
    <published>2024-01-15T08:30:00Z</published>
    <updated>2024-01-16T09:00:00Z</updated>
    <category term="welt" label="Welt"/><category term="eu"/>
    <source><id>urn:other</id><title>Nicht das</title><link href="https://other.example/"/></source>
    <content type="xhtml">
      <div xmlns="http://www.w3.org/1999/xhtml"><a href="x">x</a></div>
    </content>
  </entry>
  <entry xml:lang="en" xml:base="en/">
    <id>urn:uuid:2</id>
    <title>5 &lt; 6 &amp;amp; 7</title>
    <link href="two"/>
    <updated>2024-01-13T09:00:00Z</updated>
  </entry>
  <entry>
    <id>urn:uuid:3</id>
    <title type="xhtml">
      <div xmlns="http://www.w3.org/1999/xhtml">Drei <b>Worte</b> &lt; vier</div>
    </title>
    <link href="drei"/>
  </entry>
</feed>
"""

RDF = """\
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://news.example.org/feeds/world.xml">
    <title>World</title><link>https://news.example.org/</link><dc:language>ja</dc:language>
    <items><rdf:Seq><rdf:li rdf:resource="https://news.example.org/1"/></rdf:Seq></items>
  </channel>
  <item rdf:about="https://news.example.org/id/1">
    <title>一つ</title><link>https://news.example.org/1</link>
    <dc:date>2024-01-15T08:30:00+09:00</dc:date><dc:subject>国際</dc:subject>
  </item>
  <item rdf:about="https://news.example.org/2"><title>二つ</title></item>
</rdf:RDF>
"""

JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "World",
    "language": "en",
    "next_url": "/feeds/world.json?page=2",
    "items": [
        {
            "id": 17,
            "url": "/world/one",
            "title": "Fish & <chips>",
            "date_published": "2024-01-15T08:30:00Z",
            "date_modified": "2024-01-16T08:30:00Z",
            "tags": ["World", "", "World", 5],
        },
        {"id": "x", "external_url": "https://other.example/a", "language": "fr"},
        {"id": "https://news.example.org/world/three"},
        {"id": "nowhere"},
        "no item",
    ],
}


def feed(text: str) -> Feed:
    return read(text.encode(), URL)


def rss(*items: str, before: str = "", behind: str = "</channel></rss>") -> bytes:
    return f'{before}<rss version="2.0"><channel>{"".join(items)}{behind}'.encode()


def item(name: str) -> str:
    return f"<item><title>Story {name}</title><link>/{name}</link><guid>{name}</guid></item>"


def guids(body: bytes, content_type: str = "") -> list[str]:
    return [link.guid for link in read(body, URL, content_type).links]


def test_rss() -> None:
    found = feed(RSS)
    assert found.links == (
        Link(
            url="https://news.example.org/world/oslo-meeting?utm_source=rss",
            guid="tag:news.example.org,2024:77",
            title="Ministers meet in Oslo &amp; agree",
            published=Moment("2024-01-15T08:30:00", "2024-01-15T08:30:00"),
            sections=("World", "Europe"),
            language="en-GB",
        ),
        Link(
            url="https://news.example.org/world/second",
            guid="https://news.example.org/?p=78",
            title="A <em>second</em> story & more",
            published=Moment("2024-01-14T08:30:00", "2024-01-14T07:30:00"),
            language="nn",
        ),
        Link(
            url="https://news.example.org/world/third",
            guid="https://news.example.org/world/third",
            title="Only a permanent link",
            language="en-GB",
        ),
        Link(
            url="https://news.example.org/world/fourth",
            title="Through a counter",
            language="en-GB",
        ),
    )
    assert found.next == "https://news.example.org/feeds/world.xml?paged=2"
    assert found.is_wordpress
    assert found.problems == ()


def test_atom() -> None:
    found = feed(ATOM)
    assert found.links == (
        Link(
            url="https://news.example.org/de/eins",
            guid="urn:uuid:1",
            title="Erste <i>Meldung</i>",
            published=Moment("2024-01-15T08:30:00", "2024-01-15T08:30:00"),
            modified=Moment("2024-01-16T09:00:00", "2024-01-16T09:00:00"),
            sections=("Welt", "eu"),
            language="de",
        ),
        Link(
            url="https://news.example.org/de/en/two",
            guid="urn:uuid:2",
            title="5 &lt; 6 &amp;amp; 7",
            modified=Moment("2024-01-13T09:00:00", "2024-01-13T09:00:00"),
            language="en",
        ),
        Link(
            url="https://news.example.org/de/drei",
            guid="urn:uuid:3",
            title="Drei Worte &lt; vier",
            language="de",
        ),
    )
    assert found.next == "https://news.example.org/de/2023/12.atom"
    assert found.generator == "CMS https://cms.example/"
    assert not found.is_wordpress


@pytest.mark.parametrize("namespace", ["", 'xmlns="http://purl.org/atom/ns#"'])
def test_atom_of_another_namespace(namespace: str) -> None:
    (link,) = feed(
        f"<feed {namespace}><entry><id>1</id><title>T</title><link href='/a'/></entry></feed>"
    ).links
    assert (link.guid, link.title, link.url) == ("1", "T", "https://news.example.org/a")


def test_rdf() -> None:
    first, second = feed(RDF).links
    assert first == Link(
        url="https://news.example.org/1",
        guid="https://news.example.org/id/1",
        title="一つ",
        published=Moment("2024-01-15T08:30:00", "2024-01-14T23:30:00"),
        sections=("国際",),
        language="ja",
    )
    assert (second.url, second.guid) == ("https://news.example.org/2",) * 2


def test_json_feed() -> None:
    found = read(json.dumps(JSON).encode(), URL)
    assert found.links == (
        Link(
            url="https://news.example.org/world/one",
            guid="17",
            title="Fish &amp; &lt;chips&gt;",
            published=Moment("2024-01-15T08:30:00", "2024-01-15T08:30:00"),
            modified=Moment("2024-01-16T08:30:00", "2024-01-16T08:30:00"),
            sections=("World",),
            language="en",
        ),
        Link(url="https://other.example/a", guid="x", language="fr"),
        Link(
            url="https://news.example.org/world/three",
            guid="https://news.example.org/world/three",
            language="en",
        ),
    )
    assert found.next == "https://news.example.org/feeds/world.json?page=2"
    assert found.problems == ("2 items without a usable link",)


@pytest.mark.parametrize("indent", [None, 2])
def test_cut_json_feed_gives_its_whole_items(indent: int | None) -> None:
    text = json.dumps(JSON, indent=indent)
    found = read(text[: text.index('"https://news.example.org/world/three"')].encode(), URL)
    assert [link.guid for link in found.links] == ["17", "x"]
    assert found.problems == ("damaged JSON: cut",)


@pytest.mark.parametrize(
    "body",
    [
        rss(item("a"), item("b"), before="\ufeff"),
        rss(item("a"), item("b"), before="\n <?xml version='1.0'?>"),
        rss(item("a"), item("b"), before="<b>Notice</b>: x in y.php<?xml version='1.0'?>"),
        rss(item("a"), item("b"), before="<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd'>"),
        rss(item("a"), "<item><title>x</b>", item("b")),
        rss(item("a"), "<item><title>x</title><link>mailto:x</link></item>", item("b")),
        rss(item("a"), "<item><title>a & b &nbsp; \x0b < c</title></item>", item("b")),
        rss(item("a"), item("b"), behind="<item><title>cut</ti"),
        rss(item("a"), item("b"), behind="<item><title>cut</title><link>/c</link><guid>c</gu"),
        rss(item("a"), item("b")).replace(b"<rss", b"<?xml version='1.0' encoding='klingon'?><rss"),
        rss(item("a"), "<item><title>caf\xe9</title>", item("b")).replace(b"\xc3\xa9", b"\xe9"),
        rss(item("a"), item("b")).decode().encode("utf-16"),
    ],
)
def test_malformed_feeds_give_their_good_items(body: bytes) -> None:
    assert guids(body) == ["a", "b"]


def test_broken_item_is_taken_if_it_says_which_it_is() -> None:
    unclosed = "<description>one<br>two</description>"
    body = rss(
        item("a").replace("</item>", f"{unclosed}</item>"),
        f"<item><title>b</title><link>/b</link>{unclosed}</item>",
        item("c"),
    )
    assert guids(body) == ["a", "c"]
    assert read(body, URL).problems == ("2 broken records", "1 items without a usable link")


def test_wrong_charset_of_the_answer() -> None:
    body = rss(item("a").replace("Story", "Žižek"))
    assert read(body, URL, "text/xml; charset=ISO-8859-1").links[0].title == "Žižek a"


def test_charset_of_the_answer() -> None:
    body = rss(item("a").replace("Story", "Новость")).decode().encode("koi8-r")
    assert read(body, URL, "text/xml; charset=koi8-r").links[0].title == "Новость a"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no feed but an empty body"),
        (b" \n", "no feed but an empty body"),
        (b"<!DOCTYPE html><title>Sign in</title><p>Please", "an HTML page: “Sign inPlease”"),
        (b"<html><body><rss><channel></channel></rss>", "an HTML page"),
        (b'{"error": "no"}', "JSON of something else"),
        (b'{"version": "1.1", "items": []}', "JSON of something else"),
        (b'{"version"', "no feed but"),
        (b"[1]", "something else: “[1]”"),
        (b"<urlset><url><loc>https://e.org/</loc></url></urlset>", "something else"),
        (b"\x89PNG\r\n\x1a\n\0\0", "something else"),
        (b"{" * 100_000, "no feed but"),
        (b'{"a":' * 100_000, "no feed but"),
    ],
)
def test_no_feed_says_what_it_is(body: bytes, message: str) -> None:
    with pytest.raises(NotAFeedError) as raised:
        read(body, URL)
    assert message in str(raised.value)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) <= 501


def test_empty_feed_is_a_feed() -> None:
    assert read(b"<rss version='2.0'><channel></channel></rss>", URL) == Feed(links=())
    assert read(b'{"version": "https://jsonfeed.org/version/1"}', URL) == Feed(links=())


def test_entities_are_not_expanded() -> None:
    names = "abcdefghij"
    bomb = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in pairwise(names)
    )
    external = (
        '<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1:9/">%y;'
    )
    body = rss(
        "<item><title>&j; &x;</title><link>/&j;/x</link></item>",
        before=f"<?xml version='1.0'?><!DOCTYPE rss [{bomb}{external}]>",
    )
    (link,) = read(body, URL).links
    assert link.title == "&j; &x;"
    assert link.url == "https://news.example.org/&j;/x"


def test_depth_is_bounded() -> None:
    assert guids(rss(item("a"), "<item>" + "<b>" * 50_000, item("b"))) == ["a", "b"]


def test_items_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_ITEMS", 3)
    found = read(rss(*map(item, "abcdef")), URL)
    assert [link.guid for link in found.links] == ["a", "b", "c"]
    assert found.problems[-1] == "no more than 3 items are read"


def test_oversize_fields_are_left_out() -> None:
    long = "x" * 9_000
    (link,) = read(
        rss(f"<item><link>/a</link><guid>{long}</guid><category>{long}</category></item>"), URL
    ).links
    assert (link.guid, link.sections) == ("", ())
    assert read(rss(f"<item><link>/{long}</link></item>"), URL).links == ()


@pytest.mark.parametrize(
    ("relations", "older"),
    [
        (("next",), "https://news.example.org/next"),
        (("prev-archive", "next"), "https://news.example.org/next"),
        (("prev-archive",), "https://news.example.org/prev-archive"),
        (("previous", "first", "self"), ""),
    ],
)
def test_older_entries(relations: tuple[str, ...], older: str) -> None:
    links = "".join(f'<link rel="{relation}" href="/{relation}"/>' for relation in relations)
    assert feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{links}</feed>').next == older


def test_a_feed_is_not_older_than_itself() -> None:
    itself = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="world.xml#x"/></feed>'
    )
    assert feed(itself).next == ""


@pytest.mark.parametrize(
    ("url", "page", "address"),
    [
        ("https://e.org/feed/", 2, "https://e.org/feed/?paged=2"),
        ("https://e.org/?feed=rss2&paged=2", 3, "https://e.org/?feed=rss2&paged=3"),
        ("https://e.org/feed/?paged=2", 1, "https://e.org/feed/"),
    ],
)
def test_pages_of_wordpress(url: str, page: int, address: str) -> None:
    assert wordpress_page_url(url, page) == address


KEYS = st.sampled_from(["id", "url", "title", "tags", "date_published", "language", "external_url"])
PARTS = [RSS[:500], ATOM[:700], RDF[:400], json.dumps(JSON)[:300], *RSS.split("<")[:60]]


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=10), max_size=8), st.text(max_size=20))
def test_any_text_is_a_feed_or_none(parts: list[str], content_type: str) -> None:
    body = "<".join(parts).encode("utf-8", "replace")
    with suppress(NotAFeedError):
        for link in read(body, URL, content_type).links:
            assert link.url.startswith(("http://", "https://"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_none(body: bytes) -> None:
    with suppress(NotAFeedError):
        read(b"<rss>" + body, URL)
    with suppress(NotAFeedError):
        read(body, URL)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=10,
    )
)
def test_any_json_is_a_feed_or_none(value: object) -> None:
    body = json.dumps(
        {"version": "https://jsonfeed.org/version/1", "items": [value], "next_url": value}
    )
    assert len(read(body.encode(), URL).links) <= 1


@pytest.mark.parametrize(
    "entry",
    [
        "<entry><title>A</title><id>https://news.example.org/a</id></entry>",
        "<entry><id>http://news.example.org/a</id><title>A</title><link rel='related'/></entry>",
    ],
)
def test_an_entry_with_nothing_but_an_address_for_an_id(entry: str) -> None:
    found = feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    assert [link.url.partition(":")[2] for link in found.links] == ["//news.example.org/a"]
    assert not found.problems


@pytest.mark.parametrize("empty", ["<item/>", "<item />", "<item></item>", "<item> </item >"])
@pytest.mark.parametrize("place", range(3))
def test_empty_items_within_items(empty: str, place: int) -> None:
    parts = ["<title>A</title>", "<link>https://news.example.org/a</link>", "<guid>a</guid>"]
    parts.insert(place, empty)
    found = read(rss(f"<item>{''.join(parts)}</item>", item("b")), URL)
    assert next((link.url[-1], link.title, link.guid) for link in found.links) == ("a", "A", "a")
    assert len(found.links) == 2
    assert not found.problems


WHOLE = "<p>" + "The ferry was seen again on Saturday. " * 10 + "</p>"


@pytest.mark.parametrize(
    "body",
    [
        f"<rss><channel><item><link>/a</link><description>Short</description>"
        f"<content:encoded><![CDATA[{WHOLE}]]></content:encoded></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='/a'/><content type='html'>"
        + WHOLE.replace("<", "&lt;")
        + "</content></entry></feed>",
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "items": [{"id": "1", "url": "/a", "content_html": WHOLE}],
            }
        ),
    ],
)
def test_whole_texts(body: str) -> None:
    (link,) = read(body.encode(), URL).links
    assert link.content.split() == WHOLE.split()


def test_texts_are_bounded() -> None:
    long = "<p>" + "x" * 200_000 + "</p>"
    entries = [
        f"<item><link>/{n}</link><content:encoded><![CDATA[{long}]]></content:encoded></item>"
        for n in range(30)
    ]
    kept = [len(link.content) for link in read(rss(*entries), URL).links]
    assert len(kept) == 30
    assert kept[0] == len(long)
    assert sum(kept) <= 1 << 22
    too_long = f"<item><link>/a</link><content:encoded>{'x' * 300_000}</content:encoded></item>"
    assert [link.content for link in read(rss(too_long), URL).links] == [""]
