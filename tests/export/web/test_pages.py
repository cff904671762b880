"""`scrapy browse`, over plain HTTP: pages, hosts, captures."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from html import escape, unescape
from pathlib import Path

import pytest

from crawler.warc.reader import records
from crawler.warc.wacz_package import package_findings
from tests.export.web.browsed import HEADLINE, HOSTILE, Answer, Browse, browsing
from tests.running import ROOT, scrapy

CAPTURES = "https://captures.example.org"
PAGES = ["/", "/?q=harbour", "/?source=quay", "/sources", "/runs", "/?q=zzzzzz"]


@pytest.fixture(scope="session")
def captures(browse: Browse) -> int:
    return browse.captures


def frame(browse: Browse, query: str) -> str:
    """Return the path of the frame on the page of the first article that *query* finds."""
    page = browse.get(browse.article(query)).text
    found = re.search(rf'<iframe src="{CAPTURES}(/capture/view/[^"]+)"', page)
    assert found
    return found[1]


def test_every_page_answers_without_scripts_and_with_a_policy(browse: Browse) -> None:
    for path in (*PAGES, browse.article("q=harbour"), browse.article("source=quay")):
        answer = browse.get(path)
        assert answer.status == 200, path
        assert "<script" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert f"frame-src {CAPTURES}" in policy
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers


def test_a_search_shows_snippets_counts_and_what_narrows_it(browse: Browse) -> None:
    text = browse.get("/?q=harbour").text
    assert re.search(r'<p role="status" class="count">\d+ stories, the best match first</p>', text)
    assert "<mark>" in text
    assert 'href="/?q=harbour&amp;source=quay"' in text
    narrowed = browse.get("/?q=harbour&source=quay").text
    assert "1 story" in narrowed
    assert '<a href="/?q=harbour"><span class="hidden">Remove: </span>' in narrowed


def test_what_cannot_be_asked_for_is_said(browse: Browse) -> None:
    assert "is no day such as" in browse.get("/?q=harbour&after=yesterday").text
    assert browse.get("/?page=99999999999999999999").status == 200
    assert "No story has all of this" in browse.get("/?q=zzzzzz").text


def test_the_report_of_a_run_is_beside_it(browse: Browse) -> None:
    found = re.search(r'<a href="(/runs/[^"]+)">its report', browse.get("/runs").text)
    assert found
    assert browse.get(found[1]).status == 200
    for path in ("/runs/..%2fledger.sqlite", "/runs/../ledger.json", "/runs/.hidden.html"):
        assert browse.get(path).status == 404


@pytest.mark.parametrize(
    "path", ["/nowhere", "/article/0000000000000000", "/article/x", "/runs/../ledger", "/corpus/no"]
)
def test_what_is_not_there_is_said_on_a_page(browse: Browse, path: str) -> None:
    answer = browse.get(path)
    assert answer.status == 404
    assert "<h1>Not found</h1>" in answer.text
    assert "Traceback" not in "".join(browse.said)


def test_what_publishers_wrote_is_escaped(browse: Browse) -> None:
    for path in ("/?source=quay", "/?q=pilot+log", browse.article("source=quay")):
        text = browse.get(path).text
        assert "<script>" not in text
        assert "<img" not in text
        assert "<b>not</b>" not in text
    text = browse.get(browse.article("source=quay")).text
    assert escape(HEADLINE, quote=False) in text.replace("&#34;", '"')
    assert HOSTILE in unescape(text)


def test_a_query_is_escaped(browse: Browse) -> None:
    text = browse.get("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&source=%22onclick=1").text
    assert "<script>" not in text
    assert '"onclick' not in text


def test_the_tables_are_there_as_sql_and_json(browse: Browse) -> None:
    sql = "/corpus.json?sql=select+count(*)+as+n+from+article&_shape=array"
    (row,) = json.loads(browse.get(sql).text)
    assert row["n"] == 23
    page = browse.get("/corpus/article").text
    assert '<html lang="en">' in page
    assert "<main>" in page
    wrong = browse.get("/corpus.json?sql=drop+table+article")
    assert wrong.status == 400
    assert json.loads(wrong.text)["ok"] is False


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1", ""],
)
def test_other_hosts_are_refused(browse: Browse, captures: int, host: str) -> None:
    secret = frame(browse, "source=quay").replace("/capture/view/", "/replay/stories/") + ".wacz"
    for port, paths in ((browse.port, ("/", "/corpus.json")), (captures, (secret,))):
        for path in paths:
            answer = browse.get(path, port=port, host=host.format(port=port) or " ")
            assert answer.status == 421
            assert b"quay" not in answer.body


def test_hosts_that_are_meant_are_answered(browse: Browse, captures: int) -> None:
    assert browse.get("/", host="corpus.example.org").status == 200
    assert browse.get("/replay/sw.js", port=captures, host="captures.example.org").status == 200
    # Each has its own name: under that of the pages a script could read them.
    assert browse.get("/", host="captures.example.org").status == 421
    assert browse.get("/replay/sw.js", port=captures, host="corpus.example.org").status == 421


def test_localhost_leads_to_the_name_under_which_captures_are_shown(browse: Browse) -> None:
    answer = browse.get("//evil.example/?q=a", host=f"localhost:{browse.port}")
    assert answer.status == 307
    assert answer.headers["location"] == f"{browse.home}/evil.example/?q=a"


def test_the_port_of_captures_serves_nothing_else(browse: Browse, captures: int) -> None:
    for path in ("/", "/corpus.json", "/sources", browse.article("source=quay"), "/replay/../"):
        assert browse.get(path, port=captures).status == 404
    assert browse.get("/replay/sw.js").status == 404


def test_a_story_needs_its_token(browse: Browse, captures: int) -> None:
    path = frame(browse, "source=quay")
    other = frame(browse, "source=harbour")
    mixed = path.rpartition("/")[0] + "/" + other.rpartition("/")[2]
    for kind, end in (("capture/view", ""), ("capture/readable", ""), ("replay/stories", ".wacz")):
        assert browse.get(path.replace("capture/view", kind) + end, port=captures).status == 200
        assert browse.get(mixed.replace("capture/view", kind) + end, port=captures).status == 404


def test_a_wacz_is_served_in_ranges(browse: Browse, captures: int) -> None:
    path = frame(browse, "source=quay").replace("/capture/view/", "/replay/stories/") + ".wacz"

    def ask(wanted: str, method: str = "GET") -> Answer:
        return browse.get(path, port=captures, method=method, headers={"Range": wanted})

    whole = browse.get(path, port=captures)
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.body)
    middle = ask("bytes=10-19")
    assert middle.status == 206
    assert middle.body == whole.body[10:20]
    assert middle.headers["content-range"] == f"bytes 10-19/{size}"
    assert ask("bytes=-22").body == whole.body[-22:]
    assert ask(f"bytes={size}-").status == 416
    assert ask("bytes=0-0", "HEAD").headers["content-length"] == "1"


def saved(browse: Browse, query: str) -> bytes:
    answer = browse.get(browse.article(query).replace("?", ".wacz?"))
    assert answer.status == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.body


def check_package(tmp_path: Path, content: bytes) -> zipfile.ZipFile:
    (path := tmp_path / "story.wacz").write_bytes(content)
    assert list(package_findings(path)) == []
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_wacz_of_a_page_has_its_record_as_it_lies(
    browse: Browse, browsed_archives: Path, tmp_path: Path
) -> None:
    content = saved(browse, "source=quay")
    assert content == saved(browse, "source=quay")
    with check_package(tmp_path, content) as package:
        member = package.read("archive/record-1.warc.gz")
        _, line = package.read("pages/pages.jsonl").splitlines()
    assert any(member in path.read_bytes() for path in browsed_archives.glob("warc/*quay*"))
    page = json.loads(line)
    assert page["title"] == HEADLINE
    assert page["url"].endswith("/story")


def test_the_wacz_of_a_post_has_a_page_that_says_it_was_made(
    browse: Browse, tmp_path: Path
) -> None:
    with check_package(tmp_path, saved(browse, "q=lightship+reading")) as package:
        (made := tmp_path / "made.warc.gz").write_bytes(package.read("archive/made-page.warc.gz"))
        assert "archive/record-1.warc.gz" in package.namelist()
        _, line = package.read("pages/pages.jsonl").splitlines()
    info, record = records(made)
    assert info.type == "warcinfo"
    assert record.type == "resource"
    assert record.target_uri == json.loads(line)["url"]
    text = bytes(record.block).decode()
    assert "This is no page of the publisher" in text
    assert "REST API sent" in text
    assert "<p>" in text


def test_without_scripts_a_capture_is_shown_in_a_sandbox(browse: Browse, captures: int) -> None:
    path = frame(browse, "source=quay").replace("/view/", "/readable/")
    answer = browse.get(path, port=captures)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors https://corpus.example.org" in policy
    assert "<h1>" in answer.text


def test_answers_of_the_worker_get_a_policy(browse: Browse, captures: int) -> None:
    worker = browse.get("/replay/sw.js", port=captures)
    assert "connect-src 'self'" in worker.text
    assert 'importScripts("./wabac.js")' in worker.text
    assert browse.get("/replay/wabac.js", port=captures).text == "// sw.js\n"


def test_it_builds_alone_and_a_port_that_is_taken_is_refused(
    browse: Browse, browsed_archives: Path
) -> None:
    built = scrapy(browsed_archives, "browse", "--build-only")
    assert built.exit_code == 0
    assert "23 articles, 0 written" in built.log
    taken = scrapy(browsed_archives, "browse", "--port", str(browse.port))
    assert taken.exit_code == 2
    assert "--port" in taken.log


def test_before_the_first_crawl_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    run = scrapy(tmp_path / "archives", "browse")
    assert run.exit_code == 1
    assert "nothing is collected yet" in run.log
    assert "Traceback" not in run.log


def test_one_name_for_both_is_refused(browsed_archives: Path) -> None:
    name = "https://corpus.example.org"
    for replay, why in (("", "set both"), (name, "name another host")):
        urls = ("-s", f"BROWSE_URL={name}", "-s", f"BROWSE_REPLAY_URL={replay}")
        run = scrapy(browsed_archives, "browse", *urls)
        assert run.exit_code == 2
        assert why in run.log


def test_without_datasette_it_says_what_to_install(browsed_archives: Path) -> None:
    program = (
        "import sys; sys.modules['datasette'] = None\n"
        "from scrapy.cmdline import execute\n"
        f"execute(['scrapy', 'browse', '-s', {f'ARCHIVES_DIR={browsed_archives}'!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "scrapy browse: it needs datasette, an extra of Newsreel: make browse installs it "
        "(or pip install 'newsreel[browse]')\n"
    )


def test_without_replayweb_page_captures_are_shown_without_scripts(
    browsed_archives: Path, tmp_path: Path
) -> None:
    with browsing(browsed_archives, "-s", f"BROWSE_VIEWER={tmp_path}") as running:
        text = running.get(running.article("source=quay")).text
        found = re.search(r'<iframe src="(http://127\.0\.0\.1:\d+/capture/readable/[^"]+)"', text)
        assert found
        assert "make browse" in text
        assert running.get(found[1]).status == 200
        assert running.get(found[1].replace("readable", "view")).status == 404
    assert "make browse" in "".join(running.said)


def test_it_leaves_nothing_behind(browsed_archives: Path, tmp_path: Path) -> None:
    program = (
        "import signal, subprocess, sys\n"
        "process = subprocess.Popen([sys.executable, '-m', 'scrapy', 'browse', '--port', '0', "
        f"'-s', {f'ARCHIVES_DIR={browsed_archives}'!r}], stdout=subprocess.PIPE)\n"
        "process.stdout.readline()\n"
        "process.send_signal(signal.SIGINT)\n"
        "sys.exit(process.wait())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 130
    assert list(tmp_path.iterdir()) == []
