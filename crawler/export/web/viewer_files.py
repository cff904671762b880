"""ReplayWeb.page, as the npm registry has it: fetched by `make browse`, never a part of Newsreel.

It is AGPL-3.0. Its package comes built: two files of it are all that a page needs.

    npm pack "$(python -m crawler.export.web.viewer_files)"
    python -m crawler.export.web.viewer_files PACKAGE FOLDER
"""

from __future__ import annotations

import base64
import hashlib
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.disk import replacement

if TYPE_CHECKING:
    from typing import IO

PACKAGE = "replaywebpage@2.5.3"
_DIGEST = "nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
INTEGRITY = f"sha512-{_DIGEST}"
"""The digest of the package, as package-lock.json of npm has it."""

UI, WORKER, LICENCE = "ui.js", "sw.js", "LICENSE"
_PIECE = 1 << 20
_LARGEST = 1 << 24  # bytes of a file


class WrongPackageError(ValueError):
    """A file that is not the pinned package; says which digest it has."""


@dataclass(slots=True, frozen=True)
class ViewerFiles:
    """The files of ReplayWeb.page in *folder*, if they are there."""

    folder: Path

    @property
    def are_there(self) -> bool:
        """Whether captures can be shown in ReplayWeb.page."""
        return all((self.folder / name).is_file() for name in (UI, WORKER))

    def path(self, name: str) -> Path:
        """Return the path of the file *name*."""
        return self.folder / name


def unpack(package: Path, folder: Path) -> None:
    """Put the files of the *package*, which has to be the pinned one, into *folder*.

    Raises WrongPackageError, and OSError.
    """
    with package.open("rb") as file:
        found = _integrity(file)
        if found != INTEGRITY:
            raise WrongPackageError(f"{package} has {found}; expected {INTEGRITY}")
        folder.mkdir(parents=True, exist_ok=True)
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            for name in (LICENCE, UI, WORKER):
                member = archive.extractfile(f"package/{name}")
                assert member  # the digest says so
                with member, replacement(folder / name, ".part") as target:
                    target.write(member.read(_LARGEST))


def _integrity(file: IO[bytes]) -> str:
    digest = hashlib.sha512()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return f"sha512-{base64.b64encode(digest.digest()).decode()}"


def main(*arguments: str) -> int:
    """Unpack a package into a folder, or say which one is to be fetched; return the exit code."""
    if not arguments:
        sys.stdout.write(f"{PACKAGE}\n")
        return 0
    package, folder = arguments
    try:
        unpack(Path(package), Path(folder))
    except (OSError, WrongPackageError) as error:
        sys.stderr.write(f"ReplayWeb.page is not used: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
