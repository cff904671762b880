"""New entries of the user's sources file, written below those that are there."""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from crawler.sources.arguments import default_source
from crawler.sources.site import site_domain
from crawler.sources.sources_file import BadSourcesError, load

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NO_KEY = re.compile(r"[^a-z0-9]+")
_WORDS = ("add", "import")  # after `scrapy sources` they are no keys
_LONGEST_KEY = 40
_LONGEST_LINE = 90
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Value = str | bool | Sequence[str] | Sequence[Mapping[str, str]]


@dataclass(slots=True)
class NewEntry:
    """An entry that is to be written: its ``fields``, and ``notes`` that stand above it.

    ``address`` is what the user named.
    """

    key: str
    fields: dict[str, Value]
    notes: list[str] = field(default_factory=list)
    address: str = ""

    def add_tags(self, more: Sequence[str]) -> None:
        """Give it more tags."""
        tags = self.fields.get("tags", [])
        assert isinstance(tags, list)
        if more:
            self.fields["tags"] = list(dict.fromkeys([*tags, *more]))

    def as_toml(self) -> str:
        """Return the table, and a blank line above it."""
        lines = ["", *(f"# {_one_line(note)}" for note in self.notes), f"[{_key(self.key)}]"]
        lines += [f"{name} = {_value(value)}" for name, value in self.fields.items() if value != ""]
        return "\n".join(lines) + "\n"


def append_entries(path: Path, entries: Iterable[NewEntry]) -> None:
    """Write *entries* behind what the file at *path* holds, which stays as it is, byte for byte.

    The file is made if there is none. What would come of it is read before it is written. Raises
    `BadSourcesError` for a file that cannot be used, and OSError.
    """
    text = "".join(entry.as_toml() for entry in entries)
    with path.open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = file.readall()
        if before.startswith(_WIDE):
            raise BadSourcesError(f"the sources file {path}", "save it as UTF-8, not as UTF-16")
        if not before:
            text = text.removeprefix("\n")
        new = ("" if before.endswith(b"\n") or not before else "\n") + text
        if b"\r\n" in before:
            new = new.replace("\n", "\r\n")
        _check(path, before + new.encode())
        try:
            _append(file, new.encode())
        except OSError:
            file.truncate(len(before))  # half an entry would have nothing crawled any more
            raise


def _append(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]
    os.fsync(file.fileno())


def _check(path: Path, content: bytes) -> None:
    """Read *content* as a sources file. Raise `BadSourcesError`, which names the file at *path*."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, path.name)
        trial.write_bytes(content)
        try:
            load(trial)
        except BadSourcesError as error:
            raise BadSourcesError.of(str(error).replace(str(trial), str(path))) from None


def free_key(wanted: str, taken: Collection[str]) -> str:
    """Return a key like *wanted* that none of the entries *taken* has."""
    key = _NO_KEY.sub("-", wanted.lower()).strip("-")[:_LONGEST_KEY].strip("-") or "source"
    numbered = (f"{key}-{number}" for number in range(2, len(taken) + 4))
    return next(name for name in (key, *numbered) if name not in taken and name not in _WORDS)


def key_of_site(site: str) -> str:
    """Return what a site would be called: the name of its domain, and its folder."""
    domain = site_domain(site)
    host, *folder = default_source(site).split("/")
    first = domain.partition(".")[0] if not domain.replace(".", "").isdigit() else host
    return "-".join([first, *folder])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    parts = [it if isinstance(it, str) else _table(it) for it in value]
    parts = [_text(p) if isinstance(it, str) else p for p, it in zip(parts, value, strict=True)]
    line = f"[{', '.join(parts)}]"
    return line if len(line) <= _LONGEST_LINE else "[\n    " + ",\n    ".join(parts) + ",\n]"


def _table(value: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{name} = {_text(text)}" for name, text in value.items()) + " }"


def _text(text: str) -> str:
    """Return *text* as a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
