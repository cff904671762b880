from __future__ import annotations

import pytest

from crawler.sources.wordpress.names import Names, Taxonomy, taxonomies

POST = {"id": 1, "author": 7, "categories": [3, 2], "tags": []}


def test_each_name_is_requested_once() -> None:
    names = Names()
    assert names.missing([POST]) == ("users", [7])
    assert names.learn("users", [7], [{"id": 7, "name": "Ana &amp; Co"}]) == 0
    assert names.missing([POST]) == ("categories", [2, 3])
    assert names.learn("categories", [2, 3], [{"id": 2, "name": "World"}]) == 1
    assert names.missing([POST, {"id": 2, "author": 7, "categories": [2], "tags": "odd"}]) is None
    assert names.names_of(POST, "users") == ["Ana & Co"]
    assert names.names_of(POST, "categories") == ["World"]


def test_at_most_a_hundred_ids_a_request() -> None:
    asked = Names().missing([{"author": 0, "tags": list(range(1, 251))}])
    assert asked == ("tags", list(range(1, 101)))


def test_hidden_users_are_not_requested_again() -> None:
    names = Names()
    assert names.learn("users", [7], []) == 1
    assert names.missing([{"author": 7}]) is None
    assert names.names_of(POST, "users") == []


def test_taxonomies_of_plugins() -> None:
    told = {
        "category": {"rest_base": "categories"},
        "author": {"rest_base": "coauthors"},
        "ppma": {"rest_base": "ppma_author"},
        "beat": {"rest_base": "beats", "hierarchical": True},
        "place": {"hierarchical": False},
        "wp_theme": {"rest_base": "themes"},
        "product": {"rest_base": "products", "rest_namespace": "wc/v3"},
        "odd": {"rest_base": "../users"},
        "none": None,
    }
    assert taxonomies(told) == [
        Taxonomy("coauthors", "authors"),
        Taxonomy("ppma_author", "authors"),
        Taxonomy("beats", "categories"),
        Taxonomy("place", "tags"),
    ]
    assert taxonomies(["category"]) == []


@pytest.mark.parametrize(
    ("name", "slug", "description", "expected"),
    [
        ("jane", "cap-jane", "Jane Doe Jane Doe jane 7 jane@mail.example", "Jane Doe"),
        ("jane", "cap-jane", "Dr. Jane Doe Jane Doe jane 7", "Dr. Jane Doe"),
        ("nora", "cap-nora", "Nora Nora nora 3", "Nora"),
        ("tom-reed", "tom-reed", "Tom Reed tom-reed 9", "Tom Reed"),
        ("jane", "cap-jane", "", "jane"),
        ("Tom Reed", "tom-reed", "Tom Reed writes on ports", "Tom Reed"),
    ],
)
def test_a_coauthor_s_name(name: str, slug: str, description: str, expected: str) -> None:
    names = Names()
    names.add(Taxonomy("coauthors", "authors"))
    term = {"id": 5, "name": name, "slug": slug, "description": description}
    names.learn("coauthors", [5], [term])
    assert names.named({"coauthors": [5], "author": 1}, "authors") == [expected]
