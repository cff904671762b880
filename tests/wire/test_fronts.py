"""Links of front pages that may lead to a story or to a section."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.wire.crawling import Wire
from tests.wire.small import Item, edition

VOTE = Item(path="/politics/budget-vote", title="The budget passes by a single vote", about="vote")
POPE = Item(path="/2026/03/06/pope-dies", title="Pope dies", about="pope")
DIVER = Item(path="/people/diver-marries-a-nurse", title="A diver marries a nurse", about="diver")
FINAL = Item(path="/sport/cup-final-report", title="The cup final ends in a draw", about="final")
FRONT = """<!DOCTYPE html><html lang="en"><title>The Small Wire</title><body>
<nav>{menu}</nav><main>{links}</main></body></html>"""
STORIES = [VOTE, POPE, DIVER]


def page(*links: tuple[str, str], menu: str = "") -> str:
    anchors = "".join(f'<h2><a href="{where}">{words}</a></h2>' for where, words in links)
    return FRONT.format(menu=menu, links=anchors)


def published(wire: Wire, folder: Path, front: str, sections: dict[str, str]) -> None:
    edition(folder, [], unlinked=[*STORIES, FINAL])
    for name, content in {"index": front, **sections}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_text(content, encoding="utf-8")
    (folder / "feed.atom").unlink()
    wire.service.publish(str(folder))


def test_stories_in_folders_called_like_other_things(wire: Wire, tmp_path: Path) -> None:
    front = page(
        (VOTE.path, VOTE.title), (POPE.path, "Pope dies"), (DIVER.path, "A diver marries a nurse")
    )
    published(wire, tmp_path / "site", front, {})
    run, articles = wire.articles()
    assert set(articles) == {item.path for item in STORIES}, run.stdout
    assert run.exit_code == 0, run.stdout
    again, _ = wire.articles()
    assert again.exit_code == 0, again.stdout
    assert all(wire.service.requested[item.path] == 1 for item in STORIES)


def test_what_may_be_a_section_is_looked_at_as_both(wire: Wire, tmp_path: Path) -> None:
    menu = f'<a href="{VOTE.path}">Vote</a><a href="/sport/winter-games">Games</a>'
    front = page(("/sport/cup-final", "Cup final"), menu=menu)
    section = page((FINAL.path, FINAL.title))
    games = page((POPE.path, POPE.title))
    sections = {"sport/cup-final": section, "sport/winter-games": games}
    published(wire, tmp_path / "site", front, sections)
    run, articles = wire.articles()
    assert set(articles) == {VOTE.path, FINAL.path, POPE.path}, run.stdout
    assert run.exit_code == 0, "a section is no story that was lost"
    assert run.report["lost"] == {}
    wire.service.publish(str(tmp_path / "site"))
    again, _ = wire.articles()
    assert again.exit_code == 0, again.stdout
    assert wire.service.requested["/sport/winter-games"] == 1, "a section of the menu"
    assert wire.service.requested["/sport/cup-final"] == 0, "it is looked at once a week"
    assert wire.service.requested[VOTE.path] == 0
    later = replace(wire, days=8)
    later.articles()
    assert wire.service.requested["/sport/cup-final"] == 1


def test_doubtful_links_are_bounded(wire: Wire, tmp_path: Path) -> None:
    many = [(f"/sport/team-{n}x", f"Team {n} plays") for n in range(40)]
    deeper = {place[1:]: page(*many[20:], (FINAL.path, FINAL.title)) for place, _ in many[:20]}
    published(wire, tmp_path / "site", page(*many), deeper)
    run, articles = wire.articles()
    assert set(articles) == {FINAL.path}, run.stdout
    assert sum(wire.service.requested[place] for place, _ in many) == 20, "no further on"
