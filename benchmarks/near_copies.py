"""How well and how fast near copies are found.

    python -m benchmarks.near_copies

Recall: stories as others run them (another dateline, their own boilerplate behind, cut to 60 %,
words changed), found by the bands of their sketches and confirmed by their similarity. Precision:
news that is written by form (weather, markets, obituaries), each with its own facts, and not one a
copy of another. The texts are made up, the same in each run.
"""

from __future__ import annotations

import random
import re
import time
from itertools import accumulate, combinations
from statistics import quantiles
from typing import TYPE_CHECKING

from crawler.text.minhash import NEAR, similarity, sketch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 2024
STORIES = 1000
FILLED = 300  # forms of a kind
BAND, BANDS = 6, 16  # bytes of a sketch, as the ledger looks for them
VOCABULARY = 20_000
RARE, FACTS = 200, 0.25  # of the words behind the most frequent ones, the share of facts
FORMS = {
    "weather": (
        "The forecast for {city} on {day} calls for {sky} skies with a high near {small} degrees. "
        "Tonight, {sky}, with a low around {small}. Winds will be from the {wind} at {small} to "
        "{small} kilometres an hour. The chance of precipitation is {small} percent. On {day}, "
        "expect {sky} skies and a high near {small}. Sunrise is at {hour} and sunset at {hour}. "
        "The water temperature is {small} degrees. The weather service reminds residents to check "
        "conditions before travelling."
    ),
    "markets": (
        "Stocks closed {moved} on {day}. The main index {moved} {number} points, or {number} "
        "percent, to end the day at {number}. The technology index {moved} {number} points, or "
        "{number} percent, to {number}. {firm} {moved} {number} percent to {number} dollars. "
        "{firm} {moved} {number} percent to {number} dollars. Benchmark crude for delivery next "
        "month {moved} {number} dollars to {number} dollars a barrel. Gold {moved} to {number} "
        "dollars an ounce. The yield on the 10-year note {moved} to {number} percent. For the "
        "year, the main index is {moved} by {number} percent."
    ),
    "obituaries": (
        "{name} {surname}, {small}, of {city}, passed away peacefully at home on {day} surrounded "
        "by family. Born in {city} to the late {name} and {name} {surname}, {name} was a graduate "
        "of {city} High School and worked for {firm} for {small} years until retirement. Survivors "
        "include two children, {name} and {name}, and {small} grandchildren. Visitation will be "
        "held at the {city} Funeral Home on {day} at {hour}, with services to follow at {city} "
        "Church. In lieu of flowers, the family asks that donations be made to a charity of your "
        "choice. Online condolences may be left on the website of the funeral home."
    ),
}
FACTS_OF_FORMS = {
    "city": "Aldport Brenna Corvale Dunmore Eastby Farrow Glenholm Harwick Inverloch Jarrow",
    "name": "Ada Boris Clara Daniel Edith Frank Greta Henry Irene Jonas Karla Leon Mona Nils",
    "surname": "Ash Brook Carver Dale Ellis Frost Grant Hale Irwin Jones Keller Lund Moore",
    "firm": "Acorn Bexley Cobalt Dorian Emberly Fairfax Garnet Holt Ionic Juniper Kestrel",
    "sky": "sunny cloudy overcast clear rainy hazy",
    "wind": "north south east west",
    "moved": "rose fell gained lost",
    "month": "January March April June July August October November",
}


def main() -> None:
    """Print recall by kind of copy, precision by kind of form, and documents a second."""
    pick = random.Random(SEED)
    words = [_word(pick, rank) for rank in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))

    def story(length: int) -> list[str]:
        return pick.choices(words, cum_weights=weights, k=length)

    print(f"{'copies':<22}{'by band':>9}{'found':>9}")
    stories = [story(pick.randint(60, 900)) for _ in range(STORIES)]
    sketches = [_sketch(text) for text in stories]
    for name, copy in _copies(pick, story).items():
        _print_recall(name, sketches, [_sketch(copy(text)) for text in stories])
    print(f"\n{'forms':<22}{'by band':>9}{'taken':>9}{'median':>9}{'highest':>9}")
    _print_forms("other stories", sketches[:FILLED])
    for name, form in FORMS.items():
        _print_forms(name, [sketch([fill_form(form, pick)]) for _ in range(FILLED)])
    _print_speed(stories)


