"""The check of one record by itself: what is wrong, and what is only out of the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.warc.cdxj import INDEXED
from crawler.warc.digests import differing_digest, digest_faults
from crawler.warc.message import head_length
from crawler.warc.warc_dates import is_exact_date, read_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.warc.reader import Record

_PAYLOAD_DIGEST = "WARC-Payload-Digest"
_NO_ALGORITHM = "no digest algorithm that can be checked"


class Judgement(NamedTuple):
    """What is to be said of a record; ``is_loss`` unless it is only out of the standard."""

    message: str
    is_loss: bool


def judge_strictly(record: Record, fields: Mapping[str, str]) -> Iterator[Judgement]:
    """Yield what is wrong with *record*, which we wrote.

    *fields* are its WARC fields by their names in lower case.
    """
    date = fields["warc-date"]
    found = None if is_exact_date(date) else read_date(date)
    if not (is_exact_date(date) or (found and found.is_standard)):
        yield Judgement(f"WARC-Date: found {date!r}, expected a UTC time of WARC/1.1", True)
    yield from _missing_uri(record)
    yield from _belonging_warcinfo(record, fields, is_loss=True)
    for what in digest_faults(fields, record.block):
        yield Judgement(what, True)


def judge_leniently(record: Record, fields: Mapping[str, str]) -> Iterator[Judgement]:
    """Yield what is to be said of *record*, which any tool may have written."""
    date = fields.get("warc-date", "")
    if not is_exact_date(date):  # as few are
        found = read_date(date)
        what = found.remark if found else f"WARC-Date: found {date!r}, which is no date"
        yield Judgement(what, found is None)
    yield from _missing_uri(record)
    yield from _belonging_warcinfo(record, fields, is_loss=False)
    for what in digest_faults(fields, record.block):
        yield _judge_digest(what, record, fields)


def _missing_uri(record: Record) -> Iterator[Judgement]:
    if record.type in INDEXED and not record.target_uri:
        yield Judgement(f"the {record.type} has no WARC-Target-URI: nobody can ask for it", True)


def _belonging_warcinfo(
    record: Record, fields: Mapping[str, str], *, is_loss: bool
) -> Iterator[Judgement]:
    if record.type == "warcinfo" and "warc-warcinfo-id" in fields:
        what = "WARC-Warcinfo-ID: a warcinfo record belongs to no other (WARC/1.1, 5.16)"
        yield Judgement(what, is_loss)


def _judge_digest(what: str, record: Record, fields: Mapping[str, str]) -> Judgement:
    """Say of a digest that differs whether it is that of other bytes which tools take it of."""
    if what.endswith(_NO_ALGORITHM):
        return Judgement(what, False)
    if what.startswith(_PAYLOAD_DIGEST):
        stated, block = fields[_PAYLOAD_DIGEST.lower()], memoryview(record.block)
        if not differing_digest(stated, (block[head_length(record.block) :],)):
            standard = "that is without (WARC/1.1, 5.9)"
            return Judgement(f"{_PAYLOAD_DIGEST}: is that of the chunks; {standard}", False)
        if not differing_digest(stated, (block,)):
            standard = "that is of the payload alone (WARC/1.1, 5.9)"
            return Judgement(f"{_PAYLOAD_DIGEST}: is that of the block; {standard}", False)
    return Judgement(what, True)
