"""What a ledger has of many articles that nobody crawled, row by row, in the order of its tables.

Of each article there are the row with both its records, a capture, the page, a visit and a sketch
with its bands; of every hundredth an earlier text; of each source a run for every 100 articles.
They are of 300 sources, 2,740 a day from December 2016 on: ten million are ten years.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from crawler.items import RecordRef
from crawler.state.sketch_bands import bands
from crawler.state.store import Holding
from crawler.text.minhash import algorithm

FILE_ARTICLES = 1000
RECORD = 100  # bytes
SOURCES = 300
FIRST_ORDINAL = 1000  # behind those of a site that was crawled before
FIRST_RUN_ARTICLES = 100

_A_DAY = 2740
_FIRST_DAY = date(2016, 12, 1)
_SKETCH = 256  # bytes
_BAND_BYTES = 6
_FIRST_ID = 1_000_000  # behind those of what was crawled before
_AT_ONCE = 100_000

Row = tuple[object, ...]


def warc_name(number: int) -> str:
    """Return the name of the WARC file that article *number* is in."""
    return f"newsreel-filled-20200101000000-{number // FILE_ARTICLES:05d}.warc.gz"


def source_of(number: int) -> str:
    """Return the source of article *number*."""
    return f"site-{number % SOURCES:03d}.example"


def address(number: int) -> str:
    """Return where article *number* was published."""
    return f"https://{source_of(number)}/story-{number:08d}/"


def article_key(number: int) -> str:
    """Return the key of article *number*; keys lie anywhere, as those of real ones do."""
    return hashlib.sha256(b"%d" % number).hexdigest()[:16]


def holding(number: int) -> Holding:
    """Return article *number* as a crawl holds it."""
    key, published = article_key(number), f"{_day(number)}T08:00:00"
    uri = address(number)
    return Holding(
        key=key,
        source=source_of(number),
        guid=uri.removeprefix("https:"),
        date=published,
        modified=published,
        url=uri,
        text_digest=hashlib.sha256(key.encode()).digest(),
        ordinal=FIRST_ORDINAL + number,
        file=f"{FIRST_ORDINAL + number:03d}_{key}.txt",
        date_gmt=published,
        conversion=_record(number, 2 * number),
        origin=_record(number, 2 * number + 1),
    )


def sketch_of(number: int) -> bytes:
    """Return the sketch of article *number*, which is like no other one."""
    return hashlib.shake_128(b"%d" % number).digest(_SKETCH)


def table_rows(count: int) -> dict[str, Callable[[], Iterator[Row]]]:
    """Return the rows of *count* articles by table, each in the order of the table's key.

    Columns are those of `crawler.state.sql.all_tables`; of tables that number their rows the
    first is the number.
    """
    return {
        "warc": lambda: _warcs(count),
        "article": lambda: (_article(number) for number in _by_key(count)),
        "capture": lambda: (_capture(number) for number in range(count)),
        "page": lambda: (
            (address(number), *_place(number)) for number in articles_by_source(count)
        ),
        "visit": lambda: (_visit(number) for number in articles_by_source(count)),
        "revision": lambda: (
            (_FIRST_ID + number, *_article(number)[:-1]) for number in range(0, count, 100)
        ),
        "sketch": lambda: (
            (
                _FIRST_ID + number,
                article_key(number),
                source_of(number),
                algorithm(),
                sketch_of(number),
            )
            for number in range(count)
        ),
        "band": lambda: _bands(count),
        "run": lambda: _runs(count),
    }


def index_line(number: int) -> str:
    """Return the line of the capture that article *number* comes from."""
    uri, moment = address(number), f"{_day(number)}090000".replace("-", "")
    fields = {
        "url": uri,
        "mime": "text/html",
        "status": "200",
        "length": str(RECORD),
        "offset": str(number % FILE_ARTICLES * RECORD),
        "filename": warc_name(number),
    }
    source, _, path = uri.removeprefix("https://").partition("/")
    name = source.removesuffix(".example")
    return f"example,{name})/{path} {moment} {json.dumps(fields)}\n"


def _warcs(count: int) -> Iterator[Row]:
    for number in range(0, count, FILE_ARTICLES):
        size = min(FILE_ARTICLES, count - number) * RECORD
        yield (_warc_id(number), warc_name(number), size, 1, "", "", b"", "")


def _article(number: int) -> Row:
    """Return the row of `holding`, made ten times as fast."""
    key, day, uri = article_key(number), _day(number), address(number)
    published, collected, ordinal = f"{day}T08:00:00", f"{day}T09:00:00Z", FIRST_ORDINAL + number
    rest = (
        f'"uri": "{uri}", "date": "{collected}", "file": "{warc_name(number)}", '
        f'"offset": {number % FILE_ARTICLES * RECORD}, "length": {RECORD}}}'
    )
    return (
        *(key, source_of(number), uri[6:], published, published, uri),
        hashlib.sha256(key.encode()).digest(),
        *(ordinal, f"{ordinal:03d}_{key}.txt", published, 0),
        f'{{"record_id": "{_record_id(2 * number)}", {rest}',
        f'{{"record_id": "{_record_id(2 * number + 1)}", {rest}',
        collected,
    )


def _capture(number: int) -> Row:
    moment, uri = f"{_day(number)}T09:00:00Z", address(number)
    digest = hashlib.sha1(b"%d" % number, usedforsecurity=False).digest()
    return (*_place(number), RECORD, _record_id(2 * number + 1), moment, uri, digest)


def _place(number: int) -> tuple[int, int]:
    return _warc_id(number), number % FILE_ARTICLES * RECORD


def _visit(number: int) -> Row:
    at, published = f"{_day(number)}T09:00:00Z", f"{_day(number)}T08:00:00"
    uri = address(number)
    return (source_of(number), uri, at, "article", uri.removeprefix("https:"), published, at)


def _runs(count: int) -> Iterator[Row]:
    """Yield the runs by id; each brought a hundred articles of its source."""
    per_source = count // SOURCES // FIRST_RUN_ARTICLES
    for source in range(min(SOURCES, count)):
        for run in range(per_source):
            number = run * FIRST_RUN_ARTICLES * SOURCES + source
            day = _day(number)
            counts = json.dumps({"answers": 120, "listed": 110, "new": 100, "requests": 120})
            yield (
                *(f"filled-{source:03d}-{run:06d}", "wire", source_of(source), "{}"),
                *(f"{day}T09:00:00Z", f"{day}T09:05:00Z", 0, "finished", "0.3.0", "newsreel"),
                *(counts, "{}", "{}", None),
            )


def _bands(count: int) -> Iterator[Row]:
    values, sketches = band_columns(count)
    for first in range(0, len(values), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        yield from zip(values[part].tolist(), sketches[part].tolist(), strict=True)


def band_columns(count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the bands of all sketches by value, and the numbers of their sketches."""
    each = len(bands(sketch_of(0)))
    values = np.empty(count * each, dtype=np.int64)
    for first in range(0, count, _AT_ONCE):
        last = min(first + _AT_ONCE, count)
        raw = b"".join(sketch_of(number)[: each * _BAND_BYTES] for number in range(first, last))
        padded = np.zeros((len(raw) // _BAND_BYTES, 8), dtype=np.uint8)
        padded[:, :_BAND_BYTES] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, _BAND_BYTES)
        values[first * each : last * each] = padded.view("<i8").reshape(-1)
    order = np.argsort(values, kind="stable")
    return values[order], order // each + _FIRST_ID


def _by_key(count: int) -> Iterator[int]:
    digests = b"".join(hashlib.sha256(b"%d" % number).digest()[:8] for number in range(count))
    order = np.argsort(np.frombuffer(digests, dtype=">u8").astype(np.uint64), kind="stable")
    return _in_parts(order)


def articles_by_source(count: int) -> Iterator[int]:
    """Yield the numbers of *count* articles in the order of their sources and addresses."""
    for source in range(min(SOURCES, count)):
        yield from range(source, count, SOURCES)


def _in_parts(order: npt.NDArray[np.int64]) -> Iterator[int]:
    for first in range(0, len(order), _AT_ONCE):
        yield from order[first : first + _AT_ONCE].tolist()


def _record(number: int, record: int) -> RecordRef:
    return RecordRef(
        record_id=_record_id(record),
        uri=address(number),
        date=f"{_day(number)}T09:00:00Z",
        file=warc_name(number),
        offset=number % FILE_ARTICLES * RECORD,
        length=RECORD,
    )


def _record_id(record: int) -> str:
    return f"<urn:uuid:00000000-0000-0000-0000-{record:012x}>"


def _warc_id(number: int) -> int:
    return _FIRST_ID + number // FILE_ARTICLES


def _day(number: int) -> str:
    return _written_day(number // _A_DAY)


@lru_cache(maxsize=10_000)
def _written_day(day: int) -> str:
    return (_FIRST_DAY + timedelta(days=day)).isoformat()


def columns_of(table: str) -> Sequence[str]:
    """Return the columns that the rows of *table* have."""
    from crawler.state.sql.all_tables import TABLES

    return next(known.columns for known in TABLES if known.name == table)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield *rows*, many at once."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
