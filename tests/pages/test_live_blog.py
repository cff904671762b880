"""Live blogs are read entry by entry with their times; lists that have times are none."""

from __future__ import annotations

import json
import time

import pytest

from crawler.pages.generic import PageContent, article, read
from crawler.pages.linked_data import Node
from crawler.pages.live_blog import missing_updates
from crawler.text.article import clean
from tests.pages.served import page

URL = "https://news.example/2024/06/03/storm"
LEAD = "A storm from the north-west has reached the islands, and the ferries stay in port today."
SAID = {
    "14:05": "The keeper of the lighthouse has counted forty waves since noon, and counts on.",
    "13:20": "Two roofs are on the harbour road, and nobody was below, says the fire brigade.",
    "12:48": "The mayor asks all to stay at home this evening, and to bring the dogs inside.",
    "11:15": "The school has sent the children home with the last bus, two hours early.",
    "10:02": "The wind reached a hundred kilometres an hour at the station on the hill.",
}
HEAD = {
    "14:05": "Forty waves",
    "13:20": "Roofs on the road",
    "12:48": "Stay at home",
    "11:15": "School is over",
    "10:02": "A hundred at the hill",
}
STORY = "".join(
    f"<p>{text}</p>"
    for text in (
        LEAD,
        "The harbour master had the boats tied twice in the night, and slept in his office.",
        "Fishermen say that they have seen worse, in the winter in which the chapel fell down.",
        "The bakery has bread for two days, and the shop has candles, batteries and playing cards.",
        "On Thursday the wind will turn, says the weather service, and then the sun will shine.",
    )
)


def content(body: str, *, head: str = "", title: str = "Storm over the islands") -> PageContent:
    html = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return read(page(html, URL))


def lines(found: PageContent) -> list[str]:
    return list(clean("", found.main_content.html).paragraphs)


def blog(entry: str, holder: str = '<div class="{}">', name: str = "liveblog") -> str:
    """Return a page of entries, in each TIME, HEAD and SAID."""
    entries = "".join(
        entry.replace("TIME", shown).replace("HEAD", HEAD[shown]).replace("SAID", said)
        for shown, said in SAID.items()
    )
    around = holder.format(name)
    closing = f"</{around[1:].split()[0].rstrip('>')}>"
    return f"<main><h1>Storm over the islands</h1><p>{LEAD}</p>{around}{entries}{closing}</main>"


WITH_HEADS = [LEAD, *(line for at, said in SAID.items() for line in (at, HEAD[at], said))]
WITHOUT = [LEAD, *(line for at, said in SAID.items() for line in (at, said))]
KINDS = {
    "cards": '<div class="card"><time>TIME</time><h3>HEAD</h3><p>SAID</p></div>',
    "widgets with shares": (
        '<section class="widget"><div class="when">TIME</div><h3><a href="#x">HEAD</a></h3>'
        '<p>SAID</p><div class="share">Share this</div></section>'
    ),
    "time below": (
        '<div class="entry right"><h3>HEAD</h3><div class="text">SAID</div>'
        '<footer><time datetime="2024-06-03">TIME</time></footer></div>'
    ),
    "articles whose headlines are links": (
        '<article class="teaser"><time>TIME</time>'
        '<h2><a href="/2024/06/03/storm/p1">HEAD</a></h2><p>SAID</p></article>'
    ),
    "an aside": (
        '<div class="item"><aside class="item-aside"><time>TIME</time></aside>'
        '<div class="comment-body"><h4>HEAD</h4><p>SAID</p></div></div>'
    ),
    "author between": (
        '<li class="post"><time>TIME</time><span class="author">Ada Poe</span>'
        "<h3>HEAD</h3><p>SAID</p></li>"
    ),
}


@pytest.mark.parametrize("entry", KINDS.values(), ids=KINDS)
def test_entries_with_their_times(entry: str) -> None:
    found = content(blog(entry))
    assert lines(found) == WITH_HEADS
    assert found.main_content.entries == len(SAID)


@pytest.mark.parametrize("name", ["ticker", "c-timeline", "live", "post-updates", "live-comments"])
def test_names_of_live_blogs(name: str) -> None:
    entry = '<div class="x"><span>TIME</span><div>SAID</div></div>'
    assert lines(content(blog(entry, name=name))) == WITHOUT


