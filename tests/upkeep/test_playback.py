"""Which capture answers a request, and which bytes come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.items import RecordRef
from crawler.upkeep.playback import (
    Answer,
    NoCaptureError,
    Playback,
    Question,
    UnreadableCaptureError,
    documents,
)
from crawler.warc.cdxj import instant
from crawler.warc.message import payload
from crawler.warc.records import digest, exchange_records, serialised
from crawler.warc.runs import runs
from tests.upkeep.captured import (
    HEAD,
    URL,
    answer,
    exchange,
    index_of,
    info,
    message,
    moment,
    warc,
)
from tests.warc import examples, files
from tests.warc.bodies import BODIES, FORM

GET = Question(method="GET", url=URL)
NOT_MODIFIED = message(status=b"304 Not Modified")
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE = b"news " * 300


def get(url: str = URL, **changes: Any) -> Question:
    return Question(**{"method": "GET", "url": url} | changes)


def replay(*paths: Path, run: str | None = "one", at: str | None = None) -> Playback:
    """A playback of *paths*, in the order of *run* if there is one of that id."""
    found = [one for one in runs(paths) if one.id == f"urn:uuid:{run}"]
    return Playback(index_of(*paths), run=found[0] if found else None, at=at and instant(at))


def run_of(folder: Path, *records: bytes, run: str = "one", name: str = "x.warc.gz") -> Path:
    """A file of ours with *records*."""
    return warc(folder / name, info(run), *records)


def body(answered: Answer) -> bytes:
    return payload(answered.message)


# The run's own order


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
    asked = [body(playback.answer(get(f"{URL}{n}"))) for n in (1, 0, 1, 0, 1, 0)]
    assert asked == [b"1", b"0", b"3", b"2", b"3", b"2"]


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


def test_other_runs_answer_only_what_the_run_never_asked(tmp_path: Path) -> None:
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


def test_what_was_never_asked_names_its_neighbours(tmp_path: Path) -> None:
    records = [answer(url=f"http://news.test/{name}") for name in "aceg"]
    playback = replay(run_of(tmp_path, *records))
    with pytest.raises(NoCaptureError) as caught:
        playback.answer(get("http://news.test/d"))
    assert caught.value.question == "GET http://news.test/d"
    assert caught.value.nearest == [f"http://news.test/{name} (20240411080000)" for name in "aceg"]


def test_an_empty_archive_has_no_neighbours(tmp_path: Path) -> None:
    with pytest.raises(NoCaptureError, match=r"^GET http://news\.test/a is not in the archive$"):
        replay(run_of(tmp_path)).answer(GET)


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


def test_urls_that_differ_in_case_alone_are_told_apart(tmp_path: Path) -> None:
    urls = ["http://news.test/A?q=x", "http://news.test/a?q=x", "http://news.test/a?q=X"]
    records = [answer(message(url.encode()), n, url=url) for n, url in enumerate(urls)]
    playback = replay(run_of(tmp_path, *records))
    for url in (*urls, *urls[::-1]):
        assert body(playback.answer(get(url))) == url.encode()


@pytest.mark.parametrize(
    ("archived", "asked"),
    [
        ("http://news.test/%C3%BC", "http://news.test/ü"),
        ("http://news.test/%c3%bc", "http://news.test/%C3%BC"),
        ("http://news.test/a%20b", "http://news.test/a b"),
        ("http://me:pass@news.test/a", "http://news.test/a"),
        ("<http://news.test/a>", "http://news.test/a"),
        ("http://NEWS.test:80/a", "http://news.test/a"),
    ],
)
def test_spellings_of_one_url(tmp_path: Path, archived: str, asked: str) -> None:
    playback = replay(run_of(tmp_path, answer(message(b"page"), url=archived)))
    assert body(playback.answer(get(asked))) == b"page"


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
        for n, (kind, asked) in enumerate(BODIES.items())
        if kind == name or kind in {"binary", "form", "head"}
        for record in exchange(message(kind.encode()), n, asked=asked)
    ]
    method, mime, sent = BODIES[name]
    question = Question(method=method, url=URL, body=sent, content_type=mime.encode())
    answered = replay(run_of(tmp_path, *records)).answer(question)
    assert answered.message[:].endswith(name.encode())


def test_a_body_of_another_request_is_not_the_answer(tmp_path: Path) -> None:
    records = exchange(message(b"one"), asked=("POST", FORM, b"q=one"))
    playback = replay(run_of(tmp_path, *records))
    for question in (
        GET,
        get(method="POST"),
        get(method="POST", body=b"q=two", content_type=FORM.encode()),
        get(method="PUT", body=b"q=one", content_type=FORM.encode()),
        get(method="HEAD"),
    ):
        with pytest.raises(NoCaptureError):
            playback.answer(question)


@pytest.mark.parametrize(
    ("mime", "one", "two"),
    [
        (FORM, b"q=Abc", b"q=aBC"),
        ("application/json", b'{"q": "X"}', b'{"q": "x"}'),
        ("application/octet-stream", b"\x00\x10\x83", b"i\xb7\x1d"),
    ],
)
def test_bodies_that_differ_in_case_alone_are_told_apart(
    tmp_path: Path, mime: str, one: bytes, two: bytes
) -> None:
    """The second of each has the same key: even base64 in lower case."""
    records = [
        *exchange(message(b"one"), 0, asked=("POST", mime, one)),
        *exchange(message(b"two"), 1, asked=("POST", mime, two)),
    ]
    playback = replay(run_of(tmp_path, *records))
    asked = [get(method="POST", body=sent, content_type=mime.encode()) for sent in (two, one)]
    assert [body(playback.answer(question)) for question in asked] == [b"two", b"one"]


def test_the_head_of_a_page_is_not_the_page(tmp_path: Path) -> None:
    records = [
        *exchange(message(b"page"), 0),
        *exchange(HEAD + b"Content-Length: 4\r\n\r\n", 1, asked=("HEAD", "", b"")),
    ]
    playback = replay(run_of(tmp_path, *records))
    assert body(playback.answer(GET)) == b"page"
    assert playback.answer(get(method="HEAD")).message == HEAD + b"Content-Length: 4\r\n\r\n"


def test_a_head_of_strangers_keeps_the_length_of_the_page(tmp_path: Path) -> None:
    head = HEAD + b"Content-Length: 4711\r\n\r\n"
    path = warc(tmp_path / "x.warc", *exchange(head, asked=("HEAD", "", b"")))
    assert replay(path).answer(get(method="HEAD")).message == head


# 304


def test_a_304_does_not_shadow_its_200(tmp_path: Path) -> None:
    path = run_of(tmp_path, answer(NOT_MODIFIED, 0), answer(message(b"page"), 1))
    assert body(replay(path).answer(GET)) == b"page"
    conditional = get(conditional=True)
    assert replay(path).answer(conditional).message == NOT_MODIFIED
    assert body(replay(path, run=None, at=moment(0)).answer(GET)) == b"page"
    assert replay(path, run=None, at=moment(0)).answer(conditional).message == NOT_MODIFIED


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
    asked = [GET, *[get(conditional=True)] * 3]
    assert [playback.answer(question).message for question in asked] == [
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
    assert body(replay(path, run=None, at=moment(99)).answer(GET)) == b"far"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=9, unique=True), st.integers(0, 3000))
def test_at_any_date_none_is_closer(tmp_path: Path, seconds: list[int], at: int) -> None:
    path = run_of(tmp_path, *(answer(message(b"%d" % n), n) for n in seconds))
    found = int(body(replay(path, run=None, at=moment(at)).answer(GET)))
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


# Revisits


def revisit(head: bytes = HEAD + b"\r\n", second: float = 5, **fields: Any) -> bytes:
    """A revisit of a capture of `URL` with the payload `LARGE`."""
    own = {
        "WARC_Payload_Digest": digest(LARGE),
        "WARC_Refers_To_Target_URI": URL,
        "WARC_Refers_To_Date": moment(0),
        "WARC_Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC_Truncated": "length",
    }
    changed = {name: value for name, value in (own | fields).items() if value is not None}
    return answer(head, second, kind="revisit", **changed)


ORIGINAL = answer(message(LARGE, b"X-Which: original"))


@pytest.mark.parametrize("apart", [False, True], ids=["same file", "other file"])
def test_a_revisit_has_its_own_head_and_the_payload(tmp_path: Path, apart: bool) -> None:
    head = HEAD + b"X-Which: revisit\r\nContent-Length: 1500\r\n\r\n"
    visits = revisit(head, url="http://news.test/b")
    if apart:
        paths = [
            run_of(tmp_path, ORIGINAL, run="zero", name="a.warc.gz"),
            run_of(tmp_path, visits),
        ]
    else:
        paths = [run_of(tmp_path, visits, ORIGINAL)]
    answered = replay(*paths).answer(get("http://news.test/b"))
    assert answered.message == head + LARGE
    assert answered.is_revisit
    assert answered.truncated is None
    assert answered.ref.uri == "http://news.test/b"
    assert answered.ref.date == moment(5)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (CHUNKED, CHUNKED + b"%x\r\n" % len(LARGE) + LARGE + b"\r\n0\r\n\r\n"),
        (HEAD + b"Content-Length: 9\r\n\r\n", HEAD + b"Content-Length: 1500\r\n\r\n" + LARGE),
        (HEAD + b"\r\n", HEAD + b"\r\n" + LARGE),
        (b"", message(LARGE, b"X-Which: original")),
        (HEAD + b"X-A: b\r\n", HEAD + b"X-A: b\r\n\r\n" + LARGE),
        (HEAD + b"X-A: b", HEAD + b"X-A: b\r\n\r\n" + LARGE),
    ],
    ids=["chunked", "length", "neither", "no head", "head without end", "cut head"],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "in chunks"])
def test_heads_of_revisits(tmp_path: Path, head: bytes, expected: bytes, chunked: bool) -> None:
    original = ORIGINAL
    if chunked and head:
        parts = (LARGE[:700], LARGE[700:], b"")
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
        original = answer(CHUNKED + body)
    path = run_of(tmp_path, original, revisit(head, url="http://news.test/b"))
    assert replay(path).answer(get("http://news.test/b")).message == expected


class Held:
    """A ledger that knows one payload."""

    def __init__(self) -> None:
        self.ref: RecordRef | None = None

    def identical(self, payload_digest: str) -> RecordRef | None:
        return self.ref

    def unmodified(self, uri: str) -> RecordRef | None:
        return None


def test_a_revisit_written_by_us(tmp_path: Path) -> None:
    """The second answer to a URL, and to a POST, in the very records of a crawl."""
    post = b"POST /a HTTP/1.1\r\nContent-Type: %b\r\nContent-Length: 3\r\n\r\nq=1" % FORM.encode()
    held, built = Held(), []
    for second in (0, 1):
        one = examples.exchange(
            uri=URL,
            method="POST",
            request=post,
            response=message(LARGE, b"X-Second: %d" % second),
            started=examples.STARTED.replace(second=second),
        )
        records = exchange_records(one, originals=held)
        headers = dict(records[0].rec_headers.headers)
        held.ref = RecordRef(
            record_id=headers["WARC-Record-ID"], uri=URL, date=headers["WARC-Date"]
        )
        built += [b"".join(serialised(record)) for record in records]
    assert b"WARC-Type: revisit" in built[2]
    playback = replay(run_of(tmp_path, *built))
    question = get(method="POST", body=b"q=1", content_type=FORM.encode())
    for second in (0, 1, 1):
        expected = message(LARGE, b"X-Second: %d" % second)
        assert playback.answer(question).message == expected


def test_wgets_revisit_without_a_target(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"WARC_Refers_To_Target_URI": None, "WARC_Refers_To_Date": None}
    path = run_of(tmp_path, ORIGINAL, revisit(**fields))
    playback = replay(path)
    assert body(playback.answer(GET)) == LARGE
    assert playback.answer(GET).is_revisit


def test_the_original_of_the_date_that_is_named(tmp_path: Path) -> None:
    """An empty revisit takes the head of its original, which may be one of several."""
    originals = [answer(message(LARGE, b"X-N: %d" % n), n) for n in (0, 10, 20)]
    named = revisit(b"", 50, url="http://news.test/b", WARC_Refers_To_Date=moment(10))
    path = run_of(tmp_path, *originals, named)
    assert b"X-N: 10" in bytes(replay(path).answer(get("http://news.test/b")).message)


@pytest.mark.parametrize("date", ["", "yesterday", "2024-99-99T99:99:99Z", "２０２４"])
def test_a_revisit_of_no_date(tmp_path: Path, date: str) -> None:
    path = run_of(tmp_path, ORIGINAL, revisit(WARC_Refers_To_Date=date))
    playback = replay(path)
    assert [body(playback.answer(GET)) for _ in range(2)] == [LARGE] * 2


def test_a_chain_of_revisits_is_followed(tmp_path: Path) -> None:
    links = [
        revisit(
            second=n + 1,
            url=f"{URL}{n + 1}",
            WARC_Refers_To_Target_URI=URL + (str(n) if n else ""),
            WARC_Refers_To_Date=moment(n),
        )
        for n in range(5)
    ]
    path = run_of(tmp_path, *links[::-1], ORIGINAL)
    assert body(replay(path).answer(get(f"{URL}5"))) == LARGE


def test_revisits_that_refer_to_each_other_are_unreadable(tmp_path: Path) -> None:
    one = revisit(url=URL + "1", WARC_Refers_To_Target_URI=URL + "2")
    two = revisit(url=URL + "2", WARC_Refers_To_Target_URI=URL + "1")
    for records in ([one, two], [revisit()], [revisit(), revisit(second=6)]):
        path = run_of(tmp_path, *records)
        with pytest.raises(NoCaptureError, match="refers to in another file"):
            replay(path).answer(get(URL + "1") if len(records) == 2 and one in records else GET)


@pytest.mark.parametrize(
    "original",
    [
        None,
        answer(message(b"another page")),
        answer(message(LARGE), url="http://other.test/"),
    ],
    ids=["missing", "changed", "elsewhere"],
)
def test_a_revisit_of_what_is_not_there(tmp_path: Path, original: bytes | None) -> None:
    records = [revisit(url="http://news.test/b"), *([original] if original else [])]
    path = run_of(tmp_path, *records)
    with pytest.raises(UnreadableCaptureError) as caught:
        replay(path).answer(get("http://news.test/b"))
    assert "http://news.test/b" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("form", ["sha1:", "SHA1:", "", "sha-1:"])
def test_digests_in_the_spelling_of_others(tmp_path: Path, form: str) -> None:
    """pywb's indexes leave the algorithm out."""
    path = warc(tmp_path / "x.warc", ORIGINAL, revisit(url="http://news.test/b"))
    lines = []
    value = digest(LARGE).partition(":")[2]
    offset = len(ORIGINAL)
    for url, at, length, mime in (
        (URL, 0, offset, "text/html"),
        ("http://news.test/b", offset, path.stat().st_size - offset, "warc/revisit"),
    ):
        fields = {
            "url": url,
            "mime": mime,
            "digest": form + value,
            "offset": str(at),
            "length": str(length),
            "filename": "x.warc",
        }
        lines.append(f"x 20240411080000 {json.dumps(fields)}\n")
    index = tmp_path / "index.cdxj"
    index.write_text("".join(lines))
    assert body(replay(index).answer(get("http://news.test/b"))) == LARGE


