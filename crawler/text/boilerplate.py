"""Paragraphs that are not the story, recognised by their words.

The words are data (:mod:`crawler.text.boilerplate_phrases`), and elements are recognised by their
class (:mod:`crawler.text.element_names`). Each rule matches a whole paragraph, and a short
one: prose that merely begins like boilerplate stays.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from crawler.text.boilerplate_phrases import LINES, PhraseMatcher, one_of, phrases
from crawler.text.datelines import read_dateline

_LONGEST = 300
_LONGEST_TRAILER = 600
_MOST_DATELINES = 4  # an agency may pass on what another one sent, dateline and all

_NAMES = r"(?:[^.;!?]|(?<=\b[^\W\d_])\.){2,150}"
_HEADLINE = r" ?[:：|»→].{0,250}"  # behind a label
_MOMENT = r"(?:[:：]|) ?[^.!?]{0,20}[0-9][^!?]{0,30}"
_SHAPES = re.compile(
    # Slides, moments, the signatures of an agency's editors (wd/rt), addresses
    r"(?:(?:image|photo|slide|picture) )?[0-9]{1,3} ?(?:of|von|de|di|sur|van|av|af|из) ?[0-9]{1,3}"
    r"|(?:image|photo|slide|picture) [0-9]{1,3} ?/ ?[0-9]{1,3}|[0-9]{1,2}/(?:[0-9]{2,3}|[3-9])"
    r"|(?:[a-z]{3,9}day,? )?[a-z]{3,9}\.? [0-9]{1,2},? (?:19|20)[0-9]{2},? (?:at |posted: )?"
    r"[0-9]{1,2}:[0-9]{2} ?(?:[ap]\.?m\.?)?(?: [a-z]{2,4})?"
    r"|(?-i:[a-z]{2,4}(?:-[a-z]{2,4})?/[a-z]{2,4}(?:/[a-z]{2,4})?)"
    r"|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,3}|@\w{2,30}"
    r"|(?:https?://)?(?:www\.|m\.)?(?:twitter|facebook|instagram|x)\.com/\S{1,100}"
    r"|more (?:ap|reuters|afp|cnn|bbc)\b[^.!?]{0,40}: https?://.{1,150}"
    # Captions
    r"|.{0,250}\((?:ap|afp|epa|reuters|xinhua|voa|kyodo|yonhap|getty images)"
    r" ?(?:photos?|images?|file|pool)?/[^()]{2,80}\)\.?"
    r"|.{0,250}\((?:file )?photo by [^()]{2,80}/[^()]{2,60}\)\.?"
    r"|.{0,250}(?-i:\bREUTERS/[A-Z][\w. ’'-]{2,40})(?:/file photo)?"
    # End marks, rules drawn with characters
    r"|\(end\)|enditem|■|==? ?kyodo"
    r"|[*_=~#•·⁂–—―.+-]{3,}|(?:[*•·~] ){2,}[*•·~]|[*•·~|—–■◼●◆▪□-]",
    re.IGNORECASE,
)
_PHOTOGRAPHER = r"(?:[^.!?]|\.(?=\S)){2,60}$"
_LONGEST_LABEL = 40
_NAMED_SOURCE = (
    r": ?(?P<source>[\w./:-]+\.[a-z]{2,}(?:/\S*)?|Reuters|AP|AFP|CNN|BBC|Xinhua"
    r"|(?-i:(?:[A-Z][\w’'-]* ){1,3}(?:News|Press|Agencies)|(?:News )?[Aa]gencies))"
)
_SMALL = frozenset(
    (
        *("a", "and", "at", "by", "for", "from", "in", "of", "on", "the"),
        *("da", "de", "del", "der", "des", "di", "du", "e", "el", "et", "für", "la", "le", "les"),
        *("und", "van", "von", "y", "и"),
    )
)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?:[/?#]\S*)?")
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


@cache
def _lines() -> PhraseMatcher:
    sign_offs = phrases("sign_offs")
    related = phrases("related")
    return PhraseMatcher(
        {
            "": (*phrases(*LINES), *related),
            _HEADLINE: (*related, *phrases("related_before_links")),
            r" ?[:：] ?.{1,200}": phrases("tags"),
            r" ?[:：©] ?.{1,120}": phrases("photos"),
            _MOMENT: phrases("published", "modified"),
            rf" {_NAMES}(?:[;,.] ?{one_of(sign_offs)} {_NAMES}){{1,5}}": sign_offs,
        }
    )


@cache
def _credited() -> re.Pattern[str]:
    photos = one_of(phrases("photos"))
    return re.compile(
        r"[(\[](?:photo|image|picture|foto|credit|bild|фото)s?(?: by|:) [^()\[\]]{2,80}[)\]]$"
        rf"|[.!?…”\"»)|—–] ?(?:{photos} ?[:：]|(?:photo|picture|image)s? by|©) ?{_PHOTOGRAPHER}"
        r"|记者 ?\S{1,8} ?摄$",
        re.IGNORECASE,
    )


@cache
def _labels(*kinds: str) -> PhraseMatcher:
    return PhraseMatcher({"": phrases(*kinds)})


@cache
def _trailers() -> tuple[re.Pattern[str], ...]:
    sources = one_of(phrases("sources")) + _NAMED_SOURCE
    every = (*(one_of([phrase]) for phrase in phrases("trailers")), sources)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in every)


def is_related_links_label(label: str) -> bool:
    """Tell whether *label* is a heading above links to other stories, such as ``Read also``.

    A story may have one of these lines, such as ``Background``: it is a label where links follow.
    """
    return _is_label(label, "related", "related_before_links", "before_links")


def is_sure_related_links_label(label: str) -> bool:
    """Tell the same of a label that no story has."""
    return _is_label(label, "related")


@lru_cache(maxsize=1 << 10)  # a box in a box begins with the same label
def _is_label(label: str, *kinds: str) -> bool:
    return len(label) <= _LONGEST_LABEL and _labels(*kinds).matches(label)


def is_boilerplate(paragraph: str) -> bool:
    """Tell whether a paragraph is a share bar, a related link, a credit or the like."""
    if len(paragraph) > _LONGEST:
        return False
    bare = paragraph.strip("()[] ")
    return (
        _lines().matches(paragraph)
        or _SHAPES.fullmatch(paragraph) is not None
        or (bare != paragraph and _SHAPES.fullmatch(bare) is not None)
    )


def is_caption(paragraph: str) -> bool:
    """Tell whether a paragraph names a photographer at its end, as captions do."""
    return len(paragraph) <= _LONGEST and _credited().search(paragraph) is not None


def split_dateline(paragraphs: list[str]) -> tuple[list[str], str | None]:
    """Remove the dateline from the first paragraph.

    Return the paragraphs, and the dateline (``BEIJING (AP)``) or None. A paragraph that was nothing
    but a dateline goes; a text that is nothing but a dateline stays as it is.
    """
    first: str | None = None
    for number, paragraph in enumerate(paragraphs):
        lead = paragraph
        for _ in range(_MOST_DATELINES):
            if not (found := read_dateline(lead)):
                break
            first, lead = first or found[0], found[1]
        if first is None:
            break
        if lead and not is_boilerplate(lead):
            return [lead, *paragraphs[number + 1 :]], first
    return paragraphs, None


def split_syndication_trailer(paragraphs: list[str]) -> tuple[list[str], str | None]:
    """Remove the syndication trailers from the end.

    Return the paragraphs, and the source that the trailer names (``cnn.com``, ``The Conversation``)
    or None. Of several trailers the first counts, since each publisher adds its own.
    """
    end, origin = len(paragraphs), None
    while end and (source := _trailer_source(paragraphs[end - 1])):
        end, origin = end - 1, source
    return paragraphs[:end], origin


def _trailer_source(paragraph: str) -> str | None:
    if len(paragraph) <= _LONGEST_TRAILER:
        for trailer in _trailers():
            found = trailer.fullmatch(paragraph.strip("()[] ").rstrip("."))
            if found and (name := _source_name(found["source"])):
                return name
    return None


def _source_name(text: str) -> str | None:
    """Return the host of an address, a name as it is, None for ordinary words."""
    text = text.strip(" .,:;“”\"'()[]")
    if found := _ADDRESS.fullmatch(text):
        return found["host"].lower()
    words = text.split()
    named = [word for word in words if word not in _SMALL]
    is_plain = len(words) > 1 and any(word[0].islower() for word in named)
    return text if named and len(words) <= 8 and not is_plain and not _YEAR.search(text) else None
