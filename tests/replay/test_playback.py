"""Which capture answers a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.replay.playback import NoCaptureError, PlaybackRequest
from tests.replay.captured import (
    GET,
    HEAD,
    NOT_MODIFIED,
    URL,
    answer,
    body,
    exchange,
    get,
    info,
    message,
    replay,
    run_of,
    warc,
    warc_date,
)
from tests.warc.bodies import BODIES, FORM

# The order of the run


def test_three_answers_for_one_url_then_the_last_again(tmp_path: Path) -> None:
    records = [record for n in range(3) for record in exchange(message(b"%d" % n), n, url=URL)]
    playback = replay(run_of(tmp_path, *records))
    assert [body(playback.answer(GET)) for _ in range(5)] == [b"0", b"1", b"2", b"2", b"2"]


def test_answers_less_than_a_second_apart_keep_their_order(tmp_path: Path) -> None:
    records = [answer(message(b"%d" % n), n / 1e6) for n in range(9)]
    playback = replay(run_of(tmp_path, *records))
    assert [body(playback.answer(GET)) for _ in range(9)] == [b"%d" % n for n in range(9)]


def test_urls_have_orders_of_their_own(tmp_path: Path) -> None:
    records = [answer(message(b"%d" % n), n, url=f"{URL}{n % 2}") for n in range(4)]
    playback = replay(run_of(tmp_path, *records))
    requested = [body(playback.answer(get(f"{URL}{n}"))) for n in (1, 0, 1, 0, 1, 0)]
    assert requested == [b"1", b"0", b"3", b"2", b"3", b"2"]


def test_a_run_of_several_files_is_one(tmp_path: Path) -> None:
    late = warc(tmp_path / "a.warc.gz", info(second=10), answer(message(b"2"), 10))
    early = warc(tmp_path / "b.warc.gz", info(second=0), answer(message(b"1"), 1))
    playback = replay(late, early)
    assert [body(playback.answer(GET)) for _ in range(3)] == [b"1", b"2", b"2"]


def test_each_run_gives_its_own_answers(tmp_path: Path) -> None:
    paths = [
        warc(
            tmp_path / f"{run}.warc.gz",
            info(run, second),
            *(answer(message(b"%s %d" % (run.encode(), n)), second + n) for n in range(2)),
        )
        for run, second in (("one", 0), ("two", 100))
    ]
    for run in ("one", "two"):
        playback = replay(*paths, run=run)
        name = run.encode()
        assert [body(playback.answer(GET)) for _ in range(3)] == [
            name + b" 0",
            name + b" 1",
            name + b" 1",
        ]


def test_runs_that_went_on_at_the_same_time_are_kept_apart(tmp_path: Path) -> None:
    paths = [
        warc(
            tmp_path / f"{run}.warc.gz",
            info(run, n),
            *(answer(message(run.encode()), 2 * k + n) for k in range(3)),
        )
        for n, run in enumerate(("one", "two"))
    ]
    playback = replay(*paths)
    assert [body(playback.answer(GET)) for _ in range(4)] == [b"one"] * 4


def test_other_runs_answer_only_what_the_run_never_requested(tmp_path: Path) -> None:
    ours = run_of(tmp_path, answer(message(b"ours"), 500))
    others = [
        warc(
            tmp_path / f"{n}.warc.gz",
            info(f"other {n}", n),
            answer(message(b"theirs %d" % n), n),
            answer(message(b"only %d" % n), n, url=URL + "/b"),
        )
        for n in (1, 400)
    ]
    playback = replay(ours, *others)
    assert [body(playback.answer(GET)) for _ in range(2)] == [b"ours", b"ours"]
    assert body(playback.answer(get(URL + "/b"))) == b"only 1"  # it began at second 0


def test_without_a_run_all_captures_come_in_their_order(tmp_path: Path) -> None:
    paths = [warc(tmp_path / f"{n}.warc", answer(message(b"%d" % n), 9 - n)) for n in range(3)]
    playback = replay(*paths, run=None)
    assert [body(playback.answer(GET)) for _ in range(4)] == [b"2", b"1", b"0", b"0"]


def test_what_was_never_requested_names_the_nearest_captures(tmp_path: Path) -> None:
    records = [answer(url=f"http://news.test/{name}") for name in "aceg"]
    playback = replay(run_of(tmp_path, *records))
    with pytest.raises(NoCaptureError) as caught:
        playback.answer(get("http://news.test/d"))
    assert caught.value.wanted == "GET http://news.test/d"
    assert caught.value.nearest == [f"http://news.test/{name} (20240411080000)" for name in "aceg"]


def test_an_empty_archive_has_no_nearest_captures(tmp_path: Path) -> None:
    with pytest.raises(NoCaptureError, match=r"GET http://news\.test/a") as caught:
        replay(run_of(tmp_path)).answer(GET)
    assert not caught.value.nearest


# Which URL


def test_the_exact_url_goes_before_its_like(tmp_path: Path) -> None:
    """http and https, with www and without have one key, but each its own answer."""
    urls = [f"{scheme}://{www}news.test/a" for scheme in ("https", "http") for www in ("www.", "")]
    records = [answer(message(url.encode()), n, url=url) for n, url in enumerate(urls)]
    playback = replay(run_of(tmp_path, *records))
    for url in urls * 2 + urls[::-1]:
        assert body(playback.answer(get(url))) == url.encode()


@pytest.mark.parametrize("url", ["https://news.test/a", "http://www.news.test/a"])
def test_a_like_url_answers_where_there_is_no_other(tmp_path: Path, url: str) -> None:
    playback = replay(run_of(tmp_path, answer(message(b"like"))))
    assert body(playback.answer(get(url))) == b"like"
    assert playback.answer(get(url)).ref.uri == URL


def test_a_redirect_to_its_like_does_not_lead_to_itself(tmp_path: Path) -> None:
    there = "https://www.news.test/a"
    moved = message(b"", b"Location: " + there.encode(), status=b"301 Moved Permanently")
    playback = replay(run_of(tmp_path, answer(moved), answer(message(b"page"), 1, url=there)))
    assert playback.answer(GET).message[:].startswith(b"HTTP/1.1 301")
    assert body(playback.answer(get(there))) == b"page"


def test_a_redirect_alone_answers_only_its_own_url(tmp_path: Path) -> None:
    moved = message(b"", b"Location: https://news.test/a", status=b"301 Moved Permanently")
    playback = replay(run_of(tmp_path, answer(moved)))
    assert playback.answer(GET).message[:].startswith(b"HTTP/1.1 301")
    with pytest.raises(NoCaptureError):
        playback.answer(get("https://news.test/a"))


def test_a_redirect_to_itself_is_followed_to_its_end(tmp_path: Path) -> None:
    """A site that wants a cookie first redirects a URL to itself, once."""
    moved = message(b"", b"Location: /a", status=b"302 Found")
    playback = replay(run_of(tmp_path, answer(moved), answer(message(b"page"), 1)))
    assert playback.answer(GET).message[:].startswith(b"HTTP/1.1 302")
    assert body(playback.answer(GET)) == b"page"


def test_the_order_of_arguments_does_not_matter(tmp_path: Path) -> None:
    record = answer(message(b"page"), url="http://news.test/posts?page=2&per_page=10&orderby=id")
    playback = replay(run_of(tmp_path, record))
    for query in ("orderby=id&page=2&per_page=10", "per_page=10&orderby=id&page=2"):
        assert body(playback.answer(get(f"http://news.test/posts?{query}"))) == b"page"


@pytest.mark.parametrize(
    "url",
    [
        *("http://news.test/A", "http://news.test/a/", "http://news.test/a?b=C"),
        *("http://news.test/a?B=c", "http://news.test/a?b=c&b=c", "http://news.test/a?b=c&d"),
        *("http://news.test/a?b=c&sid=" + "0" * 32, "http://news.test/a?b="),
        *("http://news.test/x/../a?b=d", "http://other.test/a?b=c", "http://news.test:81/a?b=c"),
    ],
)
def test_what_is_another_request_has_not_the_same_answer(tmp_path: Path, url: str) -> None:
    """Keys are in lower case and without sessions; requests are not."""
    playback = replay(run_of(tmp_path, answer(url="http://news.test/a?b=c")))
    with pytest.raises(NoCaptureError):
        playback.answer(get(url))


def test_urls_that_differ_in_case_alone_are_kept_apart(tmp_path: Path) -> None:
    urls = ["http://news.test/A?q=x", "http://news.test/a?q=x", "http://news.test/a?q=X"]
    records = [answer(message(url.encode()), n, url=url) for n, url in enumerate(urls)]
    playback = replay(run_of(tmp_path, *records))
    for url in (*urls, *urls[::-1]):
        assert body(playback.answer(get(url))) == url.encode()


@pytest.mark.parametrize(
    ("archived", "requested"),
    [
        ("http://news.test/%C3%BC", "http://news.test/ü"),
        ("http://news.test/%c3%bc", "http://news.test/%C3%BC"),
        ("http://news.test/a%20b", "http://news.test/a b"),
        ("http://me:pass@news.test/a", "http://news.test/a"),
        ("<http://news.test/a>", "http://news.test/a"),
        ("http://NEWS.test:80/a", "http://news.test/a"),
    ],
)
def test_spellings_of_one_url(tmp_path: Path, archived: str, requested: str) -> None:
    playback = replay(run_of(tmp_path, answer(message(b"page"), url=archived)))
    assert body(playback.answer(get(requested))) == b"page"


@pytest.mark.parametrize("hostile", ["http://[news.test/a", "http://news.test]/a", "//[::/a"])
def test_a_hostile_url_with_the_same_key_is_no_answer(tmp_path: Path, hostile: str) -> None:
    records = [answer(message(b"bad"), 0, url=hostile), answer(message(b"good"), 1)]
    playback = replay(run_of(tmp_path, *records))
    assert body(playback.answer(GET)) == b"good"


# Methods and bodies


@pytest.mark.parametrize("name", BODIES)
def test_every_kind_of_body_finds_its_answer(tmp_path: Path, name: str) -> None:
    records = [
        record
        for n, (kind, requested) in enumerate(BODIES.items())
        if kind == name or kind in {"binary", "form", "head"}
        for record in exchange(message(kind.encode()), n, requested=requested)
    ]
    method, mime, sent = BODIES[name]
    request = PlaybackRequest(method=method, url=URL, body=sent, content_type=mime.encode())
    answered = replay(run_of(tmp_path, *records)).answer(request)
    assert answered.message[:].endswith(name.encode())


def test_a_body_of_another_request_is_not_the_answer(tmp_path: Path) -> None:
    records = exchange(message(b"one"), requested=("POST", FORM, b"q=one"))
    playback = replay(run_of(tmp_path, *records))
    for request in (
        GET,
        get(method="POST"),
        get(method="POST", body=b"q=two", content_type=FORM.encode()),
        get(method="PUT", body=b"q=one", content_type=FORM.encode()),
        get(method="HEAD"),
    ):
        with pytest.raises(NoCaptureError):
            playback.answer(request)


@pytest.mark.parametrize(
    ("mime", "one", "two"),
    [
        (FORM, b"q=Abc", b"q=aBC"),
        ("application/json", b'{"q": "X"}', b'{"q": "x"}'),
        ("application/octet-stream", b"\x00\x10\x83", b"i\xb7\x1d"),
    ],
)
def test_bodies_that_differ_in_case_alone_are_kept_apart(
    tmp_path: Path, mime: str, one: bytes, two: bytes
) -> None:
    """The second of each has the same key: even base64 in lower case."""
    records = [
        *exchange(message(b"one"), 0, requested=("POST", mime, one)),
        *exchange(message(b"two"), 1, requested=("POST", mime, two)),
    ]
    playback = replay(run_of(tmp_path, *records))
    requested = [get(method="POST", body=sent, content_type=mime.encode()) for sent in (two, one)]
    assert [body(playback.answer(request)) for request in requested] == [b"two", b"one"]


@pytest.mark.parametrize("spelling", ["q=x y", "q=x%20y", "q=%78%20y"])
def test_bodies_as_other_indexes_spell_them(tmp_path: Path, spelling: str) -> None:
    """The key is the same, whether percent-encoding was undone or not."""
    warc(tmp_path / "x.warc", answer(message(b"found")))
    size = (tmp_path / "x.warc").stat().st_size
    fields = {"url": URL, "method": "POST", "requestBody": spelling, "filename": "x.warc"}
    line = json.dumps(fields | {"offset": "0", "length": str(size)})
    (tmp_path / "x.cdxj").write_text(f"x 20240411080000 {line}\n")
    request = get(method="POST", body=b"q=x+y", content_type=FORM.encode())
    assert body(replay(tmp_path / "x.cdxj").answer(request)) == b"found"


def test_the_head_of_a_page_is_not_the_page(tmp_path: Path) -> None:
    records = [
        *exchange(message(b"page"), 0),
        *exchange(HEAD + b"Content-Length: 4\r\n\r\n", 1, requested=("HEAD", "", b"")),
    ]
    playback = replay(run_of(tmp_path, *records))
    assert body(playback.answer(GET)) == b"page"
    assert playback.answer(get(method="HEAD")).message == HEAD + b"Content-Length: 4\r\n\r\n"


def test_a_foreign_head_keeps_the_length_of_the_page(tmp_path: Path) -> None:
    head = HEAD + b"Content-Length: 4711\r\n\r\n"
    path = warc(tmp_path / "x.warc", *exchange(head, requested=("HEAD", "", b"")))
    assert replay(path).answer(get(method="HEAD")).message == head


# 304


def test_a_304_does_not_shadow_its_200(tmp_path: Path) -> None:
    path = run_of(tmp_path, answer(NOT_MODIFIED, 0), answer(message(b"page"), 1))
    assert body(replay(path).answer(GET)) == b"page"
    conditional = get(conditional=True)
    assert replay(path).answer(conditional).message == NOT_MODIFIED
    assert body(replay(path, run=None, at=warc_date(0)).answer(GET)) == b"page"
    assert replay(path, run=None, at=warc_date(0)).answer(conditional).message == NOT_MODIFIED


def test_an_unconditional_request_gets_the_page_of_another_run(tmp_path: Path) -> None:
    paths = [
        run_of(tmp_path, answer(message(b"page")), run="zero", name="a.warc.gz"),
        run_of(tmp_path, answer(NOT_MODIFIED, 9)),
    ]
    assert body(replay(*paths).answer(GET)) == b"page"
    assert replay(*paths).answer(get(conditional=True)).message == NOT_MODIFIED


def test_conditional_requests_get_what_came_in_its_order(tmp_path: Path) -> None:
    records = [answer(message(b"1"), 0), answer(NOT_MODIFIED, 1), answer(message(b"2"), 2)]
    playback = replay(run_of(tmp_path, *records))
    requested = [GET, *[get(conditional=True)] * 3]
    assert [playback.answer(request).message for request in requested] == [
        message(b"1"),
        NOT_MODIFIED,
        message(b"2"),
        message(b"2"),
    ]


# The closest to a date


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2020", b"0"),
        ("2024-04-11T08:00:04Z", b"0"),
        ("2024-04-11T08:00:06Z", b"10"),
        ("2024-04-11T08:00:14.9Z", b"10"),
        ("2024-04-11T08:00:15.1Z", b"20"),
        ("2124-04-11", b"20"),
        ("9999-12-31T23:59:59Z", b"20"),
        ("0001", b"0"),
    ],
)
def test_at_a_date_the_closest(tmp_path: Path, at: str, expected: bytes) -> None:
    path = run_of(tmp_path, *(answer(message(b"%d" % n), n) for n in (0, 10, 20)))
    playback = replay(path, run=None, at=at)
    assert [body(playback.answer(GET)) for _ in range(2)] == [expected] * 2


def test_at_a_date_the_very_url_goes_before_a_closer_one(tmp_path: Path) -> None:
    records = [answer(message(b"far"), 0), answer(message(b"near"), 99, url="https://news.test/a")]
    path = run_of(tmp_path, *records)
    assert body(replay(path, run=None, at=warc_date(99)).answer(GET)) == b"far"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=9, unique=True), st.integers(0, 3000))
def test_at_any_date_none_is_closer(tmp_path: Path, seconds: list[int], at: int) -> None:
    path = run_of(tmp_path, *(answer(message(b"%d" % n), n) for n in seconds))
    found = int(body(replay(path, run=None, at=warc_date(at)).answer(GET)))
    assert abs(found - at) == min(abs(second - at) for second in seconds)


@pytest.mark.parametrize(
    "date", ["2024-99-99T99:99:99Z", "0000-00-00", "2024-02-30", "2016-12-31T23:59:60Z"]
)
@pytest.mark.parametrize("at", [None, "2024-04-11"])
def test_captures_of_impossible_dates_are_no_obstacle(
    tmp_path: Path, date: str, at: str | None
) -> None:
    records = [answer(message(b"odd"), WARC_Date=date), answer(message(b"good"))]
    playback = replay(run_of(tmp_path, *records), run=None, at=at)
    assert body(playback.answer(GET)) in {b"odd", b"good"}
    only = replay(run_of(tmp_path, records[0], name="y.warc.gz"), run=None, at=at)
    assert body(only.answer(GET)) == b"odd"
