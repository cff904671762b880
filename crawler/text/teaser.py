"""Texts that are only the beginning of a story, recognised by how they end.

A teaser ends in ``[…]`` (WordPress's excerpts do), in a link to the whole story, or at a paywall
notice: a line that asks the reader to pay or to sign in. A story that ends in three dots, or in a
link to more on the subject, is no teaser for that alone.
"""

from __future__ import annotations

import re
from html import unescape

_LAST = 3  # lines at the end of a text among which a paywall notice is
_SHORT = 1_000  # letters of a text that is more likely the beginning of a story than one
_LONGEST = 300
_QUOTED = 100
_TAIL_SHOWN = 20
_LEAST_SENTENCE = 60

_STORY = r"(?:story|article|post|piece|report|content|column|interview|text)"
_REQUEST = r"(?:(?:want|please|subscribe|log ?in|sign ?(?:in|up)|register|join)\b(?:.{0,60} )?)?"
_PAYWALL_NOTICES = (
    rf"{_REQUEST}to (?:continue|keep) reading\b.*",
    rf"(?!.*\b(?:click|tap|visit|here|pdf)\b){_REQUEST}to (?:read|view|see|access|unlock|finish) "
    r"(?:the )?(?:(?:full|rest of (?:the|this)|whole|complete|entire|premium|this) "
    rf"{_STORY}\b|more,? (?:subscribe|sign in|log in)).*",
    r"(?:subscribe|log ?in|sign ?in|register)(?: now| today)? to (?:read|continue|unlock)\b.{0,60}",
    rf"(?:this|the (?:full|rest of (?:the|this))) (?:\w+ )?{_STORY} is (?:only |exclusively )?"
    r"(?:available |accessible |reserved |exclusive |visible )?(?:only |exclusively )?(?:for|to) "
    r"(?:\w+ ){0,4}(?:subscribers|members|registered users)\b.*",
    r"already (?:a |an )?(?:\w+ )?(?:subscriber|subscribed|member)\?.*",
    r"you(?:[’']ve| have) (?:reached|read|used|hit) (?:your|the|all|[0-9]).{0,60}"
    r"(?:limit|free (?:articles|stories))\b.*",
    rf"(?:continue|keep) reading (?:this|your|the full) {_STORY} (?:with|for|by)\b.*",
    r"(?:subscribers?|members?)[ -]only(?: (?:content|article|story))?",
    r"(?:jetzt |diesen artikel )?weiterlesen (?:mit|als|nach)\b.*",
    r"(?:dieser (?:artikel|inhalt|beitrag)|der ganze artikel) ist (?:nur |exklusiv )?für .*abonn.*",
    r"(?:cet article|la suite(?: de cet article)?|ce contenu) est (?:réservée?|accessible)\b"
    r".*abonnés.*",
    r"(?:article|contenu) réservé aux abonnés.*|il vous reste [0-9].{0,60}à (?:lire|découvrir)\b.*",
    r"(?:este )?(?:contenido|artículo) (?:es )?(?:exclusivo|solo|reservado) para suscriptores.*",
    r"para (?:seguir|continuar) leyendo\b.*|para continuar (?:lendo|a ler)\b.*",
    r"(?:questo )?(?:contenuto|articolo) (?:è )?riservato agli abbonati.*",
    r"per continuare a leggere\b.*",
    r"(?:este )?conteúdo (?:é )?(?:exclusivo|restrito) (?:para|a) assinantes.*",
    r"この記事は(?:有料|会員限定).*|残り[0-9０-９,]+文字.*|続きを読むには.*|有料会員限定.*",
)
_PAYWALL_NOTICE = re.compile("|".join(_PAYWALL_NOTICES), re.IGNORECASE)
_WHOLE_STORY = re.compile(
    rf"(?:click here to |you can )?(?:continue reading|read (?:the )?"
    rf"(?:(?:full|whole|entire|complete|original) {_STORY}|rest(?: of (?:the|this|my) {_STORY})?)"
    rf"|read (?:more|it all) (?:at|on|in|from) (?-i:the )?(?-i:[A-Z]|\w+\.\w))\b.{{0,200}}"
    r"|\(?more ?(?:…|\.\.\.)\)?"
    r"|(?:weiterlesen|lire la suite|seguir leyendo|leer más|continua a leggere)\b.{0,100}",
    re.IGNORECASE,
)
_EXCERPT = re.compile(r"(?:\[ ?(?:…|\.\.\.) ?\]|\(more ?(?:…|\.\.\.)\))$")
_DOTS = re.compile(r"(?:…|\.\.\.)[\])”\"’']?$")
# WordPress's link to what stands behind <!--more-->.
_MORE_LINK = re.compile(r"""<a\s[^<>]*class=["'][^"'<>]*\bmore-link\b[^<>]*>""")
_TAG = re.compile(r"<[^<>]*>|<!--.*?-->", re.DOTALL)
_TAIL = 2_000


def is_paywall_notice(line: str) -> bool:
    """Tell whether a line asks to pay or to sign in for the rest of a story."""
    return len(line) <= _LONGEST and _PAYWALL_NOTICE.fullmatch(line) is not None


def ends_in_dots(paragraph: str) -> bool:
    """Tell whether *paragraph* ends in three dots."""
    return _DOTS.search(paragraph) is not None


def ends_early(paragraph: str) -> bool:
    """Tell whether *paragraph*, unless it is a short label, ends within a sentence."""
    is_label = len(paragraph) < _LEAST_SENTENCE
    return not is_label and (paragraph[-1].islower() or paragraph[-1] == ",")


def teaser_evidence(html: str, lines: list[str], story: list[str]) -> str | None:
    """Return the evidence that a text is a teaser, or None.

    *lines* are all lines that the markup *html* shows, *story* those of them that are the text.
    """
    if not story:
        return None
    last = story[-1]
    if _EXCERPT.search(last):
        return f"teaser: the text ends in “{last[-_TAIL_SHOWN:].lstrip()}”"
    if notice := next(filter(is_paywall_notice, lines[-_LAST:]), None):
        return f"gate: the text ends at “{notice[:_QUOTED]}”"
    if link := _whole_story_link(html, lines):
        letters = sum(map(len, story))
        if letters < _SHORT or ends_in_dots(last):
            return f"teaser: the text has {letters} letters and ends in “{link[:_QUOTED]}”"
    return None


def _whole_story_link(html: str, lines: list[str]) -> str | None:
    """Return the words of a link at the end of the text that leads to the whole story."""
    if _WHOLE_STORY.fullmatch(lines[-1]):
        return lines[-1]
    for found in _MORE_LINK.finditer(html, max(0, len(html) - _TAIL)):
        shown, _, behind = html[found.end() :].partition("</a>")
        if not _TAG.sub("", behind).strip():
            return " ".join(unescape(_TAG.sub("", shown)).split())
    return None
