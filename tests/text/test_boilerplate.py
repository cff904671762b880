"""Boilerplate goes, and prose that only begins like it stays."""

from __future__ import annotations

import pytest

from crawler.text.boilerplate import is_boilerplate, split_dateline, split_syndication_trailer

LEAD = "The minister arrived on Friday."

DATELINES = {
    "BEIJING (AP) — ": "BEIJING (AP)",
    "BEIJING (AP) -- ": "BEIJING (AP)",
    "KHARTOUM, Sudan (AP) — ": "KHARTOUM, Sudan (AP)",
    "WASHINGTON, Jan. 5 (Reuters) - ": "WASHINGTON, Jan. 5 (Reuters)",
    "NEW YORK/LONDON, Jan 5 (Reuters) - ": "NEW YORK/LONDON, Jan 5 (Reuters)",
    "Jan 5 (Reuters) - ": "Jan 5 (Reuters)",
    "(Reuters) - ": "(Reuters)",
    "(CNN)": "(CNN)",
    "(CNN) — ": "(CNN)",
    "Hong Kong CNN — ": "Hong Kong CNN",
    "BEIJING, Jan. 5 (Xinhua) -- ": "BEIJING, Jan. 5 (Xinhua)",
    "SEOUL, Jan. 5 (Yonhap) -- ": "SEOUL, Jan. 5 (Yonhap)",
    "New Delhi, Jan 5 (IANS) ": "New Delhi, Jan 5 (IANS)",
    "New Delhi [India], January 5 (ANI): ": "New Delhi [India], January 5 (ANI)",
    "ST. PETERSBURG, January 5. /TASS/. ": "ST. PETERSBURG, January 5. /TASS/",
    "ПЕКИН, 5 января. /ТАСС/. ": "ПЕКИН, 5 января. /ТАСС/",
    "МОСКВА, 5 янв — РИА Новости. ": "МОСКВА, 5 янв — РИА Новости",
    "Москва. 5 января. INTERFAX.RU - ": "Москва. 5 января. INTERFAX.RU",
    "Berlin (dpa/AFP) – ": "Berlin (dpa/AFP)",
    "Madrid, 5 ene (EFE).- ": "Madrid, 5 ene (EFE)",
    "Roma, 5 gen. (askanews) - ": "Roma, 5 gen. (askanews)",
    "(ANSA) - ROMA, 05 GEN - ": "(ANSA) - ROMA, 05 GEN",
    "NEW YORK--(BUSINESS WIRE)--": "NEW YORK--(BUSINESS WIRE)",
    "PORT-AU-PRINCE, Haiti (AP) — ": "PORT-AU-PRINCE, Haiti (AP)",
    "LONDON — ": "LONDON",
    "UNITED NATIONS – ": "UNITED NATIONS",
    "KHARKIV, Ukraine — ": "KHARKIV, Ukraine",
    "ANNAPOLIS, Md. — ": "ANNAPOLIS, Md.",
    "القاهرة (رويترز) - ": "القاهرة (رويترز)",
    "新华社北京1月5日电（记者张三）": "新华社北京1月5日电（记者张三）",
    "【ソウル聯合ニュース】": "【ソウル聯合ニュース】",
    "[東京　５日　ロイター] - ": "[東京　５日　ロイター]",
    "(서울=연합뉴스) 홍길동 기자 = ": "(서울=연합뉴스) 홍길동 기자 =",
}

NO_DATELINES = [
    "China — the world's second-largest economy — grew by five percent.",
    "NATO — the alliance of 32 countries — met on Friday.",
    "NATO — Europe's shield — met on Friday.",
    "FIFA — not UEFA — decides.",
    "IBM, Microsoft — both once giants — merged their clouds.",
    "BTS, Blackpink — Who sells more records?",
    "COVID-19 — What we know so far",
    "The Associated Press (AP) — the oldest agency — moved its office.",
    "Agence France-Presse (AFP) — Europe's largest agency — hired a hundred people.",
    "Alcoholics Anonymous (AA) — Founded in 1935 — has two million members.",
    "The American Psychological Association (APA) - America's largest - has objected.",
    "He worked for Reuters (Reuters) - and later for himself.",
    "A photographer for the agency (AP) — Her name was withheld — was hurt.",
    "Officials in Beijing (AFP) said nothing.",
    "Asked about it on Monday (Reuters was not in the room), he laughed.",
    "PARIS — city of light — was dark on Saturday.",
    "Washington - where he was born - has changed.",
    "TOKYO-based Sony — Japan's largest maker of sensors — said so.",
    "UKRAINE — A country at war",
    "“BEIJING (AP) —” is a dateline, he explained.",
    "CNN said on Friday — and others agreed — that it would close.",
    "1984 — Orwell's novel — sold out.",
    "US, Iran — Talks to resume in Oman",
    "【速報】総理が会見した。",
    "新华社记者昨天到达北京。",
]


@pytest.mark.parametrize(("dateline", "kept"), DATELINES.items())
def test_dateline_goes_and_lead_stays(dateline: str, kept: str) -> None:
    assert split_dateline([dateline + LEAD, "Next."]) == ([LEAD, "Next."], kept)


