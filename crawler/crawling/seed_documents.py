"""Documents that are on disk already, clean texts and raw REST posts, as articles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin

from crawler.exceptions import BadArgumentError
from crawler.items import Article
from crawler.pages import rest_post
from crawler.sources.arguments import default_source
from crawler.sources.sniffing import document_kind
from crawler.sources.text_files import plain_text
from crawler.sources.tolerant_json import NotJsonError, decode
from crawler.text.seed import read

DEFAULT_SOURCE = "import"

_NAME = re.compile(r"^(?P<ordinal>\d{1,9})_(?P<key>[0-9a-f]{16})$")


def document_files(path: Path) -> Iterator[Path]:
    """Yield *path*, or all files below it that are not hidden, in the order of their names."""
    if not path.is_dir():
        yield path
        return
    found = (file.relative_to(path) for file in path.rglob("*"))
    visible = (file for file in found if not any(part[0] == "." for part in file.parts))
    yield from sorted(file for name in visible if (file := path / name).is_file())


def documents_in(path: str) -> list[Path]:
    """Return the `document_files` of *path*. Raises `BadArgumentError` if there are none."""
    if not path or not Path(path).exists():
        raise BadArgumentError("path", path, "name a document or a folder that exists")
    try:
        files = list(document_files(Path(path)))
    except OSError as error:
        raise BadArgumentError("path", path, f"{error.strerror}") from None
    if not files:
        raise BadArgumentError("path", path, "there is no file in it")
    return files


def read_articles(path: Path, data: bytes, source: str) -> list[Article]:
    """Return the articles in the document *data*, whose file is called *path*.

    Posts get the names of their sites where *source* is `DEFAULT_SOURCE`. Raises ``ValueError`` if
    it is no seed document.
    """
    data = plain_text(data)
    name = _NAME.match(path.stem)
    if not is_json(data):
        return [_clean_text(path, data, name, source)]
    articles = [_post(post, source) for post in _posts(data)]
    if name and len(articles) == 1:
        articles[0].ordinal = int(name["ordinal"])
    return articles


def is_json(data: bytes) -> bool:
    """Return whether *data* is JSON and no clean text."""
    return document_kind(data) in ("json", "json_feed")


def file_uri(path: Path) -> str:
    """Return the URI of a document's file, without its folders, which others need not know."""
    return f"file:///{quote(path.name)}"


def _post(post: object, source: str) -> Article:
    article = rest_post.article(post, source=source)
    if source == DEFAULT_SOURCE:
        article.source = default_source(urljoin(article.url, "/"))
    return article


def _posts(data: bytes) -> list[object]:
    try:
        decoded = decode(data)
    except NotJsonError as error:
        raise ValueError(f"neither a clean text nor a REST post: {error}") from None
    if "cut" in decoded.repairs:
        raise ValueError("the JSON is cut off")
    return decoded.value if isinstance(decoded.value, list) else [decoded.value]


def _clean_text(path: Path, data: bytes, name: re.Match[str] | None, source: str) -> Article:
    document = read(data)
    return Article(
        source=source,
        guid="",
        date=document.date,
        url=file_uri(path),
        ordinal=int(name["ordinal"]) if name else None,
        title=document.title,
        text="\n".join(document.paragraphs),
        key=name["key"] if name else hashlib.sha256(data).hexdigest()[:16],
    )
