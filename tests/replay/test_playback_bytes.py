"""Which bytes of the capture answer a request."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crawler.items import RecordRef
from crawler.replay.archived_runs import find_runs
from crawler.replay.playback import NoCaptureError, Playback, UnreadableCaptureError, documents
from crawler.warc.digests import sha1_digest
from crawler.warc.records import exchange_records, serialize
from tests.replay.captured import (
    CHUNKED,
    GET,
    HEAD,
    LARGE,
    NOT_MODIFIED,
    URL,
    answer,
    body,
    get,
    index_of,
    info,
    message,
    replay,
    run_of,
    warc,
    warc_date,
)
from tests.warc import examples, files
from tests.warc.bodies import FORM

# Revisits


def revisit(head: bytes = HEAD + b"\r\n", second: float = 5, **fields: Any) -> bytes:
    """Return a revisit of a capture of `URL` with the payload `LARGE`."""
    own = {
        "WARC_Payload_Digest": sha1_digest(LARGE),
        "WARC_Refers_To_Target_URI": URL,
        "WARC_Refers_To_Date": warc_date(0),
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
    assert answered.ref.date == warc_date(5)


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

    def with_payload(self, payload_digest: str) -> RecordRef | None:
        return self.ref

    def latest(self, uri: str) -> RecordRef | None:
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
        records = exchange_records(one, captures=held)
        headers = dict(records[0].rec_headers.headers)
        held.ref = RecordRef(
            record_id=headers["WARC-Record-ID"], uri=URL, date=headers["WARC-Date"]
        )
        built += [b"".join(serialize(record)) for record in records]
    assert b"WARC-Type: revisit" in built[2]
    playback = replay(run_of(tmp_path, *built))
    request = get(method="POST", body=b"q=1", content_type=FORM.encode())
    for second in (0, 1, 1):
        expected = message(LARGE, b"X-Second: %d" % second)
        assert playback.answer(request).message == expected


def test_wgets_revisit_without_a_target(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"WARC_Refers_To_Target_URI": None, "WARC_Refers_To_Date": None}
    path = run_of(tmp_path, ORIGINAL, revisit(**fields))
    playback = replay(path)
    assert body(playback.answer(GET)) == LARGE
    assert playback.answer(GET).is_revisit


def test_the_original_of_the_date_that_is_named(tmp_path: Path) -> None:
    """An empty revisit takes the head of its original, which may be one of several."""
    originals = [answer(message(LARGE, b"X-N: %d" % n), n) for n in (0, 10, 20)]
    named = revisit(b"", 50, url="http://news.test/b", WARC_Refers_To_Date=warc_date(10))
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
            WARC_Refers_To_Date=warc_date(n),
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
    with pytest.raises(NoCaptureError) as caught:
        replay(path).answer(get("http://news.test/b"))
    assert "http://news.test/b" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("form", ["sha1:", "SHA1:", "", "sha-1:"])
def test_digests_in_the_spelling_of_others(tmp_path: Path, form: str) -> None:
    """pywb's indexes leave the algorithm out."""
    path = warc(tmp_path / "x.warc", ORIGINAL, revisit(url="http://news.test/b"))
    lines = []
    value = sha1_digest(LARGE).partition(":")[2]
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


def test_the_page_that_a_304_refers_to_and_no_other(tmp_path: Path) -> None:
    """Between its run and the page that it refers to there are others, nearer to it."""
    profile = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    again = revisit(NOT_MODIFIED, 50, WARC_Profile=profile, WARC_Payload_Digest=None)
    other = answer(message(b"another page"), 40)
    paths = [
        run_of(tmp_path, ORIGINAL, other, run="zero", name="a.warc.gz"),
        run_of(tmp_path, again, name="b.warc.gz"),
    ]
    answered = replay(*paths).answer(GET)
    assert body(answered) == LARGE
    assert b"X-Which: original" in answered.message[:]
    assert answered.ref.date == warc_date(50)


def test_a_revisit_of_a_resource(tmp_path: Path) -> None:
    original = answer(LARGE, kind="resource", Content_Type="text/plain")
    path = run_of(tmp_path, original, revisit(b"", url="http://news.test/b"))
    answered = replay(path).answer(get("http://news.test/b"))
    assert body(answered) == LARGE
    assert answered.message[:].startswith(b"HTTP/1.1 200 OK\r\n")


# Messages as they were, and with corrected framing


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
def test_foreign_messages_are_framed_anew(tmp_path: Path, theirs: bytes, expected: bytes) -> None:
    path = warc(tmp_path / "x.warc", answer(theirs))
    assert replay(path).answer(GET).message == expected


def test_a_cut_foreign_message_stays_cut(tmp_path: Path) -> None:
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


def test_a_foreign_download_is_given_a_head_too(tmp_path: Path) -> None:
    """It has no media type, like our answers that are not HTTP; but it came without HTTP."""
    kind = "application/octet-stream"
    path = warc(tmp_path / "x.warc", answer(b"\0\1", kind="resource", Content_Type=kind))
    assert replay(path).answer(GET).message[:].startswith(b"HTTP/1.1 200 OK\r\n")


