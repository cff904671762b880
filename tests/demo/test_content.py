"""The stories are read whole, and a broken one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.content import Post, harbour_content


def test_the_newsroom_is_complete() -> None:
    posts, users, terms = harbour_content()
    public = [post for post in posts if post.type == "post" and post.status == "publish"]
    assert len(public) == 24
    assert len(users) == len({post.author for post in public}) == 3
    assert len([term for term in terms if term.taxonomy == "category"]) == 5
    assert [post.id for post in public if not post.content] == [115]
    assert [post.id for post in public if not post.title] == [122]
    assert [post.id for post in public if post.password] == [114]
    assert len({(post.guid, post.date) for post in posts}) == len(posts)


def test_dates_follow_from_the_local_one() -> None:
    post = Post(id=1, date="2024-01-01T22:30:00")
    assert post.date_gmt == post.modified_gmt == "2024-01-02T02:30:00"
    assert (post.modified, post.slug) == ("2024-01-01T22:30:00", "post-1")
    assert post.guid == "https://www.portmerrow.example/?p=1"


@pytest.mark.parametrize("head", ["colour: red", "title", "title: A\ndate: 2024-01-01T00:00:00"])
def test_a_broken_story_is_named(tmp_path: Path, head: str) -> None:
    (tmp_path / "1-broken.html").write_text(f"{head}\n\n<p>Text</p>\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"1-broken\.html"):
        harbour_content(tmp_path)
