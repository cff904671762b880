"""The sources file."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pages.page_rules import PageRulesByHost
from crawler.sources.arguments import default_source
from crawler.sources.services import (
    Fact,
    LinkPageEntry,
    PageRules,
    Service,
    Template,
    UnknownServiceError,
    find,
)
from crawler.sources.site import on_site
from crawler.sources.sources_file import BadSourcesError, load

PACKAGED = load()


def own(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("service", PACKAGED.values(), ids=PACKAGED)
def test_each_entry_says_where_it_is_from(service: Service) -> None:
    assert service.facts
    assert on_site(service.site, service.domains)
    assert service.language == "en" or any("language" in it for it in service.unverified)
    assert "open" not in service.tags or service.license.startswith("CC ")
    pages = (*service.feeds, *service.sitemaps, *service.listings)
    assert pages or {"feeds", "sitemaps", "listings"} <= set(service.unverified)
    assert all(page.url.startswith("https://") for page in pages)
    assert len({page.url for page in pages}) == len(pages)


def test_all_services_are_there() -> None:
    expected = (
        *("ap", "reuters", "afp", "upi", "cnn-lite", "cnn", "bbc", "npr-text", "npr", "voa"),
        *("yonhap", "kyodo", "xinhua", "tass", "dpa", "ansa", "efe", "al-jazeera", "guardian"),
    )
    assert tuple(PACKAGED)[: len(expected)] == expected
    added = list(PACKAGED.values())[len(expected) :]
    assert len(added) > 20
    # A site that was in no file is held under its host: it keeps that name.
    assert all(it.source == default_source(urljoin(it.site, "/")) for it in added)


def test_who_needs_permission() -> None:
    forbidden = {key for key, service in PACKAGED.items() if service.forbidden}
    assert forbidden == {"ap", "reuters", "bbc", "guardian"}


def test_a_service_within_anothers_hosts_stands_above_it() -> None:
    seen: list[str] = []
    for service in PACKAGED.values():
        assert not any(on_site(f"https://{domain}/", seen) for domain in service.domains)
        seen += service.domains


def test_an_own_entry_replaces_the_fields_that_it_names(tmp_path: Path) -> None:
    services = load(own(tmp_path, '[ap]\nforbidden = ""\nlistings = ["https://apnews.com/"]\n'))
    assert services["ap"].forbidden == ""
    assert services["ap"].listings == (LinkPageEntry(url="https://apnews.com/"),)
    assert services["ap"].sitemaps == PACKAGED["ap"].sitemaps
    assert {**services, "ap": None} == {**PACKAGED, "ap": None}


def test_a_new_entry_is_a_new_service(tmp_path: Path) -> None:
    text = r"""
        [gazette]
        name = "Valley Gazette"
        site = "https://news.example.com/valley/"
        feeds = ["https://news.example.com/feed", { url = "https://x.example/s", section = "s" }]
        articles = '/20\d\d/'
        facts = [{ what = "its feed", source = "its home page", date = "2024-11-02" }]
    """
    found = find(load(own(tmp_path, text)), "gazette")
    assert (found.key, found.name) == ("gazette", "Valley Gazette")
    assert found.domains == ("example.com",)
    assert found.feeds == (
        LinkPageEntry(url="https://news.example.com/feed"),
        LinkPageEntry(url="https://x.example/s", section="s"),
    )
    assert found.articles == r"/20\d\d/"
    assert found.facts == (Fact(what="its feed", source="its home page", date="2024-11-02"),)
    assert (found.sitemaps, found.forbidden, found.unverified) == ((), "", ())


def test_page_rules(tmp_path: Path) -> None:
    text = r"""
        [gazette]
        name = "Valley Gazette"
        site = "https://news.example.com/valley/"

        [gazette.pages]
        agency = "Gazette News"
        dateline = '(?P<mark>[A-Z]+), {region}: '

        [[gazette.pages.templates]]
        since = "2023-01-01"
        body = "//div[contains(@class, 'a:b(c)$')]/ancestor::section"
        drop = ["//aside", "//p[not(@id)][position() < 3]"]
    """
    services = load(own(tmp_path, text))
    assert services["gazette"].pages == PageRules(
        hosts=("example.com",),
        agency="Gazette News",
        dateline="(?P<mark>[A-Z]+), {region}: ",
        templates=(
            Template(
                since="2023-01-01",
                body="//div[contains(@class, 'a:b(c)$')]/ancestor::section",
                drop=("//aside", "//p[not(@id)][position() < 3]"),
            ),
        ),
    )
    assert services["bbc"].pages == PageRules()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[ap]\nfeed = "https://x.example/"', ("[ap] feed", "https://x.example/", "feeds, ")),
        ('[ap]\nname = ""', ("[ap] name = ''", "write something")),
        ("[ap]\nname = 3", ("[ap] name = 3", "text in quotes")),
        ('[ap]\nfeeds = "https://x.example/"', ("[ap] feeds", "list in square brackets")),
        ('[ap]\nfeeds = ["x.example/feed"]', ("[ap] feeds", "x.example/feed", "https://")),
        ('[ap]\nsite = "ftp://x.example/"', ("[ap] site", "ftp://x.example/", "https://")),
        ('[ap]\nsite = "https://[x.example/"', ("[ap] site", "[x.example", "Invalid IPv6")),
        ('[ap]\nfeeds = [{ section = "s" }]', ("[ap] feeds", "'section': 's'", "url, section")),
        ('[ap]\nfeeds = [{ url = "https://x.example/", lang = "en" }]', ("lang", "url, section")),
        ('[ap]\nfacts = [{ what = "w" }]', ("[ap] facts", "what, source, date")),
        (
            '[ap]\nfacts = [{ what = "w", source = "s", date = "2 Nov 2024" }]',
            ("[ap] facts", "2 Nov 2024", "2024-11-02"),
        ),
        ('[ap]\ndomains = ["https://apnews.com"]', ("[ap] domains", "press.example")),
        ("[ap]\narticles = '('", ("[ap] articles = '('", "not a regular expression")),
        ('ap = "https://apnews.com/"', ("ap = 'https://apnews.com/'", "[ap]")),
        ('[new]\nname = "New"', ("[new]", "needs its site")),
        ("[ap\n", ("own.toml", "line 1")),
        ('[""]\nsite = "https://x.example/"', ("['']", "no key", "something between")),
        ('["a, b"]\nsite = "https://x.example/"', ("['a, b']", "no key", "without commas")),
        ('[ap]\nspider = "warc"', ("[ap] spider = 'warc'", "wire or wordpress")),
        ('[ap]\nevery = "often"', ("[ap] every = 'often'", '"1h30m"', '"auto"')),
        ('[ap]\nevery = "0m"', ("[ap] every = '0m'", '"1h30m"')),
        ('[ap]\nevery = "999999w"', ("[ap] every", "ten years at most")),
        ("[ap]\nevery = 15", ("[ap] every = 15", "text in quotes")),
        ('[ap]\nfreshness = "auto"', ("[ap] freshness = 'auto'", '"15m"')),
        ('[ap]\nsince = "2020-02-30"', ("[ap] since = '2020-02-30'", "2020-01-31")),
        ("[ap]\nsince = 2020-01-01T10:00:00", ("[ap] since", "2020-01-31")),
        ('[ap]\ntags = "news"', ("[ap] tags = 'news'", "square brackets")),
        ('[ap]\ntags = ["a,b"]', ("[ap] tags", "without commas")),
        ('[ap]\nsource = "a\\u0000"', ("[ap] source", "control characters")),
        ('[ap]\nenabled = "no"', ("[ap] enabled = 'no'", "true or false")),
        ('[ap]\narguments = "after=2020"', ("[ap] arguments", "table in braces")),
        ('[ap]\narguments = { pages = "yes" }', ("[ap.arguments] pages='yes'", "sections,")),
        ('[ap]\narguments = { after = "May" }', ("[ap.arguments] after='May'", "2024-01-15")),
        ("[ap]\narguments = { max_articles = 2.5 }", ("max_articles='2.5'", "whole number")),
        ("[ap]\narguments = { search = [1] }", ("[ap] arguments", "a text (several with commas)")),
        ('[ap]\narguments = { source = "x" }', ("source='x'", "a field of the entry itself")),
        ('[ap]\narguments = { url = "x" }', ("url='x'", "the field site")),
        ('[ap]\narguments = { _job = "x" }', ("_job='x'", "sections,")),
        (
            '[new]\nsite = "https://x.example/"\nspider = "wordpress"\narguments = { pages = 1 }',
            ("[new.arguments] pages='1'", "use yes or no"),
        ),
        ("[ap]\npages = 3", ("ap.pages = 3", "write a table, [ap.pages]")),
        ('[ap.pages]\nkey = "x"', ("[ap.pages] key = 'x'", "hosts, agency, boilerplate")),
        ('[ap.pages]\nhosts = ["AP"]', ("[ap.pages] hosts = ['AP']", "press.example")),
        ("[ap.pages]\nboilerplate = '['", ("[ap.pages] boilerplate = '['", "regular expression")),
        ("[ap.pages]\nboilerplate = 'x{99999999999}'", ("boilerplate", "regular expression")),
        ("[ap.pages]\ndateline = 'x'", ("[ap.pages] dateline = 'x'", "(?P<mark>")),
        ("[ap.pages]\ntemplates = [{}]", ("[ap.pages] templates = [{}]", "write a body")),
        ('[ap.pages]\ntemplates = ["//p"]', ("templates", "since, until, body, drop in braces")),
        ('[ap.pages]\ntemplates = [{ body = "//[" }]', ("templates", "body: not an XPath")),
        ('[ap.pages]\ntemplates = [{ drop = ["//p[f(.)]"] }]', ("drop: not an XPath", "f()")),
        ('[ap.pages]\ntemplates = [{ body = "//a[$b]" }]', ("body: not an XPath", "variables")),
        ('[ap.pages]\ntemplates = [{ body = "//a[b:c]" }]', ("body: not an XPath", "namespaces")),
        ('[ap.pages]\ntemplates = [{ since = "2023", body = "//p" }]', ("since: write a day",)),
        (
            '[ap.pages]\ntemplates = [{ since = "2023-02-01", until = "2023-01-01", body = "/" }]',
            ("[ap.pages] templates", "2023-02-01", "not after"),
        ),
    ],
)
def test_an_error_names_file_entry_value_and_fix(
    tmp_path: Path, text: str, named: tuple[str, ...]
) -> None:
    path = own(tmp_path, text)
    with pytest.raises(BadSourcesError) as error:
        load(path)
    assert all(part in str(error.value) for part in (str(path), *named)), str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        '[ap]\npassword = "hunter2"',
        '[ap]\ncredentials = "nora:hunter2"',
        '[ap]\ncredentials = { user = "nora", password = "hunter2" }',
        '[ap]\ncredentials = { user = "nora", password_env = "hunter2 x" }',
        '[ap]\ncredentials = { user_env = "A", user = "hunter2", password_env = "B" }',
        '[ap]\ncredentials = { user = "nora" }',
        '[ap.credentials]\nuser = "nora"\napp_password = "hunter2"',
        '[ap]\nAPI_KEY = "hunter2"',
        '[ap]\nsite = "https://nora:hunter2@x.example/"',
        '[ap]\nfeeds = [{ url = "https://nora:hunter2@x.example/feed" }]',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSourcesError) as error:
        load(own(tmp_path, text))
    assert "[ap" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert "password_env" in str(error.value) or "credentials" in str(error.value)


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = own(tmp_path, '[gazette]\nsite = "https://gazette.example/"\n')
    first = load(path)
    assert load(path) is first
    assert PageRulesByHost.load(path) is PageRulesByHost.load(path)
    other = tmp_path / "other.toml"
    other.write_text(path.read_text().replace("gazette", "herald "[:6] + "x"))
    other.replace(path)  # as large, and perhaps as old
    assert "heraldx" in load(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSourcesError, match=r"gone\.toml.*No such file"):
        load(tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes(b'[ap]\nname = "\xe9"')
    with pytest.raises(BadSourcesError, match=r"latin\.toml.*no UTF-8"):
        load(tmp_path / "latin.toml")


@given(text=st.text(max_size=80))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = own(tmp_path_factory.mktemp("own"), text)
    try:
        services = load(path)
    except BadSourcesError:
        return
    assert set(PACKAGED) <= set(services)


@pytest.mark.parametrize(
    ("key", "close"),
    [("AP", "ap"), ("apnews", "ap"), ("theguardian", "guardian"), ("aljazeera", "al-jazeera")],
)
def test_an_unknown_key_gets_the_close_ones(key: str, close: str) -> None:
    with pytest.raises(UnknownServiceError, match=f"'{key}': did you mean .*{re.escape(close)}"):
        find(PACKAGED, key)


def test_a_key_like_none_gets_where_they_are_listed() -> None:
    with pytest.raises(UnknownServiceError, match="'qqqqqq': scrapy sources lists them all"):
        find(PACKAGED, "qqqqqq")
