"""The errors that end a run, and those that say why an article was dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from scrapy.exceptions import DownloadCancelledError, DropItem, IgnoreRequest

_LONGEST_MESSAGE = 500
_BY_ROBOTS = "Forbidden by robots.txt"  # Scrapy has no class of its own for it
_USERINFO = re.compile(r"//[^/?#\s]*@")


def without_userinfo(text: str) -> str:
    """Return *text* without the ``user:password@`` of any address in it."""
    return _USERINFO.sub("//", text) if "@" in text else text


def printable(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    """Return *text*, of which a site may have written a part, as one short line for a terminal.

    It has no ``user:password@``.
    """
    text = without_userinfo(text)
    line = "".join(c if c.isprintable() else " " for c in text[: longest + 1])
    return line if len(text) <= longest else f"{line[:longest]}…"


class NewsreelError(Exception):
    """Ends the run with one clear line and its own exit code (docs/exit-codes.md)."""

    exit_code: ClassVar[int] = 1


class BadArgumentError(NewsreelError):
    """A spider argument or a setting cannot be used; names it, its value and the fix."""

    exit_code = 2

    def __init__(self, name: str, value: object, fix: str) -> None:
        self.what, self.fix = f"{name}={printable(repr(value))}", fix
        super().__init__(f"{self.what} cannot be used: {fix}")


class CommandLineError(NewsreelError):
    """A command was given words or options that it cannot use."""

    exit_code = 2


class SourceUnreadableError(NewsreelError):
    """Nothing could be read from the source at all."""

    exit_code = 4


class StorageError(NewsreelError):
    """The archive, the ledger or the corpus could not be written."""

    exit_code = 5


class ArchiveLockedError(NewsreelError):
    """Another run holds the archive."""

    exit_code = 75


class NoticeError(NewsreelError):
    """A notice could not be sent; the message says nothing of the address, which is a secret."""

    exit_code = 3


class NoticeSettingError(NoticeError):
    """No notice can be sent at all: the address or the program that sends them is missing.

    It is no exit code 3, which schedules take for success: nothing was read.
    """

    exit_code = 2


class NotInArchive(IgnoreRequest):
    """A request of a replay has no answer in the archive. It is not retried, and never a 404.

    *wanted* is its method and URL, *nearest* are captures of URLs like it.
    """

    def __init__(self, wanted: str, nearest: Sequence[str] = ()) -> None:
        known = f"; the nearest captures are {', '.join(nearest)}" if nearest else ""
        super().__init__(f"{wanted} is not in the archive{known}")


class OffsiteRedirectError(IgnoreRequest):
    """A redirect left the spider's ``allowed_domains``."""


class RedirectLoopError(IgnoreRequest):
    """A request was redirected in circles, or too often."""


class RequestedElsewhere(IgnoreRequest):
    """A redirect leads to ``url``, which is requested already."""

    meta_key: ClassVar[str] = "requested_elsewhere"
    """The key in a request's meta: the container of the URLs that are not to be fetched again."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is requested already")
        self.url = url


class RobotsUnreadableError(IgnoreRequest):
    """The robots.txt of a host cannot be read, which forbids all of it; the message says why."""


class HostBusyError(IgnoreRequest):
    """A host asks again and again to be left in peace; it is asked no more in this run."""


class ForbiddenRedirectError(OffsiteRedirectError):
    """A redirect led to a service that forbids crawling."""


class ArticleDropped(DropItem):
    """A pipeline dropped an article; ``reason`` is its stats key below ``article/dropped/``."""

    reason: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(printable(message), log_level="INFO")


class InvalidArticle(ArticleDropped):
    """A field that every article needs is missing or unusable."""

    reason = "invalid"


class ProtectedArticle(ArticleDropped):
    """The publisher put the text behind a password."""

    reason = "protected"


class EmptyArticle(ArticleDropped):
    """No text was left after cleaning: a video, a gallery, a headline alone."""

    reason = "empty"


class IncompleteArticle(ArticleDropped):
    """The text could not be read whole and must not be stored as if it were."""

    reason = "incomplete"


class UnstoredArticle(ArticleDropped):
    """The article could not be written; the run ends, and the next one collects it."""

    reason = "unstored"


class DuplicateArticle(ArticleDropped):
    """The same (guid, date) is held, with this text or a later one."""

    reason = "duplicate"


class EarlierArticle(ArticleDropped):
    """The text is older than the one held; it is in the archive and in the article's history."""

    reason = "earlier"


class SyndicatedArticle(ArticleDropped):
    """A held article has nearly the same words, and DEDUP_SYNDICATED drops such copies."""

    reason = "syndicated"


def is_too_big(error: BaseException | None) -> bool:
    """Tell whether an answer was refused for its size, as it came or unpacked."""
    # Scrapy ignores the request of what unpacks to more than DOWNLOAD_MAXSIZE.
    is_bomb = isinstance(error, IgnoreRequest) and isinstance(error.__cause__, ValueError)
    return is_bomb or isinstance(error, DownloadCancelledError)


def why_no_answer(error: BaseException | None) -> str:
    """Return the reason (`crawler.reports.reasons`) why a request that failed gave nothing.

    Scrapy raises one class for what robots.txt forbids, for circles of redirects and for what
    unpacks to too much.
    """
    if isinstance(error, OffsiteRedirectError):
        is_forbidden = isinstance(error, ForbiddenRedirectError)
        return "forbidden" if is_forbidden else "redirect_off_site"
    if isinstance(error, RedirectLoopError):
        return "redirect_loop"
    if isinstance(error, RobotsUnreadableError):
        return "robots_unreadable"
    if is_too_big(error):
        return "too_big"
    if type(error) is IgnoreRequest:
        return "robots" if str(error) == _BY_ROBOTS else "own_choice"
    return "failed"
