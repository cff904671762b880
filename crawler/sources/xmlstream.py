"""A reader of XML as sites publish it, record by record, whatever is wrong with it.

No tree is built, so memory stays flat. Nothing is expanded or fetched: all before the root element
is dropped, with the document type and its entities. Markup that stops the parser costs one record:
a new parser goes on behind it.

Source: Extensible Markup Language 1.0, fifth edition; XML Base; Namespaces in XML 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from itertools import accumulate, chain
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.sources.address import absolute_url
from crawler.sources.xmltext import CLOSINGS, is_one_tag, pieces, repaired, root

if TYPE_CHECKING:
    from lxml.etree import ParserTarget

LONGEST_CONTENT = 1 << 18

_LONGEST_TEXT = 1 << 14
_MOST_FIELDS = 500
_MOST_EVENTS = 8_000_000
_MOST_EVENTS_A_RECORD = 100_000
_MOST_RESTARTS = 2_000
_MOST_NAMES = 1_000


NAMESPACES = {
    "http://purl.org/atom/ns#": "atom",
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.google.com/schemas/sitemap-news/0.9": "news",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
}
_FOREIGN = "?"
# Feeds use prefixes without declaring them; these are declared for all.
_PREFIXES = {prefix: namespace for namespace, prefix in NAMESPACES.items()}
_DECLARED = " ".join(f'xmlns:{p}="{ns}"' for p, ns in _PREFIXES.items() if p not in ("", "xml"))


@dataclass(frozen=True, slots=True)
class Shape:
    """The elements to read.

    ``roots`` and ``records`` are names without prefix, ``fields`` paths below a record, or below
    the root for those outside records (``news:news/news:title``). Those of ``long_fields`` may have
    `LONGEST_CONTENT` letters; what is longer is cut.
    """

    roots: tuple[str, ...]
    records: tuple[str, ...]
    fields: frozenset[str]
    long_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A wanted element; ``base`` is the address to which its links are relative."""

    path: str
    attributes: Mapping[str, str]
    text: str
    base: str


@dataclass(slots=True)
class Record:
    """A record; ``name`` has no prefix.

    A record that ``is_broken`` has no end where it should be, so that fields may be missing.
    """

    name: str
    attributes: Mapping[str, str]
    base: str
    language: str = ""
    is_broken: bool = False
    fields: list[Field] = field(default_factory=list)

    def every(self, *paths: str) -> Iterator[Field]:
        """Yield the fields at *paths*, in the order of the paths."""
        for path in paths:
            yield from (field for field in self.fields if field.path == path)

    def text(self, *paths: str) -> str:
        """Return the text of the first field at *paths* that has any, else nothing."""
        return next((field.text for field in self.every(*paths) if field.text), "")


class Records:
    """An iterable of the records in the XML text *chunks*, which came from *url*.

    ``root`` is the name of the root element. ``outside`` has the fields that are in no record; it
    and ``problems`` are complete when the iteration ends. The constructor reads the first chunks
    and raises `NotThisXmlError`.
    """

    def __init__(self, chunks: Iterable[str], shape: Shape, url: str) -> None:
        self._chunks = iter(chunks)
        self._start, self.root, self._rest = root(self._chunks, shape.roots)
        records = rf"<(?:[\w.-]+:)?(?:{'|'.join(shape.records)})(?=[\s/>])"
        self._token = re.compile(rf"{records}|<!--|<!\[CDATA\[")
        self._empty = re.compile(
            rf"{records}\s{{0,9}}(?:/>|>\s{{0,99}}</[\w.:-]{{1,99}}\s{{0,9}}>)"
        )
        self._target = _ParserTarget(shape, url)
        self._restarts = 0
        self.outside = self._target.outside
        self.problems: list[str] = []

    def __iter__(self) -> Iterator[Record]:
        for piece in pieces(chain([self._rest], self._chunks), self._token):
            self._feed(piece)
            yield from self._target.finished()
            if self._restarts > _MOST_RESTARTS or self._target.events > _MOST_EVENTS:
                self.problems.append("too much or too broken to be read to its end")
                break
        self._target.restart()
        yield from self._target.finished()
        if self._target.broken:
            self.problems.append(f"{self._target.broken} broken records")
        if not self._target.is_closed:
            self.problems.append(f"cut or broken: <{self.root}> is never closed")

    def _feed(self, piece: str) -> None:
        if is_one_tag(piece):
            self._target.is_lost = True
            return
        piece = self._empty.sub("", piece, count=1)  # such a record holds nothing
        token = self._token.match(piece)
        is_start = token is not None and token[0] not in CLOSINGS
        if self._target.is_lost:
            if self._restarts and not is_start:
                return
            self._restart()
        seen = self._target.seen
        data = repaired(piece)
        self._parser.feed(data)
        if is_start and self._target.seen == seen:
            self._restart()
            self._parser.feed(data)

    def _restart(self) -> None:
        self._restarts += 1
        self._target.restart()
        self._parser = etree.XMLParser(
            target=cast("ParserTarget[None]", self._target),
            encoding="utf-8",
            recover=True,
            no_network=True,
        )
        self._parser.feed(f"<newsreel {_DECLARED}>".encode() + repaired(self._start))


@dataclass(slots=True)
class _Frame:
    """An open element; the text of an element that is no field goes to the field around it."""

    path: str
    base: str
    language: str
    text: StringIO | None = None
    longest: int = _LONGEST_TEXT
    attributes: Mapping[str, str] | None = None
    is_record: bool = False
    skipped: int = 0


