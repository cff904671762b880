"""Objects that an address names: one, those below a prefix, or those that a glob fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.storage.object_stores import asked, connected, obstore, split_address
from crawler.storage.remote_file import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = re.compile(r"[*?\[]")
_TOKEN = re.compile(r"(?P<deep>\*\*/?)|(?P<any>\*)|(?P<one>\?)|\[(?P<not>!?)(?P<set>[^\]/]+)\]|.")


def is_glob(address: str) -> bool:
    """Return whether *address* has wildcards: ``*``, ``?``, ``[…]``, or ``**`` at any depth."""
    return _MAGIC.search(address) is not None


def matching(address: str) -> Iterator[RemoteFile]:
    """Yield the objects that the glob *address* fits, or that lie below it, in no known order.

    Raises OSError, and ValueError for no address.
    """
    bucket, key = split_address(address)
    magic = _MAGIC.search(key)
    below = key[: key.rfind("/", 0, magic.start()) + 1] if magic else f"{key.rstrip('/')}/"
    fits = re.compile(_pattern(key)) if magic else None
    store = connected(bucket)
    pages = asked(address, obstore().list, store, below.strip("/"))
    while (page := asked(address, next, pages, None)) is not None:
        for found in page:
            if fits is None or fits.fullmatch(found["path"]):
                yield RemoteFile(f"{bucket}{_slash(bucket)}{found['path']}", found["size"])


def _slash(bucket: str) -> str:
    return "/" if not bucket.endswith(":///") else ""


def _pattern(glob: str) -> str:
    """Return the regular expression of *glob*; a star stops at a slash, two of them do not."""
    return "".join(map(_expression, _TOKEN.finditer(glob)))


def _expression(token: re.Match[str]) -> str:
    if token["deep"]:
        return "(?:.*/)?" if token["deep"].endswith("/") else ".*"
    if token["any"]:
        return "[^/]*"
    if token["one"]:
        return "[^/]"
    if token["set"]:
        chosen = token["set"].replace("\\", "\\\\").replace("^", "\\^")
        return f"[{'^' if token['not'] else ''}{chosen}]"
    return re.escape(token[0])
