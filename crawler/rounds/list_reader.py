"""Reads the archived answers of the runs again, for all stories that any of them lists."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response, TextResponse

from crawler.pages.stored_response import SkippedError, response_of
from crawler.processes import ChildEndedError
from crawler.rounds.link_page_parser import UnreadListError, parse
from crawler.rounds.list_memory import FeedGaps, Fronts, NewestDays, RunEnds
from crawler.rounds.run_records import Needless, run_records, unseen
from crawler.rounds.run_scope import RunScope
from crawler.rounds.skippable_records import SkippableRecords
from crawler.rounds.source_lists import Answer, SourceLists
from crawler.rounds.story_lists import (
    StoryList,
    of_link_page,
    post_query,
    read_posts,
)
from crawler.shared_processes import LimitedFunction
from crawler.sources.address import address_key
from crawler.sources.link_answer import LinkAnswer, link_page_kind
from crawler.sources.wordpress.answer import PAST_THE_END
from crawler.warc.message import head_length, status
from crawler.warc.reader import record_at

if TYPE_CHECKING:
    from crawler.archive.folder import Archive
    from crawler.rounds.listed_stories import ListedStories
    from crawler.rounds.run_records import RunRecord
    from crawler.sources.sources_file import KnownServices
    from crawler.state.store import Store
    from crawler.warc.reader import Record
    from crawler.warc.runs import Run

_SPIDERS = ("wordpress", "wire")
_MOST_BYTES = 64 << 20  # as much as a sitemap may have
_MOST_FAULTS = 1_000
_LONGEST_ERROR = 1 << 16
_MOST_SCOPES = 1_000
_OTHER_TYPE = re.compile(
    rb"^content-type[ \t]*:[ \t]*(?:image/|video/|audio/|font/|text/(?:css|javascript)|"
    rb"application/(?:javascript|pdf|wasm|font))",
    re.IGNORECASE | re.MULTILINE,
)
_HTML = re.compile(
    rb"^content-type[ \t]*:[ \t]*(?:text/html|application/xhtml)", re.IGNORECASE | re.MULTILINE
)


class ListReader:
    """Reads the lists of all sources into *listed*.

    *known* are the services of today's sources file, *timeout* is how many CPU seconds a link page
    may take. ``sources`` has what else is known of each,
    ``faults`` names the parts of files that are no records.
    """

    def __init__(
        self,
        archive: Archive,
        store: Store,
        known: KnownServices,
        listed: ListedStories,
        *,
        timeout: float,
    ) -> None:
        self._parser = LimitedFunction(parse, limit=timeout)
        self._archive = archive
        self._store = store
        self._known = known
        self._listed = listed
        self._ends = RunEnds(store, archive.folder / "reports")
        self._fronts = Fronts(store)
        self._newest = NewestDays()
        self._feeds = FeedGaps()
        self._scopes: dict[str, RunScope] = {}
        self.sources: dict[str, SourceLists] = {}
        self.faults: list[str] = []

    def read(self, only: str = "") -> None:
        """Read the lists of all sources, or of *only* one. Raises OSError."""
        warcs = self._store.warcs()
        for warc in unseen(self._archive, warcs):
            whose = f"is of the node {warc.node}, which has not uploaded it"
            what = whose if warc.node != self._store.node else "is missing"
            self._note_fault(f"{warc.name} {what}: the lists in it are not seen")
        committed = {warc.name: warc.size for warc in warcs}
        with closing(self._parser), closing(SkippableRecords(self._archive.index)) as skippable:
            needless = Needless(skippable, self._is_needless)
            for found in run_records(self._archive, committed, self._note_fault, needless):
                lists = self.sources.setdefault(found.run.source, SourceLists())
                if not only or found.run.source == only:
                    lists.note_run(found)
                    self._take(found, lists)

    def _is_needless(self, url: str) -> bool:
        """Tell whether no list is at *url*: a web page there is a story, or it is of posts."""
        key = address_key(url)
        if post_query(url) is None and not self._listed.names_anywhere(key):
            return False
        return not self._fronts.has_any(key)

    def _note_fault(self, line: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(line)

    def _take(self, found: RunRecord, lists: SourceLists) -> None:
        if found.run.spider not in _SPIDERS or not found.record.target_uri:
            return
        ended = self._ends.ended(found.run)
        answer = Answer(found, self._scope(found.run), lists, ended=ended)
        if found.record.type == "revisit":
            self._revisit(answer)
        else:
            self._response(answer, found.record)

    def _scope(self, run: Run) -> RunScope:
        if run.id not in self._scopes:
            if len(self._scopes) >= _MOST_SCOPES:
                self._scopes.clear()
            self._scopes[run.id] = RunScope.of(run, self._known)
        return self._scopes[run.id]

    def _revisit(self, answer: Answer) -> None:
        """Have the list that a revisit refers to count once more."""
        refers_to = answer.record.header("WARC-Refers-To") or ""
        ref = self._listed.find(refers_to)
        if ref is None:
            return
        if self._listed.touch(answer.capture, refers_to):
            answer.note_read()
            self._newest.note(answer)
            return
        try:
            original = record_at(self._archive.warc(ref.file), ref, strict=False)
        except (OSError, LookupError) as error:
            answer.note_unread(f"it is a revisit of what cannot be read: {error}")
            return
        answer.capture = replace(answer.capture, record=ref)
        self._response(answer, original)

    def _response(self, answer: Answer, record: Record) -> None:
        query = answer.query
        if not (query.is_list if query else self._may_be_link_page(answer, record)):
            return
        code = status(record.block)
        if code != "200":
            self._note_error(answer, record, f"it answers with status {code or 'none'}")
            return
        try:
            response = response_of(record, answer.uri, _MOST_BYTES, of_any_type=True)
            response.request = Request(answer.uri)
            found = self._read(response, answer)
        except (SkippedError, UnreadListError, ChildEndedError) as error:
            if query or self._may_have_links(answer):
                answer.note_unread(_why(error))
        else:
            if found:
                self._add(answer, found)

    def _note_error(self, answer: Answer, record: Record, why: str) -> None:
        """Note an answer that is an error, unless it says that a list has no more pages."""
        is_end = PAST_THE_END.encode() in bytes(record.block[:_LONGEST_ERROR])
        if not is_end and (answer.query or self._may_have_links(answer)):
            answer.note_unread(why)

    def _may_be_link_page(self, answer: Answer, record: Record) -> bool:
        """Tell whether an answer may be a feed or a sitemap, or was read as a listing."""
        if not answer.is_wire:
            return False
        if self._fronts.has(answer.source, answer.key):
            return True
        head = bytes(record.block[: head_length(record.block)])
        if _OTHER_TYPE.search(head):
            return False
        return not (_HTML.search(head) and self._listed.names(answer.source, answer.key))

    def _read(self, response: Response, answer: Answer) -> StoryList | None:
        if answer.query:
            return read_posts(response, answer.query, answer.scope)
        kind = link_page_kind(response)
        if kind and self._leads_from_list(answer):
            return None  # a link to a story leads to a feed, which nobody asked for
        if kind is None:
            kind = self._front(response, answer)
        if kind is None:
            return None
        service = answer.scope.service
        rules = {"articles": service.articles, "skip": service.skip}
        page = LinkAnswer.of(response, kind, domains=answer.scope.domains, **rules)
        contents = self._parser.wait_for(page)
        return of_link_page(kind, contents, answer.scope, self._newest.first_day(answer))

    def _front(self, response: Response, answer: Answer) -> str | None:
        """Tell whether *response* is a listing. Raises `UnreadListError` if it should be a list."""
        if isinstance(response, TextResponse) and self._fronts.has(answer.source, answer.key):
            return "listing"
        if self._is_link_page(answer):
            raise UnreadListError("it is no feed, no sitemap, and no listing that the crawl read")
        return None

    def _leads_from_list(self, answer: Answer) -> bool:
        is_story = self._listed.names(answer.source, answer.key)
        return is_story and not self._may_have_links(answer)

    def _may_have_links(self, answer: Answer) -> bool:
        return self._is_link_page(answer) or answer.scope.begins_at(answer.key)

    def _is_link_page(self, answer: Answer) -> bool:
        """Tell whether it is known that a link page is where *answer* came from."""
        if answer.scope.names(answer.key) or self._listed.is_child(answer.source, answer.key):
            return True
        return bool(self._listed.last_read(answer.source, answer.uri))

    def _add(self, answer: Answer, found: StoryList) -> None:
        answer.note_read()
        for problem in found.problems[:1]:
            answer.note_damaged(problem)
        if found.total is not None:
            answer.lists.note_total(found.route, answer, found.total)
        last_read = self._listed.last_read(answer.source, answer.uri)
        known = self._listed.add(answer.capture, found.kind, found.stories)
        if found.kind == "feed" and found.stories:
            self._feeds.note(answer, found.older, last_read, is_joined=known > 0)
        if found.kind == "listing" and found.older:
            self._fronts.add(answer.source, address_key(found.older))
        if found.kind == "sitemap":
            children = [(address_key(child), child) for child in found.children]
            self._newest.note(answer, (key for key, _ in children))
            self._listed.open_child(answer.source, answer.key)
            self._listed.add_children(answer.source, children)


def _why(error: Exception) -> str:
    if isinstance(error, SkippedError):
        return f"it cannot be read: {error.reason} {error.evidence}".rstrip()
    return str(error)
