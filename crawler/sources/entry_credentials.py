"""The credentials of an entry of the sources file: where user and password stand.

The file never holds the password itself: it is copied, shown and put under version control.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.sources import fields

_LONGEST = 4096  # bytes of a password file that are looked at
_READ_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SHAPE = {
    "user": fields.line,
    "user_env": fields.variable,
    "password_env": fields.variable,
    "password_file": fields.line,
}
_FIX = (
    'write { user = "…" or user_env = "VARIABLE", password_env = "VARIABLE" or '
    'password_file = "/path" }'
)
NEVER = (
    "name the environment variable (password_env) or the file (password_file) that holds the "
    "password, never the password itself"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCredentials:
    """A user, or the variable that holds it; and the variable or file that holds the password."""

    user: str = ""
    user_env: str = ""
    password_env: str = ""
    password_file: str = ""

    def told(self) -> str:
        """Return where user and password stand."""
        user = self.user or f"${self.user_env}"
        return f"{user}, password in {self.password_file or f'${self.password_env}'}"

    def read(self, folder: Path) -> tuple[str, str]:
        """Return user and password; *folder* is where the file of a relative path is.

        Raises ValueError, whose message has the fix and never the password.
        """
        user = self.user or _of_environment(self.user_env)
        if ":" in user:
            raise ValueError("a user's name holds no colon")
        if self.password_env:
            return user, _of_environment(self.password_env)
        return user, _first_line(folder / Path(self.password_file).expanduser())


def read_table(value: object) -> EntryCredentials:
    """Read the field of an entry. No message says what stands in it."""
    if not isinstance(value, Mapping) or not value.keys() <= _SHAPE.keys():
        is_secret = isinstance(value, Mapping) and "password" in value
        raise ValueError(NEVER if is_secret else _FIX)
    users, passwords = {"user", "user_env"}, {"password_env", "password_file"}
    if len(value.keys() & users) != 1 or len(value.keys() & passwords) != 1:
        raise ValueError(_FIX)
    given = {}
    for name, text in value.items():
        try:
            given[name] = fields.name(_SHAPE[name](text))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return EntryCredentials(**given)


def _of_environment(name: str) -> str:
    found = os.environ.get(name, "")
    if not found:
        raise ValueError(f"the environment has no {name}: set it")
    return found


def _first_line(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError(f"the password file {path} is no file")
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LONGEST)
    except OSError as error:
        raise ValueError(f"the password file {path} cannot be read: {error.strerror}") from None
    if mode & _READ_BY_OTHERS:
        raise ValueError(f"others can read the password file {path}: chmod 600 {path}")
    line = data.partition(b"\n")[0].removesuffix(b"\r")
    try:
        found = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"the password file {path} is no UTF-8") from None
    if not found or len(line) == _LONGEST:
        raise ValueError(f"the first line of the password file {path} holds no password")
    return found
