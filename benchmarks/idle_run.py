"""What a run that brings nothing new costs in a large archive, against the same in a small one.

    python -m benchmarks.idle_run [--articles N …] [--runs N] [--no-texts]

A crawl of the demonstration site makes an archive. Copies of it get articles of other sources:
rows of the ledger, WARC files of 1,000 articles each, their index and their texts, all written
directly. Then the same crawl runs again in each, which brings nothing. CPU seconds are those of
all its processes, medians of the runs; the first one after the making is not counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks._filled import RECORD, crawl, hold, place
from benchmarks._process import Cost
from crawler.state.backends import open_store
from crawler.state.store import Holding
from crawler.warc.index_levels import file_of_warc, merge_full_levels, write_index_file
from demo.server import serve
from demo.site import harbour_site

FILE_ARTICLES = 1000
TIMEOUT = 600.0
FIRST_ORDINAL = 1000  # behind those of the site


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-texts", action="store_true", help="leave out the text files")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="newsreel-idle-") as name,
        serve(harbour_site()) as site,
    ):
        small = Path(name) / "small"
        crawl(small, site.home, TIMEOUT)
        base = idle(small, site.home, options.runs)
        print(line(0, base, base), flush=True)
        for size in options.articles:
            large = Path(name) / f"{size}"
            shutil.copytree(small, large)
            fill(large, size, with_texts=not options.no_texts)
            print(line(size, idle(large, site.home, options.runs), base), flush=True)
            shutil.rmtree(large)
    return 0


def line(size: int, cost: Cost, base: Cost) -> str:
    """Return the result for *size* articles beside those of the site."""
    return (
        f"{size:>9,} articles: {cost.cpu:.2f} CPU s ({cost.cpu / base.cpu:.2f}), "
        f"{cost.peak_rss / 1024:.0f} MB ({cost.peak_rss / base.peak_rss:.2f}), "
        f"{cost.wall:.2f} s wall"
    )


def idle(archives: Path, home: str, runs: int) -> Cost:
    """Return the median cost of a crawl that brings nothing."""
    crawl(archives, home, TIMEOUT)
    costs = [crawl(archives, home, TIMEOUT) for _ in range(runs)]
    return Cost(
        wall=median(cost.wall for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        peak_rss=round(median(cost.peak_rss for cost in costs)),
    )


def fill(archives: Path, size: int, *, with_texts: bool) -> None:
    """Add *size* articles to the archive."""
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        for first in range(0, size, FILE_ARTICLES):
            name = f"newsreel-filled-20200101000000-{first // FILE_ARTICLES:05d}.warc.gz"
            held = [holding(name, number) for number in range(first, first + FILE_ARTICLES)]
            (archives / "warc" / name).write_bytes(bytes(FILE_ARTICLES * RECORD))
            index = file_of_warc(archives / "index", name)
            lines = sorted(map(index_line, held))
            write_index_file(index, lines, {name: FILE_ARTICLES * RECORD})
            hold(store, name, FILE_ARTICLES, held)
            if with_texts:
                for article in held:
                    (archives / "text" / article.file).write_bytes(b"text\n")
    merge_full_levels(archives / "index")


def holding(name: str, number: int) -> Holding:
    """Return article *number* as the ledger has it."""
    digest = hashlib.sha256(b"%d" % number).digest()
    key = digest.hex()[:16]
    uri = f"https://filled.example/{number}"
    ref = place(uri, digest.hex()[:32], name, number % FILE_ARTICLES)
    return Holding(
        key=key,
        source="filled.example",
        guid=ref.uri,
        date="2020-01-01T00:00:00",
        modified="2020-01-01T00:00:00",
        url=ref.uri,
        text_digest=digest,
        ordinal=FIRST_ORDINAL + number,
        file=f"{FIRST_ORDINAL + number:03d}_{key}.txt",
        conversion=ref,
        origin=ref,
    )


def index_line(article: Holding) -> str:
    """Return the line of the capture that *article* comes from."""
    ref = article.origin
    assert ref
    number = article.ordinal
    fields = {"url": ref.uri, "mime": "text/html", "status": "200", "filename": ref.file}
    places = {"length": str(ref.length), "offset": str(ref.offset)}
    return f"example,filled)/{number} 20200101000000 {json.dumps(fields | places)}\n"


if __name__ == "__main__":
    raise SystemExit(main())
