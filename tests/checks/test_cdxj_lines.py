"""An index that does not agree with the WARC files."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.checks.cdxj_lines import index_faults
from crawler.warc.index_files import merge
from tests.checks.crawled import Copy


def test_no_index(copy: Copy) -> None:
    for path in copy.index.iterdir():
        path.unlink()
    copy.index.rmdir()
    assert copy.faults() == ["index: is missing; scrapy index makes it"]


def test_an_index_that_is_missing_or_of_nothing(copy: Copy) -> None:
    first = copy.warcs[0].name
    (copy.index / f"{first}.cdxj").rename(copy.index / "other.warc.gz.cdxj")
    (copy.index / "index.cdxj").unlink()
    assert copy.faults() == [
        f"index/{first}.cdxj: is missing; it is the index of warc/{first}",
        "index/other.warc.gz.cdxj: is the index of no sealed WARC file",
        "index/index.cdxj: is missing; scrapy index makes it",
    ]


def test_a_line_too_few_and_one_too_many(copy: Copy) -> None:
    path = copy.index / f"{copy.warcs[0].name}.cdxj"
    first, *lines = path.read_text().splitlines(keepends=True)
    wrong = re.sub('"offset": "[0-9]+"', '"offset": "1"', first)
    path.write_text("".join([wrong, *lines]))
    merge(copy.index)
    _, record = copy.record("response", 1)
    found, missing = copy.faults()
    assert found.startswith(
        f"index/{path.name}: found a line that has no match in the records of "
        f"warc/{copy.warcs[0].name}: byte 1, {record.length} bytes: {wrong[:80]}"
    )
    assert missing.startswith(
        f"index/{path.name}: found no line for the records of warc/{copy.warcs[0].name}: "
        f"byte {record.offset}, {record.length} bytes: {first[:80]}"
    )


def test_lines_out_of_order(copy: Copy) -> None:
    path = copy.index / f"{copy.warcs[0].name}.cdxj"
    lines = path.read_text().splitlines(keepends=True)
    lines[0], lines[1] = lines[1], lines[0]
    path.write_text("".join(lines))
    (line,) = copy.faults()
    assert line.startswith(f"index/{path.name}: line 2 stands behind one that it comes before: ")
    assert lines[1].split(" {")[0] in line


def test_a_merged_index_that_is_not_that_of_the_others(copy: Copy) -> None:
    path = copy.index / "index.cdxj"
    *lines, last = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines))
    (line,) = copy.faults()
    assert line.startswith("index/index.cdxj: found no line for the lines of the other files: ")
    assert last.split(" {")[0] in line


def test_what_else_is_wrong_with_lines_out_of_order(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz.cdxj").write_text("a\nb\n")
    (tmp_path / "index.cdxj").write_text("b\na\nc\n")
    unowned, disorder, superfluous = map(str, index_faults(tmp_path, []))
    path = tmp_path / "index.cdxj"
    assert unowned == f"{tmp_path}/a.warc.gz.cdxj: is the index of no sealed WARC file"
    assert disorder == f"{path}: line 2 stands behind one that it comes before: a"
    assert (
        superfluous == f"{path}: found a line that has no match in the lines of the other files: c"
    )
