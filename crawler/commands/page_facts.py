"""What ``scrapy read`` says of a page: facts by name, what was taken, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING

from crawler.archive.folder import ledger_uri
from crawler.commands.base import escaped
from crawler.exceptions import StorageError, printable
from crawler.items import Article
from crawler.pages.explained_page import Explained
from crawler.pages.page_pieces import TITLE
from crawler.pages.page_rules import PageRulesByHost
from crawler.reports.reasons import reason
from crawler.sources.address import address_key
from crawler.sources.known_services import services
from crawler.sources.service_hosts import ServiceHosts
from crawler.state.backends import open_store, store_exists
from crawler.state.identity import article_key
from crawler.text.fingerprint import text_digest

if TYPE_CHECKING:
    from crawler.items import RecordRef
    from crawler.settings_reader import SettingsReader
    from crawler.state.store import Store

_LONGEST_SHOWN = 100
_WIDTH = len("earlier runs")


class PageFacts:
    """Tells of pages what their text is, and what would become of it, by the settings."""

    def __init__(self, reader: SettingsReader) -> None:
        self._reader = reader
        self._services = services(reader.SOURCES_FILE)
        self._rules = PageRulesByHost.load(reader.SOURCES_FILE)

    def gives_none(self, page: Explained) -> bool:
        """Tell whether no text would be written of *page*."""
        is_kept = page.reason == "incomplete" and self._reader.INCOMPLETE == "keep"
        return bool(page.reason) and not is_kept

    def of(self, page: Explained, record: RecordRef | None) -> dict[str, str]:
        """Return what is to be known of *page*, by name; *record* is where it was archived."""
        known = reason(page.reason)
        seen = f" ({page.evidence})" if page.evidence else ""
        none = f"no text: {page.reason}: {known.sentence}{seen}"
        kept = f"it would be written{f', marked as incomplete{seen}' if page.reason else ''}"
        is_none = self.gives_none(page)
        facts = {
            "address": page.url,
            "verdict": none if is_none else kept,
            "what to do": known.fix_for(page.url).replace("the first one", "it") if is_none else "",
            **dict(self._of_ledger(page)),
            "title": page.title,
            **(_of_article(page.article) if page.article else {}),
            "later pages": page.more_pages and f"a crawl joins what follows at {page.more_pages}",
            "page rules": self._rules_of(page.url),
            "archived in": f"{record.file}, record {record.record_id}" if record else "",
        }
        return {name: value for name, value in facts.items() if value}

    def _rules_of(self, url: str) -> str:
        service = self._services.once(ServiceHosts).find(url)
        if not self._rules.find(url).hosts:
            return "none for its host: it is read as any page is"
        return f"those of [{service.key}]" if service else "those of its host"

    def _of_ledger(self, page: Explained) -> Iterator[tuple[str, str]]:
        """Yield what the archive has of *page*, and why earlier runs got no text of it."""
        uri = ledger_uri(self._reader.ARCHIVES_DIR, self._reader.STATE_URI)
        try:
            if not store_exists(uri):
                return
            with closing(open_store(uri)) as store:
                if page.article and page.article.guid and page.article.text:
                    yield "held", "; ".join(_holdings(store, page.article))
                else:  # it may be gone by now
                    yield "held", "; ".join(_collected_from(store, page.url))
                yield "earlier runs", "; ".join(_outcomes(store, page.url))
        except OSError as error:
            raise StorageError(f"the ledger cannot be read: {error}") from error


def _outcomes(store: Store, url: str) -> Iterator[str]:
    key = address_key(url)
    for source in store.run_sources():
        if outcome := store.outcomes(source, [key]).get(key):
            detail = f" ({outcome.detail})" if outcome.detail else ""
            sentence = reason(outcome.reason).sentence
            yield f"{source}, {outcome.at[:16]}: {outcome.reason}: {sentence}{detail}"


def _collected_from(store: Store, url: str) -> Iterator[str]:
    address = address_key(url)
    for source in store.run_sources():
        visit = store.visits(source, [address]).get(address)
        key = article_key(visit.guid, visit.date) if visit and visit.guid else ""
        for held in store.holdings([key]).get(key, []) if key else ():
            yield f"{held.file} of {held.source}, collected from this address"


def _holdings(store: Store, article: Article) -> Iterator[str]:
    key = article_key(article.guid, article.date)
    digest = text_digest(article.title or "", (article.text or "").split("\n"))
    for held in store.holdings([key]).get(key, []):
        same = "with this text" if held.text_digest == digest else "with another text"
        yield f"{held.file} of {held.source}, {same}"
    for held in store.with_text(digest)[:3]:
        if held.key != key:
            yield f"{held.file} of {held.source} has this text"


def _of_article(article: Article) -> dict[str, str]:
    zone = f" (UTC {article.date_gmt})" if article.date_gmt else ""
    return {
        "title": article.title or "none",
        "day": f"{article.date}{zone}" if article.date else "none",
        "modified": article.modified or "",
        "authors": ", ".join(article.authors) or "none",
        "agency": article.agency or "",
        "dateline": article.dateline or "",
        "first on": article.syndicated_from or "",
        "sections": ", ".join(article.categories),
        "tags": ", ".join(article.tags),
        "language": article.language or "",
        "guid": article.guid,
        "flags": ", ".join(article.flags),
    }


def lines(page: Explained, facts: dict[str, str]) -> Iterator[str]:
    """Yield what the terminal shows of *page*."""
    for name, value in facts.items():
        yield f"{name:{_WIDTH}}  {printable(value, 1_000)}"
    text = (page.article.text or "") if page.article else ""
    yield from _block("taken", [escaped(line) for line in text.split("\n") if line])
    yield from _block("left out", [*_left_out(page)])
    yield ""


def _block(name: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield name
        yield from (f"  {line}" for line in lines)


def _left_out(page: Explained) -> Iterator[str]:
    """Yield a line for each thing that was left out: its element, the rule, how it begins."""
    for (rule, box), group in groupby(page.pieces, key=lambda piece: (piece.rule, piece.box)):
        pieces = list(group)
        if rule not in ("", TITLE):
            words = escaped(" / ".join(piece.text for piece in pieces))
            shown = words if len(words) <= _LONGEST_SHOWN else f"{words[:_LONGEST_SHOWN]}…"
            yield f"{escaped(box)}: {rule}: {shown}"
