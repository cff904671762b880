"""How a run is described, and to which of them a record belongs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.warc.reader import Record
from crawler.warc.records import serialize, warcinfo
from crawler.warc.runs import Belonging, new_run


def test_every_run_has_an_id_of_its_own() -> None:
    assert new_run("a", "b", {})["isPartOf"] != new_run("a", "b", {})["isPartOf"]


@pytest.mark.parametrize(
    "name",
    [
        *("password", "app_password", "PASS", "passphrase", "secret", "client-secret"),
        *("token", "access_token", "api_key", "apikey", "credentials", "auth", "authorization"),
        "cookie",
    ],
)
def test_secrets_among_the_arguments_are_taken_out(name: str) -> None:
    arguments = json.loads(new_run("x", "y", {name: "5f3e-hidden"})["newsreel-arguments"])
    assert arguments == {name: "[redacted]"}


@pytest.mark.parametrize(
    "value",
    [
        "https://me:5f3e-hidden@news.test/",
        "https://5f3e-hidden@news.test/",
        "https://a.test/, https://me:5f3e-hidden@news.test/",
        " https://me:5f3e-hidden@news.test/",
        "me:5f3e-hidden@news.test",
    ],
)
def test_secrets_in_urls_are_taken_out(value: str) -> None:
    assert "5f3e-hidden" not in str(new_run("x", "y", {"site": value}))


def test_what_is_no_secret_stays() -> None:
    arguments = {"site": "https://news.test/?page=1", "search": "a@b", "after": "2024-01-01"}
    assert json.loads(new_run("x", "y", arguments)["newsreel-arguments"]) == arguments


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.text(max_size=9))
def test_any_text_fits_into_a_field(arguments: dict[str, str], source: str) -> None:
    fields = new_run("x", source, arguments)
    record = b"".join(serialize(warcinfo(fields, "x.warc")))
    assert all(value.isascii() and value.isprintable() for value in fields.values())
    assert record.count(b"newsreel-source: ") >= 1


# To which warcinfo record a record belongs


def of(kind: str, *, own: str = "", belongs: str | None = None) -> Record:
    headers = [("WARC-Record-ID", own)] if own else []
    headers += [] if belongs is None else [("warc-warcinfo-id", belongs)]
    return Record(type=kind, headers=headers, block=b"", offset=0, length=1)


def test_what_a_record_says_goes_before_where_it_stands() -> None:
    belonging = Belonging()
    assert belonging.name_of(of("response")) == ""
    belonging.begin(of("warcinfo", own="<a>"), "0")
    belonging.begin(of("warcinfo", own="<b>"), "1")
    belonging.begin(of("warcinfo"), "")
    names = [
        belonging.name_of(of("response", belongs=name)) for name in ("<a>", "<b>", "<c>", "", None)
    ]
    assert names == ["0", "1", "<c>", "", ""]


def test_of_two_copies_in_a_file_the_one_before_counts() -> None:
    belonging = Belonging()
    for name in ("0", "1"):
        belonging.begin(of("warcinfo", own="<a>"), name)
        assert belonging.name_of(of("response", belongs="<a>")) == name


def test_a_file_of_endless_runs_does_not_fill_the_memory() -> None:
    belonging = Belonging()
    for number in range(30_000):
        belonging.begin(of("warcinfo", own=f"<{number}>"), str(number))
    assert belonging.name_of(of("response", belongs="<29999>")) == "29999"
    assert belonging.name_of(of("response", belongs="<20000>")) == "20000"
    assert belonging.name_of(of("response", belongs="<19999>")) == "<19999>", (
        "it is looked up later"
    )
    assert len(belonging.name_of(of("response", belongs="<" + "9" * 5000))) <= 200
