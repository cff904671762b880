"""Ask for URLs through ``warcio.capture_http``.

``python -m tests.world.other_tools.capturing WARC URL…``

It replaces a class of ``http.client``, so it gets a process of its own.
"""

import sys
from urllib.request import Request, urlopen

from warcio.capture_http import capture_http


def main(warc: str, urls: list[str]) -> None:
    """Record the answers of *urls* into the file *warc*, redirects followed."""
    with capture_http(warc):
        for url in urls:
            with urlopen(Request(url, headers={"Accept-Encoding": "gzip"}), timeout=120) as answer:
                answer.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
