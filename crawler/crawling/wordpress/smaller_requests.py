"""Which failed requests may succeed if fewer elements are asked for."""

from __future__ import annotations

from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, ResponseDataLossError

from crawler.exceptions import is_too_big
from crawler.sources.wordpress.answer import AnswerError

# Errors that cut off a large answer; a smaller one may come through.
_CUT_OFF = (DownloadTimeoutError, DownloadFailedError, ResponseDataLossError)
# What stands between us and WordPress answers so, also because of the words of a single post.
_REFUSALS = (200, 403, 406, 413, 414)
_UNAVAILABLE = 503


def may_give_fewer(error: AnswerError) -> bool:
    """Return whether a request for fewer elements may succeed after *error*.

    It may where ``per_page`` or the answer was too large, or one post breaks its page, but not
    where the site refuses us, is busy or wants a challenge solved.
    """
    is_broken = error.status >= 500 and error.status != _UNAVAILABLE
    cause = error.__cause__
    is_cut_off = isinstance(cause, _CUT_OFF) or is_too_big(cause)
    return "per_page" in error.params or is_broken or is_cut_off


def may_be_refused_for_one(error: AnswerError) -> bool:
    """Return whether an answer that is none of WordPress's may come of a single element.

    A firewall reads the texts, a host gives up on a page that takes too long (503), a plugin ends
    in the middle. That the site refuses us is as likely: ask for fewer a few times only.
    """
    return error.status == _UNAVAILABLE or (not error.code and error.status in _REFUSALS)
