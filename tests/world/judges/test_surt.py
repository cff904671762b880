"""Our keys against those of the surt package, which pywb and cdxj-indexer use."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from crawler.warc.surt import surt
from tests.warc import urls

ORACLE = """
import json, socket, sys

def numeric_only(host):
    try:
        return host, [], [socket.inet_ntoa(socket.inet_aton(host.decode()))]
    except OSError:
        raise socket.gaierror from None

socket.gethostbyname_ex = numeric_only  # it asks the network else
from surt import surt
for line in sys.stdin:
    try:
        key = surt(json.loads(line))
    except Exception:
        key = None
    print(json.dumps(key), flush=True)
"""
Oracle = Callable[[str], "str | None"]

ARC_OR_DNS = re.compile(r"filedesc|dns:", re.IGNORECASE)
AUTHORITY = re.compile(r"(?:https?://)*(?:https?:)?(?://)?([^/?#]*)", re.IGNORECASE)
NO_HOST = re.compile(r"$|:[^\[]*$|[^\[]*\[(?:\]|$)")


def differs_on_purpose(url: str) -> bool:
    """Return whether the package takes a host, port and credentials from the path, for want of one.

    Also `filedesc` and dns: with an authority, which are in no WARC.
    """
    authority = AUTHORITY.match(re.sub(r"[\t\r\n]", "", url.strip()))
    assert authority
    host = authority[1].rstrip(":").rpartition("@")[2]
    has_no_host = NO_HOST.match(host) is not None
    return (
        has_no_host
        or re.match("https?:(?!//)", url) is not None
        or ARC_OR_DNS.match(url) is not None
    )


@pytest.fixture(scope="module")
def oracle(judges: Path) -> Iterator[Oracle]:
    process = subprocess.Popen(
        [judges / "python", "-W", "ignore", "-c", ORACLE],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    def key(url: str) -> str | None:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(url) + "\n")
        process.stdin.flush()
        answer: str | None = json.loads(process.stdout.readline())
        return answer

    with process:
        yield key
        process.communicate(timeout=120)


def compare(oracle: Oracle, url: str) -> bool:
    """Return whether the package has a key for *url*, which is then ours."""
    expected = oracle(url)
    if expected is None or differs_on_purpose(url):
        return False
    assert surt(url) == expected, url
    return True


def test_every_part_with_every_host_port_and_path(oracle: Oracle) -> None:
    places = product(urls.SCHEMES, urls.HOSTS, urls.PORTS[1:], urls.PATHS[:8])
    rests = product(urls.SCHEMES[:2], urls.USERINFO[1:], urls.PATHS, urls.QUERIES)
    tried = [f"{s}{host}{port}{path}" for s, host, port, path in places]
    tried += [f"{s}{user}example.com{path}{query}" for s, user, path, query in rests]
    compared = sum(compare(oracle, url) for url in tried)
    assert compared > len(tried) * 0.8


@settings(max_examples=2000)
@given(url=urls.combined | urls.scribbled)
def test_whatever_hypothesis_makes(oracle: Oracle, url: str) -> None:
    assume(compare(oracle, url))
