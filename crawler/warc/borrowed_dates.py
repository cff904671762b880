"""Dates for records whose WARC-Date tells no moment: those of the records beside them.

A file is written in the order in which its captures were made, so that the record before is the
nearest in time, or else the one behind; and if neither tells a moment, the first in the file does,
or at last the timestamp in its name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from crawler.warc.reader import Record, read_records
from crawler.warc.warc_dates import is_exact_date, read_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.storage.remote_file import StoredFile
    from crawler.warc.reader import Fault

_TIMESTAMP = re.compile(r"(?<!\d)(?:19|20)\d{12}(?:\d{3})?(?!\d)", re.ASCII)
_SEARCHED = 100  # records from the beginning of a file


def with_borrowed_dates(
    items: Iterable[Record | Fault], path: StoredFile, start: int = 0
) -> Iterator[Record | Fault]:
    """Yield *items*, of the archive that begins at byte *start* of the file at *path*.

    A record whose WARC-Date tells no moment gets a ``borrowed_date``, if there is one. Raises
    OSError.
    """
    before = first = None
    for item, behind in pairwise(chain(items, (None,))):
        assert item
        if not isinstance(item, Record):
            yield item
        elif own := _date(item):
            before = own
            yield item
        else:
            lent = before or _date(behind)
            if lent is None:
                first = _first_date(path, start) if first is None else first
            yield replace(item, borrowed_date=lent or first or "")


def _date(item: Record | Fault | None) -> str | None:
    """Return the exact date of *item*, None if it tells no moment."""
    if not isinstance(item, Record):
        return None
    if is_exact_date(item.date):  # as most are
        return item.date
    found = read_date(item.date)
    return found.date if found else None


def _first_date(path: StoredFile, start: int) -> str:
    first = islice(read_records(path, start=start, strict=False), _SEARCHED)
    return next(filter(None, map(_date, first)), "") or _date_in_name(path.name)


def _date_in_name(name: str) -> str:
    """Return the exact date of the timestamp in *name*, as tools write it; empty if it has none."""
    found = _TIMESTAMP.search(name)
    date = read_date(found[0]) if found else None
    return date.date if date else ""
