"""Machines in network namespaces of their own, whose cables are pulled; on Linux, as root.

The database and the sites have a namespace each, and each machine two cables: one to either.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

DATABASE, SITES = "10.213.0.1", "10.214.0.1"
GUARD = "10.214.0.0/16"
"""The network of the sites."""
_FIX = "network namespaces need root and iproute2: apt-get install iproute2"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_numbers = itertools.count()


def missing() -> str | None:
    """Return what is missing for namespaces, with the fix."""
    if os.geteuid() or not (shutil.which("ip") and shutil.which("nsenter")):
        return _FIX
    probe = f"newsreel-{os.getpid()}-probe"
    try:
        _ip("netns", "add", probe)
        _ip("-n", probe, "link", "add", "bridge", "type", "bridge")
    except AssertionError as error:
        return f"no network namespaces here: {error}"
    finally:
        subprocess.run(["ip", "netns", "del", probe], check=False, capture_output=True)
    return None


class Network:
    """``database`` and ``sites`` are the namespaces of both; `machine` adds one to them."""

    def __init__(self) -> None:
        self._name = f"newsreel-{os.getpid()}-{next(_numbers)}"
        self._namespaces: list[str] = []
        self.database = self._hub("database", DATABASE)
        self.sites = self._hub("sites", SITES)

    def _namespace(self, name: str) -> str:
        full = f"{self._name}-{name}"
        _ip("netns", "add", full)
        self._namespaces.append(full)
        _ip("-n", full, "link", "set", "lo", "up")
        return full

    def _hub(self, name: str, address: str) -> str:
        hub = self._namespace(name)
        _ip("-n", hub, "link", "add", "hub", "type", "bridge")
        _ip("-n", hub, "addr", "add", f"{address}/16", "dev", "hub")
        _ip("-n", hub, "link", "set", "hub", "up")
        return hub

    def add_site(self, address: str) -> None:
        """Have sites at *address* too."""
        _ip("-n", self.sites, "addr", "add", f"{address}/16", "dev", "hub")

    def machine(self, number: int) -> str:
        """Add a machine with this *number*, and return its namespace."""
        name = self._namespace(f"machine{number}")
        for hub, cable, address in (
            (self.database, "db", f"10.213.1.{number}"),
            (self.sites, "web", f"10.214.1.{number}"),
        ):
            plug = f"to{number}"
            peer = ("peer", "name", plug, "netns", hub)
            _ip("link", "add", "name", cable, "netns", name, "type", "veth", *peer)
            _ip("-n", name, "addr", "add", f"{address}/16", "dev", cable)
            _ip("-n", hub, "link", "set", plug, "master", "hub", "up")
            _ip("-n", name, "link", "set", cable, "up")
        return name

    def cut(self, number: int) -> None:
        """Pull the cable between the machine with this *number* and the database: no word of it."""
        _ip("-n", self.database, "link", "set", f"to{number}", "down")

    def mend(self, number: int) -> None:
        """Put the cable back."""
        _ip("-n", self.database, "link", "set", f"to{number}", "up")

    def remove(self) -> None:
        for name in self._namespaces:
            _ip("netns", "del", name)


@contextmanager
def network() -> Iterator[Network]:
    """Have a network in the block."""
    made = Network()
    try:
        yield made
    finally:
        made.remove()


def inside(namespace: str) -> Sequence[str]:
    """Return the words before a command that is to run in *namespace*."""
    return ["nsenter", f"--net=/run/netns/{namespace}"]


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Have this thread make its sockets in *namespace* in the block."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        with Path("/run/netns", namespace).open("rb") as there:
            _enter(libc, there.fileno())
        try:
            yield
        finally:
            _enter(libc, before.fileno())


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}"
