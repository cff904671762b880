"""Run a command against the demonstration sites: ``python -m demo COMMAND… {site} …``.

Every ``{site}`` in the command's arguments becomes the URL of the home page of a WordPress site,
``{wire}`` that of a small news service without WordPress. The exit code is the command's (128 + N
where signal N ended it, 2 for wrong usage, 127 where there is no such command).
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from types import FrameType

from demo.modes import Modes, modes_from_json
from demo.server import serve
from demo.site import harbour_site
from demo.wire_service import demo_wire, serve_wire

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str] | None = None) -> int:
    """Serve the sites for as long as the command runs; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--modes", type=_modes, default=Modes(), help='JSON, as {"cap": 10}')
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run, with {site} in it")
    options = parser.parse_args(arguments)
    command = options.command[options.command[:1] == ["--"] :]
    if not command:
        parser.error("no command given; try: python -m demo curl {site}wp-json/wp/v2/posts")
    with serve(harbour_site(options.modes)) as site, serve_wire(demo_wire()) as wire:
        homes = {"{site}": site.home, "{wire}": wire.home}
        return run([_filled(part, homes) for part in command])


def _filled(part: str, homes: dict[str, str]) -> str:
    for name, home in homes.items():
        part = part.replace(name, home)
    return part


def run(command: list[str]) -> int:
    """Run a command, passing signals on to it once, and return its exit code.

    It gets its own process group: otherwise Ctrl-C would reach it twice, from the terminal and
    from here, and a second signal means "at once" to a crawler.
    """
    relay = _Relay()
    before = {number: signal.signal(number, relay) for number in _PASSED_ON}
    try:
        process = subprocess.Popen(command, process_group=0)  # noqa: S603 - the user's own command
        relay.attach(process)
        code = process.wait()
    except OSError as error:
        sys.stderr.write(f"python -m demo: cannot run {command[0]!r}: {error.strerror}\n")
        return 127
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


class _Relay:
    """Passes signals on to a process, also those that came before it was started."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)


def _modes(text: str) -> Modes:
    try:
        return modes_from_json(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
