"""The agency that a story is of, and the end marks that it leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import agencies
from crawler.text.agency_names import AGENCIES
from crawler.text.article import clean
from crawler.text.boilerplate import is_boilerplate

STORY = "<p>Ships sail again.</p><p>They did so on Friday.</p>"


def test_a_spelling_is_of_one_agency() -> None:
    spellings = [spelling for spellings in AGENCIES.values() for spelling in spellings]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(
    ("dateline", "name"),
    [
        ("BEIJING (AP)", "Associated Press"),
        ("SANDVIK, March 3 (Reuters)", "Reuters"),
        ("Hong Kong CNN", "CNN"),
        ("ST. PETERSBURG, March 5. /TASS/", "TASS"),
        ("МОСКВА, 5 янв — РИА Новости", "RIA Novosti"),
        ("Москва. 5 января. INTERFAX.RU", "Interfax"),
        ("新华社北京1月5日电", "Xinhua"),
        ("(서울=연합뉴스) 홍길동 기자 =", "Yonhap"),
        ("WASHINGTON", None),
        ("ANTARCTICA", None),
    ],
)
def test_datelines(dateline: str, name: str | None) -> None:
    assert agencies.from_dateline(dateline) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Joan Field, Associated Press", "Associated Press"),
        ("By JOAN FIELD and LI WEN, The Associated Press", "Associated Press"),
        ("By The Associated Press", "Associated Press"),
        ("The Associated Press", "Associated Press"),
        ("Joan Field | Reuters", "Reuters"),
        ("By Joan Field of Agence France-Presse", "Agence France-Presse"),
        ("Bea Holloway, CNN", "CNN"),
        ("Michael Bloomberg", None),
        ("By Joan Field", None),
        ("The Associated Press contributed to this report", None),
        ("Reuters said so", None),
    ],
)
def test_bylines(line: str, name: str | None) -> None:
    assert agencies.from_byline(line) == name


@pytest.mark.parametrize(
    ("line", "name", "owner"),
    [
        ("© 2024 Reuters", "Reuters", "Reuters"),
        ("© Agence France-Presse", *["Agence France-Presse"] * 2),
        (
            "Copyright 2023 The Associated Press. All rights reserved. This material may not be"
            " published, broadcast, rewritten or redistributed.",
            *["Associated Press"] * 2,
        ),
        ("(Reporting by Ada Lind in Oslo; Editing by Tom Barrow)", "Reuters", None),
        (
            "Reporting by Ada Lind; Additional reporting by Bo Li; Editing by Tom Barrow",
            "Reuters",
            None,
        ),
        (
            "The-CNN-Wire ™ & © 2023 Cable News Network, Inc., a Warner Bros. Discovery Company."
            " All rights reserved.",
            *["CNN"] * 2,
        ),
        (
            "©2024 The Island Times. Visit islandtimes.example. Distributed by Tribune Content"
            " Agency, LLC.",
            "Tribune News Service",
            "The Island Times",
        ),
        ("© 2024 The Island Times. All rights reserved.", None, None),
        ("Additional reporting by Reuters", None, None),
    ],
)
def test_credits(line: str, name: str | None, owner: str | None) -> None:
    assert (agencies.from_credit(line), agencies.copyright_owner(line)) == (name, owner)
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    ("html", "agency"),
    [
        (f"<p>OSLO (AP) — Ships sail.</p>{STORY}", "Associated Press"),
        (f"<p>By Joan Field, Associated Press</p>{STORY}", "Associated Press"),
        (f"{STORY}<p>© 2024 Reuters</p>", "Reuters"),
        (f"{STORY}<p>The Associated Press contributed to this report.</p>", None),
        (f"{STORY}<p>Some information for this report came from Reuters.</p>", None),
        (f"<p>OSLO — Ships sail.</p><p>By Joan Field, Reuters</p>{STORY}", None),
        (f"<p>OSLO (AP) — Ships sail.</p>{STORY}<p>© 2024 Reuters</p>", "Associated Press"),
        (f"{STORY}<p>© 2024 Reuters</p><p>More of the story, behind a picture.</p>", None),
        ("", None),
    ],
)
def test_stories(html: str, agency: str | None) -> None:
    assert clean("", html).agency == agency


@pytest.mark.parametrize(
    ("last", "agency", "expected"),
    [
        ("They sailed. (AP)", None, "They sailed."),
        ("They sailed. (PTI)", None, "They sailed."),
        ("They sailed. Enditem", None, "They sailed."),
        ("They sailed. (END)", None, "They sailed."),
        ("They sailed. (END) ■", None, "They sailed."),
        ("그들은 떠났다. (끝)■", None, "그들은 떠났다. (끝)"),
        ("They sailed. ■", None, "They sailed."),
        ("They sailed (ANSA).", "ANSA", "They sailed."),
        ("They sailed. EFE", "EFE", "They sailed."),
        ("They sailed. EFE", "ANSA", "They sailed. EFE"),
        ("He joined Alcoholics Anonymous (AA).", "Associated Press", None),
        ("He works for the Associated Press (AP).", None, None),
        ("(END)", None, None),
    ],
)
def test_end_marks(last: str, agency: str | None, expected: str | None) -> None:
    paragraphs = ["Ships sail again.", last]
    while True:
        shorter, _ = agencies.split_end_mark(paragraphs, agency)
        if shorter == paragraphs:
            break
        paragraphs = shorter
    assert paragraphs[-1] == (expected or last)


def test_editors_initials_go_where_the_agency_is_known() -> None:
    assert agencies.split_end_mark(["Ships sail.", "lf-pq/mm/jgc"], "Agence France-Presse") == (
        ["Ships sail."],
        None,
    )
    assert agencies.split_end_mark(["Ships sail.", "and/or"], None) == (
        ["Ships sail.", "and/or"],
        None,
    )


@given(st.lists(st.text(max_size=40), max_size=4), st.sampled_from([None, *AGENCIES]))
def test_any_text_is_looked_at(paragraphs: list[str], agency: str | None) -> None:
    shorter, _ = agencies.split_end_mark(paragraphs, agency)
    assert "".join(paragraphs).startswith("".join(shorter))


@given(st.text(max_size=200))
def test_any_line_is_looked_at(line: str) -> None:
    for find in (agencies.from_dateline, agencies.from_byline, agencies.from_credit):
        assert find(line) in (None, *AGENCIES)
