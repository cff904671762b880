"""The address of a ledger in PostgreSQL, and what of it may be shown."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

SCHEMA = "newsreel"
"""The schema of a ledger whose address names none: beside it the database may hold other things."""

_PATIENCE = "reconnect_timeout"
_DEFAULT_PATIENCE = 300.0  # seconds: a server that is restarted or moved is back by then
_SEARCH_PATH = re.compile(r"search_path\s*=\s*(?:\\?[\s\"'])*([\w$.-]+)")
_SECRET = ("password", "sslpassword")
_HOSTS = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::[0-9]*)?")
# A connection that died without a word is noticed within a minute.
_DEFAULTS = {
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "50000",
}
# So does the server notice one, also while an answer is on its way (which keepalives do not watch).
# Who is frozen in a transaction loses it: all others wait for its lock.
_SESSION = {
    "tcp_keepalives_idle": "20s",
    "tcp_keepalives_interval": "10s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "50s",
    "idle_in_transaction_session_timeout": "30s",
}


@dataclass(frozen=True)
class Server:
    """What *uri*, ``postgresql://USER@HOST/DATABASE``, says; all that libpq takes may follow ``?``.

    ``reconnect_timeout`` there is ours. Raises ValueError if it is no such address.
    """

    uri: str

    def __post_init__(self) -> None:
        if _is_torn(self.uri):
            raise ValueError(
                f"{self.shown!r} is no address of a PostgreSQL server: write / as %2F, ? as %3F, "
                "# as %23, @ as %40 and : as %3A in its password"
            )
        try:
            _ = self.patience
        except ValueError:
            raise ValueError(
                f"{self.shown!r} is no address of a PostgreSQL server: use "
                f"postgresql://USER@HOST/DATABASE; {_PATIENCE} is a number of seconds"
            ) from None

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(self.uri)

    @cached_property
    def _query(self) -> dict[str, str]:
        return dict(parse_qsl(self._parts.query, keep_blank_values=True))

    @cached_property
    def patience(self) -> float:
        """For how many seconds a lost connection is tried again."""
        return float(self._query.get(_PATIENCE, _DEFAULT_PATIENCE))

    @cached_property
    def schema(self) -> str:
        """The schema that has the tables: the first one of a ``search_path`` in the address."""
        found = _SEARCH_PATH.search(self._query.get("options", ""))
        return found[1] if found else SCHEMA

    @cached_property
    def shown(self) -> str:
        """The address without passwords."""
        return without_password(self.uri)

    def hide(self, message: str) -> str:
        """Return the first line of *message* without the passwords of the address."""
        line = " ".join(message.split())
        for secret in self._secrets():
            line = line.replace(secret, "…")
        return line

    def conninfo(self) -> str:
        """Return the address as libpq takes it."""
        query = {name: value for name, value in self._query.items() if name != _PATIENCE}
        # What the address says comes last, and counts.
        own = query.get("options") or os.environ.get("PGOPTIONS", "")
        query["options"] = " ".join([*(f"-c{k}={v}" for k, v in _SESSION.items()), own]).strip()
        mine = {name: value for name, value in _DEFAULTS.items() if name not in query}
        said = urlencode({**query, **mine}, quote_via=quote)
        return f"postgresql://{self._parts.netloc}{self._parts.path}?{said}"

    def lock_number(self, *names: str) -> int:
        """Return the number of the advisory lock of what is called *names* in this ledger."""
        named = "\n".join((self.schema, *names)).encode(errors="surrogatepass")
        return int.from_bytes(hashlib.sha256(named).digest()[:8], "big", signed=True)

    def _secrets(self) -> list[str]:
        quoted = [self._parts.netloc.rpartition("@")[0].partition(":")[2]]
        quoted += [self._query.get(name, "") for name in _SECRET]
        found = {form for secret in quoted for form in (secret, unquote(secret))}
        return sorted(filter(None, found), key=len, reverse=True)


def without_password(uri: str) -> str:
    """Return *uri* as it may be shown."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return uri
    if _is_torn(uri):
        return f"{scheme}://…"
    place, question, query = rest.partition("?")
    authority, slash, path = place.partition("/")
    who, at, host = authority.rpartition("@")
    pairs = [pair for pair in query.split("&") if pair.partition("=")[0] not in _SECRET]
    tail = question + "&".join(pairs) if query and pairs else ""
    return f"{scheme}://{who.partition(':')[0]}{at}{host}{slash}{path}{tail}"


def _is_torn(uri: str) -> bool:
    """Return whether nobody knows where the password in *uri* ends: it has signs unquoted."""
    scheme, _, rest = uri.partition("://")
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    hosts = authority.rpartition("@")[2].split(",")
    return scheme in ("postgresql", "postgres") and (
        "#" in rest
        or "@" in path
        or not all(map(_HOSTS.fullmatch, hosts))
        or bool(query and not all("=" in pair for pair in query.split("&")))
    )


def application_name(node: str) -> str:
    """Return what the server calls this process: its node or machine, and its number.

    In containers each process has the same number: what follows tells them apart. The server keeps
    63 bytes; a node is unlike others at its end.
    """
    machine = (node or socket.gethostname())[-32:]
    return f"newsreel {machine} process {os.getpid()} {_this_process(os.getpid())}"


@cache
def _this_process(pid: int) -> str:
    return secrets.token_hex(2)
