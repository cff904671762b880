"""Texts that are only the beginning of a story, and texts that only sound like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text.article import clean
from crawler.text.markup import paragraphs
from crawler.text.teaser import ends_early, find_gate, is_paywall_notice

LEAD = "<p>The ferry company said on Friday that it would sell its oldest ship.</p>"
LONG = LEAD * 20
WHOLE = LEAD * 30
AD = "<p>Advertisement</p><p>Harbour Coffee roasts on Thursdays: 10% off with the code FERRY.</p>"


def incomplete(html: str) -> str | None:
    return clean("Ship for sale", html).incomplete


@pytest.mark.parametrize(
    ("html", "evidence"),
    [
        (
            f"{LEAD}<p>The buyer has not been named, but people close to it [&hellip;]</p>",
            "teaser: the text ends in “ople close to it […]”",
        ),
        (f"{LONG}<p>And so it went on [...]</p>", "teaser: the text ends in “so it went on [...]”"),
        (
            f"{LEAD}<p>Read the full story at The Courier</p>",
            "teaser: the text has 68 letters and ends in “Read the full story at The Courier”",
        ),
        (
            f"{LONG}<p>The buyer is...</p><p>Continue reading</p>",
            "teaser: the text has 1375 letters and ends in “Continue reading”",
        ),
        (
            f'{LEAD}<p><a href="https://news.example/7#more-7" class="more-link">'
            '<span aria-label="Continue reading Ship for sale">(more&hellip;)</span></a></p>',
            "teaser: the text has 68 letters and ends in “(more…)”",
        ),
        (
            f"{LONG}<p>This content is for paid members only.</p><p>Already a member? Log in</p>",
            "gate: the text ends at “This content is for paid members only.”",
        ),
        (
            f"{LONG}<p>Subscribe to continue reading.</p>",
            "gate: the text ends at “Subscribe to continue reading.”",
        ),
        (
            f"{LEAD}<p>La suite est réservée aux abonnés.</p>",
            "gate: the text ends at “La suite est réservée aux abonnés.”",
        ),
    ],
)
def test_teasers(html: str, evidence: str) -> None:
    assert incomplete(html) == evidence


@pytest.mark.parametrize(
    "html",
    [
        LEAD,
        f"{LEAD}<p>And then there was silence...</p>",
        f"{LEAD}<p>“It was [...] nothing,” she said.</p>",
        f"{LONG}<p>Read the full story at The Harbour Times</p>",
        f"{LEAD}<p>Read more: Another ship is sold</p>",
        f"{LEAD}<p>Read more on this story</p>",
        f"{LEAD}<!--more-->{LEAD}",
        f'{LEAD}<p><a class="more-link" href="/7">Continue reading</a></p>{LEAD}',
        f"{LEAD}<p>To read the full report, click here.</p>",
        f"{LEAD}<p>Subscribe to our newsletter</p>",
        f"<p>Subscribe to continue reading.</p>{LONG}",
        f"{LEAD}<p>To continue reading the minutes would take all night, he said, {'x' * 300}.</p>",
        "",
    ],
)
def test_what_is_whole(html: str) -> None:
    assert incomplete(html) is None


PLUGINS = {
    "MemberPress": '<div class="mp_wrapper"><div class="mepr-unauthorized-message">'
    "<p>You are unauthorized to view this page.</p></div></div>",
    "Restrict Content": '<p class="rcp-restricted-content-message">Members <a>enter</a></p>',
    "Leaky Paywall": '<div class="leaky_paywall_message_wrap"><div id="leaky_paywall_message">'
    '<p><a href="/s">Subscribe</a> or <a href="/l">log in</a> to go on.</p></div></div>',
    "WP-Members": '<div id="wpmem_restricted_msg"><p>Zutritt nur mit Konto.</p></div>'
    '<div id="wpmem_login"><form><legend>Log In</legend><input></form></div>',
    "Jetpack": '<div class="wp-block-jetpack-paywall"><h2>Subscribe to continue reading</h2></div>',
    "Ultimate Member": '<div class="um-locked-content"><div>Log in, please.</div></div>',
    "Content Control": '<div class="content-control-not-accessible"><p>Tillträde saknas.</p></div>',
    "Paid Memberships Pro": '<div class="pmpro"><div class="pmpro_card pmpro_content_message">'
    "<h2>Membership Required</h2><p>You must be a member to access this content.</p></div></div>",
    "words in a form": "<form><p>Please log in to read this article.</p><input></form>",
    "words in a box": '<div class="paywall-box"><p>Connectez-vous pour lire la suite.</p></div>',
    "words alone": "<p>Ten artykuł jest dostępny tylko dla prenumeratorów.</p>",
    "Memberful": "<p>This post is for paid subscribers.</p><p>Already a subscriber? Sign in</p>",
}


@pytest.mark.parametrize("gate", PLUGINS.values(), ids=PLUGINS)
def test_a_short_text_above_a_gate_is_a_teaser_whatever_follows(gate: str) -> None:
    for behind in ("", AD, f"<div class='ad'>{AD}</div><p>Share this</p>", AD + AD):
        text = clean("Ship for sale", f"{LEAD * 2}{gate}{behind}")
        assert str(text.incomplete).startswith("gate: the text ends at “")
        assert text.paragraphs == (paragraphs(LEAD)[0],) * 2


@pytest.mark.parametrize("gate", PLUGINS.values(), ids=PLUGINS)
def test_a_long_text_that_breaks_off_above_a_gate_is_a_teaser(gate: str) -> None:
    for last in (
        "The buyer has not been named yet, but those who have seen the ship say that it is ...",
        "They say that it is a collector from the mainland who has bought three ships before and",
    ):
        assert str(incomplete(f"{WHOLE}<p>{last}</p>{gate}")).startswith("gate: ")


@pytest.mark.parametrize("gate", PLUGINS.values(), ids=PLUGINS)
def test_a_whole_text_above_a_gate_is_kept_without_it(gate: str) -> None:
    text = clean("Ship for sale", WHOLE + gate)
    assert text.incomplete is None
    assert text.flags == ("gate",)
    assert text.paragraphs == (paragraphs(LEAD)[0],) * 30
    # In the middle of a story it is no gate of the rest.
    assert clean("", LONG + gate + LONG).incomplete is None
    assert clean("", LONG + gate + LONG).flags == ()


def test_what_stands_behind_the_mark_of_the_more_tag() -> None:
    gate = PLUGINS["MemberPress"]
    assert incomplete(f'{WHOLE}<span id="more-7"></span>{gate}')
    assert incomplete(f'{LEAD}<span id="more-7"></span>{WHOLE}{gate}') is None


def test_a_text_that_is_nothing_but_a_gate() -> None:
    text = clean("Ship for sale", PLUGINS["words alone"] + AD)
    assert text.incomplete
    assert text.paragraphs == ()


def test_stories_in_chinese_are_shorter() -> None:
    story = "<p>渡轮公司星期五表示，将把最老的一艘船卖给博物馆，买主尚未公布。</p>" * 25
    assert incomplete(story + "<p>登录后即可阅读全文</p>") is None
    assert incomplete(story[: len(story) // 5] + "<p>登录后即可阅读全文</p>")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("This content is restricted to site members. If you are an existing user, log in.", True),
        ("We're sorry, but you don't currently have access to this content.", True),
        ("You must be a Gold member to access this content.", True),
        ("Bitte melden Sie sich an, um den ganzen Artikel zu lesen.", True),
        ("Vous devez être connecté pour voir ce contenu.", True),
        ("Este contenido está restringido para socios.", True),
        ("Accedi per leggere l'articolo completo.", True),
        ("Faça login para ler a matéria completa.", True),
        ("Войдите, чтобы прочитать статью полностью.", True),
        ("Bu içerik yalnızca abonelere açıktır.", True),
        ("登录后即可阅读全文", True),
        ("The hall is restricted to members for the winter.", False),
        ("You must be patient to see change in this city.", False),
        ("Dieser Artikel ist für den Wahlkampf wichtig.", False),
        ("To Read the Full Story Subscribe Sign In", True),
        ("Want to read the full story? Subscribe", True),
        ("Sign in to continue reading this article", True),
        ("This article is only available to subscribers.", True),
        ("You have reached your limit of free articles this month.", True),
        ("Diesen Artikel weiterlesen mit dem Digital-Abo", True),
        ("Il vous reste 75.3% de cet article à lire. La suite est réservée aux abonnés.", True),
        ("Este contenido es exclusivo para suscriptores", True),
        ("残り1203文字", True),
        ("He wanted to read the full story of the ship before he bought it.", False),
        ("Members of the council said the article is for everybody.", False),
        ("You have used your head.", False),
    ],
)
def test_paywall_notices(line: str, expected: bool) -> None:
    assert is_paywall_notice(line) is expected


def test_labels_end_early_by_right() -> None:
    assert ends_early("The ferry company said on Friday that it would sell its oldest ship to")
    assert not ends_early("Photographs by the author")
    assert not ends_early("The ferry company said on Friday that it would sell its oldest ship.")


@given(st.text(max_size=200))
def test_any_text_is_looked_at(html: str) -> None:
    evidence = incomplete(html)
    assert evidence is None or evidence.partition(": ")[0] in ("teaser", "gate", "depth")


@pytest.mark.parametrize(
    "gate",
    [
        "Il vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.",
        "残り1234文字",
        "You have read 20% of this article",
        "Noch 60 % des Artikels zu lesen",
    ],
)
def test_a_gate_that_says_what_is_left_cuts_any_text(gate: str) -> None:
    line = "The dike on the eastern shore will be raised by one metre before the winter comes."
    found = find_gate([*[line] * 40, gate])
    assert found is not None
    assert found.evidence("", [line] * 40) is not None


@pytest.mark.parametrize(
    "line",
    [
        "Bitte melden Sie sich an, um diesen Artikel zu kommentieren.",
        "Você precisa estar logado para enviar comentários.",
        "You must be logged in to post a comment.",
    ],
)
def test_who_is_to_sign_in_for_a_comment_stands_at_no_gate(line: str) -> None:
    assert not is_paywall_notice(line)
