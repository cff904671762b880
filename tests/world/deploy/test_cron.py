"""The crontab: its lines are such, and the very commands do their work, run after run."""

from __future__ import annotations

import re
import subprocess

from tests.rounds.round_sites import RoundSite, serve, write_sources
from tests.running import LIMIT, ROOT
from tests.world.deploy.conftest import Checkout
from tests.world.deploy.pings import pinged

CRONTAB = ROOT / "deploy" / "crontab"
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, day of the week


def lines(checkout: Checkout) -> dict[str, str]:
    """Return the commands of the crontab by the log that they write; crontab(5) has the form."""
    found = {}
    for line in checkout.moved(CRONTAB.read_text(encoding="utf-8")).splitlines():
        if not line or line.startswith("#") or re.fullmatch(r"[A-Z]+=\S+", line):
            continue
        *fields, command = line.split(" ", 5)
        assert len(fields) == len(_LIMITS)
        for field, (least, most) in zip(fields, _LIMITS, strict=True):
            match = re.fullmatch(r"(\*|\d+)(?:/(\d+))?", field)
            assert match, field
            assert match[1] == "*" or least <= int(match[1]) <= most
        assert "%" not in command  # cron makes a line end of it
        log = re.search(r">+(\S+)[.]log", command)
        assert log, command
        found[log[1].rpartition("/")[2]] = command
    return found


def run(checkout: Checkout, command: str, **more: str) -> int:
    """Run *command* as cron does: by its shell, in the user's home."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=checkout.folder.parent,
        env=checkout.environment(**more),
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"", b"")  # cron would send a mail
    return done.returncode


def test_rounds_by_cron(checkout: Checkout) -> None:
    gull, tern, failing = RoundSite("gull"), RoundSite("tern"), RoundSite("skua", fails=True)
    commands, sources = lines(checkout), checkout.folder / "sources.toml"
    assert "SHELL=/bin/sh" in CRONTAB.read_text(encoding="utf-8").splitlines()
    assert commands.keys() == {"round", "health", "backup"}
    with serve([gull, tern, failing]), pinged() as server:
        # What is in the file of the environment, nobody has to set.
        (checkout.folder / "newsreel.env").write_text(
            f'NEWSREEL_PING_URL="{server.url}"\n', encoding="utf-8"
        )
        codes = []
        for sites in ([gull], [gull], [gull, tern], [failing]):
            write_sources(sources, sites)
            codes.append(run(checkout, commands["round"]))
            if sites == [gull]:
                assert len(checkout.texts) == 3
    log = (checkout.folder / "log" / "round.log").read_text(encoding="utf-8")
    assert codes == [0, 0, 0, 4], log
    assert "none of 1 sources is due" in log, log
    assert len(checkout.texts) == 6
    assert server.paths == ["/p", "/p", "/p", "/p/4"]
    assert run(checkout, commands["health"]) == 0
    assert run(checkout, commands["backup"]) == 0
    assert (checkout.folder / "backup" / "ledger.sqlite").exists()
    assert "good" not in (checkout.folder / "log" / "health.log").read_text(encoding="utf-8")
