"""Sketches, which never change and are as similar as their texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.minhash import NEAR, algorithm, similarity, sketch

STORY = (
    "The harbour council voted on Tuesday to keep the old ferry running for another year, ending "
    "months of talks with the island’s 412 residents.",
    "“We did not expect this,” said Mayor Ada Brook, who had asked for the vote in March. “The "
    "boat is 60 years old, and it shows.”",
    "Repairs are to begin in April and will cost 1.4 million crowns, the harbour office said. "
    "A bridge, the other choice, would have cost 30 times as much.",
)
WORDS = ("harbour", "ferry", "council", "island", "storm", "power", "border", "city", "report")


def prose(seed: int, length: int = 400) -> list[str]:
    """Return *length* made-up words; each *seed* gives others."""
    pick = random.Random(seed)
    return [f"{pick.choice(WORDS)}{pick.randrange(500)}" for _ in range(length)]


def alike(one: list[str], other: list[str]) -> float:
    return similarity(sketch([" ".join(one)]), sketch([" ".join(other)]))


def test_sketches_are_those_that_ledgers_hold() -> None:
    """Check the library: if its values have changed, `algorithm` must give another name."""
    assert algorithm() == "minhash-128x16-a4feb1cc"
    assert (
        sketch(STORY).hex()[:64]
        == "d9387c6a62fc7f4257773714c1e460b2686d2c954cf1d7f9944c54906f887384"
    )


def test_a_sketch_has_its_size() -> None:
    assert len(sketch(STORY)) == 256
    assert similarity(sketch(STORY), sketch(STORY)) == 1


def test_paragraphs_and_punctuation_make_no_difference() -> None:
    words = " ".join(STORY).replace(",", " –").replace("“", '"')
    assert sketch([words]) == sketch(STORY)


@pytest.mark.parametrize(("length", "size"), [(49, 0), (50, 256)])
def test_short_texts_have_none(length: int, size: int) -> None:
    assert len(sketch([" ".join(prose(1, length))])) == size


def test_a_text_without_end_is_sketched_by_its_beginning() -> None:
    beginning = "one or two words " * 12_000
    assert sketch([beginning, *prose(1)]) == sketch([beginning, *prose(2)])


def test_another_dateline_is_near() -> None:
    assert alike(prose(1), ["CITY", "(AGENCY)", *prose(1)]) > 0.9


def test_a_story_cut_to_three_fifths_is_near() -> None:
    assert alike(prose(1), prose(1)[:240]) >= NEAR


def test_a_word_in_twenty_changed_is_near() -> None:
    words = prose(1)
    changed = [f"other{at}" if at % 20 == 0 else word for at, word in enumerate(words)]
    assert alike(words, changed) >= NEAR


def test_other_stories_are_far() -> None:
    assert alike(prose(1), prose(2)) < 0.1


def test_one_form_with_other_facts_is_far() -> None:
    def form(name: str, age: int, town: str, day: int) -> list[str]:
        return (
            f"{name} of {town} , {age} , passed away peacefully at home on March {day} surrounded "
            f"by family . {name} worked at the {town} Mill for {age - 25} years . A service is to "
            f"be held at {town} Chapel on April {day // 2} at noon . In lieu of flowers the family "
            "asks that donations be made to a charity of your choice . Condolences may be left on "
            "the website of the funeral home ."
        ).split()

    assert alike(form("Ada Brook", 81, "Corvale", 12), form("Jon Frost", 66, "Aldport", 27)) < NEAR


def test_scripts_without_spaces_go_by_the_character() -> None:
    pick = random.Random(3)
    text = "".join(chr(pick.randrange(0x4E00, 0x5500)) for _ in range(300))
    other = "".join(chr(pick.randrange(0x4E00, 0x5500)) for _ in range(300))
    assert similarity(sketch([text]), sketch([text[:100] + "新" + text[100:]])) > 0.9
    assert similarity(sketch([text]), sketch([other])) < 0.1


@pytest.mark.parametrize("bad", [b"", b"1" * 255])
def test_what_is_no_sketch_is_named(bad: bytes) -> None:
    with pytest.raises(ValueError, match="256 bytes"):
        similarity(bad, sketch(STORY))


@given(st.lists(st.text(max_size=300), max_size=20))
def test_any_text_has_a_sketch_or_none(paragraphs: list[str]) -> None:
    found = sketch(paragraphs)
    assert found == sketch(paragraphs)
    assert len(found) in {0, 256}


@given(st.integers(0, 400), st.integers(0, 50))
def test_similarity_is_near_the_share_of_shingles(cut: int, seed: int) -> None:
    words = prose(seed)
    rest = words[:cut] + prose(seed + 1000, 400 - cut)
    ours, theirs = (set(zip(text, text[1:], text[2:], strict=False)) for text in (words, rest))
    jaccard = len(ours & theirs) / len(ours | theirs)
    assert abs(alike(words, rest) - jaccard) < 0.25
