"""Make the golden archives anew: ``python -m tests.world.golden_archives [NAME…]``.

Those of a real WordPress need what ``tests/world/wordpress/install.sh`` installs. Nothing that
tells the machine goes into them but loopback addresses; read the texts (``git diff``) before you
commit them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo.modes import Modes
from demo.server import serve
from demo.site import Site, harbour_site
from tests.recorded import REVISED, crawl, edit, publish, spider_arguments
from tests.spiders.rounds import two_rounds
from tests.wire.crawling import ALL, Wire
from tests.wire.service import serving
from tests.world.wordpress.site import WordPress

HERE = Path(__file__).parents[1] / "golden_archives"
_SMALL = ("-s", "ARCHIVE_GZIP=zlib-9")
_STORIES = (103, 106, 107, 110, 114, 115, 119)  # with captions, a protected one, an empty one

# The posts of tests/world/wordpress/posts that are hardest to read.
_AWKWARD = """
    br-breaks builder-shortcodes byline-credit cjk-japanese classic-gallery classic-wpautop
    control-characters dateline-ap emoji empty-title entities-in-body feed-trailer
    gutenberg-all-blocks gutenberg-lists gutenberg-table hidden-parts hindi-joiners
    nbsp-zero-width nested-quotes nfd-text noisy-embed related-plugins rtl-arabic share-jetpack
    title-double-escaped yoast-blocks
"""
_DELETE_OTHERS = """
foreach (get_posts(['numberposts' => -1, 'post_status' => 'any']) as $post)
    if (!in_array($post->post_name, $args)) wp_delete_post($post->ID, true);
"""


def main(names: list[str]) -> None:
    """Record the archives called *names*, all of them without."""
    for name in names or ARCHIVES:
        with TemporaryDirectory() as scratch:
            archives = Path(scratch) / "archives"
            ARCHIVES[name](archives)
            _keep(archives, HERE / name)
        print(name, _size(HERE / name), "bytes")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _keep(archives: Path, folder: Path) -> None:
    """Keep what cannot be made from anything else, and the texts, to compare them."""
    if folder.exists():
        shutil.rmtree(folder)
    for part in ("warc", "text"):
        shutil.copytree(archives / part, folder / part)


def _whole(archives: Path) -> None:
    with serve(harbour_site()) as site:
        crawl(archives, spider_arguments(site.home), *_SMALL)


def _revised(archives: Path) -> None:
    """Three runs: posts come and go and are corrected, pages do not change."""
    with serve(_few()) as site:
        crawl(archives, spider_arguments(site.home), *_SMALL)
        publish(site, 200)
        edit(site, REVISED, day=1, text="This was not so.")
        site.posts.pop(107)
        crawl(archives, spider_arguments(site.home), *_SMALL)
        edit(site, REVISED, day=3, text="It was so after all.")
        crawl(archives, spider_arguments(site.home), *_SMALL)


def _noisy(archives: Path) -> None:
    noise = b"<br />\n<b>Notice</b>: x [0] in <b>/a.php</b> on line <b>1</b><br />\n"
    modes = {"noise_before": noise, "bom": True, "list_as_object": True, "encoding": "cp1252"}
    with serve(_few(permalinks="plain", noise_after=b"<!-- cached [1] -->", **modes)) as site:
        crawl(archives, spider_arguments(site.home), *_SMALL)


def _failing(archives: Path) -> None:
    with serve(_few(bad_posts=frozenset({110}), fail_first=2, silent_cap=3)) as site:
        crawl(archives, spider_arguments(site.home), *_SMALL, expect=3)


def _wordpress(archives: Path) -> None:
    with TemporaryDirectory() as workdir, WordPress.start(Path(workdir)) as site:
        site.wp(_DELETE_OTHERS, *_AWKWARD.split())
        crawl(archives, spider_arguments(site.url, source="wordpress"), *_SMALL)


def _wire(archives: Path) -> None:
    """Two days of the invented news service, its texts as tests/wire has them written by hand."""
    with TemporaryDirectory() as folder, serving(Path(folder)) as service:
        calm = Path(folder, "calm")
        for page in ("depth", "story-hard-to-open"):  # which are megabytes
            (calm / "hostile").mkdir(parents=True, exist_ok=True)
            (calm / "hostile" / f"{page}.status").write_text("404", encoding="utf-8")
        for days, editions in enumerate((["first"], ["first", "next_day"])):
            service.publish(*editions, str(calm))
            run = Wire(service, archives, days).crawl(*_SMALL, **ALL)
            assert run.exit_code in (0, 3), run.log


def _shared(archives: Path) -> None:
    """Two rounds over two sites: runs that share files."""
    two_rounds(archives, 2, 3, ARCHIVE_GZIP="zlib-9", ARCHIVE_FILE_SIZE=10_000)


def _few(**modes: Any) -> Site:
    """Return the demonstration site with some of its posts."""
    site = harbour_site(Modes(**modes))
    site.posts = {number: site.posts[number] for number in _STORIES}
    return site


ARCHIVES: dict[str, Callable[[Path], None]] = {
    "whole": _whole,
    "revised": _revised,
    "noisy": _noisy,
    "failing": _failing,
    "wordpress": _wordpress,
    "wire": _wire,
    "shared": _shared,
}

if __name__ == "__main__":
    main(sys.argv[1:])
