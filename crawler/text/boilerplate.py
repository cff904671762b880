"""Paragraphs that are not the story, recognised by their words.

(Elements are recognised by their class: :mod:`crawler.text.wordpress_elements`.) Each rule matches
a whole paragraph, and a short one: prose that merely begins like boilerplate stays.
"""

from __future__ import annotations

import re

from crawler.text.datelines import read_dateline

_LONGEST = 300
_LONGEST_TRAILER = 600
_MOST_DATELINES = 4  # an agency may pass on what another one sent, dateline and all

_NETWORK = (
    r"(?:facebook|twitter|x|instagram|linkedin|whatsapp|telegram|pinterest|reddit|tumblr|youtube"
    r"|tiktok|threads|bluesky|mastodon|google news|email|print|pocket|skype|viber)"
)
_NETWORKS = rf"{_NETWORK}(?:(?:,| and|, and| or| &)\s{_NETWORK})*"

_RELATED_LINKS = (
    "related",
    "related (?:posts?|articles?|stories|news|content|coverage|reading|video)",
    "(?:read|see|watch) (?:more|also|next)",
    "also (?:read|see|watch)",
    "recommended(?: for you)?",
    "up next",
    "next (?:story|article)",
    r"more (?:[\w’'-]+ ){0,3}(?:stories|news|coverage)",
    "most (?:read|popular|viewed)",
    "you (?:may|might) also (?:like|be interested in)",
    "more on this (?:story|topic)",
    "don[’']t miss",
    *("lesen sie auch", "mehr zum thema", "auch interessant", "lees ook", "mehr dazu"),
    *("(?:à )?lire aussi", "voir aussi", "lea también", "leer también", "lee también"),
    *("te puede interesar", "leia (?:também|mais)", "veja também", "leggi anche(?: su)?"),
    *("läs också", "les også", "læs også", "(?:czytaj|zobacz) (?:też|także)"),
    *("читайте также", "смотрите также", "читайте також", "ayrıca oku(?:yun)?"),
    *("noticias? relacionadas?", "notícias? relacionadas?", "यह भी पढ़ें", "ये भी पढ़ें", "관련 ?기사"),
    *("baca juga", "xem thêm", "اقرأ أيضا[ًً]?", "相关阅读", "延伸閱讀", "関連記事"),
)
_AGENCIES = (
    "associated press|reuters|agence france-presse|afp|united press international|upi|cnn|xinhua"
    "|press trust of india|pti|deutsche presse-agentur|dpa"
)
_NAMES = r"(?:[^.;!?]|(?<=\b[a-z])\.){2,150}"  # with their initials
_LINES = {
    "share bars": (
        rf"(?:click to )?(?:share|e-?mail|print|pin)(?: this)?(?: on| via| to)?(?: {_NETWORK})?"
        r" \(opens in new window\)[a-z ]*"
        r"|click to (?:email a link to a friend|print)(?: \(opens in new window\).*)?"
        rf"|share (?:on|via|to) {_NETWORKS}"
        r"|share (?:this|this (?:article|post|story|page))(?: on| via| with your friends)?:?"
        r"|like this:?|(?:like )?loading(?:\.\.\.|…)|click to tweet"
        r"|(?:like|enjoy(?:ed)?) this (?:story|article|post)\?.{0,80}"
        rf"|(?:follow|like|find) [^.!?]{{2,80}} on {_NETWORKS}(?:(?:: | )@?\w+)?"
        r"(?: \(@\w+\))?(?: and \w+)?[.!]?"
    ),
    "advertisements": (
        r"adverts?|advertisements?|sponsored (?:content|links)|[-–— ]+advertisement[-–— ]+"
        r"|anzeige|werbung|publicité|publicidade?|pubblicità|advertentie|annons|reklam[ae]?"
        r"|реклама|विज्ञापन|إعلان|広告|广告|廣告|광고"
        r"|(?:advertisement )?[-–—]? ?scroll to continue"
        r"|(?:story|article|content) continues (?:below|after)"
        r"(?: (?:this |the )?(?:ad|advertisement))?"
    ),
    "related links": (
        rf"(?:{'|'.join(_RELATED_LINKS)}) ?(?:[:：|»→].{{0,250}}|\.\.\.|…)"
        r"|related \w+: .{1,150}|don[’']t miss"
        r"|you (?:may|might) also (?:like|be interested in)"
        r"|click here (?:to|for|if) [^.!?]{2,120}[.!]?"
        r"|follow .{2,80}\b(?:at|here:|on:?) https?://\S+"
        r"|more (?:ap|reuters|afp|cnn|bbc)\b[^.!?]{0,40}: https?://.{1,150}"
        r"|(?:image|photo|slide|picture) [0-9]{1,3} (?:of|/) [0-9]{1,3}"
        r"|(?:read|see|learn) more(?:\.\.\.|…)?(?: ?[»›→>]+)?"
        r"|continue reading(?: ?[»›→>]+|\.\.\.|…| [“\"].{1,200}[”\"])?"
        r"|(?:click here to )?read (?:the )?(?:full|original|whole|rest of the)"
        r" (?:article|story|post)(?: (?:here|on|at)\b.{0,60})?"
        r"|related (?:posts?|articles?|stories|news|content|coverage|reading|topics|links|video)"
    ),
    "labels": r"(?:tags?|tagged|categories|category|filed under|posted in|keywords) ?: ?.{1,200}",
    "newsletters": (
        r"(?:please )?(?:subscribe|sign up|join)(?: to| for| here for)? (?:our|my)\b[^.!?:;]{0,80}"
        r"\b(?:newsletters?|mailing list|channel|e-?mail list)\b[^.!?;:,]{0,60}[.!]?"
        r"|(?:subscribe|sign up) (?:to|for) (?:the )?(?:[A-Z0-9]\S*|[\w’']+[’']s) (?:\S+ ){0,5}"
        r"(?:newsletters?|mailing list)(?: (?:here|now|today))?[.!]?"
        r"|get (?:all )?(?:the|our|breaking) [^.!?;:]{1,80} (?:delivered|sent)"
        r"(?: straight| directly| right)? to your inbox[^.!?;]{0,40}[.!]?"
        r"|(?:enter )?your e-?mail(?: address)?[.:…]*"
        r"|subscribe(?: now| here)?[.!]?"
        r"|(?:get|read) (?:our|the) [^.!?]{0,60}newsletter[^.!?]{0,120}[.!]"
        r"(?: (?:sign up|subscribe)[^.!?]{0,40}[.!]?)?"
        r"|(?:unser|der|die) [^.!?]{0,40}newsletter\b.{0,150}\babonnieren\b.{0,40}"
        r"|подписывайтесь на (?:наш )?(?:канал|телеграм|telegram).{0,120}"
        r"|.{0,80}ऐप डाउनलोड करें।?"
        r"|(?:subscribe to|sign up (?:to|for)) [^.!?;:,]{2,80}"
        r"\b(?:and stay|for free|free|newsletters?|updates|alerts|inbox|channel)\b[^.!?;:]{0,80}"
        r"[.!]?"
        r"|(?:leave|add|post|write) a (?:reply|comment)|(?:[0-9]{1,5} )?comments?"
        r"|tell us what you think(?:\.\.\.|…|[.!])?"
    ),
    "credits": (
        rf"\(?(?:additional )?(?:reporting|writing) by {_NAMES}[;.]"
        rf" ?(?:additional (?:reporting|writing) by {_NAMES}[;.] ?)?"
        rf"(?:writing by {_NAMES}[;.] ?)?(?:editing|compiled) by {_NAMES}\)?[.;]?"
        rf"|additional reporting by {_NAMES}"
        rf"|(?-i:[A-Z]){_NAMES} contributed (?:to (?:this|the) (?:report|story|article)"
        r"|reporting(?: from [^.]{2,40})?)\.?"
        r"|\((?:(?:additional )?reporting|writing|editing) by [^.()]{2,150}\.?\)"
        r"|by (?-i:[A-Z][\w’'.-]+)(?: (?-i:[A-Z][\w’'.-]+)){1,3}"
        r"|(?:mit (?:material|agenturmaterial) (?:der|von)|avec|con|com|with) (?:the )?"
        r"(?:agenturen|agencies|agences|agencias|agências|dpa|afp|ap|reuters|efe|lusa|ansa)"
        r"(?:(?:,| und| et| y| e| and) (?:dpa|afp|ap|reuters|efe|lusa|ansa))*\.?"
        r"|(?-i:[a-z]{2,4}(?:-[a-z]{2,4})?/[a-z]{2,4}(?:/[a-z]{2,4})?)"
        r"|(?:المصدر|المصادر) ?: ?.{2,80}"
        r"|[【（(\[]?(?:责任编辑|責任編輯|编辑|編輯|责编|作者|来源|來源)[:： ].{1,40}"
        rf"|by [^.:;!?]{{3,60}}[,|] ?(?:the )?(?:ap|bloomberg|staff writer|{_AGENCIES})"
        rf"|(?:by )?(?:the )?(?:{_AGENCIES})(?: (?:news|staff))?|by (?:the )?ap"
        r"|some (?:of the )?(?:information|material) (?:for|in) this (?:report|story|article)"
        r" (?:came|comes|was provided|is) (?:from|by) .{2,150}"
        r"|(?:featured )?(?:photo(?:graph)?|image|picture)s?"
        r" (?:(?:credits?|source): |courtesy(?: of|:) ).{2,80}"
    ),
    "notices": (
        r"© (?:the )?"
        r"(?:agence france-presse|afp|associated press|ap|reuters|thomson reuters|dpa|tass)"
        r"|our standards: ?the thomson reuters trust principles\.?(?:,? opens new tab)?"
        r"|(?:copyright )?(?:©|\(c\)) ?(?:19|20)[0-9]{2}\b.{0,150}"
        rf"|(?:copyright )?(?:©|\(c\)) ?(?:the )?(?:ap|{_AGENCIES})\.?"
        r"|the-cnn-wire\b.{0,200}"
        r"|copyright (?:19|20)[0-9]{2}\b.{0,80}all rights reserved\b.{0,150}"
        r"|this (?:material|content) may not be published, broadcast, rewritten.{0,60}"
        r"|(?:(?:[a-z]{3,9}day, )?[a-z]{3,9}\.? [0-9]{1,2}, (?:19|20)[0-9]{2},? )?"
        r"(?:(?:last|first) )?(?:updated|published|posted)(?: (?:at|on)|:)? [^.!?]{0,20}[0-9]"
        r"[^!?]{0,30}"
        r"|(?:[a-z]{3,9}day,? )?[a-z]{3,9}\.? [0-9]{1,2},? (?:19|20)[0-9]{2},? (?:at )?"
        r"[0-9]{1,2}:[0-9]{2} ?(?:[ap]\.?m\.?)?(?: [a-z]{2,4})?"
        r"|(?:have a tip|got a tip|do you have a (?:news )?tip)\?.{0,200}"
        r"|(?:write to|reach|contact|e-?mail)\b[^!?]{2,80} (?:at|on)\b[^!?]{0,20}"
        r"(?:@\w|https?://|twitter\.com).{1,150}"
        r"|this slideshow requires javascript\."
        r"|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,3}|@\w{2,30}"
        r"|(?:https?://)?(?:www\.|m\.)?(?:twitter|facebook|instagram|x)\.com/\S{1,100}"
        r"|\(?(?:except for the headline, )?this (?:story|article|report)"
        r" has(?: not|n[’']t) been (?:edited|created) by"
        r" .{2,60}(?:syndicated|auto-generated).{0,60}"
    ),
    "captions": (
        r".{0,250}\((?:ap|afp|epa|reuters|xinhua|voa|kyodo|yonhap|getty images)"
        r" ?(?:photos?|images?|file|pool)?/[^()]{2,80}\)\.?"
        r"|.{0,250}\((?:file )?photo by [^()]{2,80}/[^()]{2,60}\)\.?"
        r"|.{0,250}(?-i:\bREUTERS/[A-Z][\w. ’'-]{2,40})(?:/file photo)?"
    ),
    "end marks": r"\(end\)|enditem|■|==? ?kyodo",
    "rules drawn with characters": (r"[*_=~#•·⁂–—―.+-]{3,}|(?:[*•·~] ){2,}[*•·~]|[*•·~|—–■◼●◆▪□-]"),
}
_BOILERPLATE = re.compile("|".join(f"(?:{pattern})" for pattern in _LINES.values()), re.IGNORECASE)

