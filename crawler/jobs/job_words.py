"""What jobs are called, how urgent they are, and how they go back: known without Procrastinate."""

from __future__ import annotations

READ, READ_NOW, PLAN = "read", "read_now", "plan"
"""The tasks: read a source that is due, read one whether due or not, put in what is due."""
ASKED = 200_000
"""The priority of a source that somebody waits for."""
URGENT = 1_000_000
"""The priority of a job that was cut off: its source is read whatever the schedule says."""
PLAN_FIRST = 2_000_000
"""The priority of the job that puts in what is due."""
_LONGEST = 128  # letters of a queue's name


class GivenBackError(Exception):
    """A job that goes back into the queue, *after* some time, and perhaps with a new *priority*."""

    def __init__(self, after: float = 0.0, priority: int | None = None) -> None:
        super().__init__("given back")
        self.after, self.priority = after, priority


class QueueError(Exception):
    """The queue fails, or does not answer while there is time."""


def queue_name(key: str) -> str:
    """Return the name of the queue of the source with *key*: a worker may take some alone."""
    return f"source/{key}"[:_LONGEST]


def plan_name(keys: list[str], tag: str) -> str:
    """Return the name of the plan of the sources with *keys* and *tag*."""
    return f"{PLAN}/{tag}/{','.join(keys)}"[:_LONGEST]
