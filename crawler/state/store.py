"""The interface of the ledger, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from crawler.items import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """An article that is held.

    ``guid`` is normalised and empty when unknown (an imported clean text); ``date_gmt`` is empty
    when unknown, and else makes the dates of two sources comparable; ``text_digest`` is the
    SHA-256 of the normalised text; ``file`` is relative to the corpus; ``incomplete`` is 0 for a
    whole text, else the letters of one that is not the whole story; ``conversion`` and ``origin``
    are the records of the text and of what it was read from, absent when the article was
    collected without an archive. ``collected`` is what the store tells of an article that is held:
    the WARC-Date of the earliest ``conversion`` of its texts, empty without one.
    """

    key: str
    source: str
    guid: str
    date: str
    modified: str
    url: str
    text_digest: bytes
    ordinal: int
    file: str
    date_gmt: str = ""
    incomplete: int = 0
    conversion: RecordRef | None = None
    origin: RecordRef | None = None
    collected: str = field(default="", compare=False)

    @property
    def published(self) -> str:
        """The date by which it is earlier or later than others."""
        return self.date_gmt or self.date


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFile:
    """A WARC file: its final ``name`` below archives/warc, and the ``size`` committed, in bytes.

    What is beyond ``size`` does not count. ``sealed``: complete under its final name. ``node`` is
    the one whose folder it was written to, empty where the archive has one folder alone. Once it
    is uploaded ``address`` says where to, ``sha256`` is that of the file, and ``uploaded`` the
    moment (ISO 8601, in UTC); they are empty before.
    """

    name: str
    size: int
    sealed: bool = False
    node: str = ""
    address: str = ""
    sha256: bytes = b""
    uploaded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A complete ``response`` that revisits may refer to; ``payload_digest`` as in its record."""

    ref: RecordRef
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far another archive's ``file``, an absolute path, was read.

    ``query`` is what was looked for, and ``state`` changes when the file does. Every article that
    begins before byte ``offset`` is held.
    """

    file: str
    query: str
    state: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What came of an address that ``source`` links, when it was fetched last.

    ``at`` is the WARC-Date of the capture. ``outcome`` is ``article``, or the reason why there is
    none (a stats key). ``guid`` and ``date`` are those of the last article from there, if any.
    ``noted`` is when that was noted: of two visits the one noted later counts.
    """

    source: str
    url: str
    at: str
    outcome: str
    guid: str = ""
    date: str = ""
    noted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Why an address, an entry or a post that ``source`` lists gives no text.

    ``url`` is the `crawler.sources.address.address_key` of its address. ``run`` is the id of the
    run that found ``reason`` (of `crawler.reports.reasons`) first, ``at`` the moment of the capture
    that showed it, ``detail`` what was seen. ``record`` is the outcome's own record, absent
    without an archive.
    """

    source: str
    url: str
    run: str
    reason: str
    detail: str
    at: str
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run of ``spider`` over ``source`` that has ended, for ``reason``, with ``exit_code``.

    ``id`` names it in the archive too. ``arguments`` are JSON, without what may be a secret;
    ``started`` and ``ended`` ISO 8601, in UTC. ``counts`` has what is more than nothing of
    ``listed``, ``new``, ``revised``, ``earlier``, ``duplicate``, ``collision``, ``merged``,
    ``incomplete``, ``held``, the kinds of `LifeEvent`, ``problems``, ``requests``, ``answers``,
    ``bytes`` and ``asked_wait`` (seconds from the start that the site asked to be left in peace);
    ``dropped`` and ``lost`` count by reason. ``version`` is that of Newsreel,
    ``extractor`` what made its texts. ``record`` is the run's own record, absent without an
    archive, or when that failed.
    """

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
    counts: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceExtent:
    """How much of a source is held: ``stories`` are its articles.

    ``first_published`` is the `Holding.published` of the first, ``last_collected`` when the last
    one was collected, as WARC-Date has it; empty if there is none.
    """

    stories: int
    first_published: str
    last_collected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """Something that happened to the article with ``key`` that ``source`` has, its text apart.

    ``kind`` is ``redated`` or ``renamed`` (from then on it is held under the key ``alias`` too),
    ``updated`` (facts such as its authors changed), ``missing`` (its site does not have it now),
    ``gone`` (nor had it in a later run: a tombstone), ``back``, or ``refiled`` (its text has
    another name). ``detail`` says more as JSON, ``at`` is the moment, ``record`` the event's own
    record, absent without an archive.
    """

    key: str
    source: str
    kind: str
    at: str
    alias: str = ""
    detail: str = ""
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """What `Store.relocate` did, by the names of the files that the records were in.

    ``moved`` and ``left`` count records that were found elsewhere, and that were not found; of the
    latter ``lost`` are the articles whose texts were forgotten.
    """

    moved: dict[str, int]
    left: dict[str, int]
    lost: list[Holding]


