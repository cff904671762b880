from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.xmlstream import Record, Records, Shape
from crawler.sources.xmltext import NotThisXmlError

URL = "https://example.org/feed"
SHAPE = Shape(
    roots=("rss", "feed"),
    records=("item", "entry"),
    fields=frozenset(("title", "link", "dc:date", "channel/title", "a/b/title", "atom:title")),
)
ITEM = "<item><title>{0}</title><link>/{0}</link></item>"


def records(text: str, size: int = 0) -> Records:
    step = size or len(text) or 1
    return Records((text[at : at + step] for at in range(0, len(text), step)), SHAPE, URL)


def titles(text: str, size: int = 0) -> list[str]:
    return [record.text("title") for record in records(text, size)]


def rss(*parts: str) -> str:
    return f"<rss><channel>{''.join(parts)}</channel></rss>"


def items(names: str) -> Iterator[str]:
    return (ITEM.format(name) for name in names)


def test_records_and_what_is_outside_them() -> None:
    found = records(rss("<title>all</title>", *items("ab"), "<title>end</title>"))
    assert [record.text("title") for record in found] == ["a", "b"]
    assert [field.text for field in found.outside.every("channel/title")] == ["all", "end"]
    assert found.root == "rss"
    assert found.problems == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_chunks_may_end_anywhere(size: int) -> None:
    text = rss(ITEM.format("a &amp; <![CDATA[<item>]]> <!-- <item> --> &eacute;"), *items("b"))
    assert titles(text, size) == ["a & <item> é", "b"]


def test_paths_are_below_the_record() -> None:
    (record,) = records(rss("<item><a><b><title>deep</title></b><title>no</title></a></item>"))
    assert [(field.path, field.text) for field in record.fields] == [("a/b/title", "deep")]


def test_text_of_inner_elements_belongs_to_the_field() -> None:
    (record,) = records(rss("<item><title>one <b>two <i>three</i></b></title></item>"))
    assert record.text("title") == "one two three"


def test_language_and_base_are_inherited() -> None:
    (record,) = records(
        '<feed xml:lang="fr" xml:base="/a/">'
        '<entry xml:base="b/"><link xml:base="c/"/></entry></feed>'
    )
    assert record.language == "fr"
    assert record.base == "https://example.org/a/b/"
    assert next(record.every("link")).base == "https://example.org/a/b/c/"


def test_namespaces_by_meaning_not_by_prefix() -> None:
    (record,) = records(
        '<rss xmlns:x="http://purl.org/dc/elements/1.1/" xmlns:y="urn:y"><item>'
        "<x:date>1</x:date><dc:date>2</dc:date><y:title>no</y:title></item></rss>"
    )
    assert [(field.path, field.text) for field in record.fields] == [
        ("dc:date", "1"),
        ("dc:date", "2"),
    ]


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("a & b", "a & b"),
        ("a &amp; b &lt;i&gt; &#39; &apos;", "a & b <i> ' '"),
        ("caf&eacute; &nbsp;&mdash; x", "café — x"),
        ("AT&T; &unknown; &", "AT&T; &unknown; &"),
        ("1 < 2 <3 <= 4", "1 < 2 <3 <= 4"),
        ("a\x00\x0b\x1fb", "ab"),
        ("&#0;&#x1F;&#55296;&#99999999999999999999;a", "���a"),
        ("&#150;", "–"),
        ("<![CDATA[a & b &amp; <b>]]>", "a & b &amp; <b>"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]>&y;", "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;"),
    ],
)
def test_repairs(title: str, read: str) -> None:
    assert titles(rss(ITEM.format("first"), f"<item><title>{title}</title></item>"))[1:] == [read]


@pytest.mark.parametrize(
    "broken",
    [
        "<item><title>a<br>b</title><link>x</link></item>",
        "<item><title>x",
        "<item><title>x</link></item>",
        "<item><title a=b>x</title></item>",
        "<item><title a='b>x</title></item>",
        "<item><title a='b' a='c'>x</title></item>",
        "<item><title><![CDATA[x</title></item>",
        "<item><title><!-- x</title></item>",
        "<item></item></item></channel></rss>",
        "<item><title>x</title><? <?x ?></item>",
        "<item><" + "x" * 300_000 + ">",
        "<item>" + "<b>" * 5_000,
        "<item>" + "</b>" * 5_000,
        "<item " + " ".join(f"a{n}='1'" for n in range(5_000)) + "/>",
        "<item " + " ".join(f"a{n}='>'" for n in range(100_000)) + "/>",
        "<item><:title>x</:title></item>",
        "<item><a:b:title xmlns:a=''>x</a:b:title></item>",
    ],
)
@pytest.mark.parametrize("size", [0, 1000])
def test_a_broken_record_costs_only_itself(broken: str, size: int) -> None:
    found = titles(rss(*items("ab"), broken, *items("cd")), size)
    assert [title for title in found if title in ("a", "b", "c", "d")] == ["a", "b", "c", "d"]


