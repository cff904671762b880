"""The corpus: a folder of text files, each named after its ordinal and its key."""

from __future__ import annotations

import os
import re
import string
from collections.abc import Iterable
from pathlib import Path

from crawler.disk import replacement, sync

_NAME = re.compile(r"(?:^|[^0-9])(?P<ordinal>\d{1,9})_(?P<key>[0-9a-f]{16})\.txt$")
_FIELDS = {"ordinal", "key", "source", "year", "month", "day"}
_UNFINISHED = ".part"
_UNSAFE = re.compile(r"[^a-z0-9.-]+")


def slug(text: str) -> str:
    """Return *text*, which a site may have chosen, as a name that is safe on every file system."""
    return _UNSAFE.sub("-", text.lower()).strip(".-")[:80] or "unnamed"


class Corpus:
    """The text files: names, finds and writes them.

    *template* is a path below *base* (or an absolute one) with the fields ``ordinal``, ``key``,
    ``source``, ``year``, ``month`` and ``day``; its file name must hold ordinal and key, so
    that no two articles share a file. Raises ``ValueError`` for any other template.
    """

    def __init__(self, base: Path, template: str) -> None:
        names = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        if not names <= _FIELDS:
            raise ValueError(f"unknown field {sorted(names - _FIELDS)}, use {sorted(_FIELDS)}")
        last = template.rpartition("/")[2]
        if "{ordinal" not in last or "{key}" not in last or not last.endswith(".txt"):
            raise ValueError("the file name must hold {ordinal} and {key} and end in .txt")
        fixed = template.partition("{")[0].rpartition("/")[0]
        self.root = base / fixed
        self._template = template.removeprefix(fixed).lstrip("/")
        file = self.file(ordinal=0, key="0" * 16, source="", date="2024-01-01")
        # Metadata records with another name of a file are not read back.
        if not file.isprintable() or any(part in {"", ".", ".."} for part in file.split("/")):
            raise ValueError("there must be no // . .. nor controls behind the first field")

    def file(self, *, ordinal: int, key: str, source: str, date: str) -> str:
        """Return the name, relative to the corpus, of an article's file."""
        year, month, day = date[:10].split("-")
        return self._template.format(
            ordinal=ordinal, key=key, source=slug(source), year=year, month=month, day=day
        )

    def files(self) -> dict[str, tuple[str, int]]:
        """Return the (key, ordinal) of every text file in the folder, by its relative name."""
        found: dict[str, tuple[str, int]] = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                if match := _NAME.search(name):
                    path = Path(folder, name).relative_to(self.root)
                    found[path.as_posix()] = (match["key"], int(match["ordinal"]))
        return found

    def write(self, file: str, data: bytes, *, durable: bool = True) -> bool:
        """Write *data* as *file*, whole or not at all; a crash leaves the old file or the new.

        Without *durable*, the file may be lost in a power cut until `sync` has returned. Return
        whether the file changed or is new. Raises ``OSError``.
        """
        path = self.root / file
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may write the same file.
        with replacement(path, f".{os.getpid()}{_UNFINISHED}", durable=durable) as stream:
            stream.write(data)
        return True

    def rename(self, file: str, to: str) -> None:
        """Rename the text *file*, if it is there; one called *to* already stays as it is.

        Raises ``OSError``.
        """
        path, target = self.root / file, self.root / to
        if target.exists():
            path.unlink(missing_ok=True)
        elif path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)

    def remove(self, file: str) -> None:
        """Remove the text *file*, if it is there. Raises ``OSError``."""
        (self.root / file).unlink(missing_ok=True)

    def remove_unfinished(self) -> int:
        """Remove what killed processes left of files; nobody else may write. Return how many."""
        found = [path for path in self.root.rglob(f".*{_UNFINISHED}") if path.is_file()]
        for path in found:
            path.unlink()
        return len(found)

    def sync(self, files: Iterable[str]) -> None:
        """Return once *files* are on the disk. Raises ``OSError``."""
        sync(self.root / file for file in files)
