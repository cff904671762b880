"""What a run met and did not keep, by reason, and whether it kept anything at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.reports.reasons import Effect, reason

MOST_NAMED = 10
_LONGEST = 160  # characters of an address or a detail in a line


@dataclass(frozen=True, slots=True)
class Named:
    """An address, entry or post that gave no text; ``detail`` is what was seen there."""

    address: str
    detail: str = ""

    def __str__(self) -> str:
        address = _short(self.address)
        return f"{address} ({_short(self.detail)})" if self.detail else address


@dataclass(slots=True, kw_only=True)
class Loss:
    """How often a reason was met; ``first`` names the first ones, ``fix`` is for the very first.

    ``effect`` and ``sentence`` are those of `crawler.reports.reasons`.
    """

    effect: str
    sentence: str
    fix: str
    count: int = 0
    first: list[Named] = field(default_factory=list)

    @property
    def is_named(self) -> bool:
        """Whether as many are named as may be."""
        return len(self.first) >= MOST_NAMED

    def line(self, name: str) -> str:
        """Return the loss for the reason *name* in one line."""
        which = "the first" if self.count > 1 else "it"
        such = f"; {which} is {self.first[0]}" if self.first else ""
        return f"{self.count:,} {name}: {self.sentence}{such}"


def add(
    losses: dict[str, Loss],
    name: str,
    named: Named | None = None,
    *,
    effect: Effect | None = None,
    count: int = 1,
) -> None:
    """Count *count* of the reason *name* in *losses*, and name one; *effect* is that of the table.

    Where a reason is met with two effects the first one counts.
    """
    if (loss := losses.get(name)) is None:
        known, first = reason(name), named.address if named else ""
        loss = losses[name] = Loss(
            effect=effect or known.effect, sentence=known.sentence, fix=known.fix_for(first)
        )
    loss.count += count
    if named and not loss.is_named:
        loss.first.append(named)


def reasons_for_nothing(losses: dict[str, Loss]) -> Iterator[str]:
    """Yield a line for each reason why a run that kept nothing is not complete.

    There is none if it met nothing, or only what nobody asked for. What may not have been a story
    counts only where there was nothing that was not asked for either: every list links elsewhere.
    """
    effects = {loss.effect for loss in losses.values()}
    if effects & {Effect.GAP, Effect.LOSS} or effects == {Effect.DOUBT}:
        for name, loss in losses.items():
            if loss.effect != Effect.NONE:
                yield f"nothing was kept. {loss.line(name)}. {_sentence(loss.fix)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _sentence(fix: str) -> str:
    return f"{fix[:1].upper()}{fix[1:]}."
