"""Agency datelines: ``BEIJING (AP) —`` in front of the lead.

A dateline names a known agency in brackets behind what can only be a place and a day, or is a
known place in capitals in front of a dash. Everything else is prose.

Source: AP Stylebook, Reuters Handbook of Journalism (datelines), and the agencies' own stories.
"""

from __future__ import annotations

import re

from crawler.text.agency_names import AGENCIES, CITIES, REGIONS

_SPELLINGS = [spelling for spellings in AGENCIES.values() for spelling in spellings]
_AGENCY = "|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True))
_DASH = "(?:-{1,2}|[–—―])"
_LOCAL_DAY = r"[0-9０-９]{1,2}\s?[月日](?:\s?[0-9０-９]{1,2}\s?日)?"

# PLACE, Jan. 5 (Reuters) -    ПЕКИН, 5 января. /ТАСС/.    NEW YORK--(BUSINESS WIRE)--
_BRACKETED = re.compile(
    rf"(?P<place>[^()\n]{{0,70}}?)[\s,]*+{_DASH}?\s*+"
    rf"(?P<mark>\((?:{_AGENCY})(?:\s?[/,&-]\s?(?:{_AGENCY}))*\)|/(?:{_AGENCY})/)"
    rf"(?P<close>\s*+(?:\.\s?{_DASH}|[.:]|{_DASH})?)\s*+"
)
# WASHINGTON —    KHARKIV, Ukraine —
_BARE = re.compile(
    rf"(?P<place>[^\W\d_a-z](?:[^\W\d_a-z]|[.'’ -]){{3,30}}?)"
    rf"(?:,\s(?P<region>[A-Z][A-Za-z. ]{{2,20}}?))?"
    rf"(?P<close>\s{_DASH}(?:\s|$))\s*+"
)
_DAY_RU = r"[0-9]{1,2}\s[а-я]{3,8}\.?"
_HOUSE_STYLES = {
    "Hong Kong CNN —": rf"(?P<mark>(?:[A-Z][\w.’']+,?\s){{0,4}}CNN)\s{_DASH}\s*+",
    "(ANSA) - ROMA, 05 GEN -": (
        rf"(?P<mark>\((?:ANSA|AGI|Adnkronos)\)\s{_DASH}\s[A-ZÀ-Ý' ]{{3,30}},"
        rf"\s(?:[0-9]{{1,2}}\s[A-Z]{{3}}|[A-Z]{{3,9}}\s[0-9]{{1,2}}))\s{_DASH}\s*+"
    ),
    "МОСКВА, 5 янв — РИА Новости.": (
        rf"(?P<mark>[А-ЯЁ][А-ЯЁ -]{{2,30}},\s{_DAY_RU}\s{_DASH}\s"
        r"(?:РИА Новости|Прайм|Sputnik|БЕЛТА))\.\s*+"
    ),
    "Москва. 5 января. INTERFAX.RU -": (
        rf"(?P<mark>[А-ЯЁ][а-яё-]{{2,20}}\.\s{_DAY_RU}\sINTERFAX\.RU)\s{_DASH}\s*+"
    ),
    "新华社北京1月5日电（记者张三）": (
        rf"(?P<mark>(?:新华社|新華社|中新社|中新网|中新網)[^，。\s]{{1,12}}?{_LOCAL_DAY}[电電]"
        r"(?:\s?[（(][^）)]{1,40}[）)])?)[\s:：]*+"
    ),
    "（中央社記者張三台北5日電）": r"(?P<mark>[（(]中央社記者[^）)]{2,30}電[）)])\s*+",
    "【ソウル聯合ニュース】 [東京 5日 ロイター] -": (
        r"(?P<mark>[【\[［〔][^】\]］〕]{0,20}(?:共同|時事|聯合ニュース|ロイター|AFP|新華社)[】\]］〕])"
        r"[\s－—–-]*+"
    ),
    "(서울=연합뉴스) 홍길동 기자 =": (
        r"(?P<mark>[(\[【][가-힣]{2,10}=(?:연합뉴스|뉴시스|뉴스1)[)\]】]"
        r"(?:\s?[가-힣·\s]{2,30}기자\s?=)?)\s*+"
    ),
}
_HOUSE_STYLE = tuple(map(re.compile, _HOUSE_STYLES.values()))
_WORD = re.compile(r"[^\s,./\[\]–—-]+")
_SMALL = frozenset(
    (
        *("al", "am", "and", "da", "de", "del", "den", "di", "do", "du", "el", "la", "le", "les"),
        *("of", "on", "sur", "г"),
    )
)
_NOT_PLACES = frozenset(("Agence", "Agency", "Associated", "News", "Press", "Wire"))


def read_dateline(text: str) -> tuple[str, str] | None:
    """Return the dateline at the front of ``text`` and what is behind it, or None.

    The dateline comes without the dash behind it (``BEIJING (AP)``).
    """
    return _house_style(text) or _bracketed(text) or _bare(text)


def _bracketed(text: str) -> tuple[str, str] | None:
    found = _BRACKETED.match(text)
    if not found or not _is_place(found["place"]) or _spells_out(found["place"], found["mark"]):
        return None
    lead = text[found.end() :]
    has_day = any(map(str.isdigit, found["place"]))
    closed = bool(found["close"].strip()) or has_day or found["mark"] == "(CNN)"
    if not closed or lead[:1].islower():
        return None
    return text[: found.end("mark")], lead


def _is_place(text: str) -> bool:
    """Tell whether each word may belong to a place and a day: names, numbers, months."""
    words = _WORD.findall(text)
    for before, word in zip(["", *words], words, strict=False):
        is_name = not word[0].islower() and word not in _NOT_PLACES
        if not (is_name or word in _SMALL or before[-1:].isdigit() or before == "de"):
            return False
    return len(words) <= 10 and (not text or text[0].isalnum())


def _spells_out(name: str, mark: str) -> bool:
    """Tell whether *mark*, letters in brackets, abbreviates the name in front of it."""
    letters = "".join(word[0] for word in _WORD.findall(name) if not word[0].islower())
    return len(mark) > 3 and letters.upper().endswith(mark[1:-1].upper())


def _bare(text: str) -> tuple[str, str] | None:
    found = _BARE.match(text)
    if not found or not found["place"].isupper() or found["place"].title() in REGIONS:
        return None
    region = found["region"]
    known = region in REGIONS if region else found["place"] in CITIES
    lead = text[found.end() :]
    if not known or lead[:1].islower():
        return None
    return text[: found.start("close")], lead


def _house_style(text: str) -> tuple[str, str] | None:
    for style in _HOUSE_STYLE:
        if found := style.match(text):
            return found["mark"], text[found.end() :]
    return None
