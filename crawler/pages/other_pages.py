"""Pages that are neither articles nor lists: of shops, forums and wikis, and of the site itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree

from crawler.pages.headline import comparable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from crawler.pages.main_content import MainContent
    from crawler.pages.page_signs import PageSigns

_ABOUT = (
    "about|about us|about me|who we are|our team|contact|contact us"
    "|über uns|uber uns|wir über uns|kontakt|à propos|qui sommes nous|contact|contactez nous"
    "|quiénes somos|quienes somos|sobre nosotros|acerca de|contacto|sobre nós|sobre nos|quem somos"
    "|contato|contacto|chi siamo|contatti|over ons|om oss|om os|kontakt oss|kontakta oss|meistä"
    "|yhteystiedot|o nas|o nás|kontakty|rólunk|kapcsolat|despre noi|hakkımızda|hakkimizda|iletişim"
    "|iletisim|о нас|контакты|про нас|контакти|σχετικά με εμάς|επικοινωνία|关于我们|联系我们"
    "|關於我們|聯絡我們|会社概要|お問い合わせ|회사소개|من نحن|اتصل بنا|אודות|צור קשר"
    "|giới thiệu|liên hệ|tentang kami|hubungi kami"
)
_LEGAL = (
    "imprint|impressum|legal notice|legal|mentions légales|mentions legales|aviso legal"
    "|note legali|colofon|impresszum|künye|kunye|terms|terms of use|terms of service"
    "|terms and conditions|terms conditions|agb|nutzungsbedingungen|conditions générales"
    "|términos y condiciones|terminos y condiciones|termos de uso|condizioni d uso"
    "|termini e condizioni|gebruiksvoorwaarden|regulamin|privacy|privacy policy|privacy notice"
    "|privacy statement|datenschutz|datenschutzerklärung|datenschutzerklarung"
    "|politique de confidentialité|politique de confidentialite|política de privacidad"
    "|politica de privacidad|política de privacidade|politica de privacidade|informativa privacy"
    "|privacybeleid|polityka prywatności|polityka prywatnosci|プライバシーポリシー|利用規約"
    "|隐私政策|cookie policy|disclaimer"
)
_USED = (
    "login|log in|sign in|sign up|register|registration|registrieren|subscribe|newsletter|search"
    "|suche|cart|warenkorb|checkout|my account|mein konto|cookies"
)


def _names(*lists: str) -> frozenset[str]:
    """Return the names in *lists*, each with bars between them, as they are compared."""
    return frozenset(comparable(name) for names in lists for name in names.split("|"))


_ABOUT_SITE = _names(_ABOUT, _LEGAL)
_SITE_PAGES = _names(_ABOUT, _LEGAL, _USED)
_OTHER_PATHS = _names(
    # of readers, and between them
    "login|signin|register|signup|account|user|users|profile|profiles|profil|perfil|profilo|benutzer"
    "|utilisateur|usuario|member|members|mitglieder|forum|forums|thread|threads"
    # of a shop
    "|product|products|produkt|produkte|produkty|produit|produits|producto|productos|produto"
    "|produtos|prodotto|prodotti|shop|onlineshop|webshop|store|boutique|tienda|loja|sklep|cart"
    "|checkout"
    # of days to come
    "|event|events|calendar|veranstaltung|veranstaltungen|termin|termine|agenda|evento|eventos"
    "|eventi|evenement|evenements|evenementen|arrangement|arrangementer|evenemang|wydarzenia"
    # to look things up
    "|wiki|lexikon|glossar|glossary|encyclopedia|dictionary|diccionario|dictionnaire|dizionario"
    "|search|suche|job|jobs|vacancies|careers|stellenangebote"
)
_PEOPLE = _names(
    "people|person|persons|team|our team|staff|faculty|attorneys|lawyers|professionals|mitarbeiter"
    "|mitarbeitende|mitarbeiterinnen|personen|ansprechpartner|equipe|équipe|equipo|persone|docenti"
    "|medewerkers|ansatte|medarbetare|medarbejdere|henkilosto|zespol|munkatarsak|сотрудники"
)
_TOOL = re.compile(
    r"\w{0,30}(?:search|searchresults|suche|recherche|finder|directory|calendar|kalender|sitemap"
    r"|database|datenbank|catalogue?|katalog|verzeichnis|glossary|glossar|downloads?)"
)
_EXTENSION = re.compile(r"\.[a-z]{3,5}$")
_MOST = 50
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?")
_FIELD = re.compile(r"[^|:]{2,60}: ?\|")
_TERM = re.compile(r"<dt(?: [^>]{0,200})?>[^<:]{2,60}:\s{0,9}</dt>")
_MANY = 8  # fields; a table in a story has names in its first column, and few colons
_LISTING = re.compile(r"<(?:pre|code)\b|<td [^>]{0,200}code")
_SIGNS = "{}()[]<>=;_#\\*&"
_MANY_SIGNS = 0.03  # of the letters of code: prose has fewer than a third of that
_LEAST_LINE = 40
_NEARLY_ALL = 0.8
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
    return (
        _by_address(signs, url, titles)
        or _by_prose(signs, main_content)
        or _by_lines(signs, main_content)
        or _by_code(main_content)
    )


def _path(url: str) -> list[str]:
    """Return the parts of the path of *url*, in lower case and without endings."""
    path = unquote(urlsplit(url).path).lower()
    return [_EXTENSION.sub("", part) for part in path.split("/") if part][:_MOST]


def _by_address(signs: PageSigns, url: str, titles: Iterable[str]) -> str:
    path = _path(url)
    names = {comparable(path[-1])} if path else set()
    names.update(comparable(value) for _, value in parse_qsl(urlsplit(url).query)[:_MOST])
    # WordPress tells a day of pages too.
    is_dated = signs.dated and not signs.is_page
    if _is_at_site_page(path) and not (is_dated or signs.signed):
        return f"its path is “{path[-1]:.80}” alone, and there is neither a day nor a byline"
    for title in sorted(titles):
        if (name := comparable(title)) in names and _is_site_page(name, signs):
            return f"its address and its title say “{title:.80}”"
    folders = {comparable(part) for part in path}
    if signs.weak == 0 and (kinds := _OTHER_PATHS & folders):
        return f"the path has {min(kinds)}, and there is neither a day nor a byline"
    if signs.weak == 0 and signs.contact and (kinds := _PEOPLE & folders):
        return f"the path has {min(kinds)}, and there is somebody to write to, and no day"
    return ""


def _is_at_site_page(path: list[str]) -> bool:
    """Tell whether *path* is the name of a page about the site, behind a language at most."""
    folders = path[:-1]
    is_bare = not folders or (len(folders) == 1 and _LANGUAGE.fullmatch(folders[0]) is not None)
    return bool(path) and is_bare and comparable(path[-1]) in _ABOUT_SITE


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


def _by_lines(signs: PageSigns, main_content: MainContent) -> str:
    """Return the evidence that the text is a record of a database, or what somebody pasted."""
    fields = 0 if signs.signed else _fields(main_content)
    if fields >= _MANY:
        return f"{fields} lines of its text are fields of a record, and nobody signed it"
    if not signs.raw:
        return ""
    some = [line for line in main_content.lines if len(line) >= _LEAST_LINE][:_MOST]
    if some and sum(line in signs.raw for line in some) >= _NEARLY_ALL * len(some):
        return "a field for text holds the same text"
    return ""


def _fields(main_content: MainContent) -> int:
    """Return how many names with a colon have a value beside them, in tables and in lists."""
    named = sum(1 for _ in _TERM.finditer(main_content.html))
    if main_content.html.count("<tr") < _MANY:
        return named
    return named + sum(1 for line in main_content.lines if _FIELD.match(line))


def _by_code(main_content: MainContent) -> str:
    """Return the evidence that the text is a listing of code, empty without any."""
    if not _LISTING.search(main_content.html):
        return ""
    letters, listed = _letters_of_code(main_content.html)
    code = "".join(listed)
    is_most = len(code) >= _NEARLY_ALL * letters
    if not (code and is_most and sum(map(code.count, _SIGNS)) >= _MANY_SIGNS * len(code)):
        return ""
    return f"{len(code)} of the {letters} letters of its text are a listing of code"


def _letters_of_code(markup: str) -> tuple[int, list[str]]:
    """Return how many letters *markup* has, white space aside, and those that stand in code."""
    root = etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser())
    letters, listed, inside = 0, [], set()
    for element in root.iter():
        around = element.getparent()
        if around in inside or _is_code(element):
            inside.add(element)
        for text, place in ((element.text, element), (element.tail, around)):
            shown = "".join((text or "").split())
            letters += len(shown)
            if place in inside:
                listed.append(shown)
    return letters, listed


def _is_code(element: _Element) -> bool:
    is_cell = element.tag == "td" and "code" in element.get("class", "")
    return is_cell or element.tag in ("pre", "code")
