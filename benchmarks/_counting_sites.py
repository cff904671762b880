"""WordPress sites that count who asks them: ``python -m benchmarks._counting_sites SITES POSTS``.

All are in one process, each on a loopback address of its own, on one port, which is printed; on
Linux. Each answer takes a moment, so that requests to one host would meet there. Lines of standard
input change and ask the sites: ``edit`` corrects every tenth post of each, ``delete`` takes every
twenty-fifth away, ``tell`` prints JSON: by host the most requests that it had at once and in all,
and by guid the title that each post has now. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks._many_sites import host_of, loopback_socket
from demo.content import Post, User, local_to_gmt
from demo.messages import Request
from demo.server import respond
from demo.site import Site, build_site

_MOMENT = 0.02  # seconds
_WORDS = [
    *("harbour", "tide", "gull", "pilot", "quay", "rope"),
    *("lantern", "ferry", "council", "storm", "market", "bridge"),
]
_EDITED, _DELETED = 10, 25


class CountingSites:
    """The sites, by host, and what was asked of them."""

    def __init__(self, sites: int, posts: int) -> None:
        self.sites = {host_of(number): _site(number, posts) for number in range(sites)}
        self.at_once: Counter[str] = Counter()
        self.peaks: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    async def answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._answer(head))
                await writer.drain()
        writer.close()

    async def _answer(self, head: bytes) -> bytes:
        request = _request(head)
        host = request.headers["host"].partition(":")[0]
        site = self.sites[host]
        site.origin = f"http://{request.headers['host']}"
        self.requests[host] += 1
        self.at_once[host] += 1
        self.peaks[host] = max(self.peaks[host], self.at_once[host])
        try:
            await asyncio.sleep(_MOMENT)
            answer = respond(site, request)
            site.log.clear()
        finally:
            self.at_once[host] -= 1
        lines = [f"HTTP/1.1 {answer.status} X"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += [f"Content-Length: {len(answer.body)}", "", ""]
        return "\r\n".join(lines).encode() + answer.body

    def obey(self, word: str) -> dict[str, Any]:
        """Do what a line of standard input says, and return what is to be told."""
        for number, site in enumerate(self.sites.values()):
            if word == "edit":
                for post in list(site.posts.values())[::_EDITED]:
                    _edit(post, number)
            elif word == "delete":
                for post in list(site.posts.values())[3::_DELETED]:
                    del site.posts[post.id]
        if word != "tell":
            return {"done": word}
        posts = [post for site in self.sites.values() for post in site.posts.values()]
        return {
            "peaks": self.peaks,
            "requests": self.requests,
            "titles": {post.guid: post.title for post in posts},
        }


def _request(head: bytes) -> Request:
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    parts = urlsplit(target)
    return Request(
        method=method,
        target=target,
        path=unquote(parts.path),
        query=parse_qsl(parts.query, keep_blank_values=True),
        headers={name.lower(): value for name, _, value in (line.partition(": ") for line in rest)},
    )


def _site(number: int, count: int) -> Site:
    begin = datetime(2026, 3, 1) + timedelta(minutes=number)  # noqa: DTZ001 - the site's own time
    chance = random.Random(number)
    posts = [_post(number, n, begin + timedelta(hours=7 * n), chance) for n in range(1, count + 1)]
    return build_site(posts, [User(id=1, name="Ada Quill", slug="ada-quill")], [])


def _post(site: int, number: int, moment: datetime, chance: random.Random) -> Post:
    date = moment.isoformat(timespec="seconds")
    lines = [
        f"<p>The {' '.join(chance.choices(_WORDS, k=30))} of {chance.getrandbits(64):x}.</p>"
        for _ in range(5)
    ]
    return Post(
        id=number,
        date=date,
        date_gmt=local_to_gmt(date),
        title=f"Story {number} of site {site}",
        content="".join(lines),
        slug=f"story-{number}",
        guid=f"https://site{site}.example/?p={number}",
    )


def _edit(post: Post, site: int) -> None:
    post.title += ", corrected"
    post.content += f"<p>It was corrected since: site {site} had it wrong.</p>"
    post.modified = (datetime.fromisoformat(post.date) + timedelta(days=40)).isoformat()


class Serving:
    """The sites in a process of their own, on ``port``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self.port = int(self._stdout.readline())

    def say(self, word: str) -> dict[str, Any]:
        """Have the sites do or tell something: see above."""
        self._stdin.write(f"{word}\n")
        self._stdin.flush()
        told: dict[str, Any] = json.loads(self._stdout.readline())
        return told


@contextmanager
def serving(sites: int, posts: int) -> Iterator[Serving]:
    """Serve *sites* of so many *posts* while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks._counting_sites", str(sites), str(posts)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        found = Serving(process)
        try:
            yield found
        finally:
            assert process.stdin is not None
            process.stdin.close()


async def _serve(sites: int, posts: int) -> None:
    counting, loop = CountingSites(sites, posts), asyncio.get_running_loop()
    server = await asyncio.start_server(counting.answer_all, sock=loopback_socket())
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(counting.obey(line.strip())), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(*map(int, sys.argv[1:])))
