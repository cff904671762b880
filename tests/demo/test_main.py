"""The runner, as a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.forking import LIMIT, ROOT

DEMO = [sys.executable, "-m", "demo"]
FETCH = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())"
WAIT = """
import signal, sys, time
seen = []
def note(number, frame):
    seen.append(number)
signal.signal(signal.SIGINT, note)
print("ready", flush=True)
for _ in range(2000):
    if seen:
        time.sleep(0.3)
        sys.exit(40 + len(seen))
    time.sleep(0.05)
"""


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False
    )


def test_the_command_reads_the_site() -> None:
    route = "{site}wp-json/wp/v2/posts?include=101&_fields=id"
    done = demo("--", sys.executable, "-c", FETCH, route)
    assert (done.returncode, done.stdout, done.stderr) == (0, '[{"id":101}]\n', "")


def test_modes_are_switched_on_from_outside() -> None:
    route = "{site}wp-json/wp/v2/posts/101?_fields=id"
    done = demo("--modes", '{"noise_before": "<p>"}', sys.executable, "-c", FETCH, route)
    assert done.stdout == '<p>{"id":101}\n'


def test_exit_codes_are_the_command_s() -> None:
    assert demo(sys.executable, "-c", "raise SystemExit(3)").returncode == 3
    killed = demo(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert killed.returncode == 128 + signal.SIGKILL


def test_wrong_usage_is_an_error() -> None:
    none = demo()
    assert none.returncode == 2
    assert "no command given" in none.stderr
    missing = demo("no-such-command-here")
    assert missing.returncode == 127
    assert "'no-such-command-here'" in missing.stderr
    unknown = demo("--modes", '{"caps": 1}', "true")
    assert unknown.returncode == 2
    assert '{"caps": 1}' in unknown.stderr


def test_a_signal_reaches_the_command_once() -> None:
    process = subprocess.Popen(
        [*DEMO, sys.executable, "-c", WAIT],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # As the terminal does at Ctrl-C: to the whole group of the runner.
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=LIMIT) == 41


def test_the_wire_service_is_there_too() -> None:
    done = demo("--", sys.executable, "-c", FETCH, "{wire}feed.xml")
    assert done.returncode == 0
    assert done.stdout.count("<item>") == 6
