"""An index that does not agree with the WARC files."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.checks.cdxj_lines import index_faults
from crawler.warc.index_levels import (
    find_index_files,
    join,
    read_index_file,
    remove_index_file,
    write_index_file,
)
from tests.checks.crawled import Copy


def write_again(path: Path, lines: list[str]) -> None:
    """Write *lines* into the index at *path*, with a list that fits to them."""
    file = read_index_file(path)
    assert file
    write_index_file(path, lines, file.warcs)


def test_no_index(copy: Copy) -> None:
    for path in copy.index.iterdir():
        path.unlink()
    copy.index.rmdir()
    assert copy.faults() == ["index: is missing; scrapy index makes it"]


def test_an_index_that_is_missing_or_of_nothing(copy: Copy) -> None:
    first = copy.warcs[0].name
    remove_index_file(copy.index / f"{first}.cdxj")
    write_index_file(copy.index / "other.warc.gz.cdxj", ["a\n"], {"other.warc.gz": 1})
    gone, missing = copy.faults()
    assert gone.startswith(
        "index/other.warc.gz.cdxj: is the index of other.warc.gz, which is no sealed WARC file; "
    )
    assert missing.startswith(f"index: has no index of warc/{first}; the next crawl, or scrapy")


def test_all_that_is_missing_is_one_fault(copy: Copy) -> None:
    for path in copy.index.iterdir():
        path.unlink()
    (missing,) = copy.faults()
    assert missing.startswith(f"index: has no index of warc/{copy.warcs[0].name} and 2 more; ")


def test_a_list_that_does_not_fit(copy: Copy) -> None:
    path = copy.index / f"{copy.warcs[0].name}.cdxj"
    path.write_text(path.read_text() + "z\n")
    unlisted, missing = copy.faults()
    assert unlisted.startswith(f"index/{path.name}: has no list that fits to it, ")
    assert missing.startswith("index: has no index of warc/")


def test_a_merge_that_was_killed_before_it_removed_its_parts(copy: Copy, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.index.iterdir()}
    files = [file for file in map(read_index_file, find_index_files(copy.index)) if file]
    join(files, copy.index)
    assert copy.faults() == []
    for name, content in before.items():
        (copy.index / name).write_bytes(content)
    faults = copy.faults()
    assert len(faults) == 3
    assert all("has lines that a file made of it has too; the next crawl" in f for f in faults)


def test_a_merged_index_names_the_file_of_a_wrong_line(copy: Copy) -> None:
    files = [file for file in map(read_index_file, find_index_files(copy.index)) if file]
    join(files, copy.index)
    (path,) = find_index_files(copy.index)
    first, *lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(sorted([first.replace('"', "'"), *lines])))
    unknown, missing = sorted(copy.faults(), key=lambda line: "no line for" in line)
    assert "has no match in the records of None: " in unknown
    assert re.search(r"found no line for the records of newsreel-\S+\.warc\.gz: byte ", missing)


def test_files_of_version_2_have_no_lists(copy: Copy) -> None:
    lines = sorted(x for p in copy.index.glob("*.cdxj") for x in p.read_text().splitlines(True))
    (copy.index / "index.cdxj").write_text("".join(lines))
    for path in copy.index.glob("*.warcs"):
        path.unlink()
    assert copy.faults() == []


def test_lines_that_are_there_twice(copy: Copy) -> None:
    (copy.index / "index.cdxj").write_text("a\n")
    (fault,) = copy.faults()
    assert (
        fault == "index/index.cdxj: has lines that the other files have; the next crawl removes it"
    )


def test_a_line_too_few_and_one_too_many(copy: Copy) -> None:
    path = copy.index / f"{copy.warcs[0].name}.cdxj"
    first, *lines = path.read_text().splitlines(keepends=True)
    wrong = re.sub('"offset": "[0-9]+"', '"offset": "1"', first)
    write_again(path, [wrong, *lines])
    _, record = copy.record("response", 1)
    found, missing = copy.faults()
    assert found.startswith(
        f"index/{path.name}: found a line that has no match in the records of "
        f"{copy.warcs[0].name}: byte 1, {record.length} bytes: {wrong[:80]}"
    )
    assert missing.startswith(
        f"index/{path.name}: found no line for the records of {copy.warcs[0].name}: "
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


def test_a_line_twice(copy: Copy) -> None:
    path = copy.index / f"{copy.warcs[0].name}.cdxj"
    first, *lines = path.read_text().splitlines(keepends=True)
    write_again(path, [first, first, *lines])
    (line,) = copy.faults()
    assert line.startswith(f"index/{path.name}: line 2 is there twice: byte ")


def test_what_else_is_wrong_with_lines_out_of_order(tmp_path: Path) -> None:
    path = tmp_path / "level-1-000001.cdxj"
    write_index_file(path, ["b\n", "a\n", "c\n"], {})
    disorder, *superfluous = map(str, index_faults(tmp_path, []))
    assert disorder == f"{path}: line 2 stands behind one that it comes before: a"
    assert superfluous == [
        f"{path}: found a line that has no match in the records of None: {name}" for name in "abc"
    ]
