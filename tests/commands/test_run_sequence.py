"""Runs one after the other, as a replay makes them: thousands, in one process."""

from __future__ import annotations

from tests import forking


def test_a_run_that_has_ended_is_let_go() -> None:
    done = forking.run("tests.commands.sequence_job", ["12"])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0\n"
