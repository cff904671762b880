"""How well and how fast near copies are found.

    python -m benchmarks.near_copies

Recall: stories as others run them (another dateline, their own boilerplate behind, cut to 60 %,
words changed), found by the bands of their sketches and confirmed by their resemblance. Precision:
news that is written by form (weather, markets, obituaries), each with its own facts, and not one a
copy of another. The texts are made up, the same in each run.
"""

from __future__ import annotations

import random
import time
from itertools import accumulate, combinations
from statistics import quantiles
from typing import TYPE_CHECKING

from crawler.text.resemblance import NEAR, resemblance, sketch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 2024
STORIES = 1000
FORMS = 300
BAND, BANDS = 6, 16  # bytes of a sketch, as the ledger looks for them
VOCABULARY = 20_000
RARE, FACTS = 200, 0.25  # of the words behind the most frequent ones, the share of facts
CITIES = [
    "Aldport",
    "Brenna",
    "Corvale",
    "Dunmore",
    "Eastby",
    "Farrow",
    "Glenholm",
    "Harwick",
    "Inverloch",
    "Jarrow",
]
NAMES = [
    "Ada",
    "Boris",
    "Clara",
    "Daniel",
    "Edith",
    "Frank",
    "Greta",
    "Henry",
    "Irene",
    "Jonas",
    "Karla",
    "Leon",
    "Mona",
    "Nils",
]
SURNAMES = [
    "Ash",
    "Brook",
    "Carver",
    "Dale",
    "Ellis",
    "Frost",
    "Grant",
    "Hale",
    "Irwin",
    "Jones",
    "Keller",
    "Lund",
    "Moore",
]
SKIES = ("mostly sunny", "partly cloudy", "overcast", "clear", "cloudy with rain", "hazy")
FIRMS = [
    "Acorn",
    "Bexley",
    "Cobalt",
    "Dorian",
    "Emberly",
    "Fairfax",
    "Garnet",
    "Holt",
    "Ionic",
    "Juniper",
    "Kestrel",
]


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
    _print_forms("other stories", sketches[:FORMS])
    for name, form in {"weather": weather, "markets": markets, "obituaries": obituary}.items():
        _print_forms(name, [sketch([form(pick)]) for _ in range(FORMS)])
    _print_speed(stories)


def _word(pick: random.Random, rank: int) -> str:
    """One of the vocabulary: rare ones are a name or a number more often than frequent ones."""
    if rank > RARE and pick.random() < FACTS:
        return pick.choice((f"{pick.randint(1, 9999)}", pick.choice(SURNAMES) + f"{rank:x}"))
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
    found = sum(resemblance(*pair) >= NEAR for pair in candidates)
    print(f"{name:<22}{len(candidates) / len(pairs):>9.3f}{found / len(pairs):>9.3f}")


def _print_forms(name: str, sketches: Sequence[bytes]) -> None:
    pairs = list(combinations(filter(None, sketches), 2))
    values = [resemblance(*pair) for pair in pairs]
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


def weather(pick: random.Random) -> str:
    """Return a forecast as an office sends one out for each town each day."""
    high, low = pick.randint(8, 35), pick.randint(-5, 20)
    return (
        f"The forecast for {pick.choice(CITIES)} on {_day(pick)} calls for {pick.choice(SKIES)} skies "
        f"with a high near {high} degrees. Tonight, {pick.choice(SKIES)}, with a low around {low}. "
        f"Winds will be from the {pick.choice(('north', 'south', 'east', 'west'))} at "
        f"{pick.randint(2, 9)} to {pick.randint(10, 40)} kilometres an hour. The chance of "
        f"precipitation is {pick.randrange(0, 100, 10)} percent. On {_day(pick)}, expect "
        f"{pick.choice(SKIES)} skies and a high near {pick.randint(8, 35)}. Sunrise is at "
        f"{pick.randint(5, 8)}:{pick.randint(10, 59)} and sunset at "
        f"{pick.randint(16, 21)}:{pick.randint(10, 59)}. The water temperature is "
        f"{pick.randint(4, 24)} degrees. The weather service reminds residents to check conditions "
        "before travelling."
    )


def markets(pick: random.Random) -> str:
    """Return a market report as a program writes one at the end of each day."""
    moves = "".join(
        f"{pick.choice(FIRMS)} {pick.choice(('rose', 'fell'))} {_number(pick, 9)} percent to "
        f"{_number(pick, 300)} dollars. "
        for _ in range(4)
    )
    return (
        f"Stocks closed {pick.choice(('higher', 'lower', 'mixed'))} on {_day(pick)}. The main index "
        f"{pick.choice(('gained', 'lost'))} {_number(pick, 400)} points, or {_number(pick, 3)} percent, "
        f"to end the day at {_number(pick, 39000)}. The technology index "
        f"{pick.choice(('gained', 'lost'))} {_number(pick, 200)} points, or {_number(pick, 3)} percent, "
        f"to {_number(pick, 15000)}. {moves}Benchmark crude for delivery next month "
        f"{pick.choice(('rose', 'fell'))} {_number(pick, 3)} dollars to {_number(pick, 99)} dollars a "
        f"barrel. Gold {pick.choice(('rose', 'fell'))} to {_number(pick, 2400)} dollars an ounce. The "
        f"yield on the 10-year note {pick.choice(('rose', 'fell'))} to {_number(pick, 5)} percent. For "
        f"the year, the main index is {pick.choice(('up', 'down'))} {_number(pick, 20)} percent."
    )


def obituary(pick: random.Random) -> str:
    """Return an obituary as funeral homes send them in."""
    name, surname, city = pick.choice(NAMES), pick.choice(SURNAMES), pick.choice(CITIES)
    kin = pick.sample(NAMES, 4)
    return (
        f"{name} {surname}, {pick.randint(60, 101)}, of {city}, passed away peacefully at home on "
        f"{_day(pick)} surrounded by family. Born in {pick.choice(CITIES)} to the late {kin[0]} and "
        f"{kin[1]} {surname}, {name} was a graduate of {pick.choice(CITIES)} High School and worked for "
        f"{pick.choice(FIRMS)} for {pick.randint(11, 45)} years until retirement. Survivors include "
        f"{pick.randint(1, 5)} children, {kin[2]} and {kin[3]}, and {pick.randint(1, 12)} grandchildren. "
        f"Visitation will be held at the {pick.choice(CITIES)} Funeral Home on {_day(pick)} from "
        f"{pick.randint(1, 4)} to {pick.randint(5, 8)} p.m., with services to follow at "
        f"{pick.choice(CITIES)} Church. In lieu of flowers, the family asks that donations be made to a "
        "charity of your choice. Online condolences may be left on the website of the funeral home."
    )


def _day(pick: random.Random) -> str:
    months = ["January", "March", "April", "June", "July", "August", "October", "November"]
    return f"{pick.choice(months)} {pick.randint(1, 28)}"


def _number(pick: random.Random, most: float) -> str:
    return f"{pick.uniform(most / 9, most):,.2f}"


if __name__ == "__main__":
    main()
