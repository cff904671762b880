from __future__ import annotations

from crawler.sources.wordpress.names import Names

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
