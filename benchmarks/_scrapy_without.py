"""``scrapy`` with a part of page reading switched off, in this process and all that it starts.

    python -m benchmarks._scrapy_without PART crawl …

PART is one of `benchmarks._ablations`. Processes that read pages import the main module of the run
first, which is this one: so the part is off there too.
"""

from __future__ import annotations

import sys

from benchmarks._ablations import switch_off

switch_off(sys.argv[1])

if __name__ == "__main__":
    from scrapy.cmdline import execute  # which the other processes do without

    execute(["scrapy", *sys.argv[2:]])