def test_a_304_as_a_revisit_is_a_304(tmp_path: Path) -> None:
    profile = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    again = revisit(NOT_MODIFIED, WARC_Profile=profile, WARC_Payload_Digest=None)
    playback = replay(run_of(tmp_path, ORIGINAL, again))
    assert body(playback.answer(GET)) == LARGE
    assert playback.answer(get(conditional=True)).message == NOT_MODIFIED


def test_a_revisit_of_a_resource(tmp_path: Path) -> None:
    original = answer(LARGE, kind="resource", Content_Type="text/plain")
    path = run_of(tmp_path, original, revisit(b"", url="http://news.test/b"))
    answered = replay(path).answer(get("http://news.test/b"))
    assert body(answered) == LARGE
    assert answered.message[:].startswith(b"HTTP/1.1 200 OK\r\n")


# Messages as they were, and not as they were


def test_our_own_messages_stay_byte_for_byte(tmp_path: Path) -> None:
    odd = HEAD + b"Content-Length: 99\r\nContent-length: 99\r\nx:y\r\n\r\nshort"
    answered = replay(run_of(tmp_path, answer(odd, WARC_Truncated="disconnect"))).answer(GET)
    assert (answered.message, answered.truncated) == (odd, "disconnect")
    surplus = HEAD + b"Content-Length: 1\r\n\r\nlonger"
    assert replay(run_of(tmp_path, answer(surplus))).answer(GET).message == surplus


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (HEAD + b"Content-Length: 99\r\n\r\nok", HEAD + b"Content-Length: 2\r\n\r\nok"),
        (CHUNKED + b"ok", CHUNKED + b"2\r\nok\r\n0\r\n\r\n"),
        (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", CHUNKED + b"2\r\nok\r\n0\r\n\r\n"),
        (HEAD + b"\r\nok", HEAD + b"\r\nok"),
    ],
)
def test_messages_of_strangers_are_framed_anew(
    tmp_path: Path, theirs: bytes, expected: bytes
) -> None:
    path = warc(tmp_path / "x.warc", answer(theirs))
    assert replay(path).answer(GET).message == expected


