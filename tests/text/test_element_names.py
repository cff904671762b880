"""Which names of classes and ids make boilerplate of an element, and which only sound like it."""

from __future__ import annotations

import pytest

from crawler.text.element_names import boilerplate_words, element_names, is_inline_boilerplate


@pytest.mark.parametrize(
    "names",
    [
        "share-bar",
        "articleShareBar",
        "c-comments",
        "post__related-links",
        "penci-ilrelated-posts",
        "newsletter-shortcode",
        "weeklyNewsletter",
        "ad-300x250",
        "Infobox",
        "fakta faktaboks",
        "js-modal",
        "pull-quote",
        "hidden",
        "u-display--is-hidden",
        "comments-hidden",
        "visually-hidden",
        "no-print toolbar-x",
        "mt-4 sm:mt-8 newsletter",
        "subscribe_box",
        "recommended-stories",
    ],
)
def test_it_is_called_boilerplate(names: str) -> None:
    assert boilerplate_words(names)


@pytest.mark.parametrize(
    "names",
    [
        "",
        "article-body",
        # what it looks like on some screens
        "group dark:text-white print:max-w-full",
        "md:hidden",
        "hidden md:block",
        "expanded:block hidden",
        "sm:related [&_.ads]:mt-4",
        # what it has, lacks, shows
        "has-sidebar",
        "layout--has-comments",
        "no-ads",
        "content-with-gallery",
        "article-without-video",
        "hide-caption",
        # what is hidden is a part of it
        "field field--name-body field--label-hidden",
        "field-label-hidden",
        # what it is about
        "post-7 post tag-video category-newsletter format-gallery",
        # words that only begin alike, and what stands between digits
        "address-block",
        "header-shared",
        "sc-f98b1ad2-0",
        "metal-roof",
    ],
)
def test_it_is_not_called_boilerplate(names: str) -> None:
    assert not boilerplate_words(names)


def test_surely_and_likely() -> None:
    assert boilerplate_words("footer").sure == {"footer"}
    assert boilerplate_words("share-footer").likely == {"share"}


@pytest.mark.parametrize("names", ["caption", "photo-credit", "is-hidden", "popup-box"])
def test_no_part_of_a_line(names: str) -> None:
    assert is_inline_boilerplate(names)


@pytest.mark.parametrize("names", ["", "popup", "has-caption", "md:hidden", "title"])
def test_part_of_a_line(names: str) -> None:
    assert not is_inline_boilerplate(names)


def test_no_name_is_there_twice() -> None:
    known = element_names()
    assert not known.sure & known.likely
    assert all(name == name.strip() for name in known.plugin_classes | known.plugin_ids)
