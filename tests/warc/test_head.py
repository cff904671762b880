"""The head of a record, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.head import NotARecordError, parse_head

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
    assert parse_head("\r\n".join(["WARC/1.1", *lines]).encode()) == (fields, 7)


@given(st.binary())
def test_any_bytes_are_fields_or_an_error(head: bytes) -> None:
    with pytest.raises(NotARecordError):
        parse_head(b"WARC/1.1\r\n" + head)


@given(st.text(max_size=8))
def test_a_length_is_digits(text: str) -> None:
    fields = [*MANDATORY[:3], ("Content-Length", text)]
    head = "\r\n".join(["WARC/1.0", *(f"{name}: {value}" for name, value in fields)])
    try:
        _, length = parse_head(head.encode("utf-8", "replace"))
    except NotARecordError:
        assert not (text.strip(" \t").isascii() and text.strip(" \t").isdecimal())
    else:
        assert length == int(text)


@given(st.lists(st.tuples(names, values)).flatmap(lambda own: st.permutations(own + MANDATORY)))
def test_lenient_mode_takes_what_is_right_as_it_is(fields: list[tuple[str, str]]) -> None:
    lines = [f"{name}: {value}" for name, value in fields]
    head = "\r\n".join(["WARC/1.1", *lines, "", ""]).encode()
    assert (
        parse_head(head, strict=False) == parse_head(head.removesuffix(b"\r\n\r\n")) == (fields, 7)
    )


@given(values=st.lists(st.text("ab \t", max_size=4)), end=st.sampled_from(["\n", "\r\n", "\r\r\n"]))
def test_lines_end_as_they_like(values: list[str], end: str) -> None:
    lines = ["WARC/1.0", "WARC-Type: x", *(f"X :{value}" for value in values), "content-length:7"]
    fields, length = parse_head((end.join(lines) + 2 * end).encode(), strict=False)
    assert length == 7
    assert fields[1:-1] == [("X", value.strip(" \t")) for value in values]


@given(st.binary())
def test_any_bytes_are_fields_or_an_error_in_lenient_mode(head: bytes) -> None:
    try:
        fields, length = parse_head(
            b"WARC/1.1\nWARC-Type: x\nContent-Length: 7\n" + head, strict=False
        )
    except NotARecordError as error:
        assert "Content-Length" in str(error) or "WARC-Type" in str(error)  # noqa: PT017
        return
    assert length == 7
    assert not any("\r" in value or "\n" in value for _, value in fields)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"WARC/2.0\nWARC-Type: x\nContent-Length: 7\n\n", "begins with 'WARC/2.0'"),
        (b"WARC/1.0\nWARC-Type: x\n\n", "has no Content-Length"),
        (b"WARC/1.0\nContent-Length: 7\n\n", "has no WARC-Type"),
        (b"WARC/1.0\nWARC-Type: x\nContent-Length: 7\nContent-Length: 8\n\n", "more than one"),
        (b"WARC/1.0\nWARC-Type: x\nContent-Length: -7\n\n", "no number of bytes"),
        (b"WARC/1.0\n" + b"a: b\n" * 2_000, "over 1000 lines"),
    ],
)
def test_what_is_no_head_in_either_mode(head: bytes, reason: str) -> None:
    with pytest.raises(NotARecordError, match=reason):
        parse_head(head, strict=False)
