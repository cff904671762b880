"""MB/s of cleaning, ours against others, on the same fragments in one run.

    python -m benchmarks.text_cleaning [PATH …]

A PATH is a file of HTML, or of JSON as the WordPress REST API gives it (one post or a list).
Without one, fragments are generated: posts as the block editor and the classic editor leave them,
3-30 KB. The tools run in turn, round after round, so that a busy machine slows all alike; the
figure is the median round. ``html-text`` is 1.00: more is faster.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import html_text
import inscriptis
import trafilatura
from w3lib.html import remove_tags, replace_entities

from crawler.text import article, markup

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
POSTS = 60
WORDS = (
    *("the", "of", "and", "to", "in", "a", "for", "on", "with", "harbour", "ferry", "council"),
    *("officials", "said", "visit", "island", "storm", "power", "government", "talks", "border"),
    *("agreement", "people", "city", "report", "minister", "week", "against", "between", "trade"),
    *("state’s", "“we”", "–", "year’s", "economy"),
)
CNN = (
    '<p class="paragraph inline-placeholder" data-uri="cms.cnn.com/_components/paragraph/instances/'
    'cl{0}@published" data-editable="text" data-component-name="paragraph"'
    ' data-article-gutter="true">            {1}    </p>'
)
IMAGE = (
    '<figure class="wp-block-image size-large"><img loading="lazy" decoding="async" width="1024"'
    ' height="683" src="https://example.org/img-{0}-1024x683.jpg" alt="{1}" class="wp-image-{0}"'
    ' srcset="https://example.org/img-{0}-1024x683.jpg 1024w, https://example.org/img-{0}-300x200.jpg'
    ' 300w" sizes="(max-width: 1024px) 100vw, 1024px" />'
    '<figcaption class="wp-element-caption">{1}</figcaption></figure>'
)
LINK = '<a href="https://example.org/2024/01/{0}/" target="_blank" rel="noopener">{1}</a>'
SHARE = (
    '<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul>'
    '<li class="share-facebook"><a href="?share=facebook">Facebook</a></li></ul></div>'
)


def sentence(pick: random.Random) -> str:
    return " ".join(pick.choices(WORDS, k=pick.randint(8, 28))).capitalize() + "."


def prose(pick: random.Random) -> str:
    """Return one to five sentences with the inline markup that posts have."""
    text = " ".join(sentence(pick) for _ in range(pick.randint(1, 5)))
    style = pick.randrange(6)
    if style == 0:
        text = text.replace(" said ", f" {LINK.format(pick.randrange(999), 'said')} ", 1)
    elif style == 1:
        text = text.replace("’", "&#8217;").replace("“", "&#8220;").replace("”", "&#8221;")
    elif style == 2:
        text = text.replace(" to ", "&nbsp;to ").replace(" ferry", " <strong>ferry</strong>", 1)
    return text


def block_post(pick: random.Random, size: int) -> str:
    """Return a post of the block editor."""
    kinds: tuple[Callable[[], str], ...] = (
        *[lambda: f"<p>{prose(pick)}</p>"] * 8,
        lambda: f'<h2 class="wp-block-heading" id="h-{size}">{sentence(pick)}</h2>',
        lambda: IMAGE.format(pick.randrange(999), sentence(pick)),
        lambda: f'<ul class="wp-block-list">{f"<li>{sentence(pick)}</li>" * 4}</ul>',
        lambda: (
            f'<blockquote class="wp-block-quote"><p>{prose(pick)}</p><cite>N</cite></blockquote>'
        ),
    )
    return "\n\n\n\n".join(pick.choice(kinds)() for _ in range(size)) + SHARE


def classic_post(pick: random.Random, size: int) -> str:
    """Return a post of the classic editor, or one syndicated into it."""
    kinds: tuple[Callable[[], str], ...] = (
        *[lambda: f"<p>{prose(pick)}</p>"] * 5,
        lambda: CNN.format(pick.randrange(10**18), prose(pick)),
        lambda: f"<p>{prose(pick)}<br />\n{prose(pick)}</p>",
        lambda: f"<h3>{sentence(pick)}</h3>",
        lambda: (
            '<p><img class="alignnone" src="https://example.org/a.jpg" alt="" /></p>\n<p>&nbsp;</p>'
        ),
    )
    return "\n".join(pick.choice(kinds)() for _ in range(size)) + "\n<div>First on cnn.com</div>"


def make_posts() -> list[str]:
    pick = random.Random(2024)
    makers = (block_post, classic_post)
    return [makers[number % 2](pick, pick.randint(8, 80)) for number in range(POSTS)]


def fragments_of(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if text.lstrip()[:1] not in ("{", "["):
        return [text]
    posts = json.loads(text)
    return [post["content"]["rendered"] for post in (posts if isinstance(posts, list) else [posts])]


def w3lib(html: str) -> str:
    return replace_entities(remove_tags(html))


def whole_chain(html: str) -> article.CleanArticle:
    return article.clean("Headline", html)


def trafilatura_text(html: str) -> str | None:
    text: str | None = trafilatura.extract(html, include_comments=False)
    return text


TOOLS: dict[str, Callable[[str], object]] = {
    "newsreel, whole chain": whole_chain,
    "newsreel, markup only": markup.paragraphs,
    "html-text": html_text.extract_text,
    "inscriptis": inscriptis.get_text,
    "trafilatura extract": trafilatura_text,
    "w3lib": w3lib,
}


def seconds(tool: Callable[[str], object], fragments: list[str]) -> float:
    start = time.process_time()
    for html in fragments:
        tool(html)
    return time.process_time() - start


def main(paths: list[str]) -> None:
    fragments = [html for path in paths for html in fragments_of(Path(path))] or make_posts()
    size = sum(len(html.encode()) for html in fragments)
    fragments *= max(1, 500_000 // size)
    megabytes = sum(len(html.encode()) for html in fragments) / 1e6
    rounds = [
        {name: seconds(tool, fragments) for name, tool in TOOLS.items()} for _ in range(ROUNDS)
    ]
    speeds = {
        name: megabytes / statistics.median(taken[name] for taken in rounds) for name in TOOLS
    }
    print(f"{len(fragments)} fragments, {megabytes:.2f} MB, median of {ROUNDS} rounds, CPU time")
    for name, speed in speeds.items():
        print(f"{name:24}{speed:8.1f} MB/s{speed / speeds['html-text']:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
