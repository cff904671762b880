"""Parts of URLs, ordinary and hostile, to be combined each with each."""

from __future__ import annotations

from hypothesis import strategies as st

ID32 = "1234567890abcdef1234567890ABCDEF"
ID24 = "abcdefghijklmnopqrstuvwx"

SCHEMES = ("http://", "https://", "HTTP://", "", "ftp://", "http://http://", "https://http://")
USERINFO = ("", "", "user:pw@", "u@", "a%40b@")
HOSTS = (
    *("example.com", "www.Example.com", "WWW3.example.com", "www.www.x.org", "localhost", "www."),
    *("bücher.example", "xn--bcher-kva.example", "日本語。jp", "a%C3%BC.de", "ü..b", "\udc80.com"),
    *("127.0.0.1", "127.1", "0177.0.0.1", "2130706433", "999999999999", "0x7f.1", "1.2.3.4.5"),
    *("256.1.1.1", "08.1.1.1", "0.9", "0", "[::1]", "[2001:DB8::1]", "[::1", "a[b"),
    *("a..b", ".a.", "a...b.", "", "%77ww.ex%41mple.com", "ex%2541mple.com", "a%00b", "a%0Ab"),
    *("exa mple.com", "a,b.com", "x)y.com", "a_b.c-d.com"),
)
PORTS = ("", "", ":80", ":443", ":8080", ":", ":080", ":0", "::")
PATHS = (
    *("", "/", "/A/b", "/a/", "/a//b///", "/./a/../b", "/../x", "/../../x", "/a/.", "/a/..", "//"),
    *("/%7Efoo", "/%E2%82%AC", "/%e2%82%ac", "/€", "/a b", "/a%20b", "/a%2520b", "/%25", "/%"),
    *("/%zz", "/a%2Fb", "/a%3Fb", "/a%23b", "/a\tb", "/a%0Ab", "/a\\b", "/\x7f", "/\x01", "/\x85"),
    *("/...", "/.hidden", "/a/./", "/index.php/", "/a+b", "/'\"<>", f"/a;jsessionid={ID32}"),
    *(f"/(S({ID24}))/a.aspx", f"/x/({ID24})/b/C.ASPX", f"/(a({ID24})b({ID24}))/y.aspx"),
)
QUERIES = (
    *("", "?", "??", "?a=1", "?b=2&a=1", "?a=1&a", "?a=&a", "?B=2&A=1", "?&", "?&&", "?a&", "?="),
    *("?a-b=1&a=2", "?x=http://Y.com/", "?q=%20x", "?q=a+b", "?q=%2526", "?ü=é", "?a=b?c", "? "),
    *(f"?sid={ID32}", f"?a=1&PHPSESSID={ID32}&b=2", f"?jsessionid={ID32}&sid={ID32}"),
    *("?cfid=1&cftoken=2&x=3", "?x=3&cfid=1&cftoken=2", f"?a=1&sid={ID32}x"),
    "?ASPSESSIONIDABCDEFGH=ABCDEFGHIJKLMNOPQRSTUVWX&z=1",
)
FRAGMENTS = ("", "", "#", "#frag", "#a?b")

combined = st.builds(
    "".join,
    st.tuples(*map(st.sampled_from, (SCHEMES, USERINFO, HOSTS, PORTS, PATHS, QUERIES, FRAGMENTS))),
)
scribbled = st.builds(
    str.__add__,
    st.sampled_from(("http://", "https://x/", "")),
    st.text("ab.:/?#&=%@[]2541wW-_,) \tü€;", max_size=25) | st.text(max_size=25),
)