def test_a_cut_message_of_strangers_stays_cut(tmp_path: Path) -> None:
    cut = HEAD + b"Content-Length: 99\r\n\r\nok"
    path = warc(tmp_path / "x.warc", answer(cut, WARC_Truncated="length"))
    answered = replay(path).answer(GET)
    assert (answered.message, answered.truncated) == (cut, "length")


def test_the_address_is_that_of_the_record(tmp_path: Path) -> None:
    path = run_of(tmp_path, answer(WARC_IP_Address="198.51.100.7"), answer(url=URL + "b"))
    playback = replay(path)
    assert playback.answer(GET).ip_address == "198.51.100.7"
    assert playback.answer(get(URL + "b")).ip_address is None


def test_a_resource_is_given_a_head(tmp_path: Path) -> None:
    path = warc(tmp_path / "x.warc", answer(b"ok", kind="resource", Content_Type="text/css"))
    assert replay(path).answer(GET).message == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 2\r\n\r\nok"
    )


def test_what_was_no_http_comes_as_it_came(tmp_path: Path) -> None:
    built = exchange_records(examples.exchange(uri=URL, response=b"SSH-2.0-OpenSSH_9.2\r\n"))
    path = run_of(tmp_path, *(b"".join(serialised(one)) for one in built))
    assert replay(path).answer(GET).message == b"SSH-2.0-OpenSSH_9.2\r\n"


