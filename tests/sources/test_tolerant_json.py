"""JSON with junk around it, cut off, in the wrong encoding, and in scripts."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.tolerant_json import NotJsonError, decode, decode_script

POSTS = [{"id": 1, "title": {"rendered": "Café “am” Rhein"}}, {"id": 2, "title": "x"}]
BODY = json.dumps(POSTS, ensure_ascii=False).encode()
NOTICE = b"<br />\n<b>Warning</b>: Undefined array key [0] in <b>/var/www/x.php</b> on line [12]\n"


@pytest.mark.parametrize(
    ("body", "repairs"),
    [
        (BODY, ()),
        (b"\xef\xbb\xbf" + BODY, ("bom",)),
        (NOTICE + BODY, ("before",)),
        (BODY + b"<!-- cached by a plugin in [0.1] s --><script>[1]</script>", ("after",)),
        (b"\xef\xbb\xbf" + NOTICE + BODY + b"\n<p>bye</p>", ("bom", "before", "after")),
        (json.dumps(POSTS, ensure_ascii=False).encode("cp1252"), ("encoding",)),
        (b"\n\n" + BODY + b"\n", ()),
    ],
)
def test_repairs_are_named_and_cost_nothing(body: bytes, repairs: tuple[str, ...]) -> None:
    decoded = decode(body)
    assert decoded.value == POSTS
    assert decoded.repairs == repairs


def test_cut_list_gives_its_whole_posts() -> None:
    decoded = decode(BODY[:-8])
    assert decoded.value == POSTS[:1]
    assert decoded.repairs == ("cut",)


def test_one_broken_element_does_not_cost_the_list() -> None:
    assert decode(b'[{"id": 1}, "broken", null]').value == [{"id": 1}, "broken", None]


def test_lone_surrogates_become_replacement_characters() -> None:
    (post,) = decode(b'[{"title": "half \\ud83d", "whole": "\\ud83d\\ude00"}]').value
    assert post == {"title": "half \N{REPLACEMENT CHARACTER}", "whole": "\N{GRINNING FACE}"}


def test_raw_control_characters_are_taken() -> None:
    assert decode(b'[{"t": "a\tb\nc"}]').value == [{"t": "a\tb\nc"}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body>Just a moment...</body></html>",
        b"Array [0]",
        b"\xff\xfe\x00",
        b"Error: undefined key []",
        b"<!DOCTYPE html><script>var posts =\n[]</script>",
        b'<html><script type=\'application/ld+json\'>{"@type": "WebSite"}</script>',
    ],
)
def test_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        decode(body)


def test_error_quotes_what_a_person_would_read() -> None:
    page = b"<html><head><style>p{}</style><script>x=[]</script></head><h1>Just a  moment</h1>"
    with pytest.raises(NotJsonError, match=r"^Just a moment$"):
        decode(page + b"</html>")


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(NotJsonError):
        decode(b"[" * 200_000)


@given(st.binary(max_size=300))
def test_any_bytes_decode_or_raise(body: bytes) -> None:
    with suppress(NotJsonError):
        assert isinstance(decode(body).value, list | dict)


def test_brackets_upon_brackets_cost_no_time() -> None:
    with pytest.raises(NotJsonError):
        decode(b"[\n" * 200 + b"1," * 1_000_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1};', {"a": 1}),
        ("<!-- [1] -->", [1]),
        ("//<![CDATA[\n7\n//]]>", 7),
        ('/* made */ "x\ty"', "x\ty"),
        ('["\\ud83d"]', ["\N{REPLACEMENT CHARACTER}"]),
        ("", None),
        ("var a = {}", None),
        ("[" * 100_000, None),
    ],
)
def test_scripts(text: str, value: object) -> None:
    assert decode_script(text) == value
