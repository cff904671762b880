"""The captures, in an origin of their own: archived scripts run there, and cannot read the corpus.

It serves ``/capture/`` and ``/replay/`` alone, and no story without its token, which nobody can
guess: a script that runs there knows the address of its own story only, and finds nothing that
other captures left in the browser. Below ``/replay/`` the
service worker of ReplayWeb.page answers, with policies of its own; what it answers gets ours too,
so that such a script can send nothing to anybody.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from crawler.disk import replacement
from crawler.export.web.story_wacz import shown_date, shown_url, write_story
from crawler.export.web.viewer_files import UI, WORKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from crawler.export.web.page_templates import Templates
    from crawler.export.web.shown_capture import Captures, ShownCapture
    from crawler.export.web.viewer_files import ViewerFiles
    from crawler.state.store import Holding, Store

WACZ_TYPE = "application/wacz+zip"
_SCRIPT = "text/javascript; charset=utf-8"
_MOST_KEPT = 64  # WACZ files of stories that were opened last
_TOKEN = 32  # characters
_READABLE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors {main}"
)
_VIEWER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' "
    "data:; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {main}"
)
_REPLAY_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
    "frame-src 'self' data: blob:; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'self' {main}"
)
_PROGRAM = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>ReplayWeb.page</title>
<script src="/replay/ui.js"></script></head>
<body><replay-app-main></replay-app-main></body></html>
"""
# What captures that were opened before left in the browser, their text too, goes.
_FORGETTING = {"Clear-Site-Data": '"storage"'}
_WORKER = """\
// Everything that is answered here has a policy: archived scripts reach nothing but this origin.
const policy = %s;
if (self.FetchEvent) { // else it runs as a plain worker, which answers nothing
  const respondWith = FetchEvent.prototype.respondWith;
  FetchEvent.prototype.respondWith = function (answer) {
    return respondWith.call(this, Promise.resolve(answer).then(withPolicy));
  };
}
function withPolicy(answer) {
  if (!answer || answer.type === "opaque" || answer.status < 200) return answer;
  const headers = new Headers(answer.headers);
  headers.append("Content-Security-Policy", policy);
  const hasBody = ![204, 205, 304].includes(answer.status);
  const { status, statusText } = answer;
  return new Response(hasBody ? answer.body : null, { status, statusText, headers });
}
importScripts("./wabac.js");
"""


@dataclass(slots=True, frozen=True)
class Origins:
    """Where the two sites are reached by browsers, ``scheme://host:port``."""

    pages: str
    replay: str


class StoryFiles:
    """The captures of stories as WACZ files in *folder*, which is ours; the last ones are kept."""

    def __init__(
        self,
        captures: Captures,
        store: Store,
        templates: Templates,
        folder: Path,
    ) -> None:
        self._captures = captures
        self._store = store
        self._templates = templates
        self._folder = folder
        self._secret = secrets.token_bytes(32)
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._lock = Lock()

    def token(self, holding: Holding) -> str:
        """Return what the address of a story has that no script can guess.

        It is another one for another text, since ReplayWeb.page caches by address.
        """
        name = f"{holding.source}\n{holding.key}\n{holding.text_digest.hex()}\n{holding.origin}"
        return hmac.new(self._secret, name.encode(), "sha256").hexdigest()[:_TOKEN]

    def _held(self, key: str) -> list[Holding]:
        """Return what is held with *key*; under an alias there may be others."""
        return [one for one in self._store.holdings([key]).get(key, ()) if one.key == key]

    def find(self, key: str, source: str) -> Holding | None:
        """Return what *source* holds under *key*."""
        return next((one for one in self._held(key) if one.source == source), None)

    def find_by_token(self, key: str, token: str) -> Holding | None:
        """Return what is held under *key* and has *token*."""
        for holding in self._held(key):
            if hmac.compare_digest(self.token(holding).encode(), token.encode()):
                return holding
        return None

    def capture(self, holding: Holding) -> ShownCapture:
        """Return what there is to be shown of *holding*. Raises OSError."""
        return self._captures.find(holding)

    def page(self, capture: ShownCapture) -> bytes:
        """Return the page that is made of *capture*, empty if one was captured."""
        if capture.made is None:
            return b""
        return self._templates.render("made_story.html", capture=capture).encode(errors="replace")

    def wacz(self, holding: Holding) -> Path:
        """Return the WACZ of *holding*. Raises OSError."""
        token = self.token(holding)
        with self._lock:
            if path := self._kept.get(token):
                self._kept.move_to_end(token)
                return path
            path = self._folder / f"{token}.wacz"
            capture = self.capture(holding)
            with replacement(path, ".part", durable=False) as stream:
                write_story(stream, capture, holding.key, self.page(capture))
            self._kept[token] = path
            if len(self._kept) > _MOST_KEPT:
                _, oldest = self._kept.popitem(last=False)
                oldest.unlink(missing_ok=True)
            return path


