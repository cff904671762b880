"""The extraction of today gives the texts that were read and found good."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from crawler.warc.reader import records
from tests.replaying import offline, texts

HERE = Path(__file__).parent
ARCHIVES = sorted(path.parent.name for path in HERE.glob("*/warc"))
_ENOUGH = 500_000  # bytes in the repository
_TELLTALE = re.compile(rb"/(?:home|root|tmp|var|work|Users)/|[\w.]+@[\w-]+\.(?!example)\w+")


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_texts_are_what_they_were(name: str, tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    shutil.copytree(HERE / name / "warc", archives / "warc")
    settings = ("-s", f"ARCHIVES_DIR={archives}")
    run = offline("rebuild", *settings, archives=archives)
    assert run.exit_code == 0, run.log
    assert texts(archives) == texts(HERE / name)
    changed = _changed(HERE / name)
    run = offline("replay", "--check", *settings, archives=archives)
    assert run.exit_code == (1 if changed else 0), run.stdout + run.log
    assert set(re.findall(r"^changed (\S+) ", run.stdout, re.MULTILINE)) == changed
    same = len(texts(HERE / name)) - len(changed)
    assert same
    told = f"{same} identical, {len(changed)} changed, 0 missing, 0 new\n"
    assert run.stdout.endswith(told)


def _changed(folder: Path) -> set[str]:
    """Return the texts that came out otherwise when the archive was made.

    ``changed.txt`` names each, and says why what comes out today is right.
    """
    file = folder / "changed.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {line.partition(": ")[0] for line in lines}


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) < _ENOUGH


def test_they_tell_nothing_of_the_machine() -> None:
    for path in HERE.glob("*/warc/*"):
        for record in records(path):
            assert not _TELLTALE.search(record.block[:]), f"{path}:{record.offset}"
            assert not _TELLTALE.search(str(record.headers).encode()), f"{path}:{record.offset}"
