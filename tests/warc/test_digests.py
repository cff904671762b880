"""Digests as WARC fields hold them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.digests import comparable_digest, differing_digest, digest_faults
from tests.warc.examples import RESPONSE

EMPTY = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
OK = f"sha1:{base64.b32encode(hashlib.sha1(b'ok').digest()).decode()}"

labels = st.sampled_from(["md5", "sha1", "sha-256", "SHA224", "sha-384", "SHA512"])


@given(data=st.binary(), label=labels, in_hex=st.booleans(), flip=st.data())
def test_right_and_wrong_digests(
    data: bytes, label: str, in_hex: bool, flip: st.DataObject
) -> None:
    digest = bytearray(hashlib.new(label.lower().replace("-", ""), data).digest())

    def field() -> str:
        return f"{label}:{digest.hex() if in_hex else base64.b32encode(digest).decode()}"

    right = field()
    pieces: list[bytes | memoryview] = [data[:3], memoryview(data)[3:]]
    assert differing_digest(right, pieces) is None
    assert differing_digest(right.rstrip("="), pieces) is None
    assert differing_digest(right.swapcase(), pieces) is None
    assert comparable_digest(right) == comparable_digest(right.lower().rstrip("="))
    digest[flip.draw(st.integers(0, len(digest) - 1))] ^= 1 << flip.draw(st.integers(0, 7))
    assert differing_digest(field(), pieces) == right


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(data=st.binary(), label=labels)
def test_digests_in_base_64(encode: Callable[[bytes], bytes], data: bytes, label: str) -> None:
    digest = hashlib.new(label.lower().replace("-", ""), data).digest()
    right = f"{label}:{encode(digest).decode()}"
    in_base32 = f"{label}:{base64.b32encode(digest).decode()}"
    for field in (right, right.rstrip("=")):
        assert differing_digest(field, [data]) is None
        assert comparable_digest(field) == comparable_digest(in_base32)
    wrong = f"{label}:{encode(bytes(len(digest))).decode()}"
    assert differing_digest(wrong, [data]) == f"{label}:{base64.b64encode(digest).decode()}"
    assert comparable_digest(wrong) != comparable_digest(right)


@pytest.mark.parametrize("value", ["2jmj7l5rSw0yVb/vlWAYkK/YBwk=", EMPTY[5:], EMPTY[5:].lower()])
def test_a_digest_without_its_algorithm_is_sha_1(value: str) -> None:
    assert comparable_digest(value).rpartition(":")[2] == EMPTY[5:]


@given(st.text(max_size=40) | st.from_regex(r"[A-Z0-9_+ -]{32}|[0-9a-g ]{40}", fullmatch=True))
def test_any_value_is_right_only_if_it_is_the_digest(value: str) -> None:
    found = differing_digest(f"sha1:{value}", [])
    if comparable_digest(f"sha1:{value}") != comparable_digest(EMPTY):
        assert found in {EMPTY, f"sha1:{hashlib.sha1(b'').hexdigest()}"}


@pytest.mark.parametrize("field", ["", "crc32:ABCDEFGH", "shake_128:AAAA"])
def test_an_algorithm_that_is_not_known(field: str) -> None:
    with pytest.raises(ValueError, match="no digest algorithm"):
        differing_digest(field, [b""])


@pytest.mark.parametrize(
    ("fields", "block"),
    [
        ({"warc-payload-digest": EMPTY, "warc-type": "resource"}, b""),
        ({"warc-payload-digest": EMPTY, "warc-type": "revisit"}, b"HTTP/1.1 200 OK\r\n\r\nx"),
        ({"warc-payload-digest": EMPTY, "warc-segment-number": "1"}, b"part"),
        ({"warc-payload-digest": OK, "content-type": "application/http"}, CHUNKED),
        ({"warc-payload-digest": OK, "content-type": "Application/HTTP; a=b"}, RESPONSE),
        ({"warc-payload-digest": OK, "content-type": "text/dns"}, b"ok"),
    ],
)
def test_what_a_payload_is(fields: dict[str, str], block: bytes) -> None:
    assert list(digest_faults({"warc-type": "response"} | fields, block)) == []


def test_found_and_expected() -> None:
    fields = {"warc-type": "resource", "warc-block-digest": EMPTY, "warc-payload-digest": EMPTY}
    assert list(digest_faults(fields, b"ok")) == [
        f"WARC-Block-Digest: found {OK}, expected {EMPTY}"
    ]
    fields["warc-payload-digest"] = EMPTY.lower()
    assert len(list(digest_faults(fields, b"ok"))) == 2