class _ParserTarget:
    """The target of lxml's parser, which calls `start`, `end`, `data` and `close`.

    ``is_lost`` means that the parser cannot go on and a new one is needed; ``seen`` counts the
    starts of records, ``broken`` the records without an end.
    """

    def __init__(self, shape: Shape, url: str) -> None:
        self._shape = shape
        self._paths = set(chain.from_iterable(map(_paths_down_to, shape.fields)))
        self._url = url
        self._names: dict[str, str] = {}
        self._plain = ""
        self._finished: list[Record] = []
        self._record: Record | None = None
        self.outside = Record("", {}, url)
        self._frames: list[_Frame] = []
        self._skipped = 0
        self._events_in_record = 0
        self.is_lost = True
        self.is_closed = False
        self.events = 0
        self.seen = 0
        self.broken = 0

    def restart(self) -> None:
        """Forget all open elements, as a new parser knows none of them."""
        self._finish(is_broken=True)
        self._frames = []
        self._skipped = 0
        self._events_in_record = 0
        self.is_lost = False

    def finished(self) -> list[Record]:
        """Return the records that ended since the last call."""
        records, self._finished = self._finished, []
        return records

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._count_event()
        name = self._name(tag)
        if len(self._frames) < 2:
            self._start_root(tag, attributes)
            return
        prefix, _, local = name.rpartition(":")
        if local in self._shape.records:
            self.seen += 1
            if prefix in ("", "atom"):
                self._start_record(local, attributes)
                return
        around = self._frames[-1].path
        path = f"{around}/{name}" if around else name
        if self._skipped or path not in self._paths:
            self._skipped += 1
        else:
            self._start_element(path, attributes)

    def _start_root(self, tag: str, attributes: Mapping[str, str]) -> None:
        namespace, _ = _split(tag)
        if namespace not in NAMESPACES:
            self._plain = namespace
            self._names.clear()
        self._push("", self._named_attributes(attributes))

    def _start_element(self, path: str, attributes: Mapping[str, str]) -> None:
        named = self._named_attributes(attributes)
        frame = self._push(path, named)
        if path in self._shape.fields:
            frame.text, frame.attributes = StringIO(), named
            if path in self._shape.long_fields:
                frame.longest = LONGEST_CONTENT

    def _start_record(self, local: str, attributes: Mapping[str, str]) -> None:
        self.is_lost |= self._record is not None
        self._finish(is_broken=True)
        self._events_in_record = 0
        named = self._named_attributes(attributes)
        frame = self._push("", named)
        frame.text, frame.is_record = None, True
        frame.skipped, self._skipped = self._skipped, 0
        self._record = Record(local, named, frame.base, frame.language)

    def _push(self, path: str, attributes: Mapping[str, str]) -> _Frame:
        around = self._frames[-1] if self._frames else _Frame("", self._url, "")
        base, language = around.base, attributes.get("xml:lang", around.language)
        if "xml:base" in attributes:
            base = absolute_url(base, attributes["xml:base"]) or base
        frame = _Frame(path, base, language, around.text, around.longest)
        self._frames.append(frame)
        return frame

    def end(self, _tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._frames:
            self._end(self._frames.pop())

    def _end(self, frame: _Frame) -> None:
        self.is_closed |= len(self._frames) == 1
        if frame.is_record:
            self._skipped = frame.skipped
            self._finish(is_broken=False)
        elif frame.attributes is not None and frame.text is not None:
            fields = (self._record or self.outside).fields
            if len(fields) < _MOST_FIELDS:
                text = " ".join(frame.text.getvalue().split())
                fields.append(Field(frame.path, frame.attributes, text, frame.base))

    def data(self, data: str) -> None:
        self._count_event()
        frame = self._frames[-1] if self._frames else None
        text = frame.text if frame else None
        if frame and text is not None and text.tell() < frame.longest:
            text.write(data[: frame.longest])

    def _count_event(self) -> None:
        self.events += 1
        self._events_in_record += 1
        if self._events_in_record > _MOST_EVENTS_A_RECORD:
            self.is_lost = True

    def close(self) -> None:
        """Do nothing: `finished` has returned the records already."""

    def _finish(self, *, is_broken: bool) -> None:
        if self._record is not None:
            self._record.is_broken = is_broken
            self.broken += is_broken
            self._finished.append(self._record)
            self._record = None

    def _name(self, tag: str) -> str:
        """Return *tag*, ``{namespace}local``, as ``prefix:local``."""
        if tag not in self._names and len(self._names) < _MOST_NAMES:
            self._names[tag] = self._named(tag)
        return self._names.get(tag, _FOREIGN)

    def _named_attributes(self, attributes: Mapping[str, str]) -> dict[str, str]:
        return {self._name(key): value for key, value in attributes.items()}

    def _named(self, tag: str) -> str:
        namespace, local = _split(tag)
        prefix = "" if namespace in ("", self._plain) else NAMESPACES.get(namespace, _FOREIGN)
        return f"{prefix}:{local}" if prefix else local


def _paths_down_to(path: str) -> Iterator[str]:
    """Yield the paths of the elements around *path*, and *path* itself."""
    return accumulate(path.split("/"), "{}/{}".format)


def _split(tag: str) -> tuple[str, str]:
    """Return the namespace of *tag* and its local name; many write https in the namespace."""
    namespace, _, local = tag.rpartition("}")
    return namespace[1:].replace("https://", "http://", 1), local
