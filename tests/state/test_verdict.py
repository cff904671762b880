from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.items import RecordRef
from crawler.state.verdict import Verdict, judge
from tests.state.test_store import HOLDING

SAME, OTHER = HOLDING.text_digest, b"9" * 32


@pytest.mark.parametrize(
    ("source", "modified", "digest", "verdict"),
    [
        (HOLDING.source, HOLDING.modified, SAME, Verdict.DUPLICATE),
        (HOLDING.source, "2025-01-01T00:00:00", SAME, Verdict.DUPLICATE),
        (HOLDING.source, "2025-01-01T00:00:00", OTHER, Verdict.REVISION),
        (HOLDING.source, "2023-01-01T00:00:00", OTHER, Verdict.EARLIER),
        (HOLDING.source, "", OTHER, Verdict.REVISION),
        ("other.example", "2025-01-01T00:00:00", OTHER, Verdict.COLLISION),
        ("other.example", "2025-01-01T00:00:00", SAME, Verdict.DUPLICATE),
    ],
)
def test_verdicts(source: str, modified: str, digest: bytes, verdict: Verdict) -> None:
    found, rival = judge([HOLDING], source=source, modified=modified, text_digest=digest)
    assert (found, rival) == (verdict, HOLDING)


def test_nothing_held_is_new() -> None:
    assert judge([], source="a", modified="", text_digest=SAME) == (Verdict.NEW, None)


def test_own_text_is_judged_before_that_of_others() -> None:
    other = replace(HOLDING, source="other.example", text_digest=OTHER)
    for digest in (b"0" * 32, OTHER):
        found, rival = judge(
            [other, HOLDING], source=HOLDING.source, modified="2025", text_digest=digest
        )
        assert (found, rival) == (Verdict.REVISION, HOLDING)


@pytest.mark.parametrize(
    ("held", "new", "digest", "verdict"),
    [
        (0, 900, OTHER, Verdict.DUPLICATE),
        (0, 900, SAME, Verdict.DUPLICATE),
        (500, 0, OTHER, Verdict.REVISION),
        (500, 0, SAME, Verdict.REVISION),
        (500, 501, OTHER, Verdict.REVISION),
        (500, 500, SAME, Verdict.DUPLICATE),
        (500, 400, OTHER, Verdict.DUPLICATE),
    ],
)
@pytest.mark.parametrize("modified", ["2023-01-01T00:00:00", "2025-01-01T00:00:00", ""])
def test_whole_texts_go_before_incomplete_ones(
    held: int, new: int, digest: bytes, verdict: Verdict, modified: str
) -> None:
    holding = replace(HOLDING, incomplete=held)
    found = judge(
        [holding],
        source=HOLDING.source,
        modified=modified,
        text_digest=digest,
        incomplete=new,
    )
    assert found == (verdict, holding)
    elsewhere, _ = judge(
        [holding], source="other.example", modified="", text_digest=OTHER, incomplete=new
    )
    assert elsewhere is Verdict.COLLISION


@pytest.mark.parametrize(
    ("modified", "when", "verdict"),
    [
        ("", "2024-03-11T09:00:00Z", Verdict.EARLIER),
        ("", "2024-03-21T09:00:00Z", Verdict.REVISION),
        ("", "2024-03-21T08:59:59.999Z", Verdict.EARLIER),
        ("", "2024-03-21T09:00:00.5Z", Verdict.REVISION),
        (HOLDING.modified, "2024-03-11T09:00:00Z", Verdict.EARLIER),
        (HOLDING.modified, "2024-03-31T09:00:00Z", Verdict.REVISION),
        ("2023-01-01T00:00:00", "2024-03-31T09:00:00Z", Verdict.EARLIER),
        ("2025-01-01T00:00:00", "2024-03-11T09:00:00Z", Verdict.REVISION),
    ],
)
def test_the_site_tells_which_text_is_newer_or_else_the_capture(
    modified: str, when: str, verdict: Verdict
) -> None:
    held = replace(HOLDING, origin=capture("2024-03-21T09:00:00Z"))
    found, _ = judge(
        [held],
        source=HOLDING.source,
        modified=modified,
        text_digest=OTHER,
        origin=capture(when),
    )
    assert found is verdict


def capture(date: str) -> RecordRef:
    return RecordRef(record_id="<urn:x>", uri="http://news.test/", date=date)
