"""An operator's sources: added, watched, one of them going silent, and coming back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.rounds.round_sites import RoundSite, run_round, serve, watch_until
from tests.running import ROOT, scrapy
from tests.servers.webhook import webhook

_CLOCK = ROOT / "tests" / "wire" / "clock"
_BEGIN = datetime(2026, 6, 1, 6, tzinfo=UTC)
_EVERY = timedelta(hours=36)
_TOLD = ("-s", "HEALTH_NOTIFY=NEWSREEL_NOTICES")


def stories(start: datetime, count: int) -> list[datetime]:
    """Return when *count* stories are published from *start* on, in the same rhythm."""
    return [start + number * _EVERY for number in range(count)]


def test_the_operator_hears_of_a_silent_source_and_of_its_return(tmp_path: Path) -> None:
    sites = [
        RoundSite(name, published=stories(_BEGIN - 24 * _EVERY, 24))
        for name in ("gull", "tern", "skua")
    ]
    gull, tern, skua = sites
    archives, sources = tmp_path / "archives", tmp_path / "sources.toml"
    with serve(sites), webhook() as hook:

        def at(now: datetime) -> dict[str, str]:
            return {
                "PYTHONPATH": str(_CLOCK),
                "NEWSREEL_NOW": now.isoformat(),
                "NEWSREEL_NOTICES": f"json://{hook.address}/",
            }

        for site in sites:
            options = ("--key", site.name, "-s", f"SOURCES_FILE={sources}")
            added = scrapy(archives, "sources", "add", site.home, *options, env=at(_BEGIN))
            assert added.exit_code == 0, added.log
        first = run_round(archives, sources, *_TOLD, env=at(_BEGIN))
        assert len(first.texts) == 72, first.log
        assert not hook.got

        later = _BEGIN + 17 * _EVERY
        for site in (gull, tern):
            site.published += stories(_BEGIN, 16)

        def is_told(log: str) -> bool:
            return bool(hook.got) and "3 sources are watched; the next one is read at" in log

        watched = watch_until(archives, sources, is_told, *_TOLD, env=at(later))
        assert watched.exit_code == 143, watched.log
        (notice,) = hook.got
        assert notice["message"].startswith("127.0.1.3 is silent: no new story for 27 days")
        assert notice["message"] in watched.log

        skua.published.append(later)
        back = run_round(archives, sources, *_TOLD, env=at(later + timedelta(days=1)))
        assert back.exit_code == 0, back.log
    assert [told["message"] for told in hook.got[1:]] == ["127.0.1.3 is no longer silent (good)"]
    assert hook.got[1]["message"] in back.log
