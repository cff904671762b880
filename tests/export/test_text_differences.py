"""Differences tell both texts, and are found in bounded time."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from crawler.export.browsing.browse_results import Block, Piece
from crawler.export.browsing.text_differences import TextComparison

paragraphs = st.lists(
    st.lists(st.sampled_from(["the", "flood", "came", "went", ",", "."]), max_size=8).map(" ".join),
    max_size=12,
)


def sides(blocks: list[Block], which: str) -> list[str]:
    return [
        "".join(piece.text for piece in block.pieces if piece.kind in ("same", which))
        for block in blocks
        if block.kind in ("changed", "same", which)
    ]


@given(paragraphs, paragraphs, st.sampled_from([0, 50, 2_000_000]))
def test_both_texts_can_be_read_off(before: list[str], after: list[str], work: int) -> None:
    """What is skipped is in both, in its place; it is so too when there is no time to compare."""
    blocks = TextComparison(work).differences(before, after)
    skipped = sum(block.count for block in blocks if block.kind == "skipped")
    for which, text in (("removed", before), ("added", after)):
        shown = sides(blocks, which)
        assert len(shown) + skipped == len(text)
        if not skipped:
            assert shown == text
    assert bool(before != after) == any(b.kind not in ("same", "skipped") for b in blocks)


def test_words_of_a_changed_paragraph() -> None:
    before = ["Head", *"abcdef", "The ferry sank on Monday.", "End"]
    after = ["Head", *"abcdef", "The ferry did not sink on Monday.", "New"]
    blocks = TextComparison().differences(before, after)
    assert [block.kind for block in blocks] == ["skipped", "same", "changed", "removed", "added"]
    assert blocks[0].count == 6
    assert blocks[2].pieces == (
        *(Piece("same", "The ferry "), Piece("removed", "sank"), Piece("added", "did not sink")),
        Piece("same", " on Monday."),
    )


def test_hostile_texts_are_compared_in_bounded_time() -> None:
    begin = time.process_time()
    same = ["x"] * 20_000
    TextComparison().differences([*same, "a"], ["b", *same])
    TextComparison().differences(["w " * 200_000 + "a"], ["b" + " w" * 200_000])
    many = [f"{n} the flood came and went by night" for n in range(3_000)]
    TextComparison().differences(many, [f"{text} {n}" for n, text in enumerate(many)])
    assert time.process_time() - begin < 10
