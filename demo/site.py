"""The site: its content, its misbehaviour, its URLs, and the log of its requests."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from demo.content import GMT_OFFSET_HOURS, Post, Term, User, harbour_content
from demo.messages import Request
from demo.modes import Modes


@dataclass(kw_only=True)
class Site:
    """A WordPress site, to be changed while it runs only under ``lock`` or in ``on_request``.

    ``credentials`` are user and application password of an editor. ``on_request`` is called
    with the site and the number of the REST request (from 1) before that is answered.
    ``origin`` (``http://127.0.0.1:PORT``) is set while the site is served.
    """

    posts: dict[int, Post]
    users: dict[int, User]
    terms: dict[int, Term]
    modes: Modes = field(default_factory=Modes)
    credentials: tuple[str, str] | None = None
    on_request: Callable[[Site, int], None] | None = None
    name: str = "The Port Merrow Courier"
    description: str = "News from the quay"
    timezone_string: str = "America/Halifax"
    gmt_offset: float = GMT_OFFSET_HOURS
    origin: str = "http://127.0.0.1"
    log: list[Request] = field(default_factory=list)
    rest_requests: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def home(self) -> str:
        """The URL of the home page, with its final slash."""
        return f"{self.origin}{self.modes.subfolder}/"

    @property
    def base(self) -> str:
        """The beginning of every path but the home page's."""
        return self.home + ("index.php/" if self.modes.permalinks == "index" else "")

    def rest_url(self, route: str, query: list[tuple[str, str]] | None = None) -> str:
        """Return the URL of a route such as ``/wp/v2/posts``, as this site would write it."""
        if self.modes.permalinks == "plain":
            rest = f"{self.home}index.php?rest_route={quote(route)}"
            return rest + ("&" + urlencode(query) if query else "")
        rest = f"{self.base}{self.modes.prefix}{quote(route)}"
        return rest + ("?" + urlencode(query) if query else "")

    def permalink(self, post: Post) -> str:
        """Return the URL of a post, page or attachment."""
        if self.modes.permalinks == "plain":
            return f"{self.home}?{'page_id' if post.type == 'page' else 'p'}={post.id}"
        if post.type == "post":
            return f"{self.base}{post.date[:10].replace('-', '/')}/{post.slug}/"
        return f"{self.base}{post.slug}/"

    def term_link(self, term: Term) -> str:
        """Return the URL of a term's archive page."""
        kind, key = ("category", "cat") if term.taxonomy == "category" else ("tag", "tag")
        if self.modes.permalinks == "plain":
            return f"{self.home}?{key}={term.id if key == 'cat' else term.slug}"
        return f"{self.base}{kind}/{term.slug}/"

    def author_link(self, user: User) -> str:
        """Return the URL of an author's archive page."""
        if self.modes.permalinks == "plain":
            return f"{self.home}?author={user.id}"
        return f"{self.base}author/{user.slug}/"

    def published(self, kind: str = "post") -> list[Post]:
        """Return the public posts of a type, newest first."""
        public = [p for p in self.posts.values() if p.type == kind and p.status == "publish"]
        return sorted(public, key=lambda post: (post.date, post.id), reverse=True)

    def user_of(self, request: Request) -> User | None:
        """Return the user that an application password logs in; None for a wrong one."""
        given = request.basic_credentials()
        if self.credentials is None or given is None:
            return None
        user, password = self.credentials
        right = hmac.compare_digest(given[1].encode(), password.replace(" ", "").encode())
        if given[0] != user or not right:
            return None
        return next((person for person in self.users.values() if person.slug == user), None)


def build_site(
    posts: list[Post], users: list[User], terms: list[Term], modes: Modes | None = None
) -> Site:
    """Make a site of one's own posts; ids must be unique."""
    return Site(
        posts={post.id: post for post in posts},
        users={user.id: user for user in users},
        terms={term.id: term for term in terms},
        modes=modes or Modes(),
    )


def harbour_site(modes: Modes | None = None) -> Site:
    """Make the demonstration site: the paper of a harbour town that does not exist."""
    return build_site(*harbour_content(), modes)
