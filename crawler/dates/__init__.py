"""Days and times as feeds, sitemaps and pages write them."""

from crawler.dates.machine_dates import find_day_in_path, parse_moment
from crawler.dates.moment import Moment
from crawler.dates.written_dates import NO_HINTS, Hints, WrittenDate, find_dates, find_moment

__all__ = [
    "NO_HINTS",
    "Hints",
    "Moment",
    "WrittenDate",
    "find_dates",
    "find_day_in_path",
    "find_moment",
    "parse_moment",
]
