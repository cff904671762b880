"""The content of the site: posts, users, terms, and the stories shipped with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

GMT_OFFSET_HOURS = -4
BIRTHPLACE = "https://www.portmerrow.example/"
"""The host in the guids, which is the same on every port, as after a move: a second crawl finds the
same articles. Never a URL to fetch."""

_POSTS = Path(__file__).parent / "posts"
_REQUIRED = {"title", "date", "author"}
_KEYS = {
    "type", "title", "slug", "date", "modified", "author", "categories", "tags", "status",
    "sticky", "password", "guid", "featured", "file",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class User:
    """An author; ``slug`` is the login as well."""

    id: int
    name: str
    slug: str


@dataclass(slots=True, kw_only=True)
class Term:
    """A category or tag; ``taxonomy`` is ``category`` or ``post_tag``, ``parent`` an id or 0."""

    id: int
    name: str
    slug: str
    taxonomy: str = "category"
    parent: int = 0


@dataclass(slots=True, kw_only=True)
class Post:
    """A post, page or attachment, mutable so that a test can edit it in mid-crawl.

    Dates are ``YYYY-MM-DDTHH:MM:SS`` without zone: ``date`` is the site's own time, and every
    date left empty follows from it. ``title`` and ``content`` are rendered HTML. ``type`` is
    ``post``, ``page`` or ``attachment``; ``status`` is a WordPress post status.
    """

    id: int
    date: str
    title: str = ""
    content: str = ""
    slug: str = ""
    type: str = "post"
    status: str = "publish"
    date_gmt: str = ""
    modified: str = ""
    modified_gmt: str = ""
    guid: str = ""
    author: int = 1
    categories: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    sticky: bool = False
    password: str = ""
    featured: int = 0
    file: str = ""

    def __post_init__(self) -> None:
        self.slug = self.slug or f"post-{self.id}"
        self.guid = self.guid or f"{BIRTHPLACE}?p={self.id}"
        self.date_gmt = self.date_gmt or local_to_gmt(self.date)
        self.modified_gmt = self.modified_gmt or (
            local_to_gmt(self.modified) if self.modified else self.date_gmt
        )
        self.modified = self.modified or self.date


def local_to_gmt(local: str, offset_hours: float = GMT_OFFSET_HOURS) -> str:
    """Shift a naive local ISO date to GMT; raises ValueError if it is no date."""
    return (datetime.fromisoformat(local) - timedelta(hours=offset_hours)).isoformat()


def harbour_users() -> list[User]:
    """Return the three authors of the demonstration site."""
    return [
        User(id=1, name="Nora Quill", slug="nora-quill"),
        User(id=2, name="Tomas Reed", slug="tomas-reed"),
        User(id=3, name="Priya Sandell", slug="priya-sandell"),
    ]


def harbour_terms(tags: list[str]) -> list[Term]:
    """Return the site's five categories (Council is a part of Town), and ``tags``."""
    categories = [
        Term(id=2, name="Town", slug="town"),
        Term(id=3, name="Council &amp; budget", slug="council", parent=2),
        Term(id=4, name="Harbour", slug="harbour"),
        Term(id=5, name="Culture", slug="culture"),
        Term(id=6, name="Sport", slug="sport"),
    ]
    return categories + [
        Term(id=number, name=slug.replace("-", " "), slug=slug, taxonomy="post_tag")
        for number, slug in enumerate(tags, start=20)
    ]


def harbour_content(folder: Path = _POSTS) -> tuple[list[Post], list[User], list[Term]]:
    """Read the stories in ``folder``, one ``ID-SLUG.html`` each.

    A file is ``key: value`` lines, an empty line, and the rendered HTML. ``date`` and
    ``modified`` carry their offset from GMT. Raises ValueError naming the file and the key.
    """
    stories = [_read_story(path) for path in sorted(folder.glob("*.html"))]
    users = harbour_users()
    terms = harbour_terms(sorted({tag for head, _ in stories for tag in _split(head, "tags")}))
    return [_post(head, body, users, terms) for head, body in stories], users, terms


def _read_story(path: Path) -> tuple[dict[str, str], str]:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    number, _, slug = path.stem.partition("-")
    fields = {"id": number, "slug": slug}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key not in _KEYS:
            raise ValueError(f"{path}: {line!r} is not one of the lines {sorted(_KEYS)}")
        fields[key] = value.strip()
    if missing := _REQUIRED - fields.keys():
        raise ValueError(f"{path}: no line for {sorted(missing)}")
    return fields, body


def _post(head: dict[str, str], body: str, users: list[User], terms: list[Term]) -> Post:
    ids = {(term.taxonomy, term.slug): term.id for term in terms}
    published = datetime.fromisoformat(head["date"])
    modified = datetime.fromisoformat(head.get("modified", head["date"]))
    return Post(
        id=int(head["id"]),
        type=head.get("type", "post"),
        status=head.get("status", "publish"),
        slug=head["slug"],
        title=head["title"],
        content=body.strip("\n") and body.strip("\n") + "\n",
        date=_local(published),
        date_gmt=_gmt(published),
        modified=_local(modified),
        modified_gmt=_gmt(modified),
        guid=_guid(head, published),
        author={user.slug: user.id for user in users}[head["author"]],
        categories=[ids["category", slug] for slug in _split(head, "categories")],
        tags=[ids["post_tag", slug] for slug in _split(head, "tags")],
        sticky=head.get("sticky") == "yes",
        password=head.get("password", ""),
        featured=int(head.get("featured", 0)),
        file=head.get("file", ""),
    )


def _split(head: dict[str, str], key: str) -> list[str]:
    return [part.strip() for part in head.get(key, "").split(",") if part.strip()]


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def _gmt(moment: datetime) -> str:
    return (moment - (moment.utcoffset() or timedelta())).replace(tzinfo=None).isoformat()


def _guid(head: dict[str, str], published: datetime) -> str:
    """Return ``?p=ID`` for what began as a draft, else the first permalink."""
    return urljoin(BIRTHPLACE, head.get("guid") or f"{published:%Y/%m/%d}/{head['slug']}/")
