"""The option ``--engine``, and ``--workers`` beside it."""

from __future__ import annotations

import argparse
import re

from crawler.exceptions import BadArgumentError
from crawler.export.spark_session import named_master

LOCAL, SPARK = "local", "spark"
_MOST_WORKERS = 1_000


def add_engine_options(parser: argparse.ArgumentParser, what: str, workers: str) -> None:
    """Add both to *parser*: *what* the engine does, and what are *workers* by default."""
    add = parser.add_argument
    known = "this machine (local, the default) or Spark (spark, spark:local[4], …)"
    add("--engine", default=LOCAL, metavar="NAME", help=f"{what}: {known}")
    add("--workers", metavar="N", help=f"{what}: so many processes (default: {workers})")


def read_master(opts: argparse.Namespace) -> str:
    """Return Spark's master; empty for the engine of this machine. Raises BadArgumentError."""
    name, _, master = opts.engine.partition(":")
    if opts.engine == LOCAL:
        return ""
    if master.startswith("//"):  # spark://HOST:PORT is such a name itself
        master = opts.engine
    if name != SPARK:
        raise BadArgumentError("--engine", opts.engine, f"use {LOCAL}, {SPARK} or {SPARK}:MASTER")
    if opts.workers is not None:
        fix = "Spark has workers of its own: leave out --workers"
        raise BadArgumentError("--engine", opts.engine, fix)
    try:
        return named_master(master)
    except ValueError as error:
        raise BadArgumentError("--engine", opts.engine, str(error)) from None


def read_workers(opts: argparse.Namespace) -> int:
    """Return how many processes are asked for, 0 for the default. Raises BadArgumentError."""
    if opts.workers is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,4}", opts.workers) or not 1 <= int(opts.workers) <= _MOST_WORKERS:
        raise BadArgumentError("--workers", opts.workers, f"use 1 to {_MOST_WORKERS}")
    return int(opts.workers)