class ReplaySite:
    """Views of captures, captures as files, and ReplayWeb.page if it is there."""

    def __init__(
        self, stories: StoryFiles, viewer: ViewerFiles, templates: Templates, origins: Origins
    ) -> None:
        self._stories = stories
        self._viewer = viewer
        self._templates = templates
        self._origins = origins

    def app(self) -> Starlette:
        """Return the site as an ASGI application."""
        story = "/{key:str}/{token:str}"
        routes = [
            Route(f"/capture/view{story}", self._view),
            Route(f"/capture/readable{story}", self._readable),
            Route(f"/replay/stories{story}.wacz", self._wacz),
            Route("/replay/", self._program),
            Route("/replay/sw.js", self._worker),
            Route("/replay/wabac.js", self._script(WORKER)),
            Route("/replay/ui.js", self._script(UI)),
        ]
        return Starlette(routes=routes, exception_handlers={OSError: _unreadable})

    async def _view(self, request: Request) -> Response:
        """Show a story in ReplayWeb.page."""
        holding = self._holding(request)
        if not self._viewer.are_there:
            raise HTTPException(404, "ReplayWeb.page is not there: make browse")
        capture = await run_in_threadpool(self._stories.capture, holding)
        html = self._templates.render(
            "viewer.html",
            capture=capture,
            source=f"/replay/stories/{holding.key}/{self._stories.token(holding)}.wacz",
            url=shown_url(capture, holding.key),
            timestamp="".join(filter(str.isdigit, shown_date(capture))),
        )
        return HTMLResponse(html, headers=self._policy(_VIEWER_POLICY) | _FORGETTING)

    async def _readable(self, request: Request) -> Response:
        """Show a story without scripts, and without what is not in its page itself."""
        holding = self._holding(request)
        capture = await run_in_threadpool(self._stories.capture, holding)
        page: bytes | str = await run_in_threadpool(self._stories.page, capture)
        if capture.body:
            page = capture.body.text
        return HTMLResponse(page, headers=self._policy(_READABLE_POLICY))

    async def _wacz(self, request: Request) -> Response:
        holding = self._holding(request)
        path = await run_in_threadpool(self._stories.wacz, holding)
        return FileResponse(path, media_type=WACZ_TYPE)

    async def _program(self, _request: Request) -> Response:
        """Give the page in which ReplayWeb.page runs; later on its worker does."""
        return HTMLResponse(_PROGRAM, headers=self._policy(_REPLAY_POLICY))

    async def _worker(self, _request: Request) -> Response:
        policy = json.dumps(self._policy(_REPLAY_POLICY)["Content-Security-Policy"])
        return Response(_WORKER % policy, media_type=_SCRIPT, headers={"Cache-Control": "no-cache"})

    def _script(self, name: str) -> Callable[[Request], Response]:
        def serve(_request: Request) -> Response:
            path = self._viewer.path(name)
            if not path.is_file():
                raise HTTPException(404, "ReplayWeb.page is not there: make browse")
            return FileResponse(path, media_type=_SCRIPT)

        return serve

    def _holding(self, request: Request) -> Holding:
        found = self._stories.find_by_token(
            request.path_params["key"], request.path_params["token"]
        )
        if found is None:
            raise HTTPException(
                404, "There is no such story. Open it from the page of its article."
            )
        return found

    def _policy(self, policy: str) -> dict[str, str]:
        return {"Content-Security-Policy": policy.format(main=self._origins.pages)}


def _unreadable(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"The archive cannot be read: {error}\n", status_code=500)
