"""What an export costs in time and memory, by the ledger and by WARC files alone.

    python -m benchmarks.corpus_export [--articles N …]

Makes an archive of made-up stories of 400 words in 100 sources and ten years, one in 50 of them a
copy of an earlier one, with its ledger, and exports it in each format.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks._process import measure
from crawler.archive.article_records import article_records
from crawler.archive.folder import sealed_warcs
from crawler.items import RecordRef
from crawler.state.backends import open_store
from crawler.state.identity import article_key
from crawler.state.store import Holding, WarcFile
from crawler.text import minhash
from crawler.text.article_text import ArticleText
from crawler.warc.records import new_id
from crawler.warc.writer import WarcWriter

PROJECT = Path(__file__).resolve().parent.parent
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
SOURCES, WORDS, VOCABULARY = 100, 400, 20_000
COPIES = 50  # one of so many
BATCH = 500
TIMEOUT = 3600.0
WAYS: tuple[tuple[str, ...], ...] = (
    ("parquet",),
    ("jsonl",),
    ("csv",),
    ("parquet", "--from", "{}/warc"),
    ("parquet", "--source", "source-007"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000])
    for size in parser.parse_args(arguments).articles:
        with tempfile.TemporaryDirectory(prefix="newsreel-export-") as name:
            folder = Path(name)
            make(folder / "archives", size)
            for number, way in enumerate(WAYS):
                print(f"{size:>8,} articles: {export(folder, way, f'x{number}')}", flush=True)
    return 0


def export(folder: Path, way: Sequence[str], name: str) -> str:
    """Export the archive in *folder* as *way* says, and return what that cost."""
    archives, target = folder / "archives", folder / name
    words = [word.replace("{}", str(archives)) for word in way]
    command = [sys.executable, "-m", "scrapy", "export", "-s", f"ARCHIVES_DIR={archives}"]
    env = {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(PROJECT)}
    cost = measure([*command, "-o", str(target), "--format", *words], folder, TIMEOUT, env=env)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return (
        f"{' '.join(way):<32} {cost.wall:6.1f} s, {cost.cpu:6.1f} CPU s, "
        f"{cost.peak_rss / 1024:4.0f} MB of memory, {size / 1e6:6.1f} MB written"
    )


def make(archives: Path, size: int, first: int = 0) -> None:
    """Make an archive of *size* articles in the folder *archives*, or add those from *first* on."""
    pick = random.Random(7 + first)
    texts = made_texts(pick)
    writer = WarcWriter(archives / "warc", "bench", software="newsreel")
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        for start in range(first, size, BATCH):
            numbers = range(start, min(start + BATCH, size))
            with store.transaction():
                for number in numbers:
                    held, text, fields = made_article(number, next(texts), pick)
                    (ref, _) = writer.write(article_records(fields, text.document, held, "new"))
                    store.add([_at(held, ref)])
                    sketch = text.fingerprint.sketch
                    store.put_sketch(held.key, held.source, minhash.algorithm(), sketch)
        store.put_fact("sketched", minhash.algorithm())
        writer.close()
        for path in sealed_warcs(archives / "warc"):
            store.put_warc(WarcFile(name=path.name, size=path.stat().st_size, sealed=True))


def made_texts(pick: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield the paragraphs of stories, some of which came before."""
    vocabulary = [f"{pick.choice(('', 'Re', 'un', 'Mar'))}w{n:x}" for n in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))
    before: list[tuple[str, ...]] = []
    while True:
        if before and pick.randrange(COPIES) == 0:
            yield pick.choice(before)
            continue
        words = pick.choices(vocabulary, cum_weights=weights, k=WORDS)
        story = tuple(" ".join(words[n : n + 50]) for n in range(0, WORDS, 50))
        before = [*before[-200:], story]
        yield story


def made_article(
    number: int, paragraphs: tuple[str, ...], pick: random.Random
) -> tuple[Holding, ArticleText, dict[str, Any]]:
    """Return the *number*-th article, with its text and what its record says."""
    moment = FIRST + timedelta(minutes=53 * number)
    date, source = f"{moment:%Y-%m-%dT%H:%M:%S}", f"source-{pick.randrange(SOURCES):03}"
    guid = f"https://{source}.example/?p={number}"
    text = ArticleText(date[:10], f"Story {number} of the day", paragraphs)
    key = article_key(guid, date)
    ref = RecordRef(record_id=new_id(), uri=guid, date=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    held = Holding(
        key=key,
        source=source,
        guid=guid,
        date=date,
        modified=date,
        url=guid,
        text_digest=text.digest,
        ordinal=number,
        file=f"{number:03d}_{key}.txt",
        date_gmt=date,
        conversion=ref,
        origin=RecordRef(record_id=new_id(), uri=guid, date=ref.date, file="x.warc.gz", offset=9),
    )
    fields = {
        "source": source,
        "guid": guid,
        "date": date,
        "date_gmt": date,
        "modified": date,
        "modified_gmt": date,
        "url": guid,
        "key": key,
        "ordinal": number,
        "file": held.file,
        "language": "en",
        "authors": ["Nora Quill"],
        "categories": ["Town", "Harbour"],
        "tags": ["ferry"],
    }
    return held, text, fields


def _at(held: Holding, ref: RecordRef) -> Holding:
    return replace(held, conversion=ref)


if __name__ == "__main__":
    sys.exit(main())
