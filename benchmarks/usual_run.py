"""What a run costs on a large WordPress site that has nothing new: the whole list, and usual runs.

    python -m benchmarks.usual_run [--posts N] [--runs N] [--daily N]

A site that makes up its posts as they are asked for, ``--daily`` a day, and an archive that holds
them all: rows of its ledger, written directly. The whole list is walked once, then usual runs
follow. CPU seconds are those of all processes of the crawl, medians of the runs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks._filled import RECORD, crawl, hold, place
from benchmarks._process import Cost
from crawler.sources.arguments import default_source
from crawler.state.backends import open_store
from crawler.state.identity import article_key
from crawler.state.store import Holding
from crawler.warc.index_levels import file_of_warc, write_index_file

TIMEOUT = 1800.0
WARC = "newsreel-filled-20200101000000-00000.warc.gz"
AT_ONCE = 1000


class ManyPosts(ThreadingHTTPServer):
    """A WordPress site of *count* posts, *daily* a day up to now; ``asked`` are its requests."""

    daemon_threads = True

    def __init__(self, count: int, daily: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.home = f"http://127.0.0.1:{self.server_port}/"
        now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
        step = timedelta(days=1) / daily
        first = now - step * count
        self.dates = [
            (first + step * number).isoformat(timespec="seconds") for number in range(count)
        ]
        self.asked: list[str] = []

    def post(self, number: int) -> dict[str, Any]:
        """Return what a list has of post *number*."""
        date = self.dates[number]
        return {
            "id": number + 1,
            **dict.fromkeys(("date", "date_gmt", "modified", "modified_gmt"), date),
            "guid": {"rendered": f"{self.home}?p={number + 1}"},
            "link": f"{self.home}{number + 1}/",
        }

    def posts(self, query: dict[str, str]) -> tuple[list[dict[str, Any]], int]:
        """Return a page of the list that *query* asks for, and how many posts are on it."""
        bound = max(query.get("after", ""), query.get("modified_after", ""))
        first = bisect_right(self.dates, bound)
        begin = first + int(query.get("offset", 0))
        end = min(begin + int(query.get("per_page", 10)), len(self.dates))
        return [self.post(number) for number in range(begin, end)], len(self.dates) - first


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ManyPosts

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        parts = urlsplit(self.path)
        value, total = self._answer(parts.path, dict(parse_qsl(parts.query)))
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(200 if value else 404)
        self.send_header("Content-Type", "application/json" if total else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-WP-Total", str(total))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, str]) -> tuple[Any, int]:
        if path == "/":
            return '<html><link rel="https://api.w.org/" href="/wp-json/"></html>', 0
        if path == "/wp-json/":
            return {"namespaces": ["wp/v2"]}, 1
        return self.server.posts(query) if path == "/wp-json/wp/v2/posts" else ("", 0)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for the whole walk and one for the usual runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=50_000)
    parser.add_argument("--daily", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="newsreel-usual-") as name,
        _serving(ManyPosts(options.posts, options.daily)) as site,
    ):
        archives = Path(name) / "archives"
        fill(archives, site)
        print(line("whole walk", site, [walk(archives, site)], archives), flush=True)
        costs = [walk(archives, site) for _ in range(options.runs)]
        print(line("usual run", site, costs, archives), flush=True)
    return 0


def line(what: str, site: ManyPosts, costs: Sequence[Cost], archives: Path) -> str:
    """Return the result of the runs that cost *costs*; the last one's report says what it was."""
    report = json.loads(max((archives / "reports").glob("*.json")).read_text(encoding="utf-8"))
    return (
        f"{what} ({report['stats']['wordpress/walk']}): {len(site.asked)} requests, "
        f"{median(cost.cpu for cost in costs):.2f} CPU s, "
        f"{median(cost.wall for cost in costs):.1f} s wall, "
        f"{median(cost.peak_rss for cost in costs) / 1024:.0f} MB; {report['articles']}"
    )


def walk(archives: Path, site: ManyPosts) -> Cost:
    """Crawl the site into *archives*, and return what it cost. Raises CommandError."""
    site.asked.clear()
    return crawl(archives, site.home, TIMEOUT, WORDPRESS_WALK_EVERY=86_400)


def fill(archives: Path, site: ManyPosts) -> None:
    """Have the archive hold all posts of *site*."""
    count = len(site.dates)
    for folder in ("warc", "text", "index"):
        (archives / folder).mkdir(parents=True)
    (archives / "warc" / WARC).write_bytes(bytes(count * RECORD))
    write_index_file(file_of_warc(archives / "index", WARC), [], {WARC: count * RECORD})
    with closing(open_store(f"sqlite:{archives / 'ledger.sqlite'}")) as store:
        for first in range(0, count, AT_ONCE):
            held = [holding(site, n) for n in range(first, min(first + AT_ONCE, count))]
            hold(store, WARC, count, held)


def holding(site: ManyPosts, number: int) -> Holding:
    """Return post *number* as the ledger has it."""
    post = site.post(number)
    guid, date = post["guid"]["rendered"], post["date"]
    key = article_key(guid, date)
    ref = place(post["link"], f"00000000-0000-0000-0000-{number:012d}", WARC, number)
    return Holding(
        key=key,
        source=default_source(site.home),
        guid=guid,
        date=date,
        modified=post["modified"],
        url=post["link"],
        text_digest=bytes(32),
        ordinal=number,
        file=f"{number:03d}_{key}.txt",
        conversion=ref,
        origin=ref,
    )


@contextmanager
def _serving(server: ManyPosts) -> Iterator[ManyPosts]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
