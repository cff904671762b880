"""What a browser sees of the site."""

from __future__ import annotations

from demo.site import Site
from tests.demo.client import fetch, posts


def test_the_home_page_names_the_api_twice(site: Site) -> None:
    reply = fetch(site)
    assert reply.headers["Link"] == f'<{site.home}wp-json/>; rel="https://api.w.org/"'
    element = f'<link rel="https://api.w.org/" href="{site.home}wp-json/">'
    assert element in reply.body.decode()


def test_an_article_carries_three_link_headers(site: Site) -> None:
    reply = fetch(site, "2023/11/20/harbourmaster-says-i-never-said-never/")
    assert reply.status == 200
    assert [link.split("; ")[1] for link in reply.headers.get_all("Link", [])] == [
        'rel="https://api.w.org/"',
        'rel="alternate"',
        "rel=shortlink",
    ]
    assert b"Harbourmaster: &#8216;I never said never&#8217;</h1>" in reply.body


def test_every_link_of_a_post_leads_to_it(site: Site) -> None:
    for post in posts(site, per_page=100).json():
        reply = fetch(site, post["link"])
        assert reply.status == 200
        assert post["title"]["rendered"] in reply.body.decode()


def test_robots_txt_hides_the_admin_pages(site: Site) -> None:
    assert fetch(site, "robots.txt").body == b"User-agent: *\nDisallow: /wp-admin/\n"


def test_the_feed_has_ten_items_and_validators_of_the_whole_site(site: Site) -> None:
    first = fetch(site, "feed/")
    assert first.body.count(b"<item>") == 10
    assert fetch(site, "feed/", paged=3).body.count(b"<item>") == 4
    assert fetch(site, "feed/", paged=4).status == 404
    assert fetch(site, "feed/", headers={"If-None-Match": first.headers["ETag"]}).status == 304
    assert fetch(site, "feed/", headers={"If-None-Match": '"other"'}).status == 200


def test_an_unknown_page_is_404(site: Site) -> None:
    assert fetch(site, "2020/01/01/nothing/").status == 404


def test_a_post_asked_by_number_is_redirected_to_its_permalink(site: Site) -> None:
    reply = fetch(site, "?p=101")
    assert reply.status == 301
    assert reply.headers["Location"].endswith("/2023/11/05/ferry-returns-to-its-winter-timetable/")
