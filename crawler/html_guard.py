"""Markup that would choke the HTML parser, found before it is parsed.

libxml2 takes time in the square of the number of attributes of a tag: a page of one tag with
200,000 attributes takes minutes.

Source: HTML Living Standard 13.2.5 (tokenization).
"""

from __future__ import annotations

import re

from lxml import etree

MOST_ATTRIBUTES = 2_000
_LONG_TAG = 8_000  # characters: a shorter tag has no room for so many attributes

# A quote opens a value only behind an equals sign.
_ATTRIBUTES = r"""[^>=]*+(?:=(?:[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+'))?+[^>=]*+)*+"""
_ATTRIBUTE = re.compile(r"""[\s/"'][^\s/>"'=]""")
_VALUE = re.compile(r"""=[ \t\n\f\r]*+(?:"[^"]*+"|'[^']*+')""")
# What is in these elements is text, whatever it looks like (13.2.5.2-4; libxml2 adds xmp, iframe).
_RAW = "script|style|title|textarea|iframe|noembed|noframes|xmp|plaintext"
# One pass over comments, tags, and the text of raw elements: a quote that is never closed in any of
# them must not hide the tags behind it.
_TOKEN = re.compile(
    r"<(?:!--(?!-?>)(?:[^-]++|-(?!-!?>))*+"
    rf"|(?:(?P<raw>(?i:{_RAW}))(?=[ \t\n\f\r/>])|[a-zA-Z])(?P<rest>{_ATTRIBUTES})"
    r"(?(raw)(?:[^<]++|<(?!/(?i:(?P=raw))))*+))"
)


def html_parser() -> etree.HTMLParser:
    """Return a parser for UTF-8 that goes to libxml2's greatest depth and drops comments."""
    return etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)


def has_hostile_tag(html: str) -> bool:
    """Tell whether a tag has too many attributes; text in scripts and comments is no tag."""
    return any(
        found.end() - found.start() > _LONG_TAG and _is_hostile(found["rest"] or "")
        for found in _TOKEN.finditer(html)
    )


def without_hostile_tags(html: str) -> str:
    """Return *html* with each tag that has too many attributes cut down to one of none."""
    return _TOKEN.sub(_harmless, html) if has_hostile_tag(html) else html


def _harmless(token: re.Match[str]) -> str:
    if not _is_hostile(token["rest"] or ""):
        return token[0]
    # The element of a script stays, since what is in it would be read as tags without it.
    return f"<{token['raw'] or 'i'}{token.string[token.end('rest') : token.end()]}"


def _is_hostile(rest: str) -> bool:
    """Tell whether a tag has too many attributes; *rest* is what stands behind its first letter."""
    if len(rest) <= _LONG_TAG:
        return False
    return len(_ATTRIBUTE.findall(_VALUE.sub('="', rest))) > MOST_ATTRIBUTES
