"""The data folder with the seeded site: built once, copied by every start."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.world.wordpress.installed import HERE, cache_folder


def template(build: Callable[[Path], None]) -> Path:
    """Return the data folder of the seeded site, built once a cache for these seeds and packages.

    ``build(workdir)`` leaves it in ``workdir/data``, its server stopped.
    """
    cache = cache_folder()
    kept = cache / f"template-{_seed_digest(cache)}"
    with _locked(cache / "template.lock"):
        if not kept.is_dir():
            for outdated in cache.glob("template-*"):
                shutil.rmtree(outdated)
            workdir = cache / "building"
            shutil.rmtree(workdir, ignore_errors=True)
            workdir.mkdir()
            build(workdir)
            (workdir / "data").rename(kept)
            shutil.rmtree(workdir)
    return kept


def _seed_digest(cache: Path) -> str:
    digest = hashlib.sha256((cache / "wordpress" / "newsreel-versions").read_bytes())
    sources = [HERE / "seed.php", *HERE.glob("php/**/*.php"), *HERE.glob("posts/*")]
    for source in sorted(sources):
        digest.update(f"{source.name} {source.stat().st_size} ".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
