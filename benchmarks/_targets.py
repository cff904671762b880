"""The figures that reading pages must reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Figures = Mapping[str, float | None]
"""Figures by name; None where no page tells it."""

SPEED = "pages a CPU s, trafilatura's times"
WORST = "worst page, CPU s"
PEAK = "peak memory, MB"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must be at least *bound*, or at most that."""

    name: str
    bound: float
    is_most: bool = False

    def is_met(self, figures: Figures) -> bool:
        """Tell whether *figures* reach it; what was not measured is not reached."""
        figure = figures.get(self.name)
        if figure is None:
            return False
        return figure <= self.bound if self.is_most else figure >= self.bound


COST = (Target(SPEED, 2.5), Target(WORST, 2.0, is_most=True), Target(PEAK, 400, is_most=True))
"""What reading may cost, on whatever pages."""


def target_table(targets: Sequence[Target], ours: Figures, peer: Figures) -> str:
    """Return the table of *targets*, with the figures of ours and of the tool beside it."""
    lines = ["", f"{'targets':36}{'':>10}{'ours':>10}{'':10}{'trafilatura':>12}"]
    for target in targets:
        bound = f"{'≤' if target.is_most else '≥'} {target.bound:g}"
        verdict = "met" if target.is_met(ours) else "MISSED"
        if ours.get(target.name) is None:
            verdict = "–"
        lines.append(
            f"{target.name:36}{bound:>10}{told(ours.get(target.name)):>10}  {verdict:8}"
            f"{told(peer.get(target.name)):>12}"
        )
    return "\n".join(lines)


def told(figure: float | None) -> str:
    """Return *figure* as tables have it."""
    if figure is None:
        return "–"
    return f"{figure:.3f}" if figure < 10 and figure != int(figure) else f"{figure:.4g}"
