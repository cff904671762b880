"""What the service answers: files below ``site``, one folder an edition; or in any other folder.

The answer for ``/world/x?page=2`` is the file ``world/x@page=2`` or else ``world/x``, with or
without ``.html``, of the latest edition that has it. ``NAME.status`` beside it holds another status
and where it leads (``301 {home}/y``). An address with a slash too many or too few leads to the
right one. ``NAME.gz`` is the file ``NAME``, compressed. Files may hold the words of `_WORDS`, and
``{home}`` and ``{elsewhere}``, the URLs of the hosts.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

SITE = Path(__file__).parent / "site"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml",
    ".rdf": "application/rdf+xml",
    ".json": "application/feed+json",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
}
_WORDS: dict[str, Callable[[], str]] = {
    "{attributes}": lambda: "".join(f' data-{n}="{n}"' for n in range(200_000)),
    "{divs}": lambda: "<div>" * 5_000,
    "{random}": lambda: secrets.token_hex(8),
}


@dataclass(frozen=True)
class Answer:
    """An answer to a request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def answer(editions: Sequence[str], target: str, names: Mapping[str, str]) -> Answer:
    """Return what the *editions* have for the request *target*; 404 without an answer."""
    if found := _find(editions, target, names):
        return found
    other = target.rstrip("/") if target.endswith("/") else f"{target}/"
    if _find(editions, other, names):
        return Answer(301, {"Location": names["home"] + other})
    return Answer(404, {"Content-Type": _TYPES[".html"]}, b"<h1>Not found</h1>")


def _find(editions: Sequence[str], target: str, names: Mapping[str, str]) -> Answer | None:
    for name in _names(target):
        for edition in reversed(editions):
            if found := _read(SITE / edition / name, names):
                return found
    return None


def _names(target: str) -> Iterator[str]:
    path, _, query = target.partition("?")
    name = path.strip("/") + ("/index" if path.endswith("/") else "")
    name = name.lstrip("/")
    if query:
        yield f"{name}@{query}"
    yield name


def _read(path: Path, names: Mapping[str, str]) -> Answer | None:
    if ".." in path.parts:
        return None
    if path.suffix == ".gz":
        found = _read(path.with_suffix(""), names)
        return found and Answer(200, {"Content-Type": "application/gzip"}, _gzip(found.body))
    status = path.with_name(f"{path.name}.status")
    page = next(filter(Path.is_file, (path, path.with_name(f"{path.name}.html"))), None)
    if page is None and not status.is_file():
        return None
    body = _body(page.read_bytes(), names) if page else b""
    kind = {"Content-Type": _TYPES[page.suffix.partition("@")[0] if page else ".html"]}
    if not status.is_file():
        return Answer(200, kind, body)
    code, _, location = _filled(status.read_text(encoding="utf-8").strip(), names).partition(" ")
    return Answer(int(code), kind | ({"Location": location} if location else {}), body)


def _body(content: bytes, names: Mapping[str, str]) -> bytes:
    try:
        return _filled(content.decode(), names).encode()
    except UnicodeDecodeError:  # a page in another encoding, or none of text
        return content


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, url in names.items():
        text = text.replace(f"{{{name}}}", url)
    for word, made in _WORDS.items():
        text = text.replace(word, made()) if word in text else text
    return text


_gzip = partial(gzip.compress, mtime=0)
