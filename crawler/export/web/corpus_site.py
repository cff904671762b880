"""Our pages as one plugin of datasette, whose own pages stay below ``/corpus``.

Plugins' routes come before its own, ``/`` too. Only `register_routes` is used of it: the rest of
its interface changes with version 1.0.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils.asgi import Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from crawler.export.browsing.browse_article import article
from crawler.export.browsing.browse_lists import day_counts, home, runs, sources
from crawler.export.browsing.browse_search import search
from crawler.export.web.page_templates import ICON, STYLE
from crawler.export.web.page_values import (
    COVERAGE_COLUMNS,
    HEALTH_COLUMNS,
    Facts,
    alarms,
    cell,
    places,
    sentence,
    shown_facets,
)
from crawler.export.web.replay_site import WACZ_TYPE
from crawler.export.web.search_address import SearchAddress
from crawler.export.web.story_plot import plot
from crawler.reports.run import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.export.browsing.browse_results import ArticleView, RunPage
    from crawler.export.web.page_templates import Templates
    from crawler.export.web.replay_site import Origins, StoryFiles

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

DATABASE = "corpus"
_PLUGIN = "newsreel"
_SETTINGS = {
    "suggest_facets": False,
    "truncate_cells_html": 200,
    "default_page_size": 40,
    "allow_download": False,
}
_DATASETTE_TEMPLATES = Path(__file__).parent / "datasette_templates"
_NOT_FOUND = 404
_FOREVER = "public, max-age=31536000, immutable"
_REPORT = re.compile(r"(?:[a-z]{1,20}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.(html|json)")
_HTML, _JSON = "text/html; charset=utf-8", "application/json; charset=utf-8"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; frame-src {replay}"
)
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
DATASETTE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of datasette's own pages, which have scripts in them."""


