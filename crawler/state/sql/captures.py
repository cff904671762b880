"""The tables of WARC files, their captures, and the pages as they were last seen."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping

from crawler.items import RecordRef
from crawler.state.sql.columns import PAGE
from crawler.state.sql.tables import Tables, atomic
from crawler.state.store import Capture, WarcFile

_CAPTURE = """
SELECT capture."offset", length, record_id, date, uri, payload_digest, warc.name
FROM capture JOIN warc ON warc.id = capture.warc WHERE
"""
_PAGE = """(capture.warc, capture."offset") = (
    SELECT page.warc, page."offset" FROM page WHERE uri = ?
)"""
_FIRST = 'ORDER BY capture.warc, capture."offset" LIMIT 1'
_MAY_BE_REFERRED_TO = "(warc.node = ? OR warc.address != '')"
_HAS_CAPTURE = """
SELECT 1 FROM (SELECT record_id FROM capture WHERE payload_digest = ? LIMIT 1000) AS known
WHERE record_id = ?
"""
_PUT_CAPTURE = """
INSERT INTO capture (warc, "offset", length, record_id, date, uri, payload_digest)
SELECT id, ?, ?, ?, ?, ?, ? FROM warc WHERE name = ? ON CONFLICT DO NOTHING
"""
_PUT_PAGE = """
INSERT INTO page (uri, warc, "offset") SELECT ?, id, ? FROM warc WHERE name = ?
ON CONFLICT (uri) DO UPDATE SET warc = excluded.warc, "offset" = excluded."offset"
"""
_SHORTEN = "UPDATE warc SET size = CASE WHEN size > ?1 THEN ?1 ELSE size END WHERE name = ?2"
_BASE32_LENGTH = 32


class CaptureTables(Tables):
    """The methods of a `crawler.state.store.Store` that are about captures."""

    @atomic
    def put_warc(self, warc: WarcFile) -> None:
        self._execute(
            "INSERT INTO warc (name, size, sealed, node) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
            (warc.name, warc.size, int(warc.sealed), warc.node or self.node),
        )
        if warc.address:
            self.put_upload(warc)

    @atomic
    def put_upload(self, warc: WarcFile) -> None:
        self._execute(
            "UPDATE warc SET address = ?, sha256 = ?, uploaded = ? WHERE name = ?",
            (warc.address, warc.sha256, warc.uploaded, warc.name),
        )

    def warcs(self, node: str | None = None) -> list[WarcFile]:
        query = "SELECT name, size, sealed, node, address, sha256, uploaded FROM warc"
        if node is None:
            return [_warc(row) for row in self._rows(f"{query} ORDER BY id")]
        return [_warc(row) for row in self._rows(f"{query} WHERE node = ? ORDER BY id", (node,))]

    def node_of(self, file: str) -> str | None:
        found = self._rows("SELECT node FROM warc WHERE name = ?", (file,))
        return next((str(node) for (node,) in found), None)

    @atomic
    def put_captures(self, captures: Iterable[Capture]) -> None:
        self._execute_many(_PUT_CAPTURE, map(_capture_row, captures))

    def captures(self, file: str) -> Iterator[Capture]:
        query = f'{_CAPTURE}name = ? AND "offset" > ? ORDER BY "offset" LIMIT {PAGE}'
        after = -1
        while page := [_capture(row) for row in self._rows(query, (file, after))]:
            yield from page
            after = page[-1].ref.offset

    def original(self, payload_digest: str) -> RecordRef | None:
        found = self._rows(
            f"{_CAPTURE}payload_digest = ? AND {_MAY_BE_REFERRED_TO} {_FIRST}",
            (_sha1_bytes(payload_digest), self.node),
        )
        return next((_capture(row).ref for row in found), None)

    def has_capture(self, payload_digest: str, record_id: str) -> bool:
        found = self._rows(_HAS_CAPTURE, (_sha1_bytes(payload_digest), record_id))
        return any(found)

    @atomic
    def put_pages(self, pages: Mapping[str, RecordRef]) -> None:
        rows = ((uri, ref.offset, ref.file) for uri, ref in pages.items())
        self._execute_many(_PUT_PAGE, rows)

    def latest(self, uri: str) -> RecordRef | None:
        found = self._rows(f"{_CAPTURE}{_PAGE} AND {_MAY_BE_REFERRED_TO}", (uri, self.node))
        return next((_capture(row).ref for row in found), None)

    def _forget_captures(self, file: str, size: int) -> bool:
        """Forget what is beyond *size* in *file*; return whether any capture was."""
        for table in ("page", "capture"):
            deleted = self._execute(
                f"DELETE FROM {table} WHERE warc = (SELECT id FROM warc WHERE name = ?) "  # noqa: S608
                'AND "offset" >= ?',
                (file, size),
            )
        self._execute(_SHORTEN, (size, file))
        self._execute("DELETE FROM warc WHERE size = 0")
        return deleted > 0


def _warc(row: tuple[object, ...]) -> WarcFile:
    name, size, sealed, node, address, sha256, uploaded = row
    assert isinstance(sha256, bytes)
    return WarcFile(
        name=str(name),
        size=int(str(size)),
        sealed=bool(sealed),
        node=str(node),
        address=str(address),
        sha256=sha256,
        uploaded=str(uploaded),
    )


def _capture_row(capture: Capture) -> tuple[object, ...]:
    ref = capture.ref
    sha1 = _sha1_bytes(capture.payload_digest)
    return (ref.offset, ref.length, ref.record_id, ref.date, ref.uri, sha1, ref.file)


def _capture(row: tuple[object, ...]) -> Capture:
    offset, length, record_id, date, uri, sha1, file = row
    ref = RecordRef(
        record_id=str(record_id),
        uri=str(uri),
        date=str(date),
        file=str(file),
        offset=int(str(offset)),
        length=int(str(length)),
    )
    assert isinstance(sha1, bytes)
    return Capture(ref=ref, payload_digest=f"sha1:{base64.b32encode(sha1).decode()}")


def _sha1_bytes(payload_digest: str) -> bytes:
    """Return the 20 bytes of a SHA-1 written as ``sha1:BASE32``. Raises ValueError for another."""
    name, _, value = payload_digest.partition(":")
    if name != "sha1" or len(value) != _BASE32_LENGTH:
        raise ValueError(f"payload digest {payload_digest!r}: the ledger keeps sha1 in base 32")
    return base64.b32decode(value)
