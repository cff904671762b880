"""The head of a record, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.head import NotARecordError, parse

MANDATORY = [
    ("WARC-Type", "resource"),
    ("WARC-Record-ID", "<urn:x>"),
    ("WARC-Date", "2024"),
    ("Content-Length", "7"),
]
names = st.from_regex(r"X-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,20}", fullmatch=True)
values = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])).map(
    lambda text: text.strip(" \t")
)


@given(st.lists(st.tuples(names, values)).flatmap(lambda own: st.permutations(own + MANDATORY)))
def test_fields_come_back_in_their_order(fields: list[tuple[str, str]]) -> None:
    lines = [f"{name}: {value} \t" for name, value in fields]
    assert parse("\r\n".join(["WARC/1.1", *lines]).encode()) == (fields, 7)


@given(st.binary())
def test_any_bytes_are_fields_or_an_error(head: bytes) -> None:
    with pytest.raises(NotARecordError):
        parse(b"WARC/1.1\r\n" + head)


@given(st.text(max_size=8))
def test_a_length_is_digits(text: str) -> None:
    fields = [*MANDATORY[:3], ("Content-Length", text)]
    head = "\r\n".join(["WARC/1.0", *(f"{name}: {value}" for name, value in fields)])
    try:
        _, length = parse(head.encode("utf-8", "replace"))
    except NotARecordError:
        assert not (text.strip(" \t").isascii() and text.strip(" \t").isdecimal())
    else:
        assert length == int(text)
