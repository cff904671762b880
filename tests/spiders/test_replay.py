"""A recorded crawl, made again when the site is gone, with the same results."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.modes import Modes
from demo.server import serve
from demo.site import Site, harbour_site
from tests.recorded import SOURCE, Recorded, crawl, spider_arguments
from tests.replaying import cut_off, kept, ledger, replay, texts, total
from tests.running import LIMIT, Run
from tests.servers.site_process import Shape, serving
from tests.spiders import breaking

ARTICLES = 22  # of the demonstration site


def again(archives: Path, into: Path, arguments: Mapping[str, str], *options: str) -> Run:
    """Replay what was recorded in *archives* into *into*."""
    return replay(into, [archives / "warc"], arguments, *options)


@pytest.mark.parametrize(
    ("modes", "exit_code"),
    [
        ({}, 0),
        ({"permalinks": "plain", "advertise": "none", "cap": 10}, 0),
        ({"permalinks": "index", "subfolder": "/news", "silent_cap": 7, "no_totals": True}, 0),
        ({"noise_before": b"<b>Notice</b>: x [0] in <b>/a.php</b>\n", "list_as_object": True}, 0),
        ({"bom": True, "encoding": "cp1252", "noise_after": b"<!-- cached [1] -->"}, 0),
        ({"fail_first": 2, "retry_after": "1"}, 0),
        ({"users_blocked": True, "fields_ignored": True, "lone_surrogates": True}, 0),
        ({"bad_posts": frozenset({104, 118})}, 3),
        ({"malformed_posts": {103: "null content", 105: "bare", 107: "string"}}, 3),
        ({"wrong_total": 99}, 3),
        ({"endless": True}, 0),
        ({"challenge": 503}, 4),
        ({"html_404_for_api": True}, 4),
        ({"blocked": True}, 4),
    ],
    ids=str,
)
def test_whatever_the_site_is_like(tmp_path: Path, modes: dict[str, Any], exit_code: int) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site(Modes(**modes))) as site:
        crawl(archives, spider_arguments(site.home), expect=exit_code)
    run = again(archives, into, spider_arguments(site.home))
    assert run.exit_code == exit_code, run.log
    assert kept(into) == kept(archives)
    assert bool(texts(into)) == (exit_code != 4)


def test_answers_that_broke_off_break_off_again(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with breaking.breaking(harbour_site()) as home:
        crawl(archives, spider_arguments(home), "-s", f"DOWNLOAD_TIMEOUT={breaking.PATIENCE - 1}")
    run = again(archives, into, spider_arguments(home))
    assert run.exit_code == 0, run.log
    assert kept(into) == kept(archives)
    assert total(into, "retry/count") >= len(breaking.KINDS)
    assert len(texts(into)) == ARTICLES


def test_json_that_was_cut_is_requested_again(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"

    def cut(site: Site, number: int) -> None:
        site.modes = Modes(cut_json=900 if number in (2, 3) else 0)

    with serve(harbour_site()) as site:
        site.on_request = cut
        crawl(archives, spider_arguments(site.home))
    assert again(archives, into, spider_arguments(site.home)).exit_code == 0
    assert kept(into) == kept(archives)
    assert total(into, "wordpress/json_repaired/cut") >= 1


def test_answers_that_were_too_long_are_too_long_again(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    limit = ("-s", "DOWNLOAD_MAXSIZE=9000")
    with serve(harbour_site()) as site:
        site.posts[107].content += f"<!-- {'long ' * 2_000} -->"  # too long alone
        crawl(archives, spider_arguments(site.home), *limit, expect=3)
    run = again(archives, into, spider_arguments(site.home), *limit)
    assert run.exit_code == 3, run.log
    assert kept(into) == kept(archives)


def test_redirects_are_followed_again(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site()) as site, serve(harbour_site(Modes(redirect_home=site.home))) as old:
        host = site.home.removeprefix("http://").rstrip("/")
        arguments = spider_arguments(old.home, allow_hosts=host)
        crawl(archives, arguments)
    run = again(archives, into, arguments)
    assert run.exit_code == 0, run.log
    assert kept(into) == kept(archives)
    assert total(into, "downloader/response_status_count/301") == 1


def test_a_site_that_was_not_there_is_not_there_again(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site()) as site:
        home = site.home
    crawl(archives, spider_arguments(home), expect=4)
    run = again(archives, into, spider_arguments(home))
    assert run.exit_code == 4, run.log
    assert kept(into) == kept(archives)


def test_all_runs_are_made_again_in_their_order(recorded: Recorded, tmp_path: Path) -> None:
    before = recorded.after[-1]
    assert [report["articles"] for report in before.reports] == [
        {"new": ARTICLES},
        {"new": 1, "revised": 1, "duplicate": ARTICLES - 2},
        {"new": 1, "revised": 1, "duplicate": ARTICLES - 1},
    ], "the archive is to hold revisions, and an article that was deleted"
    assert len(before.history) == 2
    run = again(recorded.archives, tmp_path / "again", spider_arguments(recorded.home))
    assert run.exit_code == 0, run.log
    assert kept(tmp_path / "again") == before


def test_no_namespace_no_loopback_no_network(recorded: Recorded, tmp_path: Path) -> None:
    into, sources = tmp_path / "again", [recorded.archives / "warc"]
    run = replay(into, sources, spider_arguments(recorded.home), isolated=True)
    assert run.exit_code == 0, run.log
    assert kept(into) == recorded.after[-1]


def test_a_run_of_revisits(tmp_path: Path) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home))
        # For another source nothing is held: all is requested again, and has not changed.
        crawl(archives, spider_arguments(site.home, source="again"))
    for source in (SOURCE, "again"):
        run = again(archives, into, spider_arguments(site.home, source=source))
        assert run.exit_code == 0, run.log
    assert kept(into) == kept(archives)
    assert total(into, "replay/revisits") >= 3


@pytest.mark.parametrize("parallel", [8, 2])
def test_many_requests_at_a_time(tmp_path: Path, parallel: int) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    # What is requested next depends on which answer came first.
    with serving(Shape(posts=60, cap=4)) as site:
        crawl(archives, spider_arguments(site.home), "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    options = ("-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={parallel}")
    run = again(archives, into, spider_arguments(site.home), *options)
    assert run.exit_code == 0, run.log
    assert texts(into) == texts(archives)
    assert ledger(into) == ledger(archives)


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_articles": "5"},
        {"after": "2024-01-01", "before": "2024-07-01"},
        {"categories": "town,harbour"},
        {"search": "harbour"},
    ],
    ids=str,
)
def test_what_was_selected_is_selected_again(tmp_path: Path, arguments: dict[str, str]) -> None:
    archives, into = tmp_path / "archives", tmp_path / "again"
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home, **arguments))
    run = again(archives, into, spider_arguments(site.home, **arguments))
    assert run.exit_code == 0, run.log
    assert 0 < len(texts(into)) < ARTICLES
    assert kept(into) == kept(archives)


def test_no_delay_and_no_throttling(recorded: Recorded, tmp_path: Path) -> None:
    started = time.monotonic()
    slow = ("-s", "DOWNLOAD_DELAY=600", "-s", "AUTOTHROTTLE_ENABLED=True")
    run = again(recorded.archives, tmp_path / "again", spider_arguments(recorded.home), *slow)
    assert run.exit_code == 0, run.log
    assert time.monotonic() < started + LIMIT


@pytest.mark.parametrize(
    "tried",
    [
        "create_connection(('127.0.0.1', 9))",
        "socket().connect_ex(('127.0.0.1', 9))",
        "socket(type=SOCK_DGRAM).sendto(b'?', ('127.0.0.1', 53))",
        "getaddrinfo('localhost', 80)",
        "gethostbyname('localhost')",
        "create_server(('127.0.0.1', 0))",
    ],
)
def test_use_of_the_network_is_noticed(tmp_path: Path, tried: str) -> None:
    code = f"from socket import *\ntry: {tried}\nexcept Exception: pass"
    log = tmp_path / "log"
    subprocess.run([sys.executable, "-c", code], env=cut_off(log), check=True)
    assert "socket." in log.read_text(encoding="utf-8")
