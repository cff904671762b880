"""All of `scrapy browse` that needs datasette: both sites put together and served."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.export.browsing.browse_lists import made
from crawler.export.web.corpus_site import DATASETTE_POLICY, CorpusPages, datasette_of
from crawler.export.web.host_check import HostCheck
from crawler.export.web.page_templates import Templates
from crawler.export.web.replay_site import Origins, ReplaySite, StoryFiles
from crawler.export.web.serving import LOOPBACK, TwoPorts, listening, serve
from crawler.export.web.shown_capture import Captures

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.archive.folder import Archive
    from crawler.export.web.host_check import AsgiApp
    from crawler.export.web.shown_capture import ReadBody
    from crawler.export.web.viewer_files import ViewerFiles
    from crawler.state.store import Store


@dataclass(slots=True, frozen=True, kw_only=True)
class Browsing:
    """What is served: *database* over *archive*, which *store* is the ledger of.

    ``url`` and ``replay_url`` are where a real server in front of us is reached, or empty.
    """

    database: Path
    archive: Archive
    store: Store
    read_body: ReadBody
    viewer: ViewerFiles
    port: int
    url: str = ""
    replay_url: str = ""


def serve_corpus(browsing: Browsing, on_start: Callable[[str, str], None]) -> int:
    """Serve *browsing* until a signal ends it, and return that; *on_start* is told both addresses.

    Raises OSError.
    """
    sockets = listening(browsing.port)
    ports = [one.getsockname()[1] for one in sockets]
    with tempfile.TemporaryDirectory(prefix="newsreel-browse-") as folder:
        local = Origins(*(f"http://{LOOPBACK}:{port}" for port in ports))
        app = TwoPorts(*_sites(browsing, local, Path(folder)), replay_port=ports[1])
        return serve(app, sockets, lambda: on_start(f"{local.pages}/", f"{local.replay}/replay/"))


def _sites(browsing: Browsing, local: Origins, folder: Path) -> tuple[AsgiApp, AsgiApp]:
    """Return the pages and the captures, which answer for the names alone that are meant."""
    shown = Origins(browsing.url or local.pages, browsing.replay_url or local.replay)
    templates = Templates(built=_built(browsing.database))
    captures = Captures(browsing.archive, browsing.store, browsing.read_body)

    stories = StoryFiles(captures, browsing.store, templates, folder)
    pages = CorpusPages(
        stories,
        templates,
        shown,
        has_viewer=browsing.viewer.are_there,
        reports=browsing.archive.folder / "reports",
    )
    replay = ReplaySite(stories, browsing.viewer, templates, shown)
    policy = ((b"content-security-policy", DATASETTE_POLICY.encode()),)
    return (
        HostCheck(
            datasette_of(browsing.database, pages).app(),
            _hosts(local.pages, shown.pages),
            local.pages,
            policy,
        ),
        HostCheck(replay.app(), _hosts(local.replay, shown.replay), local.replay),
    )


def _hosts(*origins: str) -> list[str]:
    return [origin.partition("://")[2] for origin in origins]


def _built(database: Path) -> str:
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
        return made(db).get("built", "")
