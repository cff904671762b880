"""Pages of the services that Newsreel knows by name, apart from those of all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import mean
from urllib.parse import urlsplit

from benchmarks._tools import OURS
from crawler.sources.known_services import services

Scores = Mapping[str, float]
"""What a scorer says of a page, by its columns."""

_COLUMNS = ("lost", "tokF1", "parF1", "with", "without", "first", "title", "day", "author")
_KNOWN, _OTHERS = "services known", "others"


def service_table(urls: Mapping[str, str], by_tool: Mapping[str, Mapping[str, Scores]]) -> str:
    """Return the table of each service that has pages in *urls*, of all of them and of the others.

    *by_tool* has the scores of each tool by the keys of *urls*; services one by one are of ours.
    """
    by_host = _services_by_host()
    of_page = {key: _service(by_host, url) for key, url in urls.items()}
    lines = ["", f"{'by service':44}{'n':>5}" + "".join(f"{name:>9}" for name in _COLUMNS)]
    for tool, scores in by_tool.items():
        names = sorted({of_page[key] for key in scores} - {""}) if tool == OURS else []
        groups = {
            name: [it for key, it in scores.items() if of_page[key] == name] for name in names
        }
        groups[_KNOWN] = [it for key, it in scores.items() if of_page[key]]
        groups[_OTHERS] = [it for key, it in scores.items() if not of_page[key]]
        lines += [_line(f"{tool}: {name}", found) for name, found in groups.items()]
    return "\n".join(lines)


def _services_by_host() -> dict[str, str]:
    return {
        host: key
        for key, service in services(None).items()
        for host in (*service.domains, *service.pages.hosts)
    }


def _service(by_host: Mapping[str, str], url: str) -> str:
    """Return the key of the service at *url*, empty if none is known there."""
    host = urlsplit(url).hostname or ""
    while host and host not in by_host:
        host = host.partition(".")[2]
    return by_host.get(host, "")


def _line(label: str, pages: list[Scores]) -> str:
    return f"{label:44}{len(pages):5}" + "".join(f"{_mean(pages, name):>9}" for name in _COLUMNS)


def _mean(pages: Iterable[Scores], column: str) -> str:
    told = [scores[column] for scores in pages if column in scores]
    return f"{mean(told):.3f}" if told else ""
