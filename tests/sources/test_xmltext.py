from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.xmltext import NotThisXmlError, is_one_tag, pieces, repaired, root

TOKEN = re.compile(r"<item(?=[\s/>])|<!--|<!\[CDATA\[")


def test_root() -> None:
    chunks = iter(["junk<", "x:rss a='>'", " b='c'>", "rest"])
    assert root(chunks, ("rss",)) == ("<x:rss a='>' b='c'>", "rss", "")
    assert list(chunks) == ["rest"]


@pytest.mark.parametrize("text", ["<rss " * 300_000, "<rss a='" * 300_000, "<" * 2_000_000])
def test_a_root_that_never_ends(text: str) -> None:
    chunks = (text[at : at + 65_536] for at in range(0, len(text), 65_536))
    with pytest.raises(NotThisXmlError):
        root(chunks, ("rss",))


@pytest.mark.parametrize(
    "around", ["<textarea>{}</textarea>", "<Script>a='{}'</script>", "<p><![CDATA[{}]]></p>"]
)
def test_a_root_in_a_snippet_is_none(around: str) -> None:
    with pytest.raises(NotThisXmlError):
        root(iter([around.format("<rss><channel>")]), ("rss",))


@given(
    st.lists(
        st.sampled_from(["<item>", "<item", "<!--", "-->", "<![CDATA[", "]]>", "a", "&", "<"]),
        max_size=30,
    ),
    st.integers(1, 9),
)
def test_pieces_are_the_text(parts: list[str], size: int) -> None:
    text = "".join(parts)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    found = list(pieces(chunks, TOKEN))
    assert "".join(found) == text
    assert all(found)


def test_pieces_are_bounded() -> None:
    text = "<item>" + "x" * 3_000_000
    chunks = (text[at : at + 65_536] for at in range(0, len(text), 65_536))
    found = list(pieces(chunks, TOKEN))
    assert "".join(found) == text
    assert max(map(len, found)) < 400_000


def test_what_no_record_holds_is_dropped() -> None:
    assert len(repaired("&" * 100_000)) <= 100_000
    assert len(repaired("<" * 100_000)) <= 100_000
    assert is_one_tag("a='1' " * 3_000)
    assert not is_one_tag("<a b='1'/>" * 3_000)
