"""A ledger copied from SQLite to PostgreSQL and back, by hand and by the command."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from crawler.state.backends import open_store
from crawler.state.ledger_copy import CopyError, copy_ledger
from crawler.state.store import Bookmark
from tests.rounds.round_sites import RoundSite, run_round, serve, write_sources
from tests.running import scrapy
from tests.state.test_ledger_copy import fill, opened, rows_of
from tests.state.test_store import EVENT, HOLDING, OUTCOME, VISIT, WARC, capture, sketch
from tests.world.scale.cluster import PASSWORD

pytest.importorskip("psycopg")


def test_there_and_back(postgresql: str, tmp_path: Path) -> None:
    with (
        closing(opened(f"sqlite:{tmp_path / 'full.sqlite'}")) as full,
        closing(opened(postgresql, "north-1")) as shared,
        closing(opened(f"sqlite:{tmp_path / 'back.sqlite'}")) as back,
    ):
        fill(full)
        there = copy_ledger(full, shared)
        assert shared.due() == {"7.txt"}
        assert shared.similar("x", sketch(1, 2)) == full.similar("x", sketch(1, 2))
        copy_ledger(shared, back)
        assert rows_of(back) == rows_of(full)
        assert there.counts.total() > 5000
        shared.put_events([replace(EVENT, at="2025", record=None)])
        assert len(shared.events(EVENT.key, EVENT.source)) == 3
        assert shared.take_ordinals(1) == back.take_ordinals(1) == full.take_ordinals(1)
        with pytest.raises(CopyError, match="holds something already"):
            copy_ledger(full, shared)


def test_records_that_postgresql_cannot_read_are_copied(postgresql: str, tmp_path: Path) -> None:
    odd = "a\0b\ud800c\U0001f600"
    assert HOLDING.conversion
    held = replace(HOLDING, conversion=replace(HOLDING.conversion, uri=odd))
    with (
        closing(opened(f"sqlite:{tmp_path / 'full.sqlite'}")) as full,
        closing(opened(postgresql)) as shared,
    ):
        full.add([held])
        copy_ledger(full, shared)
        (found,) = shared.all()
        assert found.conversion
        assert found.conversion.file == HOLDING.conversion.file
        assert shared.count_articles([found.conversion.file]) == 1


def test_addresses_that_no_index_takes_are_found_again(postgresql: str, tmp_path: Path) -> None:
    long = "https://a.test/" + "".join(sha256(b"%d" % n).hexdigest() for n in range(100))
    page, visit, outcome = capture("a", 3), replace(VISIT, url=long), replace(OUTCOME, url=long)
    bookmark = Bookmark(file=f"/{long}", query=long, state="1", offset=5)
    with (
        closing(opened(f"sqlite:{tmp_path / 'full.sqlite'}")) as full,
        closing(opened(postgresql)) as shared,
    ):
        full.put_warc(WARC)
        full.put_captures([page])
        full.put_pages({long: page.ref})
        full.put_visits([visit])
        full.put_outcomes([outcome])
        full.put_bookmarks([bookmark])
        copy_ledger(full, shared)
        assert shared.latest(long) == full.latest(long)
        assert shared.visits(visit.source, [long]) == {long: visit}
        assert shared.outcomes(outcome.source, [long]) == full.outcomes(outcome.source, [long])
        assert shared.bookmark(bookmark.file, long) == bookmark


def test_an_archive_moves_to_postgresql(postgresql: str, tmp_path: Path) -> None:
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    sites = [RoundSite("gull"), RoundSite("tern")]
    old = f"sqlite:{archives / 'ledger.sqlite'}"
    with serve(sites):
        write_sources(sources, sites)
        assert run_round(archives, sources).exit_code == 0
        run = scrapy(archives, "ledger", "copy", old, postgresql)
        assert run.exit_code == 0, run.log
        assert "article\t6\n" in run.stdout
        assert "rows copied and compared, digest " in run.stdout
        for site in sites:
            site.stories = 5
        more = run_round(archives, sources, "-s", f"STATE_URI={postgresql}", "--now", "--here")
    assert more.exit_code == 0, more.log
    with closing(open_store(postgresql)) as store:
        assert len(list(store.all())) == 10
    verified = scrapy(archives, "verify", "-s", f"STATE_URI={postgresql}")
    assert verified.exit_code == 0, verified.stdout
    again = scrapy(archives, "ledger", "copy", old, postgresql)
    assert again.exit_code == 5
    assert "it holds something already, such as rows of 'article'; nothing was copied" in again.log
    assert PASSWORD[:5] not in again.log + run.log + more.log
