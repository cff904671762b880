"""Ledgers with sources that were read for months."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from crawler.items import RecordRef
from crawler.sources.round_sources import Source
from crawler.state.backends import open_store
from crawler.state.store import EndedRun, Holding, Store

NOW = datetime(2024, 3, 6, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SOURCE = "harbour.test"

ENTRY = Source(
    key="harbour",
    spider="wire",
    arguments={},
    source=SOURCE,
    every=None,
    freshness=timedelta(minutes=40),
    since=date(2020, 1, 1),
    license="",
    tags=(),
    hosts=frozenset(),
    has_credentials=False,
)

_numbers = count()


@contextmanager
def ledger(folder: Path) -> Iterator[Store]:
    """Open the ledger in *folder*, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(open_store(f"sqlite:{folder / 'ledger.sqlite'}")) as store:
        yield store


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    """Return moments *step* apart, the last one at *end*."""
    return [end - number * step for number in range((end - start) // step + 1)]


def hold(
    store: Store, source: str, published: Iterable[datetime], collected: timedelta = HOUR
) -> None:
    """Hold a story of *source* published at each moment, *collected* so much later."""
    store.add([_story(source, moment, collected) for moment in published])


def _story(source: str, moment: datetime, collected: timedelta) -> Holding:
    number = next(_numbers)
    digest = hashlib.sha256(b"%d" % number).digest()
    local = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return Holding(
        key=digest.hex()[:16],
        source=source,
        guid=f"//{source}/{number}",
        date=local,
        date_gmt=local,
        modified=local,
        url=f"https://{source}/{number}",
        text_digest=digest,
        ordinal=number,
        file=f"{number}.txt",
        conversion=RecordRef(
            record_id=f"<urn:{number}>",
            uri="u",
            date=(moment + collected).strftime("%Y-%m-%dT%H:%M:%SZ"),
            file="a",
            offset=number,
            length=1,
        ),
    )


def read(
    store: Store,
    source: str,
    moments: Iterable[datetime],
    exit_code: int = 0,
    *,
    spider: str = "wire",
    arguments: str = "{}",
    counts: dict[str, int] | None = None,
    lost: dict[str, int] | None = None,
    reason: str = "finished",
) -> None:
    """Note a run of *source* at each of the *moments*."""
    for moment in moments:
        store.put_run(
            EndedRun(
                id=f"urn:{next(_numbers)}",
                spider=spider,
                source=source,
                arguments=arguments,
                started=moment.isoformat(),
                ended=(moment + timedelta(minutes=1)).isoformat(),
                exit_code=exit_code,
                reason=reason,
                version="0.3.0",
                extractor="x/1",
                counts=counts or {},
                lost=lost or {},
            )
        )
