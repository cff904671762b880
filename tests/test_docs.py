"""The map of the house: what the documentation names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.running import ROOT

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PLACE = re.compile(
    r"`((?:crawler|spiders|pipelines|tests|demo|deploy|benchmarks|docs)/[\w./-]*)(?::(\w+))?`"
)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def named(document: Path) -> list[tuple[str, str]]:
    return PLACE.findall(document.read_text(encoding="utf-8"))


def test_architecture_names_places() -> None:
    places = named(ROOT / "docs" / "architecture.md")
    assert sum(bool(name) for _, name in places) > 40


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_is_there(document: Path) -> None:
    for path, name in named(document):
        assert (ROOT / path).exists(), f"{path} is not there"
        if name:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            defined = {getattr(node, "name", None) for node in tree.body}
            assert name in defined, f"{path} defines no {name}"
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{target} is not there"


def test_no_two_files_share_a_name() -> None:
    rooms_name = {
        "archive.py",
        "ledger.py",
        "replay.py",
        "report.py",
    }  # the thin edge carries its room's name
    files = [
        file for room in ("crawler", "spiders", "pipelines") for file in (ROOT / room).rglob("*.py")
    ]
    names = [file.name for file in files if file.name not in rooms_name | {"__init__.py"}]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)


def test_the_readme_leads_to_every_page() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert pages <= linked, sorted(pages - linked)


def test_the_readme_names_every_command() -> None:
    files = (ROOT / "crawler" / "commands").glob("*.py")
    ours = [file.stem for file in files if "class Command(" in file.read_text(encoding="utf-8")]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(ours) > 15
    assert not [name for name in ours if not re.search(rf"`{name}\b", readme)]
