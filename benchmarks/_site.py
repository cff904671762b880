"""A local nginx that serves pages shaped like those of the WordPress REST API."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_TIMEOUT = 10.0
STOP_TIMEOUT = 10.0

_POSTS = 10
_PARAGRAPHS = 5
_SENTENCES = 4
_POOL = 2000

# One process, so that one pid ends it all.
_CONFIG = """
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000;
    gzip {gzip};
    gzip_types application/json;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    server {{
        listen 127.0.0.1:{port};
        root pages;
    }}
}}
"""


class SiteError(Exception):
    """nginx could not be started or did not answer; the message holds its error log."""


def has_nginx() -> bool:
    """Tell whether nginx is on PATH."""
    return shutil.which("nginx") is not None


def write_pages(folder: Path, count: int) -> int:
    """Write ``0.json`` to ``{count - 1}.json`` below ``folder/pages``; return their bytes.

    A page is a list of ten posts, about 30 KB, and the same on every machine.
    """
    pages = folder / "pages"
    pages.mkdir()
    rng = random.Random("newsreel")
    words = [_word(rng) for _ in range(_POOL)]
    pool = [_sentence(rng, words) for _ in range(_POOL)]
    return sum((pages / f"{page}.json").write_bytes(_page(page, pool)) for page in range(count))


@contextmanager
def serving(folder: Path, *, gzip: bool) -> Iterator[str]:
    """Serve ``folder/pages`` while the block runs; yield the base URL.

    With *gzip* nginx compresses on the fly and so sends chunks, as WordPress behind it does.
    Raises SiteError.
    """
    port = _free_port()
    (folder / "temp").mkdir(exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(port=port, gzip="on" if gzip else "off"))
    log = folder / "error.log"
    command = ["nginx", "-p", f"{folder}/", "-c", str(config), "-e", str(log)]
    nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(nginx, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(nginx)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(nginx: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while nginx.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    state = "does not answer" if nginx.poll() is None else f"ended with {nginx.returncode}"
    raise SiteError(f"nginx on port {port} {state}: {log.read_text() if log.exists() else ''}")


def _stop(nginx: subprocess.Popen[bytes]) -> None:
    nginx.terminate()
    try:
        nginx.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        nginx.kill()
        nginx.wait()


def _page(page: int, pool: list[str]) -> bytes:
    rng = random.Random(page)
    posts = [_post(page * _POSTS + number, rng, pool) for number in range(_POSTS)]
    return json.dumps(posts, separators=(",", ":")).encode()


def _post(number: int, rng: random.Random, pool: list[str]) -> dict[str, Any]:
    title = rng.choice(pool).rstrip(".")
    slug = title.lower().replace(" ", "-")
    link = f"https://news.example/2024/05/{slug}/"
    date = f"2024-05-{rng.randint(1, 28):02d}T{rng.randint(0, 23):02d}:00:00"
    paragraphs = [" ".join(rng.choices(pool, k=_SENTENCES)) for _ in range(_PARAGRAPHS)]
    rest = "https://news.example/wp-json/wp/v2"
    return {
        "id": number,
        "date": date,
        "date_gmt": date,
        "guid": {"rendered": f"https://news.example/?p={number}"},
        "modified": date,
        "modified_gmt": date,
        "slug": slug,
        "status": "publish",
        "type": "post",
        "link": link,
        "title": {"rendered": title},
        "content": {"rendered": "".join(f"<p>{text}</p>\n\n" for text in paragraphs)},
        "excerpt": {"rendered": f"<p>{paragraphs[0][:200]} [&hellip;]</p>\n"},
        "author": rng.randint(1, 20),
        "categories": rng.sample(range(1, 40), 2),
        "tags": rng.sample(range(40, 400), 4),
        "_links": {"self": [{"href": f"{rest}/posts/{number}"}]},
    }


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("eeeetttaaooiinnsshhrrdlucmfwypvbgk", k=rng.randint(2, 9)))


def _sentence(rng: random.Random, words: list[str]) -> str:
    # Few words are frequent and many are rare, as in a language, so that gzip saves as much.
    ranks = [int(rng.paretovariate(0.6)) % len(words) for _ in range(rng.randint(10, 25))]
    return " ".join(words[rank] for rank in ranks).capitalize() + "."
