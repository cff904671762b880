"""Many small sites in one process, each on a loopback address of its own; on Linux.

``python -m benchmarks._many_sites`` prints its port, and ends with its standard input. Each host
127.x.y.z is a WordPress site at ``/`` and a wire service, whose feed of N stories is ``/wire/N``.
"""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from demo.content import local_to_gmt
from demo.messages import HTML, Answer, Request
from demo.server import respond
from demo.site import Site, harbour_site

_STORY = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="article:published_time" content="2026-03-07T10:00:00Z">
<link rel="canonical" href="{url}"></head><body><main><article><h1>{title}</h1>{text}</article>
</main></body></html>"""
_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title>
<link>{origin}/</link>{items}</channel></rss>"""
_ITEM = """<item><title>{title}</title><link>{url}</link><guid>{url}</guid>
<pubDate>Sat, 07 Mar 2026 10:00:00 GMT</pubDate></item>"""
_PARAGRAPHS = 12
_SENTENCE = 30  # words
_SYLLABLES = ["ba", "del", "fi", "gon", "hu", "kar", "lim", "mo", "nes", "pul", "ri", "sta"]


def host_of(number: int) -> str:
    """Return the address of site *number*."""
    return f"127.{1 + number // 65_000}.{number // 250 % 260}.{1 + number % 250}"


def loopback_socket() -> socket.socket:
    """Return a socket that listens on every address of 127.0.0.0/8, and on no other."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listening.bind(("0.0.0.0", 0))
    listening.listen(1024)
    return listening


@contextmanager
def serving() -> Iterator[int]:
    """Serve the sites while the block runs; gives their port."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks._many_sites"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


async def _serve() -> None:
    server = await asyncio.start_server(_answer_all, sock=loopback_socket())
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            answer = _answer(head)
            lines = [f"HTTP/1.1 {answer.status} X"]
            lines += [f"{name}: {value}" for name, value in answer.headers]
            lines += [f"Content-Length: {len(answer.body)}", "", ""]
            writer.write("\r\n".join(lines).encode() + answer.body)
            await writer.drain()
    writer.close()


def _answer(head: bytes) -> Answer:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    host = headers["host"]
    parts = urlsplit(target)
    _, kind, *names = parts.path.split("/")
    if kind == "wire":
        return Answer(
            headers=[("Content-Type", "application/rss+xml")], body=_feed(host, int(names[0]))
        )
    if kind == "story":
        return Answer(headers=[("Content-Type", HTML)], body=_story(host, names[0]).encode())
    query = parse_qsl(parts.query, keep_blank_values=True)
    return respond(
        _site(host),
        Request(
            method=method, target=target, path=unquote(parts.path), query=query, headers=headers
        ),
    )


@cache
def _site(host: str) -> Site:
    site = harbour_site()
    site.origin = f"http://{host}"
    # Sites with the same articles would be one that has moved.
    earlier = timedelta(days=int(ip_address(host.partition(":")[0])) % 5_000)
    for post in site.posts.values():
        post.guid = f"{site.origin}/?p={post.id}"
        post.date = (datetime.fromisoformat(post.date) - earlier).isoformat()
        post.date_gmt = local_to_gmt(post.date)
        post.content = _paragraphs(post.guid)
    return site


def _feed(host: str, count: int) -> bytes:
    origin = f"http://{host}"
    items = "".join(
        _ITEM.format(title=_title(host, f"{number}"), url=f"{origin}/story/{number}")
        for number in range(count)
    )
    return _FEED.format(host=host, origin=origin, items=items).encode()


def _story(host: str, number: str) -> str:
    url = f"http://{host}/story/{number}"
    return _STORY.format(title=_title(host, number), url=url, text=_paragraphs(url))


def _paragraphs(seed: str) -> str:
    """Return a text like no other one: near copies would be compared with each other."""
    chance = random.Random(seed)
    sentences = (
        " ".join("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(_SENTENCE))
        for _ in range(_PARAGRAPHS)
    )
    return "".join(f"<p>{sentence.capitalize()}.</p>" for sentence in sentences)


def _title(host: str, number: str) -> str:
    return f"Boat {number} comes in at {host.partition(':')[0]}"


if __name__ == "__main__":
    asyncio.run(_serve())
