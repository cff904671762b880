"""What a page shows of its kind: the signs that it is an article, or something else.

Sources: schema.org; the Open Graph protocol; WordPress's ``body_class``; microformats.org (hAtom);
the mark-up that widespread software for wikis, forums and shops writes into its pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

from lxml import etree

from crawler.pages import linked_data, publication_date
from crawler.pages.front_posts import read_posts
from crawler.sources.html_links import shown_text

if TYPE_CHECKING:
    from lxml.etree import _Element

    from crawler.dates import Moment
    from crawler.pages.linked_data import Node
    from crawler.pages.page_metadata import PageMetadata

_MOST = 500
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Recipe|Review)$")
_SINGLE = re.compile(
    r"single-post|single-format-\w+|postid-\d+|(?:page-)?node-type-(?:article|news|story|blog|post)"
)
_NOT_POSTS = re.compile(r"single-(?:product|event|forum|topic|tribe_events|job_listing)")
_OTHER = re.compile(
    r"(?:Product|ProductGroup|\w*Event|ProfilePage|SearchResultsPage|QAPage|AboutPage"
    r"|ContactPage|CheckoutPage|DiscussionForumPosting|JobPosting|RealEstateListing"
    r"|SoftwareSourceCode|SocialMediaPosting)"
)
# What may stand beside a story as well: what it is about, the questions that it answers.
_BESIDE = re.compile(
    r"(?:FAQPage|ItemPage|MediaGallery|ImageGallery|Movie|Book|TVSeries|TVEpisode|MusicAlbum"
    r"|MusicRecording|VideoGame|VideoObject|SoftwareApplication|WebApplication|MobileApplication"
    r"|Hotel|Restaurant|Course|Vehicle|Car|Apartment|House|Dataset|DefinedTerm|Drug|Quiz"
    r"|TouristAttraction|SportsTeam|MusicGroup)"
)
_OPEN_GRAPH = re.compile(
    r"(?:og:)?(?:product|profile|video|music|books?|business|restaurant|place|game|gallery)"
    r"(?:[.:].*)?|movie|author",
    re.IGNORECASE,
)
_OPEN_GRAPH_ARTICLES = frozenset(("article", "news", "newsarticle", "story", "blog", "post"))
_WIKI = re.compile(
    r"(?:mediawiki|dokuwiki|xwiki|foswiki|twiki|pmwiki|moinmoin|confluence)\b", re.IGNORECASE
)
_FORUM = re.compile(
    r"(?:phpbb|vbulletin|xenforo|discourse|mybb|invision community|flarum|nodebb)\b",
    re.IGNORECASE,
)
_FORUM_NAMES = frozenset(("xf", "xenforo", "phpbb", "vbulletin", "ipsapp", "bbpress", "flarum"))
_PUBLISHED = etree.XPath(
    "boolean(//*[contains(concat(' ', normalize-space(@class), ' '), ' published ')])"
)
_TYPED = etree.XPath("//*[@itemtype][not(@itemprop)]/@itemtype", smart_strings=False)
_BUYING = etree.XPath("//button | //a[@class or @id] | //form | //input[@type='submit']")
_TO_CART = re.compile(
    r"add[-_]?(?:item[-_]?)?(?:to|2)[-_]?(?:cart|basket|bag)|in-?den-?warenkorb|in-?winkelwagen"
    r"|ajouter-?(?:au-?)?panier|anadir-?(?:al-?)?carrito|aggiungi-?(?:al-?)?carrello"
    r"|/(?:cart|basket)/add\b|do-?koszyka|do-?kosiku|sepete-?ekle|(?:ao|no)-?carrinho|legg?-?i-?kurv"
    r"|lagg-?i-?varukorg|kosarba|v-?korzinu",
    re.IGNORECASE,
)
_NAMED = ("class", "id", "name", "action", "onclick")
_PAGE = re.compile(r"page-id-\d+")
_CONTACT = etree.XPath("boolean(//a[starts-with(@href, 'mailto:') or starts-with(@href, 'tel:')])")
_RAW = etree.XPath("//textarea")
_CLONED = etree.XPath("boolean(//input[substring(@value, string-length(@value) - 3) = '.git'])")
_LEAST_RAW, _MOST_RAW = 300, 20_000
_LEAST_HEADING = 15
_FEW_LINKS = 8  # those of a letter and to what the law asks for; a front leads to more


@dataclass(frozen=True, slots=True)
class PageSigns:
    """Signs of what a page is.

    ``declared`` says that it is an article; ``called``, ``dated`` and ``signed`` are what stories
    have and other pages may have too: Open Graph's type, a day in its place, a byline. ``other`` is
    the evidence that it is something else, empty without any, ``beside`` what says so of pages
    without any sign of an article; ``software`` is the evidence that it is a page of a wiki or a
    forum. ``sells`` tells whether something on it can be put into a cart,
    ``posts`` is the text of several posts that stand on it, each with a page of its own,
    ``password`` tells whether there is a field for one, ``linked_headings`` how many headings lead
    elsewhere, ``is_leaf`` whether the page has hardly any links, ``is_page`` whether WordPress
    calls it a page, ``contact`` whether it has an address to write to or to call, ``raw`` is the
    beginning of the longest text in a field for text: looked for only where nothing says that it is
    an article.
    """

    declared: bool = False
    called: bool = False
    dated: bool = False
    signed: bool = False
    other: str = ""
    beside: str = ""
    software: str = ""
    sells: bool = False
    posts: str = ""
    password: bool = False
    linked_headings: int = 0
    is_leaf: bool = False
    is_page: bool = False
    contact: bool = False
    raw: str = ""

    @property
    def weak(self) -> int:
        """The number of weak signs that it is an article."""
        return self.called + self.dated + self.signed


def read_signs(
    root: _Element,
    metadata: PageMetadata,
    node: Node,
    *,
    url: str,
    heading: _Element | None,
    published: Moment | None,
    bylines: list[str],
) -> PageSigns:
    """Return the signs on the page at *url*, below *root*.

    *node* is the JSON-LD of its article, *heading* its headline, *published* the day found for it,
    *bylines* are those who signed it.
    """
    typed = [name.rpartition("/")[2] for name in cast("list[str]", _TYPED(root))[:_MOST]]
    declared = _is_declared(metadata, node, typed)
    software = _wiki(root, metadata)
    if declared:
        return PageSigns(declared=True, software=software)
    opened = metadata.first("og:type").strip()
    other = _declared_other(_OTHER, metadata, typed) or _repository(root)
    beside = _declared_other(_BESIDE, metadata, typed)
    called = opened.lower() in _OPEN_GRAPH_ARTICLES
    signed = bool(bylines)
    # Two other signs are enough: where the day stands need not be looked for.
    dated = published is not None and (
        (called and signed)
        or publication_date.is_told_of_story(published, metadata, node, url, root, heading)
    )
    return PageSigns(
        called=called,
        dated=dated,
        signed=signed,
        other=f"og:type is {opened}" if _OPEN_GRAPH.fullmatch(opened) else other,
        # Lists and repositories call themselves so, and here and there a story.
        beside=beside or (f"og:type is {opened}" if opened == "object" else ""),
        sells=not dated and _sells(root),
        software=software or _forum(root, metadata),
        posts=read_posts(root, url, metadata.links.get("canonical", ())),
        password=any(field.get("type") == "password" for field in root.iter("input")),
        linked_headings=0 if called else _linked_headings(root),
        is_leaf=sum(1 for _ in islice(root.iter("a"), _FEW_LINKS)) < _FEW_LINKS,
        is_page="page" in metadata.classes and any(map(_PAGE.fullmatch, metadata.classes)),
        contact=_CONTACT(root) is True,
        raw=_raw(root),
    )


def _is_declared(metadata: PageMetadata, node: Node, typed: list[str]) -> bool:
    if any(map(_NOT_POSTS.fullmatch, metadata.classes)):
        return False
    return (
        any(map(_ARTICLE.search, linked_data.types(node)))
        or bool(metadata.first("article:published_time", "articlebody"))
        # Of many items each is one of a list.
        or sum(1 for name in typed if _ARTICLE.search(name)) == 1
        or any(map(_SINGLE.fullmatch, metadata.classes))
    )


def _wiki(root: _Element, metadata: PageMetadata) -> str:
    """Return the evidence that the page is one of a wiki, empty if it is not.

    A wiki of news dates its stories, as hAtom does.
    """
    generator = metadata.first("generator")
    if not (_WIKI.match(generator) or "mediawiki" in metadata.classes) or _PUBLISHED(root):
        return ""
    return f"it is a page of a wiki ({generator or 'MediaWiki'})"


def _forum(root: _Element, metadata: PageMetadata) -> str:
    """Return the evidence that the page is one of a forum, empty if it is not."""
    found = _FORUM.match(metadata.first("generator"))
    names = {name.lower() for name in metadata.classes}
    for element in (root, *islice(root.iterchildren("body"), 1)):
        names.add((element.get("id") or "").lower())
        if element.get("data-template") == "thread_view":
            names.add("xf")
    named = [found[0]] if found else sorted(_FORUM_NAMES & names)
    return f"it is a page of a forum ({named[0]})" if named else ""


def _declared_other(kinds: re.Pattern[str], metadata: PageMetadata, typed: list[str]) -> str:
    linked = (name for node in metadata.nodes for name in linked_data.types(node))
    if name := next(filter(kinds.fullmatch, linked), ""):
        return f"JSON-LD says {name}"
    found = list(filter(kinds.fullmatch, typed))
    return f"its microdata say {found[0]}" if len(found) == 1 else ""


def _repository(root: _Element) -> str:
    """Return the evidence that the page is one of a repository of code, empty if it is not."""
    return "it has a field with the address of a repository" if _CLONED(root) else ""


def _raw(root: _Element) -> str:
    """Return the beginning of the longest text that a field shows to be copied, empty without.

    The mark-up that sites give others to republish a story is none.
    """
    fields = cast("list[_Element]", _RAW(root))[:_MOST]
    text = max((field.text or "" for field in fields), key=len, default="")
    return " ".join(text[:_MOST_RAW].split()) if len(text) >= _LEAST_RAW else ""


def _sells(root: _Element) -> bool:
    return any(
        _TO_CART.search(" ".join(element.get(name) or "" for name in _NAMED))
        for element in cast("list[_Element]", _BUYING(root))[: 4 * _MOST]
    )


def _linked_headings(root: _Element) -> int:
    """Return how many headings below the first are links, or stand in one."""
    number = 0
    for heading in islice(root.iter("h2", "h3", "h4"), _MOST):
        around = heading.getparent()
        is_inside = around is not None and around.tag == "a"
        link = next(heading.iter("a"), None)
        if is_inside or (link is not None and len(shown_text(link)) >= _LEAST_HEADING):
            number += 1
    return number
