"""What a recovery did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was put in order; ``kind`` is its stats key below ``recover/``."""

    kind: str
    message: str
