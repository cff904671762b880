"""Stories on lists that are read again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from crawler.items import RecordRef
from crawler.rounds.listed_stories import ListCapture, ListedStories
from crawler.rounds.story_lists import ListedStory

FIRST, SECOND, THIRD = (f"2026-03-07T0{hour}:00:00Z" for hour in (1, 2, 3))


@pytest.fixture
def listed() -> Iterator[ListedStories]:
    with closing(ListedStories()) as found:
        yield found


def capture(page: int, at: str, *, ended: bool = True) -> ListCapture:
    ref = RecordRef(record_id=f"<{page} {at}>", uri="", date=at, file="a", offset=0, length=1)
    return ListCapture(
        source="a.test",
        uri=f"https://a.test/posts?page={page}",
        at=at,
        choice="",
        of_all=True,
        ended=ended,
        record=ref,
    )


def posts(*numbers: int) -> list[ListedStory]:
    return [
        ListedStory(key=f"posts/{n}", url=f"https://a.test/{n}", post=f"posts/{n}") for n in numbers
    ]


def test_a_story_on_two_lists_was_listed_when_the_later_one_was(listed: ListedStories) -> None:
    listed.add(capture(1, FIRST), "posts", posts(1, 2))
    listed.add(capture(2, FIRST, ended=False), "posts", posts(2, 3))
    again = capture(2, THIRD)
    assert listed.touch(again, f"<2 {FIRST}>")
    assert listed.touch(capture(1, SECOND), f"<1 {FIRST}>")
    listed.fold("a.test")
    found = {story.post: (story.last, story.last_place[-1]) for story in listed.stories("a.test")}
    assert found == {
        "posts/1": (SECOND, "1"),
        "posts/2": (THIRD, "2"),
        "posts/3": (THIRD, "2"),
    }


@pytest.mark.parametrize(
    ("ended", "count", "state"),
    [
        (False, 2, "gone"),  # the whole list does not have it any more
        (False, 3, "unexplained"),  # nobody saw the whole list
        (True, 2, "unexplained"),  # a run that came to its end should have read it
    ],
)
def test_a_post_that_was_taken_away_before_it_could_be_read(
    listed: ListedStories, ended: bool, count: int, state: str
) -> None:
    listed.add(capture(1, FIRST, ended=ended), "posts", posts(1, 2, 3))
    listed.add(capture(1, SECOND), "posts", posts(1, 3))
    stories = list(listed.stories("a.test"))
    listed.explain(
        ("unexplained" if story.post == "posts/2" else "held", "", "", "", story.id)
        for story in stories
    )
    listed.note_taken_away("a.test", "posts", SECOND, count)
    found = {story.post: (story.state, story.reason) for story in listed.stories("a.test")}
    assert found["posts/2"] == (state, "gone" if state == "gone" else "")
    assert found["posts/1"] == found["posts/3"] == ("held", "")
