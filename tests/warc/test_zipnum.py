"""The compressed index: each member has its lines, and is found through the small index."""

from __future__ import annotations

import gzip
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from crawler.warc import zipnum

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@st.composite
def sorted_lines(draw: st.DrawFn) -> list[str]:
    keys = draw(st.lists(WORDS, max_size=30))
    lines = (f'{key})/ 2024041108300{n % 10} {{"url": "{key}"}}\n' for n, key in enumerate(keys))
    return sorted(lines)


@given(lines=sorted_lines(), size=st.integers(1, 7))
def test_members_hold_the_lines_and_entries_lead_to_them(lines: list[str], size: int) -> None:
    pairs = list(zipnum.members(lines, size))
    data = b"".join(member for member, _ in pairs)
    assert gzip.decompress(data).decode() == "".join(lines)
    for number, (_, line) in enumerate(pairs):
        key, timestamp, fields = line.split(" ", 2)
        place = json.loads(fields)
        member = data[place["offset"] :][: place["length"]]
        block = lines[number * size : (number + 1) * size]
        assert gzip.decompress(member).decode() == "".join(block)
        assert block[0].startswith(f"{key} {timestamp} ")
        assert place["digest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"


def test_the_first_line_names_the_file() -> None:
    assert zipnum.header("index.cdx.gz") == (
        '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n'
    )


def test_the_same_lines_give_the_same_bytes() -> None:
    lines = [f"org,example)/{n:05d} 20240411083000 {{}}\n" for n in range(3000)]
    first, second = (list(zipnum.members(lines)) for _ in range(2))
    assert first == second
    assert len(first) == 3
