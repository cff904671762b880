"""The whole chain."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from crawler.text.article import CleanArticle, clean
from crawler.text.seed import SeedDocument, read, write

CNN_PARAGRAPH = (
    '<p class="paragraph inline-placeholder" data-uri="cms.cnn.com/_components/paragraph/'
    'instances/a@published" data-editable="text" data-component-name="paragraph"'
    ' data-article-gutter="true">            {}    </p>\n'
)
CNN_SUBHEAD = (
    '<h2 class="subheader" data-editable="text" data-component-name="subheader" id="x"'
    ' data-article-gutter="true">    {}</h2>\n'
)
LINES = st.sampled_from(
    [
        *("BEIJING (AP) — ", "LONDON — ", "(CNN)", "Read more: ", "Share this:", "Advertisement"),
        *("This post appeared first on cnn.com", "The post X appeared first on Y.", "* * *"),
        *(
            "A sentence.",
            "It’s “said” – so & <b>so</b>.",
            "Source: Reuters",
            " ",
            "— ",
            "(Reuters) - ",
        ),
    ]
)
PARAGRAPHS = st.lists(st.lists(st.one_of(LINES, st.text(max_size=4)), max_size=4).map("".join))


def test_syndicated_post() -> None:
    html = (
        CNN_PARAGRAPH.format(
            "The harbour\u2019s first ship in years is set to sail.&nbsp;It is old."
        )
        + CNN_SUBHEAD.format("Goodwill voyage")
        + CNN_PARAGRAPH.format(
            "\u201c(At a time) when nobody sails,\u201d she said, \u201cwe do.\u201d"
        )
        + "</p>\n<div>This post appeared first on cnn.com</div>\n<p></p>\n"
    )
    text = clean("Harbour sends its oldest ship to kick off a \u2018year of the sea\u2019", html)
    assert text == CleanArticle(
        title="Harbour sends its oldest ship to kick off a ‘year of the sea’",
        paragraphs=(
            "The harbour’s first ship in years is set to sail. It is old.",
            "Goodwill voyage",
            "“(At a time) when nobody sails,” she said, “we do.”",
        ),
        syndicated_from="cnn.com",
    )
    assert write(SeedDocument("2024-04-11", text.title, text.paragraphs)).decode() == (
        " date 2024-04-11 Harbour sends its oldest ship to kick off a ‘year of the sea’\n"
        "The harbour’s first ship in years is set to sail. It is old.\n"
        "Goodwill voyage\n"
        "“(At a time) when nobody sails,” she said, “we do.”\n"
    )


def test_wire_post() -> None:
    html = (
        "<p>By JANE DOE, Associated Press</p><p>OSLO, Norway (AP) — Ships sail.</p><p>They do.</p>"
        "<p>The post <a>Ships sail</a> appeared first on <a href='#'>Harbour Times</a>.</p>"
    )
    assert clean("Ships sail", html) == CleanArticle(
        "Ships sail",
        ("Ships sail.", "They do."),
        dateline="OSLO, Norway (AP)",
        syndicated_from="Harbour Times",
        agency="Associated Press",
    )


def test_captions_come_if_asked_for() -> None:
    html = "<figure><img><figcaption>The port.</figcaption></figure><p>Story.</p>"
    assert clean("", html).paragraphs == ("Story.",)
    assert clean("", html, captions=True).paragraphs == ("The port.", "Story.")


def test_empty_post() -> None:
    assert clean("", "") == CleanArticle("", ())


def test_flag_of_the_markup_comes_through() -> None:
    assert clean("T", "<p>Seen.</p><script>never").flags == ("unclosed",)


@given(PARAGRAPHS)
def test_cleaning_what_was_cleaned_changes_nothing(texts: list[str]) -> None:
    once = clean("", "".join(f"<p>{escape(text)}</p>" for text in texts)).paragraphs
    again = clean("", "".join(f"<p>{escape(text)}</p>" for text in once))
    assert again == CleanArticle("", once)


@given(PARAGRAPHS, st.text())
def test_clean_text_can_be_written_and_read(texts: list[str], title: str) -> None:
    text = clean(title, "".join(f"<p>{escape(text)}</p>" for text in texts))
    doc = SeedDocument("2024-04-11", text.title, text.paragraphs)
    assert read(write(doc)) == doc
