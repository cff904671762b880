"""Parts of page reading that can be switched off, to see what each of them is worth.

Nothing in the product knows of it: names in its modules are replaced, in this process alone, and
before the modules that import them are loaded. A name that is there no more raises AttributeError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

_NEVER_SEEN = "\ue000\ue001"  # for private use: on no page


def switch_off(part: str) -> None:
    """Switch *part* off for as long as this process lives."""
    ABLATIONS[part]()


def opinion() -> None:
    """Ask nobody for a second opinion; the flag of an unconfirmed text is on every article."""
    from crawler.pages import second_opinion

    _replace(second_opinion, "read_quickly", lambda _: None)


def refusals() -> None:
    """Take every page with a text for an article, and every text for the whole of it.

    No page is a list, an error, a challenge or of another kind, and no evidence makes a text
    incomplete: what is read so of pages that are no articles is what the refusals are worth, what
    is lost the less is what they cost.
    """
    from crawler.pages import cleaning, generic, page_type
    from crawler.text.article import clean

    def clean_whole(*arguments: Any, **options: Any) -> Any:
        return replace(clean(*arguments, **options), incomplete=None)

    _replace(page_type, "why_no_article", lambda *_: None)
    _replace(generic, "incomplete_evidence", lambda *_: None)
    _replace(cleaning, "clean", clean_whole)


def days() -> None:
    """Take days from JSON-LD, meta and what is marked up as a date alone, as they stand there."""
    from crawler.pages import publication_date
    from crawler.pages.declared_dates import first, in_vague_meta

    def marked_up(metadata: Any, _: object, __: object, shown: Any) -> Iterator[Any]:
        yield publication_date._best(shown, publication_date._rank_of_mark)
        yield first(in_vague_meta(metadata))

    _replace(publication_date, "_undeclared", marked_up)
    _replace(publication_date, "in_local_time", lambda moment, *_: moment)


def boilerplate() -> None:
    """Know no phrase and no name of boilerplate; what it is by its shape stays out."""
    from crawler.text import boilerplate_phrases, element_names

    # No phrase at all would be a pattern that matches every line.
    unseen = dict.fromkeys(boilerplate_phrases.KINDS, (_NEVER_SEEN,))
    nothing: frozenset[str] = frozenset()
    names = replace(
        element_names.element_names(),
        sure=nothing,
        likely=nothing,
        stems=(),
        inner=(),
        tokens=nothing,
        hiding=nothing,
        inline=nothing,
        plugin_classes=nothing,
        plugin_ids=nothing,
    )
    _replace(boilerplate_phrases, "by_language", lambda: {"mul": unseen})
    _replace(element_names, "element_names", lambda: names)


def _replace(module: ModuleType, name: str, value: object) -> None:
    getattr(module, name)
    setattr(module, name, value)


ABLATIONS: dict[str, Callable[[], None]] = {
    "opinion": opinion,
    "refusals": refusals,
    "days": days,
    "boilerplate": boilerplate,
}
"""Each switches one part off."""