def test_times_that_go_back_need_no_name() -> None:
    said = f"SAID {SAID['12:48'].replace('mayor', 'doctor')}"
    entry = f'<div class="x"><span>TIME</span><p>{said}</p></div>'
    assert content(blog(entry, name="a")).main_content.entries == len(SAID)
    upwards = dict(sorted(SAID.items()))
    entries = "".join(entry.replace("TIME", at).replace("SAID", upwards[at]) for at in upwards)
    assert not content(f"<h1>Storm</h1><div class=a>{entries}</div>").main_content.entries


def test_a_time_in_the_headline_stays_there() -> None:
    entry = '<div class="live-entry"><h3><time>TIME</time> HEAD</h3><p>SAID</p></div>'
    heads = [line for at, said in SAID.items() for line in (f"{at} {HEAD[at]}", said)]
    assert lines(content(blog(entry))) == [LEAD, *heads]
    written = '<div class="live-entry"><h3>TIME HEAD</h3><p>SAID</p></div>'
    assert lines(content(blog(written))) == [LEAD, *heads]


@pytest.mark.parametrize(
    "shown", ["{} Uhr", "{} h", "{} GMT", "{} p.m.", "Today, {}", "3 June, {}", "um {} Uhr"]
)
def test_times_are_written_as_they_are_shown(shown: str) -> None:
    entry = f'<div class="x"><span class="time">{shown.format("TIME")}</span><p>SAID</p></div>'
    assert lines(content(blog(entry)))[1::2] == [shown.format(at) for at in SAID]


def test_a_label_is_no_part_of_the_time() -> None:
    entry = '<div class="x"><span class="time">Posted at TIME</span><p>SAID</p></div>'
    assert lines(content(blog(entry))) == WITHOUT


def test_minutes_of_a_match() -> None:
    entries = "".join(
        f'<div class="x"><b>{minute}</b><p>{said}</p></div>'
        for minute, said in zip(("90+2'", "78'", "45’", "12'"), SAID.values(), strict=False)
    )
    found = content(f'<h1>Derby</h1><div class="match-ticker">{entries}</div>')
    assert lines(found)[::2] == ["90+2'", "78'", "45’", "12'"]


def test_short_entries_stay_whatever_their_boxes_are_called() -> None:
    brief = {f"{minute}'": f"Corner number {minute}." for minute in (81, 64, 50, 12)}
    entries = "".join(
        f'<div class="x"><b class="y">{minute}</b><div class="comment-body">{said}</div></div>'
        for minute, said in (*brief.items(), ("3'", SAID["14:05"]), ("2'", SAID["13:20"]))
    )
    found = lines(content(f'<h1>Derby</h1><div class="match-ticker">{entries}</div>'))
    assert found[:8] == [line for minute, said in brief.items() for line in (minute, said)]


def test_declared_ages_count_as_times() -> None:
    entries = "".join(
        f'<div class="x"><time>{age} ago</time><p>{said}</p></div>'
        for age, said in zip(("5 minutes", "an hour", "3 hours"), SAID.values(), strict=False)
    )
    body = f"<h1>Storm over the islands</h1><div class=a>{entries}</div>"
    declared = declare([])
    assert not content(body).main_content.entries
    assert lines(content(body, head=declared))[::2] == [
        "5 minutes ago",
        "an hour ago",
        "3 hours ago",
    ]


def test_microdata() -> None:
    entry = (
        '<div itemprop="liveBlogUpdate" class="comment"><time></time><h3>HEAD</h3><p>SAID</p></div>'
    )
    holder = '<div class="{}" itemscope itemtype="https://schema.org/LiveBlogPosting">'
    found = content(blog(entry, holder, "a"))
    assert lines(found) == [line for line in WITH_HEADS if line not in SAID]
    assert found.main_content.entries == len(SAID)


def test_what_stands_between_and_behind() -> None:
    entry = '<li class="x"><time>TIME</time><p>SAID</p></li><li class="ad">Advertisement</li>'
    body = blog(entry, '<ul class="{}">').replace(
        "</main>",
        '<a class="more">Load more</a><div class="readers"><p>I have never read a longer ticker '
        "about the wind, and I have read them all since the year of the flood.</p></div></main>",
    )
    assert lines(content(body)) == WITHOUT


def test_an_entry_is_not_read_twice() -> None:
    entry = '<div class="x"><time>TIME</time><h3>HEAD</h3><p>SAID</p></div>'
    pinned = entry.replace("TIME", "14:05").replace("HEAD", HEAD["14:05"])
    body = blog(entry).replace('"liveblog">', '"liveblog">' + pinned.replace("SAID", SAID["14:05"]))
    summary = "".join(f'<li>{at} <a href="#e">{head}</a></li>' for at, head in HEAD.items())
    body = body.replace('<div class="liveblog">', f'<ul>{summary}</ul><div class="liveblog">')
    assert lines(content(body)) == WITH_HEADS