def test_nothing_came_back(tmp_path: Path) -> None:
    built = exchange_records(examples.exchange(uri=URL, response=b""))
    path = run_of(tmp_path, *(b"".join(serialised(one)) for one in built))
    answered = replay(path).answer(GET)
    assert (answered.message, answered.failure) == (b"", None)


def test_nothing_could_be_sent_and_then_it_could(tmp_path: Path) -> None:
    failed = examples.exchange(uri=URL, request=b"", response=b"", failure="E: refused")
    came = examples.exchange(uri=URL, started=examples.STARTED.replace(second=9))
    built = [*exchange_records(failed), *exchange_records(came)]
    playback = replay(run_of(tmp_path, *(b"".join(serialised(one)) for one in built)))
    assert playback.answer(GET).failure == "E: refused"
    assert [playback.answer(GET).message for _ in range(2)] == [examples.RESPONSE] * 2


# Indexes that lie, files that are gone


def lying(folder: Path, **changes: str) -> Playback:
    """A playback of a CDXJ of one line, which *changes* make a lie."""
    path = warc(folder / "x.warc", answer(message(b"one")), answer(message(b"two"), url=URL + "b"))
    own = {"url": URL, "offset": "0", "length": str(len(path.read_bytes())), "filename": "x.warc"}
    index = folder / "x.cdxj"
    index.write_text(f"x 20240411080000 {json.dumps(own | changes)}\n")
    return replay(index)


