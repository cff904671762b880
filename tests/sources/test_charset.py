from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.charset import decoded

TEXT = "<rss><title>Žižek é “quoted” 日本</title></rss>"


def text(body: bytes, content_type: str = "") -> str:
    return "".join(decoded([body], content_type))


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
    ],
)
def test_unicode_is_known_by_its_mark_or_by_itself(body: bytes) -> None:
    assert text(body) == TEXT


@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "utf-16", "klingon", "zlib", "hex", "punycode", "utf_7"]
)
def test_utf8_under_a_wrong_declaration(declared: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>'
    assert text((declaration + TEXT).encode()) == declaration + TEXT


@pytest.mark.parametrize("declared", ["utf-16", "zlib", "hex", "base64", "punycode", "undefined"])
def test_what_is_no_charset_is_not_used(declared: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?><rss/>'
    assert text(declaration.encode()) == declaration


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("iso-8859-1", "Café “x”"),
        ("windows-1251", "Новости дня"),
        ("koi8-r", "Новости дня"),
        ("shift_jis", "日本のニュース"),
        ("euc-kr", "연합뉴스"),
        ("gb2312", "新华社"),
        ("big5", "中央社"),
        ("iso-2022-jp", "日本のニュース"),
    ],
)
def test_declared_charsets(charset: str, words: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{charset}"?>'
    codec = "cp1252" if charset == "iso-8859-1" else charset
    assert text((declaration + words).encode(codec)) == declaration + words
    assert text(words.encode(codec), f"text/xml; charset={charset}") == words


def test_a_stray_byte_costs_only_itself() -> None:
    body = "é".encode() + b"<t>caf\xe9 \x93x\x94</t>"
    assert text(body).endswith("<t>café “x”</t>")


def test_a_cut_character_costs_only_itself() -> None:
    assert text("日本".encode()[:-1]).startswith("日")


def test_characters_across_chunks() -> None:
    body = TEXT.encode()
    assert "".join(decoded(body[at : at + 1] for at in range(len(body)))) == TEXT


@given(st.lists(st.binary(max_size=40), max_size=5), st.text(max_size=30))
def test_any_bytes_are_text(chunks: list[bytes], content_type: str) -> None:
    "".join(decoded(chunks, content_type)).encode("utf-8", "replace")
    assert "".join(decoded([b"".join(chunks)])) == "".join(decoded(chunks))
