"""The normal form of a line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.text.normal import normal_line, replace_surrogates

AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "a e\u0301\u0323\u200b\u200c\u200d\u202e\u2028\u00a0\x85\x00\x1f\ufe0f\u2800"
        ),
        st.sampled_from(
            "\u0915\u094d\u093c\u0645\u06cc\u1820\u180b\u180e\u845b\U000e0100\ud83d\udc4d"
        ),
        st.sampled_from(
            "❤👍🏽🏴\U000e0067\U000e007f1\u20e3\uac00\u1100\u1161\ufeff\ue000\ufdd0\U0010ffff"
        ),
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" a\t\n b \r\n", "a b"),
        ("a\u00a0b\u2009c\u3000d\u2028e\u2029f\u0085g\u2800h", "a b c d e f g h"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u034ff", "abcdef"),
        ("\u202ea\u202c\u2066b\u2069\u200e\u200f\u061c", "ab"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("e\u0301 \u212b", "é Å"),
        ("a\u200be\u200b\u0301", "aé"),
        ("a\u200db\u200cc", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("می\u200c خواهم\u200c", "می خواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f\u200d🔥 ©\ufe0f 1\ufe0f\u20e3", "❤\ufe0f\u200d🔥 ©\ufe0f 1\ufe0f\u20e3"),
        ("a\ufe0f\u200d", "a"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("🏴\U000e0067\U000e0062 x\U000e007f", "🏴 x"),
        ("葛\U000e0100城 a\U000e0100", "葛\U000e0100城 a"),
        ("ᠠ\u180b a\u180b", "ᠠ\u180b a"),
        ("\ud83d\ude00 \ud83d \ude00", "😀 \ufffd \ufffd"),
        ("a\ufdd0b\uffffc\U0001fffed\ue000e\U000f0000f", "abcdef"),
        ("\u3164\u115f\uffa0", ""),
        ("“Quotes” – and dashes — stay…", "“Quotes” – and dashes — stay…"),
    ],
)
def test_line(text: str, expected: str) -> None:
    assert normal_line(text) == expected


@given(AWKWARD)
@example("\u0301\u200d\u094d\u200d\u094d\u200d\u094d\u200d\u094d\u200d\u094d\u200d\u094d")
def test_line_is_in_normal_form(text: str) -> None:
    result = normal_line(text)
    assert normal_line(result) == result
    assert result == result.strip()
    assert unicodedata.is_normalized("NFC", result)
    assert len(result.splitlines()) <= 1
    assert {unicodedata.category(char) for char in result}.isdisjoint({"Cc", "Cs", "Co"})


@given(AWKWARD)
def test_without_surrogates_text_can_be_encoded_and_change_nothing_else(text: str) -> None:
    result = replace_surrogates(text)
    assert result.encode().decode() == result
    if all(unicodedata.category(char) != "Cs" for char in text):
        assert result == text


def test_every_character_alone_gives_a_normal_form() -> None:
    for code in (*range(0x20000), *range(0xE0000, 0xE0200), 0xF0000, 0x10FFFD, 0x10FFFF):
        result = normal_line(f"a{chr(code)}b\u00e9")
        assert normal_line(result) == result, hex(code)
        assert result.isprintable() or unicodedata.category(chr(code)) in ("Cf", "Cn"), hex(code)


def test_a_tower_of_marks_is_cut_and_costs_no_time() -> None:
    tower = "a" + "\u0315\u0300" * 200_000
    shown = normal_line(tower)
    assert len(shown) <= 31
    assert normal_line(shown) == shown
    assert normal_line("e\u0301") == "é"