def test_what_was_not_http_comes_as_it_came(tmp_path: Path) -> None:
    built = exchange_records(examples.exchange(uri=URL, response=b"SSH-2.0-OpenSSH_9.2\r\n"))
    path = run_of(tmp_path, *(b"".join(serialize(one)) for one in built))
    assert replay(path).answer(GET).message == b"SSH-2.0-OpenSSH_9.2\r\n"


def test_nothing_came_back(tmp_path: Path) -> None:
    built = exchange_records(examples.exchange(uri=URL, response=b""))
    path = run_of(tmp_path, *(b"".join(serialize(one)) for one in built))
    answered = replay(path).answer(GET)
    assert (answered.message, answered.failure) == (b"", None)


def test_nothing_could_be_sent_and_then_it_could(tmp_path: Path) -> None:
    failed = examples.exchange(uri=URL, request=b"", response=b"", failure="E: refused")
    came = examples.exchange(uri=URL, started=examples.STARTED.replace(second=9))
    built = [*exchange_records(failed), *exchange_records(came)]
    playback = replay(run_of(tmp_path, *(b"".join(serialize(one)) for one in built)))
    assert playback.answer(GET).failure == "E: refused"
    assert [playback.answer(GET).message for _ in range(2)] == [examples.RESPONSE] * 2


# Wrong indexes, files that are gone


def wrong_index(folder: Path, **changes: str) -> Playback:
    """Return a playback of a CDXJ of one line, made wrong by *changes*."""
    path = warc(folder / "x.warc", answer(message(b"one")), answer(message(b"two"), url=URL + "b"))
    own = {"url": URL, "offset": "0", "length": str(len(path.read_bytes())), "filename": "x.warc"}
    index = folder / "x.cdxj"
    index.write_text(f"x 20240411080000 {json.dumps(own | changes)}\n")
    return replay(index)


def test_a_right_index_line(tmp_path: Path) -> None:
    assert body(wrong_index(tmp_path).answer(GET)) == b"one"


@pytest.mark.parametrize(
    "changes",
    [
        *({"offset": "1"}, {"offset": "100000"}, {"offset": str(1 << 63)}, {"offset": "9" * 400}),
        *({"length": "1"}, {"length": "40"}, {"url": "http://news.test/c"}),
    ],
    ids=str,
)
def test_a_wrong_index_line_is_noticed(tmp_path: Path, changes: dict[str, str]) -> None:
    playback = wrong_index(tmp_path, **changes)
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
    faults: list[str] = []
    with index_of(path, other) as index:
        (run,) = (one for one in find_runs(index) if one.id == "urn:uuid:one")
        found = [(ref.uri, bytes(block)) for block, ref in documents(index, run, faults.append)]
        assert found == [("file:///seeds/2.txt", b"two"), ("file:///seeds/1.txt", b"one")]
        assert faults == []
        path.write_bytes(path.read_bytes()[:700])
        assert len(list(documents(index, run, faults.append))) < len(found)
        assert faults, "lost in silence"


# What other tools wrote


PAGE = b"<!doctype html><p>The ferry sails at noon.</p>"


@pytest.mark.parametrize(
    "stored", [b"HTTP/2 200\r\n\r\n", b"HTTP/2 200\r\ncontent-encoding: gzip\r\n\r\n"]
)
def test_what_no_client_reads_is_made_readable(tmp_path: Path, stored: bytes) -> None:
    path = warc(tmp_path / "x.warc.gz", answer(stored + PAGE))
    assert replay(path, run=None).answer(GET).message == b"HTTP/1.1 200 \r\n\r\n" + PAGE
    assert replay(path, run=None).answer(get(method="GET")).ref.uri == URL


def test_revisits_too(tmp_path: Path) -> None:
    stored = b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n"
    again = revisit(b"HTTP/2 200\r\nx-a: b\r\ncontent-encoding: br\r\n\r\n", url=f"{URL}b")
    path = warc(tmp_path / "x.warc.gz", answer(stored + LARGE), again)
    found = replay(path, run=None).answer(get(f"{URL}b"))
    assert found.message == b"HTTP/1.1 200 \r\nx-a: b\r\n\r\n" + LARGE


@pytest.mark.parametrize(
    "stored", [b"HTTP/2 200\r\n\r\n", HEAD + b"Content-Encoding: gzip\r\n\r\n"]
)
def test_what_came_in_a_run_stays_as_it_came(tmp_path: Path, stored: bytes) -> None:
    assert replay(run_of(tmp_path, answer(stored + PAGE))).answer(GET).message == stored + PAGE


def test_from_a_deflated_member_of_a_wacz(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/a.warc", answer(message(LARGE), url="http://news.test/b"))
        archive.writestr("archive/b.warc", info() + answer(message(PAGE)))
    playback = replay(path)
    assert body(playback.answer(GET)) == PAGE
    assert body(playback.answer(get("http://news.test/b"))) == LARGE
