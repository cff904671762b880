"""The card of an exported folder: README.md as Hugging Face has it, and as people read it.

https://huggingface.co/docs/hub/datasets-manual-configuration: without its ``configs``, ``datasets``
takes names of files such as ``test-herald-2024`` for splits, and leaves out the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler import __version__
from crawler.export.export_counts import counted
from crawler.export.row_columns import COLUMNS

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from crawler.export.export_counts import ExportCounts

MARK = "# A corpus exported by Newsreel"
"""The line by which an export is told from a folder of somebody's."""

_LISTED = 50  # sources in the table
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))
_LARGE = ((10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))
_CREATIVE_COMMONS = re.compile(r"CC (BY(?:-[A-Z]{2}){0,2}) (\d\.\d)")
_CODE = re.compile(r"[a-z]{2,3}")
_DTYPES = {
    "text": "string",
    "day": "date32",
    "time": "timestamp[us]",
    "moment": "timestamp[us, tz=UTC]",
    "int": "int32",
    "long": "int64",
    "bool": "bool",
}
_HANDED_ON = {
    "txt": ("    sample_by: document",),
    "csv": ("    keep_default_na: false",),
}
_READ = {
    "parquet": (
        'pandas.read_parquet("data")',
        'polars.read_parquet("data/")',
        "duckdb.sql(\"FROM 'data/*.parquet'\")",
        'datasets.load_dataset(".", "articles")',
    ),
    "jsonl": (
        'pandas.concat(pandas.read_json(f, lines=True) for f in glob.glob("data/*.jsonl"))',
        'polars.read_ndjson("data/*.jsonl")',
        "duckdb.sql(\"FROM read_json('data/*.jsonl', union_by_name=true)\")",
        'datasets.load_dataset(".", "articles")',
    ),
    "csv": (
        'pandas.concat(pandas.read_csv(f, keep_default_na=False) for f in glob.glob("data/*.csv"))',
        'polars.read_csv("data/*.csv", infer_schema=False)',
        "duckdb.sql(\"FROM read_csv('data/*.csv', all_varchar=true)\")",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the card says beside the *counts*: the format, and what was *asked* for, if not all.

    ``left_out`` is how many WARC files are not in it.
    """

    format: str
    counts: ExportCounts
    asked: str = ""
    left_out: int = 0


def dataset_card(facts: CardFacts) -> str:
    """Return the text of README.md."""
    return "\n".join([*_front_matter(facts), *_body(facts)]) + "\n"


def _front_matter(facts: CardFacts) -> Iterator[str]:
    counts = facts.counts
    yield from ("---", MARK, 'pretty_name: "News articles, collected by Newsreel"')
    yield from _licence(counts.licences)
    if codes := sorted(code for code in counts.languages if _CODE.fullmatch(code)):
        yield "language:"
        yield from (f'  - "{code}"' for code in codes)
    yield from ("size_categories:", f"  - {_size(counts.articles)}", "configs:")
    yield from _config("articles", "data", facts.format)
    if counts.history:
        yield from _config("history", "history", facts.format)
    if facts.format == "jsonl":
        yield "dataset_info:"
        for name in ("articles", *(["history"] if counts.history else ())):
            yield from _features(name)
    yield "---"


def _config(name: str, folder: str, suffix: str) -> Iterator[str]:
    yield f"  - config_name: {name}"
    if name == "articles":
        yield "    default: true"
    # What `datasets` hands to its reader of such files, so that types are the same in all of them.
    yield from _HANDED_ON.get(suffix, ())
    yield from ("    data_files:", "      - split: train")
    yield f"        path: {folder}/{'*/' if suffix == 'txt' else ''}*.{suffix}"


def _features(name: str) -> Iterator[str]:
    """Yield the types of the columns: a file may lack one that is null in all of its rows."""
    yield from (f"  - config_name: {name}", "    features:")
    for column in COLUMNS:
        what = "sequence: string" if column.kind == "texts" else f"dtype: {_DTYPES[column.kind]}"
        yield from (f"      - name: {column.name}", f"        {what}")


def _licence(licences: Counter[str]) -> Iterator[str]:
    """Yield the field ``license``: a name that Hugging Face knows, if one holds for all."""
    known = [_CREATIVE_COMMONS.fullmatch(name) for name in licences]
    if len(known) == 1 and (found := known[0]):
        yield f"license: cc-{found[1].lower()}-{found[2]}"
    else:
        yield f"license: {'other' if any(licences) else 'unknown'}"


def _size(articles: int) -> str:
    return next((name for most, name in (*_SIZES, *_LARGE) if articles < most), "n>1B")


def _body(facts: CardFacts) -> Iterator[str]:
    counts = facts.counts
    yield from ("", "# News articles", "")
    held = f"{counted(counts.articles, 'article')} of {counted(len(counts.sources), 'source')}"
    yield f"{held}, published from {counts.first} to {counts.last}, as Newsreel {__version__}"
    yield f"holds them{f': {_cell(facts.asked)}' if facts.asked else ''}."
    yield ""
    yield f"- copies of earlier ones (`is_copy`): {counts.copies}"
    yield f"- no longer on their sites (`gone`): {counts.gone}"
    yield f"- not the whole story (`incomplete`): {counts.incomplete}"
    if counts.history:
        yield f"- earlier texts, in `history/`: {counts.history}"
    if facts.left_out:
        yield f"- WARC files left out, which kill who reads them: {facts.left_out}"
    yield from _reading(facts.format)
    yield from _table("Source", counts.sources)
    yield from _table("Year", counts.years, by_name=True)
    yield from _table("Language", counts.languages)
    yield from _table("Licence", counts.licences)
    yield from _how(counts)
    if facts.format != "txt":
        yield from _columns()


def _reading(name: str) -> Iterator[str]:
    if lines := _READ.get(name):
        yield from ("", "## Open it", "", "```python", *lines, "```")


def _table(what: str, counts: Counter[str], *, by_name: bool = False) -> Iterator[str]:
    yield from ("", f"## By {what.lower()}", "", f"| {what} | Articles |", "|---|---|")
    ranked = sorted(counts.items(), key=lambda item: item[0] if by_name else (-item[1], item[0]))
    for name, count in ranked[:_LISTED]:
        yield f"| {_cell(name) or 'not known'} | {count} |"
    if rest := ranked[_LISTED:]:
        yield f"| {len(rest)} others | {sum(count for _, count in rest)} |"


def _how(counts: ExportCounts) -> Iterator[str]:
    made = ", ".join(_cell(name) or "not known" for name in sorted(counts.extractors)[:_LISTED])
    yield from ("", "## How it was made", "")
    yield "Newsreel crawled the sources and archived what came over the wire (WARC). Headline and"
    yield "paragraphs were taken out of that, without navigation, share bars, bylines, captions and"
    yield "the like; the columns `warc_file`, `warc_offset` and `warc_record_id` name the record of"
    yield "each text in that archive. Articles are sorted by source, date and key. Extractor:"
    yield f"{made}."
    yield ""
    yield "The texts belong to their publishers. `licence` is what is known of the licence of a"
    yield "source; where it is not known, none was found."


def _columns() -> Iterator[str]:
    yield from ("", "## Columns", "", "| Column | Type | Meaning |", "|---|---|---|")
    yield from column_lines()


def column_lines() -> Iterator[str]:
    """Yield a line for each column."""
    kinds = {"text": "string", "day": "date", "time": "time without zone", "moment": "time, UTC"}
    kinds |= {"texts": "list of strings", "int": "int32", "long": "int64", "bool": "bool"}
    for column in COLUMNS:
        null = "" if column.needed or column.kind == "texts" else " or null"
        yield f"| `{column.name}` | {kinds[column.kind]}{null} | {column.meaning} |"


def _cell(text: str) -> str:
    """Return *text*, which a site may have chosen, as one cell."""
    shown = "".join(c if c.isprintable() else " " for c in text[:200])
    return re.sub(r"([\\|<>\[\]`*_&])", r"\\\1", shown)
