"""Pages that are no articles: front pages, lists, errors, challenges, and pages of other kinds.

What an address, a class or a type says counts only together with what is on the page: a page with
one long run of prose is a story wherever it lies.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.pages import linked_data
from crawler.pages.front_posts import is_of_posts
from crawler.pages.letters import told_share
from crawler.pages.not_an_article import NotAnArticleError
from crawler.pages.other_pages import other_page

if TYPE_CHECKING:
    from crawler.pages.main_content import MainContent
    from crawler.pages.page_metadata import PageMetadata
    from crawler.pages.page_signs import PageSigns

_LISTS = frozenset(
    (
        *("home", "blog", "archive", "category", "tag", "author", "date", "search"),
        *("search-results", "search-no-results", "post-type-archive", "tax"),
    )
)
_SINGLE = frozenset(("single", "single-post", "single-format-standard", "postid"))
_ERROR = re.compile(
    r"(?:error |http )(?:error )?(?:40[0-9]|410|50[0-9])\b.{0,40}"
    r"|(?:40[0-9]|410|50[0-9])(?: ?[:–—-])?"
    r"(?: (?:error|(?:page |file )?not found|forbidden|unauthorized|access denied|gone|bad request"
    r"|internal server error|bad gateway|service unavailable|gateway time-?out|page)\b.{0,40})?"
    r"|(?:page|file|article|story|content|document|url)?\s?"
    r"(?:not found|(?:is )?no longer available|(?:does not|doesn[’']t) exist|unavailable)"
    r"|.{0,30}page (?:not|could not be|cannot be|can[’']t be) found.{0,30}"
    r"|(?:nothing|page) (?:was )?(?:not )?found|forbidden"
    r"|seite nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada"
    r"|pagina non trovata|página não encontrada|страница не найдена|oops.{0,40}"
    r"|service unavailable|bad gateway|temporarily unavailable|under maintenance",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:(?:please )?(?:log ?[io]n|sign ?[io]n)|login|anmelden|anmeldung|einloggen|se connecter"
    r"|connexion|identifiez-vous|iniciar sesi[óo]n|acceder|accedi|entrar|inloggen|logga in|logg inn"
    r"|log ind|zaloguj|вход|войти|ログイン|登录|登入|로그인)"
    r"(?: (?:to|at|with|for|or|bei|à|en|a)\b.{0,60})?",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"access denied|attention required.{0,30}|just a moment.{0,5}|are you a (?:robot|human).{0,5}"
    r"|verify(?:ing)? (?:that )?you are human.{0,5}"
    r"|(?:please )?(?:enable|verify).{0,30}(?:javascript|cookies|captcha).{0,20}|captcha",
    re.IGNORECASE,
)
_FRONT = re.compile(
    r"/(?:[a-z]{2}(?:-[a-z]{2,4})?/?)?(?:(?:index|home|default|main|start|welcome)(?:\.[a-z]{2,5})?/?)?",
    re.IGNORECASE,
)
_OF_FRONTS = frozenset(("lang", "language", "hl", "page", "paged", "s", "q", "cat", "tag", "ref"))
_LIST_PATH = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|search)/[^/]*/?$"
    r"|/(?:topics?|sections?|archives?)/(?!(?!(?:19|20)[0-9]{2}/?$)[0-9]+/?$|(?:[^/-]+-){3}"
    r"|[^/]*[a-z-][0-9]{4})[^/]*/?$"
    r"|/page/[0-9]+/?$"
)
# Folders of subjects, which hold stories on some sites: they count where nothing tells of one.
_SUBJECT_PATH = re.compile(
    r"/(?:themen?|thema|temas?|th[eè]mes?|sujets?|argoment[oi]|onderwerp(?:en)?|emner?|témata"
    r"|rubri(?:k|ken|ques?|cas?|eken?)|rubryka|ressorts?|kategori(?:en?|er)?|kategorie|categor[ií]as?"
    r"|cat[eé]gories?|categori[ae]|sezion[ei]|secci[oó]n(?:es)?|stichworte?|schlagworte?|etiquetas?)"
    r"/(?![0-9]+/?$|(?:[^/-]+-){3}|[^/]*[a-z-][0-9]{4})[^/]+/?$"
)
_DESCRIBED = frozenset(("category", "tag", "author", "search", "tax"))
_DESCRIBED_PATH = re.compile(r"/(?:tags?|categor(?:y|ies)|authors?|search)/[^/]*/?$", re.IGNORECASE)
_JOINT = re.compile(r"\s+[|–—·-]\s+")
_FEW, _MANY, _BOOKLET = 600, 1_500, 10_000  # letters
_OF_ALL = 0.4  # of what a page shows outside of links
_NEARLY_ALL = 0.9  # of the same
_MANY_HEADINGS = 4
_LEAST_TOLD = 0.5  # of the headline's words: the text is a short story, not one teaser of many


def why_no_article(
    metadata: PageMetadata, signs: PageSigns, url: str, headline: str, main_content: MainContent
) -> NotAnArticleError | None:
    """Return the error that says why the page is no article, None if it may be one.

    Its reason is ``soft_error`` (an error or a login served with status 200), ``challenge`` (a test
    whether the reader is human), ``listing`` or ``no_story`` (a page of another kind).
    """
    titles = {headline, *_parts(headline), *_parts(metadata.title)}
    stand_in = _stand_in(metadata, signs, titles, main_content)
    if stand_in is not None:
        return stand_in
    is_one_text = _is_one_text(metadata, signs, url, main_content)
    has_signs = signs.declared or signs.weak > 0
    is_alone = signs.is_leaf and main_content.letters >= _NEARLY_ALL * main_content.page_letters
    is_story = is_one_text and (has_signs or is_alone or main_content.letters >= _BOOKLET)
    evidence = "" if is_story else _called_list(metadata, signs, url)
    if signs.posts and is_of_posts(main_content.lines, signs.posts):
        evidence = "it shows several posts, each with a page of its own"
    other = "" if evidence else other_page(signs, url, titles, main_content)
    if other:
        return NotAnArticleError("no_story", other)
    if not (evidence or signs.declared or signs.called):
        evidence = _list_evidence(metadata, signs, url, main_content, headline, is_story=is_story)
    told = f"{main_content.letters} letters are prose in one place"
    return NotAnArticleError("listing", f"{evidence}, and {told}") if evidence else None


def is_surely_none(
    metadata: PageMetadata, signs: PageSigns, url: str, headline: str, main_content: MainContent
) -> bool:
    """Tell whether the page would be no article even if all of its prose were the story."""
    best = replace(main_content, letters=main_content.page_prose, has_teasers=False)
    return why_no_article(metadata, signs, url, headline, best) is not None


def _parts(title: str) -> list[str]:
    return [part.strip(" .!:") for part in _JOINT.split(title)]


def _stand_in(
    metadata: PageMetadata, signs: PageSigns, titles: set[str], main_content: MainContent
) -> NotAnArticleError | None:
    """Return the error of a page that came in the place of another one, None if it may be that."""
    if "error404" in metadata.classes:
        return NotAnArticleError("soft_error", "its body has the class error404")
    if signs.declared or main_content.letters >= _FEW:
        return None
    letters = f"{main_content.letters} letters of prose"
    kinds = [("challenge", _CHALLENGE), ("soft_error", _ERROR)]
    if not signs.signed:
        kinds.append(("soft_error", _LOGIN))
    for reason, names in kinds:
        if found := sorted(filter(names.fullmatch, titles)):
            return NotAnArticleError(reason, f"it is called “{found[0]:.80}”, and has {letters}")
    is_bare = signs.password and not (signs.dated or signs.signed)
    if is_bare and 0 < main_content.letters < _FEW // 2:
        return NotAnArticleError("soft_error", f"it has a password field, and {letters}")
    return None


def _list_evidence(
    metadata: PageMetadata,
    signs: PageSigns,
    url: str,
    main_content: MainContent,
    headline: str,
    *,
    is_story: bool,
) -> str:
    """Return the evidence that a page which is not called an article is a list, empty without."""
    if main_content.has_teasers:
        return "most headings in it are links"
    if not is_story and (evidence := _looks_like_list(metadata, signs, url)):
        return evidence
    elsewhere = main_content.page_prose - main_content.letters
    if told_share(headline, main_content.lines) >= _LEAST_TOLD:
        return ""
    has_less = 0 < main_content.letters < min(_FEW, elsewhere / 2)
    if has_less and signs.weak < 2 and signs.linked_headings >= _MANY_HEADINGS:
        return f"{signs.linked_headings} headings are links"
    return ""


def _called_list(metadata: PageMetadata, signs: PageSigns, url: str) -> str:
    parts = urlsplit(url)
    if _FRONT.fullmatch(parts.path or "/"):
        names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        if names <= _OF_FRONTS:
            return f"the path {parts.path or '/'} is that of a front page"
    called = _LISTS & metadata.classes
    is_single = signs.declared or not _SINGLE.isdisjoint(metadata.classes)
    if called and metadata.is_wordpress and not is_single:
        return f"its body has the class {min(called)}"
    return ""


def _looks_like_list(metadata: PageMetadata, signs: PageSigns, url: str) -> str:
    if name := linked_data.list_type(metadata.nodes):
        return f"JSON-LD says {name}"
    path = unquote(urlsplit(url).path).lower()
    found = _LIST_PATH.search(path)
    if found is None and signs.weak == 0:
        found = _SUBJECT_PATH.search(path)
    return f"the path {found[0]} is that of a list" if found else ""


def _is_one_text(
    metadata: PageMetadata, signs: PageSigns, url: str, main_content: MainContent
) -> bool:
    """Tell whether one long text is much of what the page shows outside of links.

    Lists by author, subject and words searched for are described at some length now and then.
    """
    is_described = _DESCRIBED & metadata.classes or _DESCRIBED_PATH.search(urlsplit(url).path)
    if main_content.letters < (_MANY if is_described else _FEW) or main_content.has_teasers:
        return False
    if not main_content.page_letters:  # WordPress marked it up: it may be that of a front page
        return signs.linked_headings < _MANY_HEADINGS
    return main_content.letters >= _OF_ALL * main_content.page_letters
