"""Runs every benchmark of the package, or those named: ``python -m benchmarks [NAME …]``."""

from __future__ import annotations

import argparse
import pkgutil
import subprocess
import sys

import benchmarks

TIMEOUT = 3600.0
"""Seconds that one benchmark may take."""


def main() -> int:
    """Run the benchmarks one after another, each in a fresh process; the highest exit code."""
    names = [
        module.name
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if not module.name.startswith("_")
    ]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    chosen = parser.parse_args().names or names
    if unknown := set(chosen) - set(names):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return max(_run(name) for name in chosen)


def _run(name: str) -> int:
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    return subprocess.run(command, timeout=TIMEOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
