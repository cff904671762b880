"""An application password, bound to the one origin that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from w3lib.http import basic_auth_header

_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(slots=True)
class Credentials:
    """A user and an application password; neither is in the representation.

    ``site`` is the one that they are for, empty for whichever is crawled; ``name`` is what messages
    call them.

    https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/
    """

    user: str = field(repr=False)
    password: str = field(repr=False)
    site: str = ""
    name: str = "WORDPRESS_USER and WORDPRESS_APP_PASSWORD"
    origin: tuple[str, str, int] | None = None

    def bind(self, site: str, home: str) -> bool:
        """Bind the password to the origin of *home*; return whether that is safe.

        *home* is where the user's *site* led. It may have gained ``www.`` and TLS, no more, against
        the site that they are for.
        """
        named, reached = origin(self.site or site), origin(home)
        is_same_host = named[1].removeprefix("www.") == reached[1].removeprefix("www.")
        if named == reached or (is_same_host and reached[0] == "https"):
            self.origin = reached
        return self.origin is not None

    def spellings(self) -> list[str]:
        """Return the forms in which a site could send the password back."""
        if not self.password:
            return []
        header = basic_auth_header(self.user, self.password, "utf-8").decode().split()[1]
        return [header, self.password, self.password.replace(" ", "")]

    def headers(self, url: str) -> dict[str, bytes]:
        """Return the headers for a request to *url*: none at another origin."""
        if not self.password or self.origin != origin(url):
            return {}
        return {"Authorization": basic_auth_header(self.user, self.password, "utf-8")}


def origin(url: str) -> tuple[str, str, int]:
    """Return (scheme, host, port) of *url*."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORT.get(parts.scheme, 0)
