"""Records whose WARC-Date tells no moment, and whose date they get."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.warc.borrowed_dates import with_borrowed_dates
from crawler.warc.foreign import foreign_record_at, record_ref
from crawler.warc.reader import Fault, Record, read_records
from tests.warc import files

NONE = ["2008-10-294T09:00:00Z", "0000-00-00T99:99:99Z", "", "2024-13-01T00:00:00Z"]
GOOD = "2024-04-1{}T08:30:00Z"


def dated(path: Path, *dates: str, start: int = 0) -> list[str]:
    """Write a file of records with these dates; return the dates from byte *start* on."""
    if not path.exists():
        files.write(path, *(files.record(WARC_Date=date or " ") for date in dates))
    items = read_records(path, start=start, strict=False)
    found = list(with_borrowed_dates(items, path))
    return [item.capture_date for item in found if isinstance(item, Record)]


@pytest.mark.parametrize("date", NONE)
@pytest.mark.parametrize("name", files.NAMES)
class TestWhose:
    def test_that_of_the_record_before(self, tmp_path: Path, name: str, date: str) -> None:
        found = dated(tmp_path / name, GOOD.format(1), date, date, GOOD.format(2))
        assert found == [GOOD.format(day) for day in (1, 1, 1, 2)]

    def test_else_that_of_the_one_behind(self, tmp_path: Path, name: str, date: str) -> None:
        first_of_april = "2024-04-01T00:00:00Z"
        found = dated(tmp_path / name, date, "2024-04", date)
        assert found == [first_of_april, "2024-04", first_of_april]

    def test_else_the_first_of_the_file(self, tmp_path: Path, name: str, date: str) -> None:
        path = tmp_path / name
        dated(path, date, GOOD.format(1), GOOD.format(2), date, date)
        last = [item.offset for item in read_records(path, strict=False)][-2]
        assert dated(path, start=last) == [GOOD.format(1)] * 2

    def test_else_the_one_in_the_name(self, tmp_path: Path, name: str, date: str) -> None:
        path = tmp_path / f"CC-NEWS-20200901113246-00311-{name}"
        assert dated(path, date, date) == ["2020-09-01T11:32:46Z"] * 2
        odd = tmp_path / f"CC-NEWS-20201301113246-00311-{name}"
        assert dated(odd, date, date) == [date, date]

    def test_and_none_where_there_is_none(self, tmp_path: Path, name: str, date: str) -> None:
        path = tmp_path / name
        assert dated(path, date, date) == [date, date]
        first = next(iter(read_records(path, strict=False)))
        assert isinstance(first, Record)
        with pytest.raises(ValueError, match="WARC-Date is"):
            record_ref(first, "x")


def test_damage_passes(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(b"damage\r\n" + files.record(WARC_Date="yesterday"))
    fault, record = with_borrowed_dates(read_records(path, strict=False), path)
    assert isinstance(fault, Fault)
    assert isinstance(record, Record)
    assert record.borrowed_date == ""


def test_a_record_is_found_again_by_the_date_that_it_borrowed(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    uri = "https://news.test/1"
    files.write(
        path, files.record(), files.record(WARC_Date="2024-04-31T00:00:00Z", WARC_Target_URI=uri)
    )
    _, lent = with_borrowed_dates(read_records(path, strict=False), path)
    assert isinstance(lent, Record)
    ref = record_ref(lent, str(path))
    assert ref.date == files.DATE
    assert foreign_record_at(path, ref).target_uri == uri
