"""The phrases of boilerplate: each file is in order, and the notation means what is documented."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.boilerplate import is_boilerplate, is_related_links_label
from crawler.text.boilerplate_phrases import PhraseMatcher, by_language, one_of
from crawler.text.phrase_notation import PhraseNotationError, ends, starts, words_of

PHRASES = [
    (language, kind, phrase)
    for language, kinds in by_language().items()
    for kind, phrases in kinds.items()
    for phrase in phrases
]


def matches(phrase: str, line: str) -> bool:
    return PhraseMatcher({"": [phrase]}).matches(line)


def test_languages_have_codes() -> None:
    assert all(re.fullmatch("[a-z]{2}|mul", language) for language in by_language())


@pytest.mark.parametrize(("language", "kind", "phrase"), PHRASES)
def test_each_phrase_can_be_read(language: str, kind: str, phrase: str) -> None:
    assert language
    assert kind
    assert phrase == phrase.strip()
    re.compile(one_of([phrase]), re.IGNORECASE)


def test_no_phrase_is_there_twice() -> None:
    assert len(PHRASES) == len(set(PHRASES))


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("share this", "Share this:"),
        ("share this", "» SHARE THIS «".replace("«", "»")),
        ("share (this) now", "Share now"),
        ("share (this) now", "share this now"),
        ("(please) share", "Please share!"),
        ("(please) (do) share", "Share."),
        ("(please) (do) share", "Do share."),
        ("advert(s)", "Adverts"),
        ("[read|see] more", "See more…"),
        ("don't miss", "Don’t miss"),
        ("opens in new window", "(Opens in new window)"),
        ("share on {network}", "Share on Facebook, X and WhatsApp"),
        ("{network} teilen", "Facebook teilen"),
        ("photo: {agency}", "Photo: AFP"),
        ("{number} comments", "1,204 comments"),
        ("by {name}", "By Ada van Lind"),
        ("by {name}", "By ADA LIND"),
        ("edited by {names}", "(Edited by A. Lind and B. Li)"),
        ("l'article {anything} finit", "L’article «Un. Deux.» finit"),
        ("続き(を)読む", "続き読む"),
    ],
)
def test_what_a_phrase_means(phrase: str, line: str) -> None:
    assert matches(phrase, line)


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("share this", "Share this burden"),
        ("[read|see] more", "more"),
        ("read more", "Read more?"),
        ("by {name}", "By then"),
        ("by {name}", "By Friday"),
        ("follow {…} here", "Follow us. Or not. Look here"),
        ("{number} comments", "Five comments"),
        ("share this", "Share this" + " " * 300),
    ],
)
def test_what_a_phrase_does_not_mean(phrase: str, line: str) -> None:
    assert not matches(phrase, line)


@pytest.mark.parametrize(
    "phrase", ["share (this", "share ((this) now)", "by {nobody}", "{…} of {…}", "{name}"]
)
def test_what_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseNotationError):
        matches(phrase, "by nobody")


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("share this (article) [on|via] {network}", ("share this",)),
        ("(please) [share|pin] it( now)", ("share", "pin")),
        ("l'article: {…} à lire", ("article",)),
        ("{number} (total) shares", (" shares",)),
        ("(advertisement)", ("",)),
        ("İlgili HABERLER", ("ilgili haberler",)),
    ],
)
def test_words_that_a_phrase_is_sure_to_have(phrase: str, words: tuple[str, ...]) -> None:
    assert words_of(phrase) == words


@pytest.mark.parametrize("line", ["İlgili haberler", "ILGILI HABERLER", "ılgılı haberler"])
def test_letters_that_are_alike(line: str) -> None:
    assert matches("ilgili haberler", line)


def test_edges() -> None:
    names = {"network": ("facebook", "x")}
    assert starts("(please) [share|pin] it", names) == {"pl", "sh", "pi"}
    assert starts("{network} it", names) == {"fa", "x"}
    assert starts("{…} it", names) == {""}
    assert starts("l'article", names) == {"l"}
    assert ends("{…} on {network}", names) == {"ko", "x"}
    assert ends("share (it)", names) == {"er", "ti"}


@given(st.text(max_size=400))
def test_any_line_is_looked_at(line: str) -> None:
    assert is_boilerplate(line) in (True, False)
    assert is_related_links_label(line) in (True, False)


@pytest.mark.parametrize(
    "line",
    [
        "reporting by , editing by " * 11,
        "by " * 99,
        "share on facebook, x and " * 11,
        "a. " * 99,
        "follow " + "on x " * 58,
        "subscribe to our newsletter " * 10,
    ],
)
def test_a_hostile_line_is_soon_done_with(line: str) -> None:
    assert is_boilerplate(line) in (True, False)
