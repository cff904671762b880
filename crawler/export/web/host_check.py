"""What every answer of ours has: a Host that is meant, and headers that keep others out.

A page anywhere may point its own name at 127.0.0.1 and then read what is served there as its own
(DNS rebinding): its browser sends that name as Host, by which it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, MutableMapping

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_COMMON = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class HostCheck:
    """Passes what is asked of one of *hosts* (``name:port``) on to *app*, and adds *headers*.

    A header that the answer has already stays. What is asked of ``localhost`` is sent to *origin*,
    the first of *hosts*: captures are shown only where the page is called as they are, 127.0.0.1.
    """

    def __init__(
        self,
        app: AsgiApp,
        hosts: Collection[str],
        origin: str,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origin = origin
        self._headers = (*_COMMON, *headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None  # there are no web sockets here; uvicorn answers 403
        host = _host(scope)
        if host in self._hosts:
            return await self._app(scope, receive, self._with_headers(send))
        if host.partition(":")[0] == "localhost":
            return await _answer(send, 307, b"", location=self._origin + _target(scope))
        names = " and ".join(sorted(self._hosts))
        text = f"Only {names} is answered here. Behind a server: see the settings BROWSE_URL.\n"
        return await _answer(send, 421, text.encode())

    def _with_headers(self, send: Send) -> Send:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                there = {name.lower() for name, _ in given}
                more = [(name, value) for name, value in self._headers if name not in there]
                message = {**message, "headers": given + more}
            await send(message)

        return send_more


def _host(scope: Scope) -> str:
    """Return the one Host of a request; of many nobody knows which one is meant."""
    found = [value for name, value in scope["headers"] if name.lower() == b"host"]
    return found[0].decode("latin-1").lower() if len(found) == 1 else ""


def _target(scope: Scope) -> str:
    path = scope.get("raw_path") or b"/"
    query = scope.get("query_string") or b""
    # A path that begins with two slashes would be another host.
    target = b"/" + path.partition(b"?")[0].lstrip(b"/") + (b"?" + query if query else b"")
    return target.decode("latin-1")


async def _answer(send: Send, status: int, body: bytes, *, location: str = "") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_COMMON]
    if location:
        headers.append((b"location", location.encode("latin-1")))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