_CREDITED = re.compile(
    r"[(\[](?:photo|image|picture|foto|credit|bild|фото)s?(?: by|:) [^()\[\]]{2,80}[)\]]$"
    r"|[.!?”\"] (?:photo|picture|image|foto|bild|фото)(?: by|:) [^.]{2,60}$"
    r"|记者 ?\S{1,8} ?摄$",
    re.IGNORECASE,
)
_LONGEST_LABEL = 40
_RELATED_LINKS_LABEL = re.compile(
    rf"(?:{'|'.join(_RELATED_LINKS)})(?: ?[:：|»→]|\.\.\.|…)?", re.IGNORECASE
)

_FIRST = (
    r"(?:(?:was |has )?(?:appeared|published|posted) (?:first|originally)"
    r"|(?:(?:was|is|has) )?(?:first|originally) (?:appeared|published|posted))"
)
_SOURCE = r"(?P<source>.{2,80})"
_TRAILERS = (
    r"(?:a version of )?this (?:post|article|story|piece|column|content|essay|interview)\b"
    rf".{{0,80}}?\b{_FIRST} (?:on|in|at|by) (?P<source>.{{2,80}}?)"
    r"(?:\. (?:sign up|subscribe|read|click|follow|join|it (?:is|was|has been) (?:re)?published)\b"
    r".{0,150})?",
    rf"(?:originally|first) (?:published|posted|appeared) (?:on|in|at|by) {_SOURCE}",
    r"(?:this (?:article|story) is )?republished from (?P<source>.{2,60}?)"
    r"(?: under a creative commons licen[cs]e\..{0,80})?",
    r"(?:source|via): ?(?P<source>[\w./:-]+\.[a-z]{2,}(?:/\S*)?|Reuters|AP|AFP|CNN|BBC|Xinhua"
    r"|(?-i:(?:[A-Z][\w’'-]* ){1,3}(?:News|Press|Agencies)|(?:News )?[Aa]gencies))",
    # The footer that WordPress sites put under the posts of their feeds, a language each
    rf"the post (?-i:[^a-z\s]).{{0,300}} (?:appeared first|first appeared) on {_SOURCE}",
    rf"der beitrag .{{1,300}} erschien zuerst auf {_SOURCE}",
    rf"(?:l[’']|cet )article .{{1,300}} est apparu en premier sur {_SOURCE}",
    rf"la entrada .{{1,300}} (?:se publicó|aparece) primero en {_SOURCE}",
    rf"o post .{{1,300}} apareceu primeiro em {_SOURCE}",
    rf"l[’']articolo .{{1,300}} proviene da {_SOURCE}",
    rf"het bericht .{{1,300}} verscheen eerst op {_SOURCE}",
    rf"artykuł .{{1,300}} pochodzi z serwisu {_SOURCE}",
    rf"inlägget .{{1,300}} dök först upp på {_SOURCE}",
    rf"(?:сообщение|запись) .{{1,300}} (?:появились сначала|впервые появилась) на {_SOURCE}",
)
_TRAILER = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _TRAILERS)
_SMALL = frozenset(
    (
        *("a", "and", "at", "by", "for", "from", "in", "of", "on", "the"),
        *("da", "de", "del", "der", "des", "di", "du", "e", "el", "et", "für", "la", "le", "les"),
        *("und", "van", "von", "y", "и"),
    )
)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?:[/?#]\S*)?")
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


def is_related_links_label(label: str) -> bool:
    """Tell whether *label* is a heading above links to other stories, such as ``Read also``."""
    return len(label) <= _LONGEST_LABEL and _RELATED_LINKS_LABEL.fullmatch(label) is not None


def is_boilerplate(paragraph: str) -> bool:
    """Tell whether a paragraph is a share bar, a related link, a credit or the like."""
    if len(paragraph) > _LONGEST:
        return False
    bare = paragraph.strip("()[] ")
    return _BOILERPLATE.fullmatch(paragraph) is not None or (
        bare != paragraph and _BOILERPLATE.fullmatch(bare) is not None
    )


def is_caption(paragraph: str) -> bool:
    """Tell whether a paragraph names a photographer at its end, as captions do."""
    return len(paragraph) <= _LONGEST and _CREDITED.search(paragraph) is not None


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
        for trailer in _TRAILER:
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