class CorpusPages:
    """The plugin: which view answers which address."""

    def __init__(
        self,
        stories: StoryFiles,
        templates: Templates,
        origins: Origins,
        *,
        has_viewer: bool,
        reports: Path,
    ) -> None:
        self.__name__ = _PLUGIN  # datasette asks plugins for it
        self._stories = stories
        self._templates = templates
        self._origins = origins
        self._has_viewer = has_viewer
        self._reports = reports

    @hookimpl  # type: ignore[untyped-decorator]
    def register_routes(self) -> list[tuple[str, Callable[..., Any]]]:
        """Return our routes."""
        key = r"^/article/(?P<key>[0-9a-f]{16})"
        return [
            (r"^/$", self.search),
            (rf"{key}$", self.article),
            (rf"{key}\.wacz$", self.wacz),
            (r"^/sources$", self.sources),
            (r"^/runs$", self.runs),
            (r"^/runs/(?P<name>.+)$", self.report),
            (r"^/-/newsreel/.*\.css$", self.style),
            (r"^/-/newsreel/icon\.svg$", self.icon),
            (r"^/(article|sources|runs)(/.*)?$", self.nothing),
        ]

    @hookimpl  # type: ignore[untyped-decorator]
    def handle_exception(self, request: Any, exception: Exception) -> Response:
        """Say what went wrong, on a page of ours or as JSON."""
        status = getattr(exception, "status", 500)
        said = getattr(exception, "message", "") or str(exception) or type(exception).__name__
        is_html = getattr(exception, "message_is_html", False)
        text = Markup(said).striptags() if is_html else said  # noqa: S704 - nothing is left of it
        if type(exception).__module__.partition(".")[0] != "datasette":
            logger.error("%s", request.path, exc_info=exception)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": text, "status": status}, status)
        title = "Not found" if status == _NOT_FOUND else "This could not be shown"
        text = "There is no page at this address." if text == str(_NOT_FOUND) else text
        return self._page("message.html", status=status, here="", title=title, text=text)

    async def search(self, request: Any, datasette: Datasette) -> Response:
        """Answer a search; without one show what is held."""
        address = SearchAddress.of(_parameters(request))
        if not address.is_search:
            return await self._home(datasette, address)
        find = partial(search, typed=address.values["q"], facets=address.facets, page=address.page)
        result = await _read(datasette, find)
        return self._page(
            "search.html",
            here="/",
            address=address,
            result=result,
            home=None,
            hits=result.hits,
            plot=plot(result.days),
            facets=shown_facets(result.facets, address),
            notes=[*address.notes, *result.notes],
        )

    async def _home(self, datasette: Datasette, address: SearchAddress) -> Response:
        held = await _read(datasette, home)
        return self._page(
            "search.html",
            here="/",
            address=address,
            result=None,
            home=held,
            hits=held.latest,
            plot=plot(held.days),
            facets=shown_facets(held.facets, address),
            notes=address.notes,
        )

    async def article(self, request: Any, datasette: Datasette) -> Response:
        """Show an article with all that is known of it, its capture beside it."""
        key, source = request.url_vars["key"], request.args.get("source") or ""
        view = await _read(datasette, partial(article, key=key, source=source))
        if view is None:
            return self._nothing(f"No article is held under the key {key}.")
        if view.key != key:
            return Response.redirect(f"/article/{view.key}?source={quote(view.source)}")
        capture = await run_in_threadpool(self._capture, view)
        return self._page(
            "article.html",
            here="",
            view=view,
            authors=view.facts.get("authors") or (),
            places=places(view),
            facts=Facts.of(view.facts),
            has_viewer=self._has_viewer,
            **capture,
        )

    def _capture(self, view: ArticleView) -> dict[str, Any]:
        """Return what the page of *view* needs to know of its capture, or why there is none."""
        try:
            holding = self._stories.find(view.key, view.source)
            if holding is None:
                raise OSError("the ledger does not hold this article any more: scrapy browse")
            capture = self._stories.capture(holding)
        except OSError as error:
            why = f"The capture cannot be shown: {error}."
            return {"capture": None, "capture_error": why, "frame": "", "readable": ""}
        story = f"{view.key}/{self._stories.token(holding)}"
        readable = f"{self._origins.replay}/capture/readable/{story}"
        viewer = f"{self._origins.replay}/capture/view/{story}"
        return {
            "capture": capture,
            "capture_error": "",
            "frame": viewer if self._has_viewer else readable,
            "readable": readable,
        }

    async def wacz(self, request: Any) -> Response:
        """Give the capture of an article as a WACZ file."""
        key, source = request.url_vars["key"], request.args.get("source") or ""
        holding = await run_in_threadpool(self._stories.find, key, source)
        if holding is None:
            return self._nothing(f"No article of {source or 'no source'} is held under {key}.")
        path = await run_in_threadpool(self._stories.wacz, holding)
        headers = {"content-disposition": f'attachment; filename="{key}.wacz"'}
        return _Bytes(await run_in_threadpool(path.read_bytes), WACZ_TYPE, headers)

    async def sources(self, request: Any, datasette: Datasette) -> Response:
        """Show how the sources are, and what became of all that they listed."""
        found = await _read(datasette, sources)
        return self._page(
            "sources.html",
            here="/sources",
            address=SearchAddress.of({}),
            sources=found,
            alarms=alarms(found),
            covered=[one for one in found if one.coverage],
            health_columns=HEALTH_COLUMNS,
            coverage_columns=COVERAGE_COLUMNS,
            cell=cell,
            sentence=sentence,
            plot=plot(await _read(datasette, day_counts)),
        )

    async def runs(self, request: Any, datasette: Datasette) -> Response:
        """Show the runs, a page of them."""
        address = SearchAddress.of(_parameters(request), "/runs")
        source = address.values["source"]
        found = await _read(datasette, partial(runs, source=source, page=address.page))
        reports = await run_in_threadpool(self._reports_of, found)
        return self._page("runs.html", here="/runs", address=address, result=found, reports=reports)

    def _reports_of(self, found: RunPage) -> dict[str, str]:
        """Return the names of the reports of those runs that have one, by their ids."""
        return {
            run.id: name
            for run in found.runs
            for ending in ("json", "html")
            for name in (f"{stem(run.started, run.spider)}.{ending}",)
            if (self._reports / name).is_file()
        }

    async def report(self, request: Any) -> Response:
        """Show the report of a run, or another page of those that were written beside it."""
        name = request.url_vars["name"]
        if not (kind := _REPORT.fullmatch(name)) or not (self._reports / name).is_file():
            return self._nothing(f"There is no report {name[:100]}.")
        content = await run_in_threadpool((self._reports / name).read_bytes)
        headers = {"content-security-policy": _REPORT_POLICY, "cache-control": "no-cache"}
        return _Bytes(content, _HTML if kind[1] == "html" else _JSON, headers)

    async def style(self) -> Response:
        """Give the style sheet; its address changes with it."""
        return _file(STYLE, "text/css; charset=utf-8", _FOREVER)

    async def icon(self) -> Response:
        """Give the icon."""
        return _file(ICON, "image/svg+xml", _FOREVER)

    async def nothing(self) -> Response:
        """Say that there is no such page."""
        return self._nothing("There is no page at this address.")

    def _nothing(self, text: str) -> Response:
        return self._page("message.html", status=404, here="", title="Not found", text=text)

    def _page(self, template: str, *, status: int = 200, **values: object) -> Response:
        policy = _POLICY.format(replay=self._origins.replay)
        headers = {"content-security-policy": policy, "cache-control": "no-cache"}
        return Response.html(self._templates.render(template, **values), status, headers)


class _Bytes(Response):  # type: ignore[misc]  # datasette has no types
    """An answer of bytes: datasette's own encodes text."""

    def __init__(self, content: bytes, content_type: str, headers: dict[str, str]) -> None:
        super().__init__("", 200, headers, content_type)
        self._content = content

    async def asgi_send(self, send: Any) -> None:
        """Send it."""
        headers = {"content-type": self.content_type, **self.headers}
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self._content})


def datasette_of(database: Path, pages: CorpusPages) -> Datasette:
    """Return datasette over *database*, with our *pages* in front of its own.

    Plugins belong to the process: it has one corpus.
    """
    pm.unregister(name="datasette.handle_exception")  # it prints all to the terminal
    pm.register(pages, name=_PLUGIN)
    return Datasette(
        [str(database)], settings=_SETTINGS, template_dir=str(_DATASETTE_TEMPLATES), cors=False
    )


async def _read(datasette: Datasette, function: Callable[[sqlite3.Connection], _T]) -> _T:
    """Return what *function* reads from the database."""
    found: _T = await datasette.get_database(DATABASE).execute_fn(function)
    return found


def _parameters(request: Any) -> Mapping[str, str]:
    return {name: request.args.get(name) for name in request.args}


def _file(path: Path, content_type: str, cached: str) -> Response:
    return _Bytes(path.read_bytes(), content_type, {"cache-control": cached})
