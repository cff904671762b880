"""A list of addresses that somebody keeps in a file: stories to be collected one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.crawling.wire.fetch_history import ARTICLE, INCOMPLETE, is_due
from crawler.crawling.wire.link_pages import Place
from crawler.crawling.wire.stories import StoryReader
from crawler.crawling.wire.wire_run import WireRun
from crawler.exceptions import BadArgumentError
from crawler.extensions.archive import ArchiveExtension
from crawler.extensions.progress import TOTAL
from crawler.extensions.replay import ReplayExtension
from crawler.sources.imported_lists import MOST_BYTES, BadListError, read_list
from crawler.sources.known_services import requested_service
from crawler.sources.link import Link
from crawler.sources.services import Service
from crawler.sources.site import ports_of, site_domain
from crawler.warc import records

if TYPE_CHECKING:
    from crawler.sources.sources_file import KnownServices

STANDARD_INPUT = "-"
_MOST_SITES_NAMED = 3
_AT_ONCE = 100
_PLAIN = "text/plain; charset=utf-8"
_NOWHERE = "list.invalid"  # RFC 6761, 6.4: no site, and none is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressList:
    """The list in the file ``name``; ``bad`` says of each line that holds none where and why."""

    name: str
    data: bytes
    addresses: tuple[str, ...]
    bad: tuple[str, ...]

    @classmethod
    def read(cls, name: str) -> Self:
        """Read the file *name*, or standard input. Raises `BadArgumentError`."""
        try:
            data = _bytes_of(name)
        except OSError as error:
            raise BadArgumentError("urls", name, error.strerror or str(error)) from None
        return cls.of(name, data)

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        """Return the list *data*. Raises `BadArgumentError` if there is no address in it."""
        try:
            listed = [*read_list(data)]
        except BadListError as error:
            raise BadArgumentError("urls", name, str(error)) from None
        addresses = tuple(it.site or it.feed for it in listed if not it.why_not)
        bad = tuple(f"{it.where}: {it.why_not}" for it in listed if it.why_not)
        if not addresses:
            said = f"; {bad[0]}" if bad else ""
            fix = f"no address is in it, write one a line{said}"
            raise BadArgumentError("urls", name, fix)
        return cls(name=name, data=data, addresses=addresses, bad=bad)

    @property
    def domains(self) -> list[str]:
        """The registrable domains of the addresses, each once."""
        return list(dict.fromkeys(map(site_domain, self.addresses)))

    @property
    def ports(self) -> frozenset[int]:
        """The ports of the addresses."""
        return ports_of(self.addresses)

    def source(self, known: KnownServices) -> str:
        """Return the source of all addresses. Raises `BadArgumentError` if they are of many."""
        first = {site_domain(url): url for url in reversed(self.addresses)}
        names = [requested_service(known, "", url).source_name for url in first.values()]
        names = list(dict.fromkeys(reversed(names)))
        if len(names) > 1:
            some = ", ".join(names[:_MOST_SITES_NAMED])
            more = ", …" if len(names) > _MOST_SITES_NAMED else ""
            raise BadArgumentError(
                "urls",
                self.name,
                f"its addresses are of {len(names)} sources ({some}{more}): say under which name "
                "they are held, e.g. -a source=my-list",
            )
        return names[0]


def _bytes_of(name: str) -> bytes:
    if name == STANDARD_INPUT:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MOST_BYTES + 1)


def service_of_list(source: str) -> Service:
    """Return the service that a list of addresses stands for, which has no site of its own."""
    return Service(key=source, name=source, site=f"https://{_NOWHERE}/", domains=(_NOWHERE,))


async def archived_list(
    crawler: Crawler, name: str, known: AddressList | None
) -> tuple[AddressList, str]:
    """Return the list that a run collects, and when that began.

    The list is archived as a ``resource`` record. A replay finds it there, since the file may be
    another one by then, or gone. Raises `BadArgumentError`.
    """
    replay = crawler.get_extension(ReplayExtension)
    if replay and replay.is_same_run:
        for data, record in replay.documents():
            return AddressList.of(name, bytes(data)), record.date
    found = known or AddressList.read(name)
    ref = records.new_ref(_uri(name), datetime.now(UTC))
    if archive := crawler.get_extension(ArchiveExtension):
        await archive.keep(lambda: [records.resource(ref, found.data, _PLAIN)], ref)
    return found, ref.date


def _uri(name: str) -> str:
    file = "standard-input" if name == STANDARD_INPUT else Path(name).name
    return Path("/", file).as_uri()


def list_requests(
    listed: AddressList, began: str, run: WireRun, stories: StoryReader
) -> Iterator[Request]:
    """Request the stories of a list, but for those that an earlier run got and that are not due.

    What gave no article is requested again, since somebody asks for it.
    """
    for line in listed.bad:
        run.report.problem("address_unusable", f"{listed.name}, {line}")
    run.stats.set_value(TOTAL, len(set(listed.addresses)))
    run.history.note_start(began)
    now = datetime.fromisoformat(began)
    for first in range(0, len(listed.addresses), _AT_ONCE):
        yield from _requests(listed.addresses[first : first + _AT_ONCE], run, stories, now)


def _requests(
    urls: Iterable[str], run: WireRun, stories: StoryReader, now: datetime
) -> Iterator[Request]:
    links = [Link(url=url) for url in urls]
    visits = run.history.last_visits(links)
    for link in links:
        visit = visits.get(link.url)
        if run.forbids(link.url):
            run.skip("forbidden", link.url)
        elif visit and visit.outcome in (ARTICLE, INCOMPLETE) and not is_due(link, visit, now):
            run.stats.inc_value("wire/known")
            run.report.got(held=1)
        else:
            run.stats.inc_value("wire/links/list")
            yield from stories.request(link, Place())
