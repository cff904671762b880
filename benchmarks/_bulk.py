"""The tools that read an archive in bulk: ours, a plain loop, and the readers of others."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from benchmarks._news import NewsPage, record_id
from benchmarks._process import Cost, measure
from crawler.extensions.run_losses import INCOMPLETE

ROOT = Path(__file__).parents[1]

# news-please asks for Common Crawl's bucket first: without keys its client does not.
_NO_CLOUD = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class Archive:
    """The file at ``path``; below ``root`` it lies as below Common Crawl's base URL."""

    root: Path
    path: Path


@dataclass(frozen=True)
class Outcome:
    """The cost of a tool, the number of its articles, and the texts of the first pages by URL."""

    cost: Cost
    articles: int
    texts: dict[str, str]


@dataclass(frozen=True)
class Bench:
    """Has a tool read an archive that begins with *pages*, from within an empty folder.

    *readers* is an environment with fundus and news-please; a tool may take *limit* seconds. All
    methods raise `benchmarks._process.CommandError`.
    """

    pages: Sequence[NewsPage]
    readers: Path
    limit: float

    def newsreel(
        self, archive: Archive, folder: Path, *, workers: int, without: str = ""
    ) -> Outcome:
        """Run ``scrapy crawl warc``, whose texts are the conversion records.

        *without* names a part that is switched off (`benchmarks._ablations`).
        """
        archives = folder / "archives"
        scrapy = ["benchmarks._scrapy_without", without] if without else ["scrapy"]
        command = [sys.executable, "-m", *scrapy, "crawl", "warc", "-L", "WARNING"]
        command += ["-a", f"path={archive.path}"]
        command += ["-s", f"ARCHIVES_DIR={archives}", "-s", f"WARC_WORKERS={workers}"]
        env = {"PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "crawler.settings"}
        # Some of the pages are those of stories that are sold.
        cost = measure(command, folder, self.limit, env=env, codes=(0, INCOMPLETE))
        urls = {record_id(number): page.url for number, page in enumerate(self.pages, 1)}
        files = (archives / "warc").glob("*.warc.gz")
        found = [conversion for file in files for conversion in _conversions(file)]
        texts = {urls[origin]: text for origin, text in found if origin in urls}
        return Outcome(cost, len(found), texts)

    def plain(self, archive: Archive, folder: Path, *, reader: str = "plain") -> Outcome:
        """Run a loop of FastWARC and Trafilatura."""
        return self._reader(Path(sys.executable), reader, archive.path, folder)

    def news_please(self, archive: Archive, folder: Path) -> Outcome:
        """Run news-please's reader of CC-NEWS."""
        return self._reader(self._python, "news-please", archive.path, folder)

    def fundus(self, archive: Archive, folder: Path) -> Outcome:
        """Run fundus, which reads only from a server."""
        with _serve(archive.root) as url:
            return self._reader(self._python, "fundus", url, folder)

    @property
    def _python(self) -> Path:
        return self.readers / "bin" / "python"

    def _reader(self, python: Path, name: str, archive: Path | str, folder: Path) -> Outcome:
        urls, texts = folder / "urls.json", folder / "texts.json"
        urls.write_text(json.dumps([page.url for page in self.pages]), encoding="utf-8")
        what = [name, str(archive), str(urls), str(texts)]
        env = {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **_NO_CLOUD}
        command = [str(python), "-m", "benchmarks._readers", *what]
        cost = measure(command, folder, self.limit, env=env)
        found = json.loads(texts.read_text(encoding="utf-8"))
        return Outcome(cost, found["articles"], found["texts"])


def _conversions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the record id of the origin of each text, and its paragraphs."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.conversion):
            text = record.reader.read().decode()
            yield record.headers["WARC-Refers-To"], text.partition("\n")[2]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _serve(root: Path) -> Iterator[str]:
    """Serve the files below *root* while the block runs; yield the base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
