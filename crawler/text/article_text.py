"""A cleaned article's text, its document and its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from crawler.text import seed
from crawler.text.fingerprint import TextFingerprint, text_digest
from crawler.text.minhash import sketch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


@dataclass(frozen=True)
class ArticleText:
    """Day (YYYY-MM-DD), headline and paragraphs; document and fingerprint are made only once."""

    day: str
    title: str
    paragraphs: tuple[str, ...]

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Return the text of an item with the *fields* of `crawler.items.Article`."""
        text = fields["text"]
        paragraphs = tuple(text.split("\n")) if text else ()
        return cls(fields["date"][:10], fields.get("title") or "", paragraphs)

    @property
    def seed_document(self) -> seed.SeedDocument:
        """The text as the seed format has it."""
        return seed.SeedDocument(self.day, self.title, self.paragraphs)

    @cached_property
    def document(self) -> bytes:
        """The bytes of the text file. Raises `crawler.text.seed.SeedFormatError`."""
        return seed.write(self.seed_document)

    @cached_property
    def digest(self) -> bytes:
        """The digest of headline and paragraphs, without the day."""
        return text_digest(self.title, self.paragraphs)

    @cached_property
    def fingerprint(self) -> TextFingerprint:
        """The fingerprint by which copies of the text are found."""
        return TextFingerprint(self.digest, sketch(self.paragraphs))