def _word(pick: random.Random, rank: int) -> str:
    """Return a word; a rare one is a name or a number more often than a frequent one."""
    if rank > RARE and pick.random() < FACTS:
        return pick.choice((f"{pick.randint(1, 9999)}", f"Name{rank:x}"))
    return "".join(pick.choices("aeioubcdfgklmnprst", k=pick.randint(2, 9)))


def _sketch(words: Sequence[str]) -> bytes:
    return sketch([" ".join(words)])


def _copies(
    pick: random.Random, story: Callable[[int], list[str]]
) -> dict[str, Callable[[list[str]], list[str]]]:
    boilerplate = story(50)

    def changed(share: float) -> Callable[[list[str]], list[str]]:
        return lambda text: [story(1)[0] if pick.random() < share else word for word in text]

    return {
        "other dateline": lambda text: ["CITY", "(AGENCY)", *text],
        "boilerplate behind": lambda text: text + boilerplate,
        "cut to 60 %": lambda text: text[: len(text) * 6 // 10],
        "5 % of words changed": changed(0.05),
        "10 % of words changed": changed(0.10),
        "15 % of words changed": changed(0.15),
    }


def _has_band(one: bytes, other: bytes) -> bool:
    places = range(0, BAND * BANDS, BAND)
    return any(one[at : at + BAND] == other[at : at + BAND] for at in places)


def _print_recall(name: str, sketches: Sequence[bytes], copies: Sequence[bytes]) -> None:
    pairs = [(one, other) for one, other in zip(sketches, copies, strict=True) if one and other]
    candidates = [pair for pair in pairs if _has_band(*pair)]
    found = sum(similarity(*pair) >= NEAR for pair in candidates)
    print(f"{name:<22}{len(candidates) / len(pairs):>9.3f}{found / len(pairs):>9.3f}")


def _print_forms(name: str, sketches: Sequence[bytes]) -> None:
    pairs = list(combinations(filter(None, sketches), 2))
    values = [similarity(*pair) for pair in pairs]
    banded = [value for pair, value in zip(pairs, values, strict=True) if _has_band(*pair)]
    taken = sum(value >= NEAR for value in banded)
    shares = f"{len(banded) / len(pairs):>9.4f}{taken / len(pairs):>9.4f}"
    print(f"{name:<22}{shares}{quantiles(values)[1]:>9.3f}{max(values):>9.3f}")


def _print_speed(stories: Sequence[list[str]]) -> None:
    texts = [[" ".join(text)] for text in stories]
    start = time.process_time()
    for text in texts:
        sketch(text)
    seconds = time.process_time() - start
    length = sum(len(text[0]) for text in texts) / len(texts)
    print(f"\n{len(texts) / seconds:,.0f} documents of {length:,.0f} characters a CPU second")


def fill_form(form: str, pick: random.Random) -> str:
    """Return *form* with facts of its own."""
    return re.sub(r"\{(\w+)\}", lambda found: _fact(found[1], pick), form)


def _fact(kind: str, pick: random.Random) -> str:
    if kind == "day":
        return f"{_fact('month', pick)} {pick.randint(1, 28)}"
    if kind == "hour":
        return f"{pick.randint(1, 12)}:{pick.randint(10, 59)}"
    if kind == "number":
        return f"{pick.uniform(1, 9999):,.2f}"
    if kind == "small":
        return f"{pick.randint(3, 99)}"
    return pick.choice(FACTS_OF_FORMS[kind].split())


if __name__ == "__main__":
    main()
