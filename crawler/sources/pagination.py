"""The link from a section page to the page with older stories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.sources.address import address_key
from crawler.sources.html_links import HtmlLinks, link_types, shown_text
from crawler.sources.site import on_site, site_domain

if TYPE_CHECKING:
    from lxml.etree import _Element

_WORDS = frozenset(
    (
        *("next", "next page", "older", "older posts", "older stories", "older entries"),
        *("older articles", "older news"),
        *("weiter", "nächste", "nächste seite", "ältere beiträge", "ältere artikel"),
        *("ältere meldungen", "vorherige artikel"),
        *("suivant", "suivante", "page suivante", "articles plus anciens", "plus anciens"),
        *("articles précédents"),
        *("siguiente", "página siguiente", "siguiente página", "entradas anteriores"),
        *("entradas antiguas", "más antiguas"),
        *("successivo", "successiva", "pagina successiva", "avanti", "articoli precedenti"),
        *("meno recenti", "articoli meno recenti"),
        *("próximo", "próxima", "próxima página", "página seguinte", "seguinte", "mais antigas"),
        *("posts mais antigos", "postagens mais antigas"),
        *("следующая", "следующая страница", "далее", "вперёд", "вперед", "дальше"),
        *("старые записи", "более старые записи"),
    )
)
# These words often lead elsewhere: they count only if the address is below that of the page.
_MORE = frozenset(
    (
        *("more", "more stories", "more news", "more articles", "more headlines"),
        *("load more", "show more", "view more", "see more", "mehr", "mehr laden", "mehr anzeigen"),
        *("weitere artikel", "weitere meldungen", "plus d’articles", "plus d'articles"),
        *("voir plus", "más noticias", "ver más", "cargar más", "altre notizie", "carica altri"),
        *(
            "mais notícias",
            "ver mais",
            "carregar mais",
            "ещё новости",
            "еще новости",
            "показать ещё",
        ),
    )
)
_ARROW = frozenset("›→>")
_DOUBLE_ARROW = frozenset(("»", "≫", ">>", "››"))
_CLASS = re.compile(r"(?:^|[-_ ])(?:next|older)(?:$|[-_ ])", re.IGNORECASE)
_NEWER = re.compile(r"newer|prev|neuer|récent|recient|recent|новее", re.IGNORECASE)
_TRIMMED = " \t<>«»‹›←→…·.:|"
_NUMBERED = re.compile(r"(?:/(?:page/|p/?|seite/|pagina/)?|[?&]\w+=|[-_.]page[-_]?)(\d{1,4})/?$")


def older_page(page: HtmlLinks) -> str:
    """Return the address of the page with older stories than *page*, empty if there is none.

    It is on the same site, and in this order: ``rel="next"`` (HTML Living Standard 4.6.7.20), an
    anchor that says so in one of seven languages or by its class, an arrow, the next number.
    """
    site, itself = [site_domain(page.url)], address_key(page.url)
    links = [link for tag in ("link", "a") for link in page.links(tag)]
    away = [(e, url) for e, url in links if on_site(url, site) and address_key(url) != itself]
    below = [(e, url) for e, url in away if e.tag == "a" and _is_below(url, page.url)]
    number = str(_number(page.url) + 1)
    return (
        _first(away, lambda element: "next" in link_types(element))
        or _first(away, lambda anchor: not _WORDS.isdisjoint(_labels(anchor)))
        or _first(below, lambda anchor: not _MORE.isdisjoint(_labels(anchor)))
        or _first(below, _is_next_by_class)
        or _first(below, lambda anchor: shown_text(anchor) in _ARROW)
        or _first(below, lambda anchor: shown_text(anchor) == number)
        or _first(below, lambda anchor: shown_text(anchor) in _DOUBLE_ARROW)
    )


def _first(links: Iterable[tuple[_Element, str]], rule: Callable[[_Element], bool]) -> str:
    return next((url for element, url in links if rule(element)), "")


def _labels(anchor: _Element) -> Iterator[str]:
    for label in (shown_text(anchor), anchor.get("aria-label", ""), anchor.get("title", "")):
        yield label.strip(_TRIMMED).casefold()


def _is_next_by_class(anchor: _Element) -> bool:
    # WordPress gives the link to newer posts the class "next".
    if _NEWER.search(shown_text(anchor)):
        return False
    around = anchor.getparent()
    classes = [anchor.get("class", ""), "" if around is None else around.get("class", "")]
    return any(map(_CLASS.search, classes))


def _is_below(url: str, page: str) -> bool:
    """Tell whether *url* is in the folder of *page*, or *page* with another query."""
    path = _NUMBERED.sub("", urlsplit(page).path)
    folder, _, last = path.rpartition("/")
    start = folder if "." in last else path.rstrip("/")
    there = urlsplit(url).path
    return there == start or there.startswith(f"{start}/")


def _number(page: str) -> int:
    numbered = _NUMBERED.search(page)
    return int(numbered[1]) if numbered else 1
