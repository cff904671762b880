"""The pages of a packed crawl: what each article is shown as, and that nobody takes it for news."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from lxml import html
from warcio.archiveiterator import ArchiveIterator

from demo.server import serve
from demo.site import harbour_site
from tests.recorded import crawl, spider_arguments
from tests.running import Run, scrapy
from tests.servers.small_wordpress import SmallWordPress, rest_post, serving

MADE = "newsreel-made-pages.warc.gz"
ARABIC = "وصلت العبارة متأخرة يوم الاثنين، ولم يقل مدير المرفأ لأحد سبب ذلك."


def packed(archives: Path, wacz: Path, *what: str) -> list[dict[str, str]]:
    """Pack *archives*, or *what* is named, and return the page list."""
    done = scrapy(archives, "wacz", *what, "-o", str(wacz), "--overwrite")
    assert done.exit_code == 0, done.log
    with zipfile.ZipFile(wacz) as file:
        _, *lines = file.read("pages/pages.jsonl").splitlines()
    return [json.loads(line) for line in lines]


def made(wacz: Path) -> dict[str, html.HtmlElement]:
    """Return the pages that were made, by their addresses."""
    with zipfile.ZipFile(wacz) as file:
        found = ArchiveIterator(io.BytesIO(file.read(f"archive/{MADE}")))
        return {
            str(record.rec_headers.get_header("WARC-Target-URI")): html.document_fromstring(
                record.content_stream().read().decode()
            )
            for record in found
            if record.rec_type == "resource"
        }


def crawled(archives: Path, **arguments: str) -> Run:
    with serve(harbour_site()) as site:
        return crawl(archives, spider_arguments(site.home, **arguments))


def test_each_text_of_a_rest_api_is_a_page(archives: Path, tmp_path: Path) -> None:
    run = crawled(archives)
    pages, shown = packed(archives, tmp_path / "out.wacz"), made(tmp_path / "out.wacz")
    assert {page["url"] for page in pages} == shown.keys()
    assert len(pages) == len(run.texts)
    for page in pages:
        document = shown[page["url"]]
        assert "\n".join(document.xpath("//article/p[@dir]/text()")) == page["text"]
        origin, original = document.xpath("//footer//a/@href")
        assert "/wp-json/wp/v2/posts?" in origin
        assert "/wp-json/" not in original


def test_with_the_pages_of_the_posts_none_is_made(archives: Path, tmp_path: Path) -> None:
    run = crawled(archives, pages="yes")
    pages = packed(archives, tmp_path / "out.wacz")
    assert len(pages) == len(run.texts)
    assert not any("newsreel.invalid" in page["url"] for page in pages)
    assert f"archive/{MADE}" not in zipfile.ZipFile(tmp_path / "out.wacz").namelist()


def test_the_language_of_a_page(archives: Path, tmp_path: Path) -> None:
    posts = [
        rest_post(1, "{home}", ARABIC, lang="ar"),
        rest_post(2, "{home}", "Late <b>again</b>."),
    ]
    alternates = '<link rel="alternate" hreflang="ar" href="{home}/ar/">'
    alternates += '<link rel="alternate" hreflang="en" href="{home}/">'
    with serving(SmallWordPress(posts, head=alternates)) as site:
        crawl(archives, spider_arguments(site.home))
    packed(archives, tmp_path / "out.wacz")
    languages = {page.get("lang") for page in made(tmp_path / "out.wacz").values()}
    assert languages == {"ar", "en"}


def test_a_wacz_that_is_packed_again_has_each_page_once(archives: Path, tmp_path: Path) -> None:
    crawled(archives)
    once, twice = tmp_path / "once.wacz", tmp_path / "twice.wacz"
    pages = packed(archives, once)
    again = packed(archives, twice, str(once))
    assert [page | {"ts": ""} for page in again] == [page | {"ts": ""} for page in pages]
    assert made(twice).keys() == made(once).keys()
    with zipfile.ZipFile(twice) as file:
        assert len([name for name in file.namelist() if name.startswith("archive/")]) == 2


def test_what_was_made_is_not_merged(archives: Path, tmp_path: Path) -> None:
    run = crawled(archives)
    packed(archives, tmp_path / "out.wacz")
    again = scrapy(tmp_path / "other", "crawl", "warc", "-a", f"path={tmp_path / 'out.wacz'}")
    assert again.exit_code == 0, again.log
    assert again.texts == run.texts
    (warc,) = (archives / "warc").iterdir()
    assert [path.name for path in (tmp_path / "other" / "warc").iterdir()] == [warc.name]


def test_what_was_made_is_no_capture(archives: Path, tmp_path: Path) -> None:
    run = crawled(archives)
    packed(archives, tmp_path / "out.wacz")
    with zipfile.ZipFile(tmp_path / "out.wacz") as file:
        file.extract(f"archive/{MADE}", tmp_path)
    again = scrapy(tmp_path / "other", "crawl", "warc", "-a", f"path={tmp_path / 'archive' / MADE}")
    assert again.texts == {}
    assert again.report["stats"]["warc/skipped/made_page"] == len(run.texts)