def test_a_story_goes_on_behind_its_timeline() -> None:
    box = blog('<div class="x"><b>TIME</b><p>SAID</p></div>', name="timeline")
    after = "<p>In the evening the wind lay down, and the islanders came out with brooms.</p>"
    found = content(box.replace("</main>", f"{after}</main>"))
    assert lines(found)[-1].startswith("In the evening")
    assert found.main_content.entries == len(SAID)


def row(entry: str, name: str) -> str:
    items = "".join(
        entry.replace("TIME", at).replace("HEAD", HEAD[at]).replace("SAID", said)
        for at, said in SAID.items()
    )
    return f'<div class="{name}">{items}</div>'


NONE = {
    "photographs": row(
        '<figure class="photo-update"><img src="x"><time>TIME</time><figcaption>SAID</figcaption>'
        "</figure>",
        "updates",
    ),
    "pictures in boxes": row(
        '<div class="pic"><img src="x"><span class="time">Updated TIME</span>'
        '<p class="caption">HEAD</p></div>',
        "gallery-updates",
    ),
    "related stories": row(
        '<li class="story"><time>TIME</time><h3><a href="/2024/x">HEAD</a></h3><p>SAID</p></li>',
        "latest-updates",
    ),
    "a news ticker": row(
        '<div class="n"><span>TIME</span> <a href="/n/1">HEAD: SAID</a></div>', "newsticker live"
    ),
    "comments": row(
        '<div class="comment"><b>Ada</b> <time>3 June 2024, TIME</time><p>SAID</p></div>',
        "comments",
    ),
    "replies of readers": row(
        '<li itemscope itemtype="https://schema.org/Comment"><i>Ada</i><time>TIME</time>'
        "<div>SAID</div></li>",
        "list",
    ),
    "a schedule": "".join(
        f'<div class="slot"><time>{at}</time><h4>{HEAD[at]}</h4><p>{SAID[at]}</p></div>'
        for at in sorted(SAID)
    ).join(('<div class="tv-schedule">', "</div>")),
    "programmes": row(
        '<li class="p"><span>TIME</span><b>HEAD</b><span>Film, live</span></li>', "live-tv"
    ),
    "a table of matches": (
        '<table class="live">'
        + "".join(f"<tr><td>{at}</td><td>Storm – Wind</td><td>2:1</td></tr>" for at in SAID)
        + "</table>"
    ),
    "matches in boxes": row(
        '<div class="match"><span>TIME</span><span>HEAD</span><b>2:1</b></div>', "live-scores"
    ),
}


@pytest.mark.parametrize("box", NONE.values(), ids=NONE)
@pytest.mark.parametrize("place", ["{story}{box}", "{box}{story}"])
def test_lists_with_times_are_none(box: str, place: str) -> None:
    body = place.format(story=f"<article>{STORY}</article>", box=box)
    found = content(f"<main><h1>Storm over the islands</h1>{body}</main>")
    assert not found.main_content.entries
    assert LEAD in lines(found)


def test_stories_of_a_stream_are_none() -> None:
    entry = f'<article class="live"><time>TIME</time><h1>HEAD</h1><p>SAID</p>{STORY}</article>'
    items = "".join(
        entry.replace("TIME", at).replace("HEAD", HEAD[at]).replace("SAID", said)
        for at, said in SAID.items()
    )
    found = content(f"<main>{items}</main>", title=HEAD["14:05"])
    assert not found.main_content.entries


def declare(updates: list[Node]) -> str:
    node = {"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": updates}
    dated = {**node, "datePublished": "2024-06-03T10:00:00Z"}
    return f'<script type="application/ld+json">{json.dumps(dated)}</script>'


def update(headline: str, body: str = "") -> Node:
    return {"@type": "BlogPosting", "headline": headline, "articleBody": body}


SHOWN = [update(head) for head in HEAD.values()]
LATER = update("The ferry has a leak", "Water stands in the hold of the old ferry, and rises.")


