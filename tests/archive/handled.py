"""What people do with the WARC files in a folder, with the tools that they have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def _run(*command: str | Path, into: Path | None = None) -> None:
    if into is None:
        subprocess.run(command, check=True, capture_output=True)
        return
    with into.open("xb") as output:
        subprocess.run(command, check=True, stdout=output)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.endswith((".warc", ".warc.gz")))


def gunzip(folder: Path) -> None:
    """Unpack each file."""
    _run("gzip", "-d", *_files(folder))


def gunzip_and_keep(folder: Path) -> None:
    """Unpack each file, and keep it packed too."""
    _run("gzip", "-dk", *_files(folder))


def gunzip_and_gzip(folder: Path) -> None:
    """Unpack each file and pack it again: one gzip member for all of its records."""
    gunzip(folder)
    _run("gzip", "-9", *_files(folder))


def gzip_in_blocks(folder: Path) -> None:
    """Pack each file as bgzip and parallel tools do: members that end anywhere."""
    gunzip(folder)
    for path in _files(folder):
        packed = path.with_name(f"{path.name}.gz")
        data = path.read_bytes()
        pieces = [data[start : start + 5000] for start in range(0, len(data), 5000)]
        with packed.open("xb") as output:
            for piece in pieces:
                done = subprocess.run(["gzip"], input=piece, check=True, capture_output=True)
                output.write(done.stdout)
        path.unlink()


def recompress(folder: Path) -> None:
    """Pack each file anew with warcio: a member for each record, at other places."""
    gunzip(folder)
    for path in _files(folder):
        packed = path.with_name(f"{path.name}.gz")
        _run(sys.executable, "-m", "warcio.cli", "recompress", path, packed)
        path.unlink()


def cat(folder: Path) -> None:
    """Join all files, and remove them."""
    files = _files(folder)
    _run("cat", *files, into=folder / "all.warc.gz")
    for path in files:
        path.unlink()


def cat_and_keep(folder: Path) -> None:
    """Join all files, and keep them."""
    _run("cat", *_files(folder), into=folder / "all.warc.gz")


def cat_unpacked(folder: Path) -> None:
    """Join all files unpacked."""
    gunzip(folder)
    files = _files(folder)
    _run("cat", *files, into=folder / "all.warc")
    for path in files:
        path.unlink()


def rename(folder: Path) -> None:
    """Give each file another name, so that the last one is sorted first."""
    for number, path in enumerate(reversed(_files(folder))):
        path.rename(folder / f"harbour {number}.warc.gz")


def swap(folder: Path) -> None:
    """Give two files each other's name."""
    first, *_, last = _files(folder)
    first.rename(folder / "aside")
    last.rename(first)
    (folder / "aside").rename(last)


HANDLED: dict[str, Callable[[Path], None]] = {
    done.__name__: done
    for done in (
        *(gunzip, gunzip_and_keep, gunzip_and_gzip, gzip_in_blocks, recompress),
        *(cat, cat_and_keep, cat_unpacked, rename, swap),
    )
}
"""Everything here, by name."""

DOUBLED = {"gunzip_and_keep", "cat_and_keep"}
"""What leaves each record in two files."""
