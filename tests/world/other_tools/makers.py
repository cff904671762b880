"""Makes archives with other people's tools, each in its own way."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.running import ROOT
from tests.world.judges.replay import FOLDER as REPLAYWEB
from tests.world.other_tools import proxies, tools

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Maker:
    """A tool: ``make(folder, urls)`` asks for *urls* and gives the files it wrote below *folder*.

    ``missing`` says why it cannot be run here, empty if it can. With ``twice`` it asks once more
    for everything, at a later date, and writes those answers as revisits.
    """

    name: str
    make: Callable[[Path, Sequence[str]], list[Path]]
    missing: Callable[[], str]
    twice: bool = False


def wget(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Follow the links of every page too."""
    _wget(folder, urls, "--warc-file=wget", "--compression=auto")
    return [folder / "wget.warc.gz"]


def wget_uncompressed(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Neither the WARC nor what the site sends is compressed."""
    _wget(folder, urls, "--warc-file=wget", "--no-warc-compression")
    return [folder / "wget.warc"]


def wget_twice(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Archive *urls* twice: the second file has nothing but revisits of the first."""
    _wget(folder, urls, "--warc-file=first", "--warc-cdx")
    time.sleep(1)  # its dates have seconds
    _wget(folder, urls, "--warc-file=second", "--warc-dedup=first.cdx")
    return [folder / "first.warc.gz", folder / "second.warc.gz"]


def py_wacz(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Return both files of `wget_twice` in one WACZ."""
    warcs = wget_twice(folder, urls)
    tools.run(folder, tools.JUDGES / "wacz", "create", "--output", "packed.wacz", *warcs)
    for warc in warcs:
        warc.unlink()
    return [folder / "packed.wacz"]


def _wget(folder: Path, urls: Sequence[str], *options: str) -> None:
    own = "--no-config --no-proxy --no-verbose --recursive --level=1 --directory-prefix=tree"
    tools.run(folder, "wget", *own.split(), *options, *urls)


def capture_http(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Return what Python's own ``http.client`` reads."""
    warc = folder / "capture.warc.gz"
    tools.run(ROOT, sys.executable, "-m", "tests.world.other_tools.capturing", warc, *urls)
    return [warc]


def warcprox(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Twice through the proxy, which is started anew: the second file has only revisits."""
    for _ in range(2):
        with proxies.warcprox(folder) as proxy:
            proxies.ask(proxy, urls)
    return sorted((folder / "warcs").glob("*.warc.gz"))


def pywb(folder: Path, urls: Sequence[str]) -> list[Path]:
    """pywb's proxy, recording."""
    with proxies.pywb(folder) as proxy:
        proxies.ask(proxy, urls)
    return list((folder / "collections" / "news" / "archive").glob("*.warc.gz"))


def scrapy_webarchive(folder: Path, urls: Sequence[str]) -> list[Path]:
    """Return a WACZ of a Scrapy crawl, made of what the downloader middleware sees."""
    settings = {
        "EXTENSIONS": json.dumps({"scrapy_webarchive.extensions.WaczExporter": 543}),
        "SW_EXPORT_URI": "archives/",
        "REQUEST_FINGERPRINTER_IMPLEMENTATION": "2.7",
        "TELNETCONSOLE_ENABLED": "False",
        "COOKIES_ENABLED": "False",
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    asked = f"urls={json.dumps(urls)}"
    python, spider = tools.PEERS / "python", HERE / "url_spider.py"
    tools.run(folder, python, "-m", "scrapy", "runspider", spider, "-a", asked, *options)
    return list((folder / "archives").glob("*.wacz"))


def archiveweb(folder: Path, urls: Sequence[str]) -> list[Path]:
    """ArchiveWeb.page in Chromium: what a browser understood of the answers, as a WACZ."""
    wacz = folder / "archiveweb.wacz"
    chromium = shutil.which("chromium") or "chromium-browser"
    known = (chromium, REPLAYWEB / "node_modules", tools.ARCHIVEWEB, wacz)
    tools.run(folder, "node", HERE / "record.mjs", *known, *urls, env={"HOME": str(folder)})
    return [wacz]


MAKERS = (
    Maker("wget", wget, tools.wget),
    Maker("wget, uncompressed", wget_uncompressed, tools.wget),
    Maker("wget, twice", wget_twice, tools.wget, twice=True),
    Maker("wget, twice, py-wacz", py_wacz, lambda: tools.wget() or tools.judges(), twice=True),
    Maker("capture_http", capture_http, str),
    Maker("warcprox", warcprox, tools.judges, twice=True),
    Maker("pywb", pywb, tools.judges),
    Maker("scrapy-webarchive", scrapy_webarchive, tools.peers),
    Maker("ArchiveWeb.page", archiveweb, tools.archiveweb),
)
