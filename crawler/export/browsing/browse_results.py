"""What pages show of the corpus: the results of the functions that read ``corpus.sqlite``.

Names that end in ``_html`` hold markup that is safe as it is: all that publishers wrote is escaped
in it. Everything else is text and must be escaped. Days are YYYY-MM-DD, moments ISO 8601, empty
where nothing is known, unless it is said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What a search is narrowed to; what is empty narrows nothing.

    ``after`` and ``before`` are days, both included. ``language`` is a primary subtag. Without
    ``copies`` only the earliest article of each copy group is found. An empty value of a facet can
    be asked for as `NONE`.
    """

    source: str = ""
    agency: str = ""
    language: str = ""
    licence: str = ""
    copy_group: str = ""
    after: str = ""
    before: str = ""
    copies: bool = False


NONE = "-"
"""The value of a facet that articles have which have none."""


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the articles that were found have ``value`` (`NONE`: they have none)."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many articles ``source`` published on ``day``.

    Where the articles in question are of more than two years, in the month that begins then.
    """

    day: str
    source: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article in a list.

    ``copies`` counts the others in its copy group, ``absent`` is ``missing`` or ``gone`` if its
    site does not have it any more, ``language_tag`` as the publisher wrote it.
    """

    key: str
    source: str
    title: str
    title_html: str
    snippet_html: str
    day: str
    url: str
    language: str
    language_tag: str
    agency: str
    copy_group: str
    is_copy: bool
    copies: int
    incomplete: bool
    absent: str
    revisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A page of what was found.

    ``notes`` are sentences about what of the query was not used. ``order`` is ``relevance`` or
    ``newest``; ``hidden_copies`` would be found with `Facets.copies`. ``facets`` has for each of
    ``source``, ``agency``, ``language`` and ``licence`` its values, most frequent first, ``days``
    the counts for a plot, in the order of days. ``pages`` is at least 1.
    """

    query: str
    facets_chosen: Facets
    total: int
    hidden_copies: int
    order: str
    page: int
    pages: int
    hits: Sequence[Hit]
    facets: Mapping[str, Sequence[FacetCount]]
    days: Sequence[DayCount]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What the first page shows. ``built`` is when the database was brought up to date last."""

    articles: int
    copies: int
    texts: int
    first_day: str
    last_day: str
    built: str
    latest: Sequence[Hit]
    facets: Mapping[str, Sequence[FacetCount]]
    days: Sequence[DayCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlace:
    """Where a record lies: its id, WARC file (below ``archives/warc``), offset and length there."""

    record_id: str
    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph: ``kind`` is ``same``, ``removed`` or ``added``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph in a comparison of two texts.

    ``kind`` is ``same``, ``removed``, ``added`` or ``changed`` (its pieces tell what), or
    ``skipped``: ``count`` paragraphs in a row are the same and not shown.
    """

    kind: str
    pieces: tuple[Piece, ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A text of an article; ``number`` 0 is the first one. ``is_held``: it is the text held.

    ``difference`` compares it with the one before it; empty for the first. Its headline is the
    first block. ``digest`` is the SHA-256 of the text, ``captured`` when that was recorded which it
    was read from, ``extracted`` when it was made.
    """

    number: int
    title: str
    digest: str
    modified: str
    captured: str
    extracted: str
    extractor: str
    is_held: bool
    text_record: RecordPlace | None
    origin: RecordPlace | None
    difference: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article, its text apart; ``detail`` says more."""

    kind: str
    at: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article with all that is known of it.

    ``facts`` are the columns of its row in their order, without what has a place of its own here:
    values are text, numbers, lists of text, or None. ``copies`` are the others of its copy group,
    earliest first. ``others`` are articles with the same key from other sources.
    """

    key: str
    source: str
    title: str
    paragraphs: Sequence[str]
    day: str
    url: str
    language_tag: str
    digest: str
    facts: Mapping[str, object]
    text_record: RecordPlace | None
    origin: RecordPlace | None
    pages: Sequence[RecordPlace]
    revisions: Sequence[Revision]
    events: Sequence[Event]
    copies: Sequence[Hit]
    others: Sequence[Hit]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source: what is held of it, and how it is (columns as docs/health.md has them).

    ``health`` and ``coverage`` are empty where they were not made. ``months`` are the rows of
    coverage: ``month``, ``listed``, ``held``, ``dropped``, ``gone``, ``left_out``, ``unexplained``;
    ``unexplained`` the first 1,000 stories of which nobody knows what became: ``url``, ``post``,
    ``date``, ``listed`` (when), ``by`` and others.
    """

    source: str
    articles: int
    copies: int
    first_day: str
    last_day: str
    health: Mapping[str, object] = field(default_factory=dict)
    coverage: Mapping[str, object] = field(default_factory=dict)
    months: Sequence[Mapping[str, object]] = ()
    unexplained: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run that has ended, as `crawler.state.store.EndedRun` has it; ``arguments`` are JSON."""

    id: str
    spider: str
    source: str
    arguments: str
    started: str
    ended: str
    exit_code: int
    reason: str
    version: str
    extractor: str
    counts: Mapping[str, int]
    dropped: Mapping[str, int]
    lost: Mapping[str, int]
    record: tuple[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A page of runs, that which started last first."""

    total: int
    page: int
    pages: int
    runs: Sequence[RunView]