@pytest.mark.parametrize("prose", NO_DATELINES)
def test_prose_with_a_dash_survives(prose: str) -> None:
    assert split_dateline([prose, "Next."]) == ([prose, "Next."], None)


def test_dateline_in_a_paragraph_of_its_own() -> None:
    assert split_dateline(["LONDON —", LEAD, "Next."]) == ([LEAD, "Next."], "LONDON")
    assert split_dateline(["BEIJING (AP) —", LEAD]) == ([LEAD], "BEIJING (AP)")


def test_dateline_twice_is_reported_once() -> None:
    assert split_dateline([f"(Reuters) - LONDON (Reuters) - {LEAD}"]) == ([LEAD], "(Reuters)")


@pytest.mark.parametrize(
    "text", [[], ["BEIJING (AP) —"], ["(CNN)", "LONDON —"], ["BEIJING (AP) — Read more:"]]
)
def test_nothing_but_datelines_is_left_as_it_is(text: list[str]) -> None:
    assert split_dateline(text) == (text, None)


def test_only_the_first_paragraph_has_a_dateline() -> None:
    text = [LEAD, "LONDON — A second item in a list of briefs."]
    assert split_dateline(text) == (text, None)


TRAILERS = {
    "This post appeared first on cnn.com": "cnn.com",
    "This post appeared first on https://www.cnn.com/world/story.html": "cnn.com",
    "This article first appeared on The Daily Example.": "The Daily Example",
    "This article was originally published in Der Beobachter.": "Der Beobachter",
    "This story, written by Jane Doe, was originally published by Example News.": "Example News",
    "The post Storm closes the port appeared first on Harbour Times.": "Harbour Times",
    "The post “Storm” first appeared on example.org.": "example.org",
    "This story was originally published by Example News. Sign up for its weekly letter here.": (
        "Example News"
    ),
    "(Originally published on Example Wire.)": "Example Wire",
    "This article is republished from The Conversation under a Creative Commons license. "
    "Read the original article.": "The Conversation",
    "Source: https://www.example.org/a/b?c=1": "example.org",
    "Source: Reuters": "Reuters",
    "Der Beitrag Sturm im Hafen erschien zuerst auf Hafenblatt.": "Hafenblatt",
    "L’article Tempête au port est apparu en premier sur Le Port.": "Le Port",
    "La entrada Temporal en el puerto se publicó primero en El Puerto.": "El Puerto",
    "O post Temporal no porto apareceu primeiro em O Porto.": "O Porto",
    "L'articolo Tempesta nel porto proviene da Il Porto.": "Il Porto",
    "Het bericht Storm in de haven verscheen eerst op De Haven.": "De Haven",
    "Сообщение Шторм в порту появились сначала на Порт.": "Порт",
}

NO_TRAILERS = [
    "This story was first published in Nature. It caused an uproar.",
    "The report was published in The Lancet.",
    "The first reports appeared on Monday and were denied on Tuesday.",
    "This article of the constitution was first published in a gazette that nobody read.",
    "The post office appeared first on the map of 1890.",
    "The post of prime minister first appeared on the ballot.",
    "It was originally published in 1998 and withdrawn in 2010.",
    "Originally published in 1998",
    "The song was first published on a small label, and then everywhere.",
    "The source: a broken pipe in the cellar.",
    "Source: a broken pipe",
    "Der Beitrag des Bundes sinkt auf drei Prozent.",
    "This story first appeared on the surface to be about money.",
]


@pytest.mark.parametrize(("trailer", "source"), TRAILERS.items())
def test_trailer_goes(trailer: str, source: str) -> None:
    assert split_syndication_trailer([LEAD, trailer]) == ([LEAD], source)


@pytest.mark.parametrize("prose", NO_TRAILERS)
def test_prose_at_the_end_survives(prose: str) -> None:
    assert split_syndication_trailer([LEAD, prose]) == ([LEAD, prose], None)


def test_of_two_trailers_the_first_says_where_it_is_from() -> None:
    text = [
        LEAD,
        "This post appeared first on cnn.com",
        "The post Storm appeared first on Harbour Times.",
    ]
    assert split_syndication_trailer(text) == ([LEAD], "cnn.com")


def test_trailer_in_the_middle_is_prose() -> None:
    text = [LEAD, "This post appeared first on cnn.com", "He deleted it."]
    assert split_syndication_trailer(text) == (text, None)


def test_no_paragraphs_have_no_trailer() -> None:
    assert split_syndication_trailer([]) == ([], None)