class TestMissingUpdates:
    @pytest.mark.parametrize(
        ("updates", "evidence"),
        [
            (SHOWN, None),
            ([*SHOWN, LATER], "live: the page shows 5 of 6 entries"),
            ([*SHOWN, LATER, LATER], "live: the page shows 5 of 6 entries"),
            ([*SHOWN[:4], LATER], None),  # as many as are shown: headlines are worded otherwise
            ([*SHOWN, *SHOWN], None),
            ([*SHOWN, update("So said", f"<p>&quot;{SAID['10:02']}&quot;</p>")], None),
            ([*SHOWN, update("A hundred at the <b>hill</b>")], None),
            ([*SHOWN, update("")], None),
            ([*SHOWN, update("In other words", SAID["10:02"])], None),
            ([], None),
        ],
    )
    def test_evidence(self, updates: list[Node], evidence: str | None) -> None:
        entry = '<div class="x"><time>TIME</time><h3>HEAD</h3><p>SAID</p></div>'
        html = f"<html><head>{declare(updates)}</head><body>{blog(entry)}</body></html>"
        assert article(page(html, URL), source="x").text_incomplete == evidence

    def test_a_page_that_shows_the_lead_alone(self) -> None:
        body = f"<h1>Storm over the islands</h1><p>{LEAD}</p>"
        html = f"<html><head>{declare([*SHOWN, LATER])}</head><body>{body}</body></html>"
        found = article(page(html, URL), source="x").text_incomplete
        assert found == "live: the page shows 0 of 6 entries"

    def test_hostile_nodes(self) -> None:
        assert missing_updates([{"headline": ["", None]}, {"headline": {}}], 0, []) is None


@pytest.mark.parametrize(
    "body",
    [
        '<div class="live"><time>14:05</time>' * 250 + f"<p>{LEAD}</p>" * 20_000,
        '<div class="live"><div class="x"><b>14:05</b><p>x</p></div></div>' * 18_000,
        '<div class="live">' + f'<div class="x"><b>14:05</b><p>{LEAD}</p></div>' * 20_000,
        "<ul class=live><li class=x>14:05" * 240 + f"<p>{LEAD}</p>" * 20_000,
        f'<div class="live">{f"<div><b>14:05</b><p>{LEAD}</p></div>" * 2_900}',
        '<div class="live">' + "<span>14:05" * 1_500 + "word " * 100_000,
        '<div class="ticker">' + f"<div><b>1:0</b>{'<a href=x>y' * 500}</div>" * 100,
        f'<div class="live">{"<div><time>" * 250}{"<p>14:05</p>" * 30_000}',
    ],
    ids=["tower", "boxes", "entries", "lists", "blog", "spans", "links", "times"],
)
def test_read_in_no_time(body: str) -> None:
    html = f"<html><head>{declare(SHOWN * 200)}</head><body><h1>Storm</h1>{body}"
    start = time.process_time()
    content(html)
    assert time.process_time() - start < 4


DATED = {
    "in front": ("12 January 2024, TIME", "12 January 2024", "{}"),
    "behind": ("TIME Uhr, 12. Januar 2024", "12. Januar 2024", "{} Uhr"),
    "numbers": ("12.01.2024 TIME h", "12.01.2024", "{} h"),
    "a word between": ("Jan. 12, 2024 at TIME p.m. ET", "Jan. 12, 2024", "{} p.m. ET"),
}


@pytest.mark.parametrize(("shown", "day", "at"), DATED.values(), ids=DATED)
def test_a_day_beside_the_times_stands_where_it_changes(shown: str, day: str, at: str) -> None:
    eve = day.replace("12", "11", 1)
    stamps = {
        hour: shown.replace("TIME", hour).replace(day, day if hour > "13" else eve) for hour in SAID
    }
    entries = "".join(
        f'<div class="x"><span class="time">{stamps[hour]}</span><p>{said}</p></div>'
        for hour, said in SAID.items()
    )
    body = f'<h1>Storm over the islands</h1><p>{LEAD}</p><div class="liveblog">{entries}</div>'
    times = [at.format(hour) for hour in SAID]
    # The day in front of all is that of the article: it is taken off as one below a headline.
    shown_times = [line for line in lines(content(body)) if line not in SAID.values()]
    assert shown_times == [LEAD, *times[:2], eve, *times[2:]]


def test_lines_in_most_entries_are_no_part_of_them() -> None:
    entry = (
        '<div class="x"><time>TIME</time><h3>HEAD</h3><div><img src="a"><span>Ada Poe</span></div>'
        "<p>SAID</p><div>Copy the link</div></div>"
    )
    assert lines(content(blog(entry))) == WITH_HEADS


def test_a_clock_says_more_than_an_age() -> None:
    entry = (
        '<div class="x"><a href="#x"><time>2h ago</time> <span>TIME BST</span></a>'
        "<h3>HEAD</h3><p>SAID</p></div>"
    )
    found = lines(content(blog(entry), head=declare([])))
    assert found[1::3] == [f"{at} BST" for at in SAID]
