"""What a run met and did not get: problems, and what gave no text, each with its reason."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from scrapy.crawler import Crawler

from crawler.exceptions import printable, without_userinfo
from crawler.extensions.outcome_log import OutcomeLog
from crawler.extensions.redacted_log import RedactedLogExtension
from crawler.reports.losses import Named, add, reasons_for_nothing
from crawler.reports.reasons import Effect
from crawler.reports.reasons import reason as known_reason
from crawler.reports.run import Problem, RunReport

logger = logging.getLogger(__name__)

INCOMPLETE = 3
NOT_IN_ARCHIVE = 6
_MOST_REASONS = 100_000


class RunLosses:
    """The part of the run's report that says what is missing.

    Whoever meets an address, an entry or a post calls one of three methods: `lose` if it gives no
    text, `got` if it gives one or is held, `problem` if something else could not be got. A run that
    loses and gets nothing is not complete, whichever spider it is of. ``reasons`` says of the pages
    that gave no text, by URL, why.
    """

    def __init__(self, crawler: Crawler, report: RunReport) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._secrets: list[str] = []
        self._outcomes = OutcomeLog(crawler)
        self._is_concluded = False
        self.report = report
        self.reasons: dict[str, str] = {}

    def problem(self, kind: str, message: str, *, url: str = "", reason: str = "") -> None:
        """Name something that could not be got. The run goes on and ends with exit code 3.

        *url* is its address, *reason* that of `crawler.reports.reasons`, where there is one.
        """
        message = self._redacted(message.replace("\n", " "))
        logger.warning("%s", message)
        self._stats.inc_value(f"report/problems/{kind}")
        fix = known_reason(reason).fix_for(url) if reason else ""
        self.report.problems.append(Problem(kind, message, self._redacted(url), fix, reason))
        self.report.exit_code = self.report.exit_code or INCOMPLETE

    def note(self, kind: str, message: str) -> None:
        """Name something that is no gap but worth knowing, once for each *kind*."""
        if all(note.kind != kind for note in self.report.notes):
            logger.info("%s", message)
            self.report.notes.append(Problem(kind, self._redacted(message.replace("\n", " "))))

    def not_in_archive(self, message: str) -> None:
        """Name a request of a replay that the archive has no answer to: exit code 6."""
        self.problem("not_in_archive", message)
        if self.report.exit_code == INCOMPLETE:
            self.report.exit_code = NOT_IN_ARCHIVE

    def lose(
        self,
        name: str,
        address: str,
        detail: str = "",
        *,
        at: str = "",
        source: str = "",
        again: bool = False,
        lasts: bool = True,
        effect: Effect | None = None,
    ) -> None:
        """Note that *address* gives no text, for the reason *name* of `crawler.reports.reasons`.

        It is counted, the first ten are in the report, and the ledger keeps the reason until
        `got` is called for the address; a gap is a problem too. *detail* is what was seen, *at*
        the WARC-Date of the capture, *source* that of the run by default. *again* means that an
        earlier run named it and nothing was fetched now, *lasts* may keep it out of the ledger,
        *effect* may be another than the reason's.
        """
        known = known_reason(name)
        effect = effect or known.effect
        if effect is Effect.GAP and again:
            effect = Effect.LOSS
        loss = self.report.lost.get(name)
        if effect is Effect.NONE and not known.lasts and loss and loss.is_named:
            loss.count += 1  # as for most links of a large sitemap
            return
        named = Named(self._redacted(address), self._redacted(detail))
        add(self.report.lost, name, named, effect=effect)
        is_told = detail or effect in (Effect.GAP, Effect.LOSS)
        level = logging.INFO if is_told else logging.DEBUG
        logger.log(level, "No %s: %s: %s", known.lacks, name, named)
        if known.lacks == "text":
            self.explain(address, name, detail)
        if lasts and known.lasts:
            whole = self._without_secrets(address)
            self._outcomes.note(source or self.report.source, whole, name, named.detail, at)
        if effect is Effect.GAP:
            told = filter(None, (address, detail or known.sentence))
            self.problem(known.problem, ": ".join(told), url=address, reason=name)

    def explain(self, address: str, name: str, detail: str = "") -> None:
        """Note for `reasons` that *address* gave no text, which is counted elsewhere."""
        if len(self.reasons) < _MOST_REASONS:
            self.reasons[address] = self._redacted(f"{name}: {detail}" if detail else name)

    def lose_unnamed(self, name: str, count: int, *, effect: Effect | None = None) -> None:
        """Count *count* things that gave no text for the reason *name*, and are not named."""
        add(self.report.lost, name, count=count, effect=effect)

    def got(self, addresses: Iterable[str] = (), *, source: str = "", held: int = 0) -> None:
        """Note that *addresses* give a text; *held* counts what is held and was not fetched."""
        self.report.held += held
        whole = map(self._without_secrets, filter(None, addresses))
        self._outcomes.note_text(source or self.report.source, whole)

    def hide_secrets(self, secrets: Iterable[str]) -> None:
        """Keep *secrets* out of every message: a site may send back what it was sent."""
        new = [*filter(None, secrets)]
        self._secrets += new
        if log := self._crawler.get_extension(RedactedLogExtension):
            log.hide(new)

    def _redacted(self, message: str) -> str:
        return "\n".join(map(printable, self._without_secrets(message).split("\n")))

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return without_userinfo(text)

    def conclude(self) -> None:
        """Name why a run that met something kept nothing: it is not complete."""
        self._outcomes.write()
        if self._is_concluded:
            return
        self._is_concluded = True
        report, value = self.report, self._stats.get_value
        if report.reason != "finished" or report.kept or value("item_scraped_count"):
            return
        # Of requests that a spider of somebody's own makes, Scrapy only counts these.
        if filtered := value("offsite/filtered", 0):
            self.lose_unnamed("off_site", filtered)
        if report.exit_code in (0, INCOMPLETE, NOT_IN_ARCHIVE):
            for line in reasons_for_nothing(report.lost):
                self.problem("nothing_kept", line)
