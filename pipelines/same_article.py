"""One article under several identities: re-dated, its address or guid changed, its site moved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from itemadapter import ItemAdapter

from crawler.archive.places import is_at_place_of
from crawler.sources.address import place_on_site
from crawler.state.identity import normalise_guid
from crawler.state.store import Holding, Store


def same_article(
    store: Store, adapter: ItemAdapter, alike: Iterable[Holding]
) -> tuple[str, Holding] | None:
    """Return which of the holdings *alike* the new article is, and what has become of that.

    *alike* have its text, or nearly its words. The article is one of them if that is of its source
    and is the same post of a REST API, or of the same day and at the same place on whatever host
    (a site that moved, got ``www.`` or another kind of guid). It is then ``redated`` or
    ``renamed``. The same text alone does not make it the same: weather reports repeat themselves.
    """
    post = adapter.get("post") or ""
    for held in alike:
        if held.source != adapter["source"] or not held.guid:
            continue
        if post and _is_post(store, held, post, adapter["guid"], adapter["url"]):
            return ("renamed" if held.date == adapter["date"] else "redated"), held
        place = {name: adapter[name] for name in ("guid", "date", "url")}
        if is_at_place_of(held, **place):
            return "renamed", held
    return None


def take_identity(adapter: ItemAdapter, held: Holding) -> None:
    """Give the article the identity of *held*: its first guid and day stay."""
    adapter["key"], adapter["guid"], adapter["date"] = held.key, held.guid, held.date
    if adapter.get("date_gmt"):
        adapter["date_gmt"] = held.date_gmt or None


def identity_change(adapter: ItemAdapter, held: Holding) -> dict[str, Any]:
    """Return what the event says: the identity of *held*, and the one that it is held under too."""
    now = {"guid": normalise_guid(adapter["guid"]), "date": adapter["date"], "url": adapter["url"]}
    return {"was": {"guid": held.guid, "date": held.date, "url": held.url}, "now": now}


def _is_post(store: Store, held: Holding, post: str, guid: str, url: str) -> bool:
    """Tell whether *held* is *post*.

    Of what was collected before the ledger knew posts a guid like ``…?p=12`` says so, or one guid
    and one slug.
    """
    if known := store.posts_of(held.key, held.source):
        return post in known
    is_one_guid = held.guid == normalise_guid(guid)
    return is_one_guid and (
        post.rpartition("/")[2] in _ids(held.guid) or _slug(held.url) == _slug(url) != ""
    )


def _ids(guid: str) -> set[str]:
    query = parse_qs(urlsplit(guid).query)
    return {number for name in ("p", "page_id") for number in query.get(name, ())}


def _slug(url: str) -> str:
    return place_on_site(url).partition("?")[0].rpartition("/")[2]
