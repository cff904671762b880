"""The columns of what is exported: stated, never found out from the data.

A column whose type is found out is another one in a file in which it is empty, and then no tool
reads both files together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "day", "time", "moment", "texts", "int", "long", "bool"]
"""``time`` is the publisher's own, without a zone; ``moment`` is in UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; one that is not *needed* may be null. Lists are never null, but may be empty."""

    name: str
    kind: Kind
    meaning: str
    needed: bool = False


COLUMNS = (
    Column("key", "text", "identifies the article within its source", needed=True),
    Column("source", "text", "the name under which the site or service is held", needed=True),
    Column("guid", "text", "the publisher's identifier, normalised; may be empty", needed=True),
    Column("url", "text", "the address of the story, as it is now", needed=True),
    Column("title", "text", "the headline; may be empty", needed=True),
    Column("text", "text", "the paragraphs, one a line", needed=True),
    Column("day", "day", "the day of publication in the publisher's own time", needed=True),
    Column(
        "published",
        "time",
        "when it was published, in the publisher's own time; null if only the day is known",
    ),
    Column("published_utc", "moment", "the same in UTC, where it is known"),
    Column("modified", "time", "when the publisher changed it last, in its own time"),
    Column("modified_utc", "moment", "the same in UTC, where it is known"),
    Column("language", "text", "the primary subtag of `language_tag`: `de`"),
    Column("language_tag", "text", "BCP 47: `de`, `de-CH`"),
    Column(
        "language_from",
        "text",
        "where it comes from: `article` (what the crawl found in page, "
        "post or text), `home page` (`<html lang>` of the site's home page in the archive) or "
        "`text` (guessed from its words)",
    ),
    Column("authors", "texts", "as the publisher names them; of wires agencies and sites too"),
    Column("sections", "texts", "sections or categories"),
    Column("tags", "texts", "tags or keywords"),
    Column("agency", "text", "the news agency that the story says it is of"),
    Column("dateline", "text", "place and agency that stood in front of the first sentence"),
    Column("syndicated_from", "text", "where the text says that it appeared first"),
    Column("licence", "text", "what the entry of the source in the sources file says"),
    Column(
        "copy_group",
        "text",
        "the same for all copies of a text: the key of the earliest; null if there is no other",
    ),
    Column("copy_of", "text", "the key of the earliest copy that was known when it was collected"),
    Column("is_copy", "bool", "there is an earlier one in its copy group", needed=True),
    Column("flags", "texts", "what cleaning the text found remarkable"),
    Column("incomplete", "text", "the evidence that the text is not the whole story; null: none"),
    Column("revisions", "int", "how many other texts the article had", needed=True),
    Column("paragraphs", "int", "how many paragraphs the text has", needed=True),
    Column(
        "captured",
        "moment",
        "when that was recorded which the text was read from; null for imported texts",
    ),
    Column("collected", "moment", "when the first text of the article was archived"),
    Column("extracted", "moment", "when this text was made and archived"),
    Column(
        "gone", "moment", "since when its site has it no more (found in two runs); null: it has"
    ),
    Column("aliases", "texts", "other keys that it is held under: re-dated, moved"),
    Column("post", "text", "the post of a REST API that it is: `posts/12`"),
    Column("ordinal", "int", "the number in the name of its text file", needed=True),
    Column("file", "text", "its text file, below the folder of texts", needed=True),
    Column(
        "text_sha256",
        "text",
        "SHA-256 of headline and paragraphs in normal form, hexadecimal: "
        "the same for the same text",
        needed=True,
    ),
    Column(
        "file_sha256", "text", "SHA-256 of the bytes of the text file, hexadecimal", needed=True
    ),
    Column("extractor", "text", "what made the text, and its version"),
    Column("warc_file", "text", "the WARC file that has the text; null without an archive"),
    Column("warc_offset", "long", "the byte of that file at which the record of the text begins"),
    Column("warc_record_id", "text", "the WARC-Record-ID of that record"),
    Column(
        "origin_file",
        "text",
        "the WARC file of the record that the text was read from, as it was called then",
    ),
    Column("origin_offset", "long", "the byte at which that record began"),
    Column("origin_record_id", "text", "the WARC-Record-ID of that record"),
)
