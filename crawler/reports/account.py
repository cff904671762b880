"""What became of everything that a run met: listed = got + held + dropped + not got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crawler.reports.document import Bar, Figure, Figures, Part, Table, Tone
from crawler.reports.losses import Loss
from crawler.reports.run import RunReport
from crawler.reports.run_losses_part import is_dropped

_GOT = {
    "new": "new",
    "revised": "revised: a newer text of a story that was held",
    "collision": "new, with the identity of another source's story",
    "merged": "from another archive",
    "earlier": "an older text of a story that is held, put into its history",
    "incomplete": "kept, though the text is not the whole story",
}
_HELD = {
    "held": "held before, and not fetched again",
    "duplicate": "held before: fetched, with the same text",
}
_AGAIN = "named again by another list, or left for the next run"
MOST_REASONS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Counts by what they are called, each for one of the four outcomes.

    ``again`` are links of the lists that are none of them: a story that two lists name.
    """

    got: Mapping[str, int]
    held: Mapping[str, int]
    dropped: Mapping[str, int]
    lost: Mapping[str, int]
    again: int

    @property
    def total(self) -> int:
        """Everything that was met."""
        parts = (self.got, self.held, self.dropped, self.lost)
        return sum(sum(part.values()) for part in parts) + self.again


def account_of(report: RunReport) -> Account:
    """Return what became of what the run of *report* met."""
    counts = {**report.articles, "incomplete": report.incomplete, "held": report.held}
    got = {_GOT[name]: n for name, n in counts.items() if n and name in _GOT}
    held = {_HELD[name]: counts[name] for name in _HELD if counts.get(name)}
    stories = {name: loss for name, loss in report.lost.items() if name != "html_page"}
    dropped = _by_reason({n: loss for n, loss in stories.items() if is_dropped(report, n, loss)})
    lost = _by_reason({n: loss for n, loss in stories.items() if not is_dropped(report, n, loss)})
    met = sum(sum(part.values()) for part in (got, held, dropped, lost))
    return Account(
        got=got, held=held, dropped=dropped, lost=lost, again=max(0, report.listed - met)
    )


def _by_reason(losses: Mapping[str, Loss]) -> dict[str, int]:
    """Return how often each reason was met, the most frequent first."""
    found = {f"{name}: {loss.sentence}": loss.count for name, loss in losses.items() if loss.count}
    return dict(sorted(found.items(), key=lambda reason: -reason[1]))


def figures(account: Account, report: RunReport) -> Figures:
    """Return the numbers of *account* that matter."""
    new = sum(report.articles.get(name, 0) for name in ("new", "collision", "merged"))
    others = sum(account.got.values()) - new
    return Figures(
        [
            Figure(f"{new:,}", "new", Tone.GOOD),
            Figure(f"{others:,}", "revised or other texts", Tone.GOOD),
            Figure(f"{sum(account.held.values()):,}", "held before", Tone.HELD),
            Figure(f"{sum(account.dropped.values()):,}", "dropped", Tone.LEFT),
            Figure(f"{sum(account.lost.values()):,}", "not got", Tone.BAD),
        ]
    )


def bar(account: Account) -> Bar:
    """Return *account* as a bar."""
    parts = [
        Part("got", sum(account.got.values()), Tone.GOOD),
        Part("held before", sum(account.held.values()), Tone.HELD),
        Part("dropped", sum(account.dropped.values()), Tone.LEFT),
        Part("not got", sum(account.lost.values()), Tone.BAD),
    ]
    if account.again:
        parts.append(Part("named again", account.again, Tone.PLAIN))
    return Bar(f"{account.total:,} listed", parts)


def table(account: Account) -> Table:
    """Return *account* as a table that adds up."""
    rows: list[tuple[str, str, int]] = []
    tones: list[Tone] = []
    for outcome, counts, tone in (
        ("got", account.got, Tone.GOOD),
        ("held", account.held, Tone.HELD),
        ("dropped", account.dropped, Tone.LEFT),
        ("not got", account.lost, Tone.BAD),
        ("again", {_AGAIN: account.again} if account.again else {}, Tone.PLAIN),
    ):
        named = [*counts.items()]
        if rest := sum(number for _, number in named[MOST_REASONS:]):
            named = [*named[:MOST_REASONS], ("for other reasons", rest)]
        rows += [(outcome, name, number) for name, number in named]
        tones += [tone] * len(named)
    return Table(
        "What became of each story, post or link that was listed or met",
        ("outcome", "what it is", "stories"),
        rows,
        numbers=2,
        foot=("listed", "", account.total),
        tones=tones,
    )