def test_references_after_an_error() -> None:
    text = rss("<item><title x='1' x='2'>a &amp; b</title><link>?a=1&amp;b=2</link></item>")
    (record,) = records(text)
    assert (record.text("title"), record.text("link")) == ("a & b", "?a=1&b=2")


def test_comments_hide_their_records() -> None:
    assert titles(rss(*items("a"), "<!--", *items("b"), "-->", *items("c"))) == ["a", "c"]


def test_cut_text_gives_its_records_and_says_so() -> None:
    text = rss(*items("abc"))
    found = records(text[: text.index("/c")])
    all_of_it = list(found)
    assert [(record.text("title"), record.is_broken) for record in all_of_it] == [
        ("a", False),
        ("b", False),
        ("c", True),
    ]
    assert found.problems == ["1 broken records", "cut or broken: <rss> is never closed"]


@pytest.mark.parametrize(
    "before",
    [
        "\ufeff",
        "\n\n",
        '<?xml version="1.0"?><?xml-stylesheet href="x"?><!-- a -->',
        "<br />\n<b>Warning</b>: mysql gone\n<?xml version='1.0'?>",
        "<!DOCTYPE rss [<!ENTITY a 'b'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>",
    ],
)
def test_what_is_before_the_root_is_dropped(before: str) -> None:
    assert titles(before + rss(*items("a"), ITEM.format("&a;&c;"))) == ["a", "&a;&c;"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "<urlset/>",
        "<rssx>",
        "<!DOCTYPE html><html><body><rss></rss></body></html>",
        "<rss" + " a='b'" * 100_000 + ">",
        "<rss a='",
    ],
)
def test_other_roots_are_refused(text: str) -> None:
    with pytest.raises(NotThisXmlError):
        records(text)


def test_too_broken_is_given_up() -> None:
    found = records(rss("<item><" * 10_000))
    assert len(list(found)) < 5_000
    assert found.problems[0] == "too much or too broken to be read to its end"


def test_a_long_text_is_cut_and_a_record_has_an_end() -> None:
    long = "x" * 1_000_000
    (record,) = records(
        rss(f"<item><title>{long}</title>{'<link>y</link>' * 10_000}</item>"), 9_999
    )
    assert 1 <= len(record.text("title")) <= 40_000
    assert len(record.fields) <= 500


MARKUP = st.lists(
    st.sampled_from(
        [
            *("<rss>", "</rss>", "<item>", "</item>", "<item", "<title>", "</title>", "<title "),
            *("<![CDATA[", "]]>", "<!--", "-->", "<", ">", "&", ";", "&amp;", "<?", "?>", "<!"),
            *(
                "a",
                " ",
                "='",
                "'",
                '"',
                "x:y",
                "<x:",
                "/",
                "/>",
                "\x01",
                "é",
                "\ud800",
                "<!DOCTYPE ",
            ),
            *("xmlns=", "xml:base='http://['", "<entry>", "</entry>", "<a:item>"),
        ]
    ),
    max_size=30,
)


@given(MARKUP, st.integers(1, 10))
def test_any_markup_is_read_without_an_error(parts: list[str], size: int) -> None:
    text = "<rss>" + "".join(parts)
    found = list(records(text, size))
    assert all(isinstance(record, Record) for record in found)


@given(st.lists(st.text(max_size=20), max_size=5))
def test_what_is_written_right_is_read_as_it_is(words: list[str]) -> None:
    from html import escape

    text = rss(*(f"<item><title>{escape(word)}</title></item>" for word in words))
    expected = [" ".join(word.split()) for word in words]
    if all(map(_is_xml, words)):
        assert titles(text) == expected


def _is_xml(word: str) -> bool:
    return all(c in "\t\n" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe" for c in word)