BOILERPLATE = [
    "Share this:",
    "Share on Facebook",
    "Click to share on X (Opens in new window) X",
    "Click to email a link to a friend (Opens in new window) Email",
    "Like this:",
    "Like Loading...",
    "Follow us on Twitter and Instagram",
    "Advertisement",
    "ADVERTISEMENT - SCROLL TO CONTINUE",
    "Story continues below advertisement",
    "Read more",
    "Read More »",
    "Read more: Storm closes the port for a third day",
    "ALSO READ | Storm closes the port",
    "Related: Storm closes the port",
    "Related Articles",
    "Continue reading “Storm closes the port”",
    "Lire aussi : Tempête au port",
    "Читайте также: Шторм в порту",
    "Baca juga: Badai di pelabuhan",
    "Subscribe to our newsletter",
    "Sign up for our free daily newsletter.",
    "Sign up for CNN’s Wonder Theory science newsletter.",
    "Get the latest news delivered straight to your inbox.",
    "Leave a Reply",
    "(Reporting by Jane Doe in Oslo; Editing by John Roe)",
    "Reporting by Jane Doe; additional reporting by A. Poe; Editing by John Roe and B. Loe",
    "Our Standards: The Thomson Reuters Trust Principles.",
    "Copyright 2024 The Associated Press. All rights reserved.",
    "© 2024 AFP",
    "By JANE DOE, Associated Press",
    "Photo credit: Jane Doe/Example",
    "Tags: harbour, storm",
    "* * *",
    "___",
    "•",
    "Advert",
    "Sponsored links",
    "Click to tweet",
    "Like this story? Share it with a friend!",
    "Follow NBC Latino on Facebook, Twitter and Instagram.",
    "Follow AP’s full coverage of the storm at https://apnews.com/storm",
    "More AP weather: https://apnews.com/weather and https://twitter.com/AP",
    "Related roundup: storms",
    "You may also like...",
    "DON’T MISS",
    "CLICK HERE TO GET THE NEWS APP",
    "Image 2 of 5",
    "Comments",
    "12 comments",
    "Tell us what YOU think...",
    "Sign up for our free alerts and stay ahead.",
    "Additional reporting by Jane Doe",
    "Associated Press writer Jane Doe in Oslo contributed to this report.",
    "Updated at 1:23 p.m.",
    "Wednesday, November 19, 2003 Posted: 10:42 AM EST",
    "Have a tip? Jane Doe may be reached at jdoe@news.example.",
    "Write to Jane Doe at jane.doe@news.example",
    "jane.doe@news.example",
    "twitter.com/janedoe",
    "@janedoe",
]

PROSE = [
    "Read more books, she told the children.",
    "Read the terms before you sign, the lawyer said.",
    "Related industries lost twice as many jobs.",
    "Related work has shown the opposite.",
    "Tags were found on the birds: three of them red.",
    "Category 5 storms are rare.",
    "Share prices fell on Monday.",
    "Share this burden, the bishop asked them, or lay it down.",
    "Advertisement spending rose by a tenth.",
    "Sign up for the army, the poster said, and see the world.",
    "Subscribers to our newsletter doubled last year, the publisher said; most are free.",
    "Subscribe to a theory long enough, he joked, and it comes true.",
    "Get the best seats, they were told, and be quiet.",
    "Follow us on this journey, the guide said.",
    "Like this one, many villages have no doctor.",
    "Loading the ships takes three days.",
    "Copyright 2024: what changes for libraries",
    "Copyright law is older than the newspaper.",
    "By Friday, the river had fallen.",
    "By then CNN, too, had left the country.",
    "Reporting by telephone was a craft of its own.",
    "Picture credits roll after the film ends.",
    "Image source code was found on the disk.",
    "Facebook",
    "Email",
    "Print",
    "Related",
    "Goodwill mission",
    "Q: What then?",
    "A: Nothing.",
    "– Nothing, he said.",
    "* All figures are in euros.",
    "...and then he left.",
    "?!",
    "No.",
    "5",
    "Don’t miss the point, she said: the money is gone.",
    "See more than the eye can see",
    "Learn more about storms than you wanted to, in three charts.",
    "Join our fight, they cried across the Channel, or stand aside.",
    "Your email address is a key to your life.",
    "Leave a reply unsent for a day.",
    "Recommended doses were exceeded.",
    "Comments were few, and all of them kind.",
    "Follow the money, he said, and you will find a face on every book of it.",
    "Click here, the voice said, and he did.",
    "Updated figures are due in May.",
    "Published in 1984, the book sold ten copies. It has since been filmed twice.",
    "More AP tests were passed than in any other year: 4,000.",
    "The wind contributed to the fire.",
    "Write to me at the old address, she said.",
    "Contact was lost at noon.",
    "Don’t miss it.",
    "Image 5 was never shown.",
    "Sign up, they said.",
]


@pytest.mark.parametrize("text", BOILERPLATE)
def test_boilerplate_is_recognised(text: str) -> None:
    assert is_boilerplate(text)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_not_boilerplate(text: str) -> None:
    assert not is_boilerplate(text)


@pytest.mark.parametrize("text", ["Related: " + "word " * 100, "Subscribe to our " * 20_000])
def test_long_text_is_never_boilerplate(text: str) -> None:
    assert not is_boilerplate(text)


def test_a_chain_of_datelines_ends() -> None:
    story, found = split_dateline(["PARIS (AP) - " * 100_000 + "Rain fell."])
    assert found == "PARIS (AP)"
    assert story[0].endswith("Rain fell.")