def test_an_index_that_tells_the_truth(tmp_path: Path) -> None:
    assert body(lying(tmp_path).answer(GET)) == b"one"


@pytest.mark.parametrize(
    "changes",
    [
        *({"offset": "1"}, {"offset": "100000"}, {"offset": str(1 << 63)}, {"offset": "9" * 400}),
        *({"length": "1"}, {"length": "40"}, {"url": "http://news.test/c"}),
    ],
    ids=str,
)
def test_an_index_that_lies_is_found_out(tmp_path: Path, changes: dict[str, str]) -> None:
    playback = lying(tmp_path, **changes)
    with pytest.raises(UnreadableCaptureError, match=r"x\.warc: byte [0-9]+: "):
        playback.answer(get(changes.get("url", URL)))


def test_a_file_that_vanished(tmp_path: Path) -> None:
    path = run_of(tmp_path, answer())
    playback = replay(path)
    path.unlink()
    with pytest.raises(UnreadableCaptureError, match="No such file"):
        playback.answer(GET)


def test_a_file_that_was_cut_or_damaged_since(tmp_path: Path) -> None:
    path = run_of(tmp_path, answer(message(LARGE)))
    playback, whole = replay(path), path.read_bytes()
    for damaged in (whole[:-20], whole[:-100] + b"\0" * 100, b"", whole[:10]):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableCaptureError, match=r"x\.warc\.gz: byte [0-9]+: "):
            playback.answer(GET)


# What a run imported


def test_documents_that_a_run_imported(tmp_path: Path) -> None:
    def resource(uri: str, block: bytes) -> bytes:
        return answer(block, kind="resource", url=uri, Content_Type="text/plain")

    records = [
        resource("file:///seeds/2.txt", b"two"),
        answer(),
        resource("file:///seeds/1.txt", b"one"),
        resource("http://news.test/x", b"no document"),
        files.record(),
    ]
    other = run_of(tmp_path, resource("file:///seeds/3.txt", b"three"), run="two", name="y.warc.gz")
    path = run_of(tmp_path, *records)
    (run,) = (one for one in runs([path, other]) if one.id == "urn:uuid:one")
    found = [(ref.uri, bytes(block)) for block, ref in documents(run)]
    assert found == [("file:///seeds/2.txt", b"two"), ("file:///seeds/1.txt", b"one")]
