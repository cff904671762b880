"""What a document is, whatever its media type says."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.sniffing import document_kind, first_words

DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'
RSS = '<rss version="2.0"><channel><title>a</title></channel></rss>'
RDF = "<rdf:RDF xmlns='http://web.resource.org/cc/'><Work rdf:about=''/></rdf:RDF>"
KINDS = {
    "<rss version='2.0'><channel>": "feed",
    DECLARED + "<!-- made by <html> lovers -->\n<feed xmlns='http://www.w3.org/2005/Atom'>": "feed",
    DECLARED + "<?xml-stylesheet href='a.xsl'?><rdf:RDF xmlns:rdf='x'>": "feed",
    "<br />\n<b>Notice</b>: x in <b>/a.php</b>\n<rss>": "feed",
    "\n\n<atom:feed>": "feed",
    "<rss/>": "feed",
    DECLARED + "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>": "sitemap",
    "<ns0:sitemapindex>": "sitemap",
    "https://www.example.org/a\nhttps://www.example.org/b\n": "addresses",
    'HTTP://example.org/"': "addresses",
    '{"version": "https://jsonfeed.org/version/1.1", "items": []}': "json_feed",
    '\n {"version": "https:\\/\\/jsonfeed.org\\/version\\/1"}': "json_feed",
    '{"feed": "<rss>"}': "json",
    "[]": "json",
    "<!DOCTYPE html><title>x</title><rdf:RDF>": "html",
    DECLARED + "<!DOCTYPE html><html><head><rdf:RDF xmlns:rdf='x'>": "html",
    "<title>x</title><!-- <rdf:RDF xmlns='http://creativecommons.org/ns#'> -->": "html",
    "<html><feed>": "html",
    "<feed-list>": "html",
    "https://example.org/<html>": "html",
    f"<title>a</title>{RDF}<p>b": "html",
    f"<head><!-- {RDF} --></head>": "html",
    f"<script>var a = '{RSS}'</script><h1>a</h1>": "html",
    f"<SCRIPT>var a = '{RSS}'</Script><h1>a</h1>": "html",
    f"<p>Paste this:<textarea rows=2>{RSS}</textarea>": "html",
    f"<p>Paste this:<textarea>{RSS}": "html",
    f"<pre>{RSS}</pre><p>a": "html",
    f"<p>a<code>{RSS}</code>": "html",
    f"<p><![CDATA[{RSS}]]></p>": "html",
    f"<div class=a><p>b</p>{RSS}</div>": "html",
    f"{DECLARED}<div xmlns='http://www.w3.org/1999/xhtml'>{RSS}</div>": "html",
    f'<a title="{RDF}">b</a>': "html",
    f"<meta charset=utf-8>{RSS}": "html",
    f"<!-- {'x' * 100_000} -->{RSS}": "feed",
    f"{DECLARED}<!-- <div><textarea> -->{RSS}": "feed",
    f"<div id='error'><p>database error: <code>SELECT 1</code></p></div>{DECLARED}{RSS}": "feed",
    f"<font size='1'><table><tr><th>Notice<tr><td>x</table></font>\n{DECLARED}{RSS}": "feed",
    f"<script>count()</script>\n{DECLARED}{RSS}": "feed",
    f"<p>Warning: no memory\n{DECLARED}{RSS}": "feed",
    f"<wrapper>{RSS}</wrapper>": "feed",
    "A storm came at night.": "text",
    "": "text",
}


@pytest.mark.parametrize("start", KINDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_kinds(start: str, encoding: str) -> None:
    assert document_kind(start) == KINDS[start]
    assert document_kind(start.encode(encoding)) == KINDS[start]


def test_gzip() -> None:
    assert document_kind(gzip.compress(b"<urlset>")) == "gzip"


def test_a_root_element_far_down_is_none() -> None:
    assert document_kind("<p>" + "x" * 5_000 + "<rss>") == "html"


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    assert document_kind(body)
    assert first_words(body)


def test_first_words() -> None:
    assert first_words(b"") == "nothing"
    assert first_words(b"<script>var a</script><h1>Just a\n moment</h1>") == "Just a moment"
