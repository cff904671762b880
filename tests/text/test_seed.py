"""The seed format, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.normal import normal_line
from crawler.text.seed import SeedDocument, SeedFormatError, read, write

WIRE_STORY = (
    b" date 2023-07-25 Harbour reopens in tepid restoration of traffic between islands\n"
    b"With ships waiting and facing a shortage of pilots, the harbour's ruling board is sending"
    b" a tug out in hopes of restoring traffic between the islands.\n"
    b'The board was invited to send a "high-level tug", spokesperson Jane Doe said on Tuesday.\n'
    b'"We believe the tug will be conducive to (bilateral) traffic," Doe said.\n'
)

TEXT = st.text().map(normal_line)
DOCUMENTS = st.builds(
    SeedDocument,
    date=st.dates().map(str),
    title=TEXT,
    paragraphs=st.lists(TEXT.filter(bool)).map(tuple),
)


def test_file_of_a_wire_story_is_read_and_written_the_same() -> None:
    doc = read(WIRE_STORY)
    assert doc.date == "2023-07-25"
    assert doc.title == "Harbour reopens in tepid restoration of traffic between islands"
    assert [text[:9] for text in doc.paragraphs] == ["With ship", "The board", '"We belie']
    assert write(doc) == WIRE_STORY


@pytest.mark.parametrize(
    ("doc", "data"),
    [
        (SeedDocument("2023-07-25", "", ()), b" date 2023-07-25\n"),
        (SeedDocument("2023-07-25", "T", ()), b" date 2023-07-25 T\n"),
        (SeedDocument("2023-07-25", "", ("a", "b")), b" date 2023-07-25\na\nb\n"),
        (SeedDocument("0001-01-01", "‘É’", ("北京",)), " date 0001-01-01 ‘É’\n北京\n".encode()),
        (
            SeedDocument("2024-02-29", "a  b", ("c\u00a0d",)),
            " date 2024-02-29 a  b\nc\u00a0d\n".encode(),
        ),
    ],
)
def test_bytes(doc: SeedDocument, data: bytes) -> None:
    assert write(doc) == data
    assert read(data) == doc


@given(DOCUMENTS)
def test_what_was_written_is_read_back(doc: SeedDocument) -> None:
    assert read(write(doc)) == doc


@given(DOCUMENTS, st.integers(0), st.binary(max_size=2))
def test_what_can_be_read_is_written_back(doc: SeedDocument, place: int, noise: bytes) -> None:
    data = write(doc)
    place %= len(data)
    data = data[:place] + noise + data[place + 1 :]
    try:
        found = read(data)
    except SeedFormatError:
        return
    assert write(found) == data


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read(data)
    except SeedFormatError:
        return
    assert write(found) == data


@pytest.mark.parametrize(
    ("data", "number", "found"),
    [
        (b"", 1, "''"),
        (b" date 2023-07-25 T", 1, "' date 2023-07-25 T'"),
        (b"date 2023-07-25 T\n", 1, "'date 2023-07-25 T'"),
        (b" date 2023-7-25 T\n", 1, "2023-7-25"),
        (b" date 2023-02-30 T\n", 1, "2023-02-30"),
        (b" date 0000-00-00 T\n", 1, "0000-00-00"),
        (b" date 2023-07-25 \n", 1, "2023-07-25 "),
        (b" date 2023-07-25  T\n", 1, "2023-07-25  T"),
        (b"\xef\xbb\xbf date 2023-07-25 T\n", 1, r"\ufeff"),
        (b" date 2023-07-25 T\r\n", 1, r"\r"),
        (b" date 2023-07-25 T\na\n\nb\n", 3, "''"),
        (b" date 2023-07-25 T\na\n\n", 3, "''"),
        (b" date 2023-07-25 T\na\n b\n", 3, "' b'"),
        (b" date 2023-07-25 T\na\nb \n", 3, "'b '"),
        (b" date 2023-07-25 T\na\tb\n", 2, r"\t"),
        (b" date 2023-07-25 T\na\xffb\n", 2, "xff"),
        (b" date 2023-07-25 T\na\ne\xcc\x81\n", 3, r"e\u0301"),
        (b" date 2023-07-25 T\na\xe2\x80\xa8b\n", 2, r"\u2028"),
        (b" date 2023-07-25 T\n\xef\xbb\xbfa\n", 2, r"\ufeff"),
    ],
)
def test_error_names_line_and_what_is_there(data: bytes, number: int, found: str) -> None:
    with pytest.raises(SeedFormatError, match=f"line {number}: ") as caught:
        read(data)
    assert caught.value.line == number
    assert found in str(caught.value)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize(
    "doc",
    [
        SeedDocument("2023-07-25", "two\nlines", ()),
        SeedDocument("2023-07-25", " T", ()),
        SeedDocument("2023-07-25", "T", ("",)),
        SeedDocument("2023-07-25", "T", ("a\nb",)),
        SeedDocument("2023-07-25", "T", ("\ud800",)),
        SeedDocument("25.7.2023", "T", ()),
        SeedDocument("2023-07-25 X", "", ()),
    ],
)
def test_document_that_could_not_be_read_back_is_not_written(doc: SeedDocument) -> None:
    with pytest.raises(SeedFormatError):
        write(doc)
