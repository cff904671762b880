"""What install.sh put on this machine, and what is missing of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.world.wordpress.process import BedError

HERE = Path(__file__).parent
REQUIRED = ("php8.2", "php-fpm8.2", "mariadbd", "mariadb-install-db", "nginx", "setpriv")
SBIN = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def cache_folder() -> Path:
    """Return where install.sh unpacked WordPress."""
    default = HERE.parents[2] / ".cache" / "wordpress"
    return Path(os.environ.get("NEWSREEL_WORDPRESS_CACHE", default))


def program(name: str) -> str:
    """Return the path of an installed program; raise BedError when it is missing."""
    found = shutil.which(name, path=SBIN)
    if found is None:
        raise BedError(f"{name} is not installed: run tests/world/wordpress/install.sh as root")
    return found


def missing() -> str | None:
    """Return one line on what keeps a real WordPress from starting here; None if nothing does."""
    absent = [name for name in REQUIRED if shutil.which(name, path=SBIN) is None]
    if not (cache_folder() / "wordpress" / "newsreel-versions").is_file():
        absent.append("an unpacked WordPress")
    if not absent:
        return None
    return (
        f"real WordPress: missing {', '.join(absent)}: run tests/world/wordpress/install.sh as root"
    )
