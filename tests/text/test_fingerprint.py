"""Digests of texts."""

from __future__ import annotations

from hashlib import sha256

from crawler.text.fingerprint import text_digest


def test_digest_is_that_of_the_lines() -> None:
    assert text_digest("T", ["a", "b"]) == sha256(b"T\na\nb").digest()


def test_normal_form_is_what_counts() -> None:
    assert text_digest("T", ["e\u0301 x"]) == text_digest(" T\u200b", ["\u00e9\u00a0x"])


def test_order_borders_and_title_count() -> None:
    texts = [("", ["a", "b"]), ("", ["b", "a"]), ("", ["a b"]), ("a", ["b"]), ("", [])]
    assert len({text_digest(title, paragraphs) for title, paragraphs in texts}) == len(texts)
