"""Which pages are articles, and what is said of those that are none."""

from __future__ import annotations

import json

import pytest

from crawler.pages import main_content
from crawler.pages.generic import NotAnArticleError, article
from crawler.pages.main_content import MainContent
from tests.pages.served import page

DAY = '<meta name="date" content="2024-03-05">'
WORDPRESS = '<link rel="https://api.w.org/" href="/wp-json/">'
STREETS = ("Quay", "Mill", "Abbey", "Castle", "Orchard", "Station", "Chapel", "Bridge", "Market")
LINES = [
    f"Work on the tram line through {street} Street will begin in May, the council said on Tuesday."
    for street in STREETS
]
PROSE = "".join(f"<p>{line}</p>" for line in LINES)
BRIEF = "".join(f"<p>{line}</p>" for line in LINES[:2])
NAV = "".join(
    f'<li><a href="/{street}">{street} Street and all around it</a></li>' for street in STREETS
)
CARDS = "".join(
    f'<div class=card><h3><a href="/{n}">{line[:50]}</a></h3><p>{line}</p></div>'
    for n, line in enumerate(LINES)
)


def document(body: str, *, head: str = DAY, title: str = "Tram line", attributes: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body {attributes}>{body}</body></html>"


def story(prose: str = PROSE, title: str = "Tram line", around: str = "") -> str:
    return f"<ul>{NAV}</ul><main><h1>{title}</h1><div class=text>{prose}</div></main>{around}"


def linked(kind: str, **said: object) -> str:
    node = json.dumps({"@context": "https://schema.org", "@type": kind, **said})
    return f'<script type="application/ld+json">{node}</script>'


def refusal(html: str, url: str = "https://northby.example/2024/tram-line") -> str:
    """Return the reason and the evidence why the page is no article, empty if it is one."""
    try:
        found = article(page(html, url), source="northby")
    except NotAnArticleError as error:
        return str(error)
    assert "Station Street" in found.content_html or "Mill Street" in found.content_html
    return ""


class TestStoriesThatLookLikeLists:
    @pytest.mark.parametrize(
        "url",
        [
            "https://northby.example/archives/2146078",
            "https://northby.example/archives/77/",
            "https://northby.example/topics/tram-line-to-open-in-may",
            "https://northby.example/?p=123",
        ],
    )
    def test_a_brief_at_an_address_like_that_of_a_list(self, url: str) -> None:
        assert refusal(document(story(BRIEF)), url) == ""

    @pytest.mark.parametrize(
        "url",
        [
            "https://northby.example/archives/tram",
            "https://northby.example/",
            "https://northby.example/index.php",
            "https://northby.example/de/",
        ],
    )
    def test_one_long_text_at_the_address_of_a_list(self, url: str) -> None:
        assert refusal(document(story()), url) == ""

    @pytest.mark.parametrize("classes", ["home page", "archive blog", "blog wide"])
    def test_words_of_a_theme(self, classes: str) -> None:
        html = document(story(), head=DAY + WORDPRESS, attributes=f'class="{classes}"')
        assert refusal(html) == ""

    def test_a_declared_brief_under_the_words_of_a_theme(self) -> None:
        declared = linked("NewsArticle", headline="Tram line", datePublished="2024-03-05")
        html = document(story(BRIEF), head=WORDPRESS + declared, attributes='class="blog"')
        assert refusal(html) == ""

    @pytest.mark.parametrize("kind", ["ItemList", "CollectionPage"])
    def test_a_list_beside_a_story(self, kind: str) -> None:
        assert refusal(document(story(), head=DAY + linked(kind))) == ""


class TestLists:
    @pytest.mark.parametrize(
        ("url", "evidence"),
        [
            ("https://northby.example/", "the path / is that of a front page"),
            ("https://northby.example/?lang=en", "the path / is that of a front page"),
            ("https://northby.example/index.html", "the path /index.html is that of a front page"),
            ("https://northby.example/nb", "the path /nb is that of a front page"),
            (
                "https://northby.example/archives/2023/",
                "the path /archives/2023/ is that of a list",
            ),
            (
                "https://northby.example/category/trams",
                "the path /category/trams is that of a list",
            ),
        ],
    )
    def test_few_words_at_the_address_of_a_list(self, url: str, evidence: str) -> None:
        told = f"listing: {evidence}, and 178 letters are prose in one place"
        assert refusal(document(story(BRIEF)), url).startswith(told[: len(evidence) + 9])

    def test_a_front_page_of_teasers(self) -> None:
        html = document(f"<h1>Northby Post</h1><main>{CARDS}</main>")
        assert "front page" in refusal(html, "https://northby.example/")
        assert "most headings in it are links" in refusal(html)

    @pytest.mark.parametrize("path", ["topics/work", "themen/arbeit", "es/temas/vivienda/"])
    def test_a_subject_without_any_sign_of_a_story(self, path: str) -> None:
        url = f"https://northby.example/{path}"
        assert "is that of a list" in refused_undated(story(), url)
        assert refusal(document(story()), url) == ""
        long = f"https://northby.example/{path.strip('/')}-we-do-and-why"
        assert refused_undated(story(), long).startswith("no_date")

    @pytest.mark.parametrize("path", ["tag/tram", "authors/ada-poe/", "Category/trams"])
    def test_a_list_that_is_described(self, path: str) -> None:
        url = f"https://northby.example/{path}"
        assert "is that of a list" in refusal(document(story()), url)
        assert refusal(document(story(PROSE * 2)), url) == ""

    def test_an_archive_with_a_long_description(self) -> None:
        html = document(story(PROSE, around=f"<div class=posts>{CARDS * 2}</div>"))
        assert refusal(html, "https://northby.example/tag/tram/").startswith("listing: ")

    def test_a_front_page_that_says_at_length_what_it_is(self) -> None:
        told = refused_undated(story(title="Northby Post"), "https://northby.example/")
        assert told.startswith("listing: the path / is that of a front page")

    @pytest.mark.parametrize(
        ("url", "classes"),
        [
            ("https://northby.example/", "post hentry"),
            ("https://northby.example/blog/", "entry"),
            ("https://northby.example/2024/03", "node node-blog"),
        ],
    )
    def test_posts_in_full_each_with_a_page_of_its_own(self, url: str, classes: str) -> None:
        def post(n: int, address: str) -> str:
            head = f'<h2><a href="{address}" rel="bookmark">{LINES[n][:60]}</a></h2>'
            meta = '<p class="byline">By Ada Poe</p><time datetime="2024-03-05">5 March</time>'
            lines = "".join(f"<p>On day {n}: {line}</p>" for line in LINES)
            return f'<div class="{classes}">{head}{meta}{lines}</div>'

        def front(*addresses: str) -> str:
            posts = "".join(post(n, address) for n, address in enumerate(addresses))
            return document(f"<h1>Harbour blog</h1><main>{posts}</main>")

        told = "listing: it shows several posts, each with a page of its own"
        assert refusal(front("/2024/a", "/2024/b", "/2024/c"), url).startswith(told)
        assert refusal(front("/2024/a", "/2024/a#c", "/2024/a"), url) == ""
        # the page of the first, with the next below it
        assert refusal(front(url, "/2024/b", "/2024/c", "/2024/d"), url) == ""
        assert refusal(front("", "/2024/b", "/2024/c", "/2024/d"), url) == ""

    def test_a_story_with_others_below_it(self) -> None:
        others = CARDS.replace("<div class=card>", "<article>").replace("</div>", "</article>")
        others = others.replace("Work on the tram line", "The repair of the water main")
        assert refusal(document(story(around=others))) == ""

    def test_a_front_page_that_is_a_letter_and_leads_nowhere(self) -> None:
        links = '<a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a>'
        url = "https://northby.example/"
        told = refused_undated(f"<h1>Farewell</h1><div>{PROSE}</div><p>{links}</p>", url)
        assert told.startswith("no_date")
        assert "front page" in refused_undated(f"<h1>Farewell</h1>{BRIEF}<p>{links}</p>", url)
        cards = "".join(f"<div>Flat {n}: two rooms, and a view</div>" for n in range(9))
        assert "front page" in refused_undated(f"<h1>Flats</h1><div>{PROSE}</div>{cards}", url)

    def test_a_site_of_one_long_text(self) -> None:
        chapters = "".join(f"<p>In chapter {n}, {line}</p>" for n in range(14) for line in LINES)
        told = refused_undated(story(chapters, "Trams"), "https://northby.example/")
        assert "front page" not in told

    def test_a_front_page_built_in_the_content_of_a_page(self) -> None:
        body = f"<main><h1>Trams</h1><div class=entry-content>{PROSE}{CARDS}</div></main>"
        html = document(body, head=DAY + WORDPRESS, attributes='class="home page"')
        assert refusal(html, "https://northby.example/").startswith("listing: ")

    def test_a_column_with_the_teasers_of_its_letters(self) -> None:
        body = f"<h1>Ask Ann</h1><p>{LINES[0]}</p>{CARDS.replace('h3', 'h2')}"
        assert refusal(document(body)).startswith("listing: ")

    def test_a_brief_above_links_is_a_story(self) -> None:
        links = "".join(f'<h3><a href="/{n}">{line}</a></h3>' for n, line in enumerate(LINES))
        assert refusal(document(story(BRIEF, around=f"<aside>{links}</aside>"))) == ""


class TestStandIns:
    @pytest.mark.parametrize(
        "title", ["500 march for peace", "404 feared dead in floods", "401(k) savers", "Login wars"]
    )
    def test_headlines_that_are_no_errors(self, title: str) -> None:
        assert refusal(document(story(BRIEF, title), title=title)) == ""

    @pytest.mark.parametrize(
        "title",
        [
            *("500 Internal Server Error", "HTTP Error 404", "403: Forbidden", "410", "Oops! Gone"),
            *("Login to the town library", "Sign in", "Anmelden bei Nordpost", "Connexion"),
        ],
    )
    def test_errors_and_logins(self, title: str) -> None:
        told = refusal(document(story(BRIEF, title), title=f"{title} | Northby Post"))
        assert told.startswith(f"soft_error: it is called “{title}")

    def test_a_declared_brief_about_an_error(self) -> None:
        declared = linked("NewsArticle", headline="Oops", datePublished="2024-03-05")
        assert refusal(document(story(BRIEF, "Oops"), head=declared, title="Oops")) == ""

    def test_a_signed_brief_about_logging_in(self) -> None:
        head = DAY + '<meta name="author" content="Ada Poe">'
        html = document(story(BRIEF, "Log in to vote"), head=head, title="Log in to vote")
        assert refusal(html) == ""

    def test_a_password_field_with_few_words(self) -> None:
        form = "<form action=/enter><input type=password></form>"
        told = "soft_error: it has a password field, and 178 letters of prose"
        assert refused_undated(story(BRIEF, around=form)) == told
        assert refused_undated(story(around=form)).startswith("no_date")
        assert refusal(document(story(BRIEF, around=form))) == ""


class TestOtherPages:
    @pytest.mark.parametrize(
        ("head", "evidence"),
        [
            ('<meta property="og:type" content="product.item">', "og:type is product.item"),
            ('<meta property="og:type" content="video.other">', "og:type is video.other"),
            ('<meta property="og:type" content="profile">', "og:type is profile"),
            (linked("Product"), "JSON-LD says Product"),
            (linked("MusicEvent"), "JSON-LD says MusicEvent"),
            (linked("DiscussionForumPosting"), "JSON-LD says DiscussionForumPosting"),
        ],
    )
    def test_declared_to_be_something_else(self, head: str, evidence: str) -> None:
        html = document(story(), head=head + DAY)
        assert refusal(html) == f"no_story: {evidence}, and nothing that it is an article"
        declared = '<meta property="article:published_time" content="2024-03-05T08:00:00Z">'
        assert refusal(document(story(), head=head + declared)) == ""

    def test_a_signed_review_of_a_product(self) -> None:
        head = linked("Product") + DAY + '<meta name="author" content="Ada Poe">'
        assert refusal(document(story(), head=head)) == ""

    @pytest.mark.parametrize("kind", ["FAQPage", "Movie"])
    def test_what_stands_beside_stories(self, kind: str) -> None:
        assert refused_undated(story(), head=linked(kind)).startswith(
            f"no_story: JSON-LD says {kind}"
        )
        assert refusal(document(story(), head=linked(kind) + DAY)) == ""

    def test_microdata(self) -> None:
        item = '<div itemscope itemtype="https://schema.org/Event">Tram day</div>'
        assert "its microdata say Event" in refusal(document(story(around=item)))
        assert refusal(document(story(around=item * 2))) == ""

    @pytest.mark.parametrize(
        ("head", "attributes", "evidence"),
        [
            ('<meta name="generator" content="MediaWiki 1.39">', "", "a wiki (MediaWiki 1.39)"),
            ("", 'class="mediawiki ltr"', "a wiki (MediaWiki)"),
            ('<meta name="generator" content="DokuWiki">', "", "a wiki (DokuWiki)"),
            ('<meta name="generator" content="vBulletin 4.2">', "", "a forum (vBulletin)"),
            ("", "data-template=thread_view", "a forum (xf)"),
            ("", "id=phpbb", "a forum (phpbb)"),
        ],
    )
    def test_software(self, head: str, attributes: str, evidence: str) -> None:
        html = document(story(), head=head + DAY, attributes=attributes)
        assert refusal(html) == f"no_story: it is a page of {evidence}"

    def test_a_wiki_of_news(self) -> None:
        head = DAY + '<meta name="generator" content="MediaWiki 1.39">'
        body = story(around="<p class=published>March 5, 2024</p>")
        assert refusal(document(body, head=head)) == ""

    def test_what_can_be_bought(self) -> None:
        button = '<a class="btn" onclick="addToCart(7)">Buy</a>'
        signed = '<meta name="author" content="Ada Poe">'
        assert "into a cart" in refused_undated(story(around=button))
        assert "into a cart" in refused_undated(story(BRIEF, around=button), head=signed)
        assert refused_undated(story(around=button), head=signed).startswith("no_date")
        assert refusal(document(story(around=button))) == ""
        data = "<dl><dt>Format</dt><dd>paper</dd></dl>" * 40
        released = f"{data}<dl><dt>Released</dt><dd>5 March 2024</dd></dl>{button}"
        assert "into a cart" in refused_undated(story(around=released))

    @pytest.mark.parametrize(
        "button",
        [
            '<form action="/cart/add" method=post><button>Buy</button></form>',
            '<a class="btn btn-do-koszyka" href="#">Do koszyka</a>',
            '<button id="sepete-ekle">Sepete ekle</button>',
        ],
    )
    def test_carts_of_other_shops(self, button: str) -> None:
        assert "into a cart" in refused_undated(story(around=button))

    @pytest.mark.parametrize(
        ("url", "title"),
        [
            ("https://northby.example/about-us/", "About us"),
            ("https://northby.example/impressum.html", "Impressum"),
            ("https://northby.example/index.php?page=privacy-policy", "Privacy Policy"),
            ("https://northby.example/legal/terms-of-use", "Terms of Use"),
        ],
    )
    def test_pages_of_the_site_itself(self, url: str, title: str) -> None:
        told = "no_story: its address and its title say "
        assert refusal(document(story(title=title), title=f"{title} - Northby"), url).startswith(
            told
        )
        assert refusal(document(story(title="Privacy is dead"), title="Privacy is dead"), url) == ""

    def test_a_page_of_the_site_that_is_declared_to_be_an_article(self) -> None:
        declared = linked("Article", headline="About us", datePublished="2024-03-05")
        about = document(story(title="About us"), head=declared, title="About us - Northby")
        assert refusal(about, "https://northby.example/about-us/") == ""

    @pytest.mark.parametrize(
        "path",
        ["user/ada", "wiki/Tram", "events/tram-day", "shop/tram", "lexikon/t/tram", "produkt/tram"],
    )
    def test_paths_without_any_sign_of_an_article(self, path: str) -> None:
        url = f"https://northby.example/{path}"
        assert "the path has" in refused_undated(story(), url)
        assert refusal(document(story()), url) == ""

    @pytest.mark.parametrize("path", ["people/ada-poe", "institut/mitarbeiter/poe.html"])
    def test_somebody_at_work(self, path: str) -> None:
        url = f"https://northby.example/{path}"
        write = '<a href="mailto:ada@northby.example">Write to Ada Poe</a>'
        assert "somebody to write to" in refused_undated(story(around=write), url)
        assert refused_undated(story(), url).startswith("no_date")
        assert refusal(document(story(around=write)), url) == ""

    def test_a_page_of_wordpress_about_the_site(self) -> None:
        url, classes = "https://northby.example/about/", 'class="page page-id-2"'
        about = document(story(title="Who we are"), head=DAY + WORDPRESS, attributes=classes)
        assert "“about” alone" in refusal(about, url)
        assert refusal(about, "https://northby.example/tram-line/") == ""

    @pytest.mark.parametrize(
        "shape",
        [
            '<pre><code class="language-py">{}</code></pre>',
            '<div class="highlight"><pre>{}</pre></div>',
            '<table class="highlight"><tr><td class="blob-code">{}</td></tr></table>',
        ],
    )
    def test_a_listing_of_code(self, shape: str) -> None:
        line = "<span>def</span> station_street_{n}(line: str = '') -> int:\n    return {n}\n"
        code = "".join(line.replace("{n}", str(n)) for n in range(40))
        assert "are a listing of code" in refusal(document(story(shape.format(code))))
        assert refusal(document(story(PROSE + shape.format(code[:600]) + PROSE))) == ""
        assert refusal(document(story(f"<pre>{chr(10).join(LINES)}</pre>"))) == ""

    def test_a_tool_of_the_site(self) -> None:
        url = "https://northby.example/en/people-search"
        told = refused_undated(story(title="People search"), url, title="People search")
        assert told == "no_story: its address and its title say “People search”"

    def test_little_prose_among_much_else(self) -> None:
        rows = "".join(f"<tr><td>Tram {n}</td><td>at {n} o'clock</td></tr>" for n in range(400))
        body = story(BRIEF, around=f"<table>{rows}</table>")
        assert "letters outside of links are prose in one place" in refused_undated(body)
        assert refusal(document(body)) == ""

    @pytest.mark.parametrize(
        ("url", "title"),
        [
            ("https://northby.example/about/", "What we do"),
            ("https://northby.example/de/impressum.html", "Nordpost Verlag"),
            ("https://northby.example/pl/kontakt", "Redakcja"),
            ("https://northby.example/quienes-somos/", "Un diario de todos"),
            ("https://northby.example/%D0%BE-%D0%BD%D0%B0%D1%81", "Редакция"),
        ],
    )
    def test_addresses_of_the_site_itself(self, url: str, title: str) -> None:
        called = '<meta property="og:type" content="article">'
        told = refused_undated(story(title=title), url, head=called, title=title)
        assert told.endswith("” alone, and there is neither a day nor a byline")
        assert told.startswith("no_story: its path is “")
        assert refusal(document(story()), url) == ""
        below = url.rstrip("/").removesuffix(".html") + "/tram-line"
        assert refused_undated(story(), below, head=called).startswith("no_date")

    @pytest.mark.parametrize(
        "body",
        [
            '<div itemscope itemtype="http://schema.org/SoftwareSourceCode">tramline</div>',
            '<label>Clone <input readonly value="https://code.example/ada/tramline.git"></label>',
        ],
    )
    def test_a_repository_of_code(self, body: str) -> None:
        assert "nothing that it is an article" in refusal(document(story(around=body)))
        signed = DAY + '<meta name="author" content="Ada Poe">'
        assert refusal(document(story(around=body), head=signed)) == ""

    def test_what_calls_itself_an_object(self) -> None:
        called = '<meta property="og:type" content="object">'
        assert "og:type is object" in refused_undated(story(), head=called)
        assert refusal(document(story(), head=called + DAY)) == ""

    def test_what_somebody_pasted(self) -> None:
        by = '<p class="byline">By Ada Poe</p>'
        lines = "\n\n".join(LINES)
        html = document(story(by + PROSE, around=f"<textarea>{lines}</textarea>"))
        assert refusal(html) == "no_story: a field for text holds the same text"
        copied = f"<textarea>&lt;h1&gt;Tram line&lt;/h1&gt; {LINES[0]}</textarea>"
        assert refusal(document(story(around=copied))) == ""
        declared = linked("NewsArticle", headline="Tram line", datePublished="2024-03-05")
        assert refusal(html.replace("</head>", f"{declared}</head>")) == ""

    @pytest.mark.parametrize(
        ("row", "around"),
        [
            ("<tr><td>Field {}:</td><td>a value of it</td></tr>", "<table>{}</table>"),
            ("<dt>Field {}:</dt><dd>a value of it</dd>", "<dl>{}</dl>"),
        ],
    )
    def test_the_record_of_a_database(self, row: str, around: str) -> None:
        def record(fields: int) -> str:
            rows = "".join(row.format("ABCDEFGHI"[n]) for n in range(fields))
            return story(PROSE + around.format(rows) + BRIEF)

        told = refusal(document(record(9)))
        assert told == "no_story: 9 lines of its text are fields of a record, and nobody signed it"
        assert refusal(document(record(6))) == ""
        signed = DAY + '<meta name="author" content="Ada Poe">'
        assert refusal(document(record(9), head=signed)) == ""


def refused_undated(
    body: str, url: str = "https://northby.example/2024/tram", *, head: str = "", title: str = ""
) -> str:
    with pytest.raises(NotAnArticleError) as caught:
        article(page(document(body, head=head, title=title), url), source="northby")
    return str(caught.value)


class TestNoText:
    def test_nothing_that_is_prose(self) -> None:
        told = refusal(document("<p>Short</p>"))
        assert told == "no_text: no prose in the 5 letters that it shows outside of links"

    def test_nothing_but_boilerplate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        nothing = MainContent(page_letters=400, page_prose=178)
        monkeypatch.setattr(main_content, "find_main_content", lambda *_: nothing)
        told = "no_text: all of its 178 letters of prose were taken off as boilerplate"
        assert refusal(document(story(BRIEF))) == told
