"""Pages that are neither articles nor lists: of shops, forums and wikis, and of the site itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from crawler.pages.headline import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.pages.main_content import MainContent
    from crawler.pages.page_signs import PageSigns

_NAMES = (
    # about the site
    *(
        "about",
        "about us",
        "about me",
        "who we are",
        "our team",
        "über uns",
        "uber uns",
        "à propos",
    ),
    *("qui sommes nous", "quiénes somos", "sobre nosotros", "sobre nós", "quem somos", "chi siamo"),
    *("over ons", "om oss", "om os", "o nas", "o nás", "rólunk", "hakkımızda", "о нас", "关于我们"),
    *(
        "会社概要",
        "contact",
        "contact us",
        "kontakt",
        "contacto",
        "contato",
        "contatti",
        "contactez nous",
    ),
    # what the law asks for
    *(
        "imprint",
        "impressum",
        "legal notice",
        "legal",
        "mentions légales",
        "aviso legal",
        "note legali",
    ),
    *(
        "terms",
        "terms of use",
        "terms of service",
        "terms and conditions",
        "terms conditions",
        "agb",
    ),
    *("nutzungsbedingungen", "conditions générales", "términos y condiciones", "termos de uso"),
    *("condizioni d uso", "termini e condizioni", "gebruiksvoorwaarden", "regulamin"),
    *("privacy", "privacy policy", "privacy notice", "privacy statement", "datenschutz"),
    *("datenschutzerklärung", "politique de confidentialité", "política de privacidad"),
    *("política de privacidade", "informativa privacy", "privacybeleid", "polityka prywatności"),
    *("プライバシーポリシー", "利用規約", "隐私政策", "cookie policy", "cookies", "disclaimer"),
    # what the reader does there
    *(
        "login",
        "log in",
        "sign in",
        "sign up",
        "register",
        "registration",
        "registrieren",
        "subscribe",
    ),
    *("newsletter", "search", "suche", "cart", "warenkorb", "checkout", "my account", "mein konto"),
)
_SITE_PAGES = frozenset(map(comparable, _NAMES))
_OTHER_PATHS = frozenset(
    (
        *(
            "login",
            "signin",
            "register",
            "signup",
            "account",
            "user",
            "users",
            "profile",
            "profiles",
        ),
        *("member", "members", "wiki", "forum", "forums", "thread", "threads", "event", "events"),
        *("calendar", "veranstaltungen", "agenda", "product", "products", "shop", "store", "cart"),
        *("checkout", "search", "suche", "job", "jobs"),
    )
)
_TOOL = re.compile(
    r"\w{0,30}(?:search|searchresults|suche|recherche|finder|directory|calendar|kalender|sitemap"
    r"|database|datenbank|catalogue?|katalog|verzeichnis|glossary|glossar|downloads?)"
)
_EXTENSION = re.compile(r"\.[a-z]{3,5}$")
_MOST = 50
_LITTLE = 800  # letters: a text of a shop, a profile, an event; more may be a review, a report
_LONG = 1_500  # letters: a text of its own, whatever else is on the page
_EVER = float("inf")
_SLIGHT = 1 / 6  # of what the page shows outside of links
_MUCH = 5_000  # letters outside of links


def other_page(signs: PageSigns, url: str, titles: Iterable[str], main_content: MainContent) -> str:
    """Return the evidence that the page at *url* is no article but another page, empty without any.

    *titles* are its headline and the parts of its title. Where the page is declared to be an
    article only the software of a wiki counts, which calls all of its pages so.
    """
    if signs.software:
        return signs.software
    if signs.declared:
        return ""
    if signs.beside and signs.weak == 0 and main_content.letters < _LONG:
        return f"{signs.beside}, and nothing that it is an article"
    least = (_EVER, _LONG, _LITTLE)[min(signs.weak, 2)]
    if signs.other and main_content.letters < least:
        return f"{signs.other}, and nothing that it is an article"
    # The author of a book is on its page too.
    if signs.sells and (signs.weak == 0 or main_content.letters < _LITTLE):
        return "it has a button to put something into a cart, and no day"
    return _by_address(signs, url, titles) or _by_prose(signs, main_content)


def _by_address(signs: PageSigns, url: str, titles: Iterable[str]) -> str:
    parts = urlsplit(url)
    path: list[str] = [_EXTENSION.sub("", part) for part in parts.path.lower().split("/") if part][
        :_MOST
    ]
    names = {comparable(path[-1])} if path else set()
    names.update(comparable(value) for _, value in parse_qsl(parts.query)[:_MOST])
    for title in sorted(titles):
        if (name := comparable(title)) in names and _is_site_page(name, signs):
            return f"its address and its title say “{title:.80}”"
    if signs.weak == 0 and (kinds := _OTHER_PATHS.intersection(path)):
        return f"the path has {min(kinds)}, and there is neither a day nor a byline"
    return ""


def _is_site_page(name: str, signs: PageSigns) -> bool:
    return name in _SITE_PAGES or (signs.weak == 0 and _TOOL.fullmatch(name) is not None)


def _by_prose(signs: PageSigns, main_content: MainContent) -> str:
    letters, shown = main_content.letters, main_content.page_letters
    if (
        signs.dated
        or signs.signed
        or shown < _MUCH
        or not 0 < letters < min(_LONG, _SLIGHT * shown)
    ):
        return ""
    told = f"{letters} of the {shown} letters outside of links are prose in one place"
    return f"{told}, and there is neither a day nor a byline"