T = TypeVar("T")


class LedgerDamagedError(OSError):
    """The ledger cannot be read; it can be made again from the archive."""


WALK = "walk of "
"""The beginning of the names of facts that say how far the lists of a source were seen."""


class Store(Protocol):
    """The ledger: which articles and captures are held.

    Several processes may have it open, and wait for each other's transactions. Who opens it alone
    checks it if it was not closed in order by all, or if another program wrote to it; any method
    raises `LedgerDamagedError` where it meets damage, and the next opening checks. Every method is
    atomic; writes are durable when they return, inside `transaction` when that ends. Any thread
    may call. All raise ``OSError`` if the store cannot be read or written.
    """

    node: str
    """The node for which the store was opened, empty where the archive has one folder alone."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make what this thread writes in the block durable together, or not at all."""
        ...

    def atomically(self, change: Callable[[], T]) -> T:
        """Make *change*, which writes, in one transaction, and return what it returns.

        With a ledger behind a network it is made again as a whole, in a new transaction, if the
        connection is lost: what it does beside writing must come to the same.
        """
        ...

    def holdings(self, keys: Iterable[str]) -> dict[str, list[Holding]]:
        """Return what is held under each of *keys* that is held at all.

        What is held under an alias has another key of its own.
        """
        ...

    def with_text(self, text_digest: bytes) -> list[Holding]:
        """Return the holdings that have this very text, earliest published first.

        More than one is syndication.
        """
        ...

    def add(self, holdings: Iterable[Holding]) -> list[Holding]:
        """Hold *holdings* and return those that were new by (key, source).

        Call it only after their records are on disk: claiming an article first and crashing
        then loses it.
        """
        ...

    def revise(self, holding: Holding) -> None:
        """Replace the holding with the same (key, source); the older one joins the history.

        Raises ``KeyError`` if none is held.
        """
        ...

    def remove(self, holding: Holding) -> None:
        """Hold the article no more, which another source has; it must have no history."""
        ...

    def put_earlier(self, holding: Holding) -> None:
        """Add an older text of an article to its history; what is held stays."""
        ...

    def refile(self, key: str, source: str, ordinal: int, file: str) -> None:
        """Give the article, its earlier texts too, another *ordinal* and *file*, which is due."""
        ...

    def count_articles(self, files: Iterable[str]) -> int:
        """Return how many articles have a text, now or before, in the WARC *files*."""
        ...

    def sharing_keys(self) -> list[Holding]:
        """Return the articles that are held from several sources."""
        ...

    def sharing_ordinals(self) -> list[Holding]:
        """Return the articles with an ordinal that another one has too."""
        ...

    def touch(self, key: str, source: str, modified: str, url: str = "") -> None:
        """Note that the article was modified at *modified* without a change of its text.

        It is at *url* now. What is empty stays as it is, and so does a later time of change.
        """
        ...

    def identify(self, unidentified: Holding, identified: Holding) -> None:
        """Give the holding *unidentified* the identity found for it, which no other one has."""
        ...

    def all(self) -> Iterator[Holding]:
        """Iterate over everything that is held, in the order of ordinals."""
        ...

    def of_source(self, source: str, first: str = "", end: str = "") -> Iterator[Holding]:
        """Iterate over the articles of *source*, in the order of their dates and keys.

        With *first* and *end* (ISO 8601) of those with a date from then on, and before then.
        """
        ...

    def history(self, key: str, source: str) -> Sequence[Holding]:
        """Return the earlier texts of an article, in the order of their captures."""
        ...

    def put_warc(self, warc: WarcFile) -> None:
        """Note how much of a WARC file is committed.

        One that is new is of the node that it names, else of that of this store. Of one that is
        known, node and upload stay as they are.
        """
        ...

    def put_upload(self, warc: WarcFile) -> None:
        """Note where the WARC file of that name is uploaded to: its address, sha256, and when."""
        ...

    def warcs(self, node: str | None = None) -> list[WarcFile]:
        """Return every WARC file noted, or those of a node, in the order of their first note."""
        ...

    def node_of(self, file: str) -> str | None:
        """Return the node that the WARC *file* is of, None if it is not noted."""
        ...

    def put_captures(self, captures: Iterable[Capture]) -> None:
        """Hold *captures*, of WARC files that are noted. One held already stays as it is."""
        ...

    def captures(self, file: str) -> Iterator[Capture]:
        """Iterate over the captures held of the WARC *file*, in the order of offsets."""
        ...

    def original(self, payload_digest: str) -> RecordRef | None:
        """Return the first capture held with *payload_digest* that may be referred to.

        It is in a file of the node of this store, or in one that is uploaded.
        """
        ...

    def has_capture(self, payload_digest: str, record_id: str) -> bool:
        """Return whether the capture with *record_id* is held.

        It is looked for among the first 1,000 with its *payload_digest*.
        """
        ...

    def put_pages(self, pages: Mapping[str, RecordRef]) -> None:
        """Note by its URI which capture has the payload of each page as it was last seen."""
        ...

    def latest(self, uri: str) -> RecordRef | None:
        """Return the capture that `put_pages` noted last for *uri*, if it is still held.

        None if it may not be referred to, as with `original`.
        """
        ...

    def forget(self, file: str, size: int) -> list[Holding]:
        """Forget what is beyond the first *size* bytes of the WARC *file*; *size* is its size now.

        Return the articles whose texts were there. One with an earlier text before that byte is
        held with that text again. All bookmarks go if any article is lost, all visits and the facts
        called `WALK` if any article or capture is, and the outcomes, events and runs whose records
        were there. An article whose update is forgotten counts as never modified, so that it is
        looked at again.
        """
        ...

    def relocate(
        self, found: Iterable[RecordRef], files: Collection[str], forgetting: Collection[str] = ()
    ) -> Relocation:
        """Give the records that are held of the WARC *files* the places that they have in *found*.

        A record is known by its id. *found* are those of files that are noted; of several places
        the first one counts. Records of files that are not noted, and are in no foreign archive,
        are looked at too. What is not found stays as it is, but that of the files *forgetting*
        (some of *files*) is forgotten, as `forget` does.
        """
        ...

    def put_sketch(self, key: str, source: str, algorithm: str, sketch: bytes) -> None:
        """Note the *sketch*, as *algorithm* makes it, of the text that an article has now.

        `revise` and `forget` delete it. An empty one is similar to no other. Raises ValueError for
        one of less than 96 bytes.
        """
        ...

    def similar(self, algorithm: str, sketch: bytes) -> list[tuple[Holding, bytes]]:
        """Return holdings with a sketch by *algorithm* similar to *sketch*; each with its own.

        They have one of the first sixteen bands in common, pieces of six bytes that are three
        values of a MinHash. At most 1,000, those with the most bands in common.
        """
        ...

    def sketches(self, algorithm: str) -> Iterator[tuple[str, str, bytes]]:
        """Iterate over the sketches by *algorithm*: key and source of the article, and sketch."""
        ...

    def unsketched(self, algorithm: str) -> Iterator[Holding]:
        """Iterate over the holdings with a conversion that have no sketch by *algorithm*."""
        ...

    def due(self, writers: Collection[str] | None = None) -> set[str]:
        """Return the text files that are still to be written, by any of *writers* if given.

        `add`, `revise`, `forget` and `refile` make them due, and note which writer is to write
        them: the one for which the store was opened. `note_written` takes them away.
        """
        ...

    def take_over_due(self, live: Collection[str] = ()) -> set[str]:
        """Return the text files that are due, but not from one of the *live* writers.

        They are due from the writer of this store from then on.
        """
        ...

    def note_written(self, files: Iterable[str]) -> None:
        """Note that the text *files* are on the disk as their articles are held.

        Those that are due from another writer stay so; without a writer, the store has no others.
        """
        ...

    def with_files(self, files: Iterable[str]) -> list[Holding]:
        """Return the holdings whose text files are among *files*."""
        ...

    def files(self) -> Iterator[str]:
        """Iterate over the text files of all that is held."""
        ...

    def put_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Note *bookmarks* instead of earlier ones with the same ``file`` and ``query``."""
        ...

    def bookmark(self, file: str, query: str) -> Bookmark | None:
        """Return the bookmark of *file* for *query*, None if there is none."""
        ...

    def put_visits(self, visits: Iterable[Visit]) -> None:
        """Note *visits* instead of those with the same ``source`` and ``url`` noted before."""
        ...

    def visits(self, source: str, urls: Iterable[str]) -> dict[str, Visit]:
        """Return the last visit of each of *urls* that was visited for *source*, by URL."""
        ...

    def visits_with(self, outcome: str, source: str = "") -> Iterator[Visit]:
        """Iterate over the visits of all sources, or of one, that had *outcome*, source by source.

        Those of a source are in the order of their URLs.
        """
        ...

    def put_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Note *outcomes* instead of earlier ones with the same ``source`` and ``url``."""
        ...

    def drop_outcomes(self, source: str, urls: Iterable[str]) -> None:
        """Forget the outcomes of *urls*: they give a text now."""
        ...

    def outcomes(self, source: str, urls: Iterable[str]) -> dict[str, Outcome]:
        """Return the outcome of each of *urls* that has one for *source*, by URL."""
        ...

    def all_outcomes(self, source: str) -> Iterator[Outcome]:
        """Iterate over the outcomes of *source*, in the order of their URLs."""
        ...

    def put_run(self, run: EndedRun) -> None:
        """Note *run* instead of an earlier one with the same ``id``."""
        ...

    def run(self, run_id: str) -> EndedRun | None:
        """Return the run with the id *run_id*, None if none has ended that is noted."""
        ...

    def runs(self, source: str, limit: int, until: str = "") -> list[EndedRun]:
        """Return the last *limit* runs of *source*, that which started last first.

        With *until*, ISO 8601 in UTC, those alone that had started by then.
        """
        ...

    def last_run(self, source: str, until: str = "") -> EndedRun | None:
        """Return the run of *source* that started last (by *until*), None if none has ended."""
        ...

    def runs_ended(self, since: str, until: str) -> Iterator[EndedRun]:
        """Iterate over the runs that ended *since* then and before *until*, in that order.

        Both are as `EndedRun.ended`. It reads in pages, so that a year of runs is never in memory.
        """
        ...

    def latest_runs(self, limit: int) -> list[EndedRun]:
        """Return the last *limit* runs of all sources, that which ended last first."""
        ...

    def first_run(self) -> EndedRun | None:
        """Return the run that ended first, None if none has ended."""
        ...

    def run_sources(self) -> list[str]:
        """Return the sources that a run of has ended, in the order of their names."""
        ...

    def article_sources(self) -> list[str]:
        """Return the sources that articles are held of, in the order of their names."""
        ...

    def some_urls(self, source: str, limit: int) -> list[str]:
        """Return the addresses of at most *limit* articles of *source*."""
        ...

    def extent(self, source: str) -> SourceExtent:
        """Return how much of *source* is held; it counts its articles."""
        ...

    def holds_more(self, source: str, than: int) -> bool:
        """Return whether more articles of *source* are held; it counts no further."""
        ...

    def published(self, source: str, since: str = "") -> list[tuple[str, str, str]]:
        """Return `Holding.published`, when it was collected, and the key of articles of *source*.

        Of those published *since* then (ISO 8601), in any order.
        """
        ...

    def told(self) -> dict[str, str]:
        """Return by source the verdict of which somebody was told last."""
        ...

    def put_told(self, verdicts: Mapping[str, str]) -> None:
        """Note by source of which verdict somebody was told; none for an empty one."""
        ...

    def put_posts(self, source: str, posts: Iterable[tuple[str, str]]) -> None:
        """Note under which key each post of *source* is held: pairs of post and key.

        A post is its route and id, ``posts/12``; it may be held under several keys.
        """
        ...

    def posts(self, source: str, route: str) -> dict[int, list[str]]:
        """Return the keys of the posts of *route* that *source* has, by the posts' ids."""
        ...

    def posts_of(self, key: str, source: str) -> set[str]:
        """Return the posts that the article is of."""
        ...

    def has_source(self, source: str) -> bool:
        """Return whether anything of *source* is held."""
        ...

    def put_events(self, events: Iterable[LifeEvent]) -> None:
        """Add *events* to the lives of articles. One whose record is known already is not added."""
        ...

    def events(self, key: str, source: str) -> Sequence[LifeEvent]:
        """Return what happened to an article, in its order in time."""
        ...

    def events_of_kind(self, kind: str) -> list[LifeEvent]:
        """Return what happened of that *kind* to any article, in the order of `events`."""
        ...

    def drop_unrecorded(self, kind: str) -> None:
        """Forget the events of *kind* that have no record."""
        ...

    def absent(self, source: str) -> dict[str, LifeEvent]:
        """Return by key the articles of *source* that its site does not have any more.

        Each with its last event, ``missing`` or ``gone``.
        """
        ...

    def put_found_texts(self, texts: Mapping[str, tuple[str, int]]) -> None:
        """Note *texts* that are in the corpus, (key, ordinal) by file, instead of those before.

        Where several nodes have the ledger, those before stay: each has a corpus of its own.

        Of several with one key the last one counts. `forget` adds those of the articles that go.
        """
        ...

    def found_text(self, key: str) -> tuple[int, str] | None:
        """Return ordinal and file of the text that was found with *key*, if any.

        An article may have it by now.
        """
        ...

    def fact(self, name: str) -> str | None:
        """Return what is known as *name*: a fact spares a run a walk through all there is."""
        ...

    def put_fact(self, name: str, value: str) -> None:
        """Know *value* as *name* from now on."""
        ...

    def drop_fact(self, name: str) -> None:
        """Forget what is known as *name*; call it before what the fact is about may change."""
        ...

    def check(self) -> None:
        """Read all that is held. Raises `LedgerDamagedError` if a part of it is damaged."""
        ...

    def last_ordinal(self) -> int:
        """Return the highest ordinal that an article or a found text has, -1 if there is none."""
        ...

    def take_ordinals(self, count: int) -> int:
        """Return the first of *count* ordinals in a row that nobody has, nor ever gets from here.

        All are higher than those that are used, and than those that were taken or claimed.
        """
        ...

    def give_back_ordinals(self, first: int, end: int) -> None:
        """Give back those taken from *first* on, before *end*, unless others were taken since."""
        ...

    def claim_ordinal(self, wanted: int, count: int = 1) -> bool:
        """Take *count* ordinals from *wanted* on; False if one of them may be another's."""
        ...

    def restart_ordinals(self) -> None:
        """Forget which ordinals were taken and never used; nobody else may have the store."""
        ...

    def close(self) -> None:
        """Release the store; it can be opened again."""
        ...


def find_holding(store: Store, key: str, source: str) -> Holding | None:
    """Return the article that is held under *key* from *source*."""
    held = store.holdings([key]).get(key, [])
    return next((holding for holding in held if holding.source == source), None)
