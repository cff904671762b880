"""``scrapy completion bash|zsh``: a script by which a shell completes what is typed."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import scrapy.commands
from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.misc import walk_modules_iter

from crawler.archive.folder import ledger_uri
from crawler.commands.base import NewsreelCommand
from crawler.exceptions import CommandLineError, StorageError
from crawler.settings_reader import SettingsReader
from crawler.sources.known_services import services
from crawler.sources.spider_arguments import WIRE, WORDPRESS
from crawler.state.backends import open_store, store_exists

try:
    import shtab
except ImportError:
    shtab = None  # type: ignore[assignment]

_SHELLS = ("bash", "zsh")
_SPIDERS, _KEYS, _SOURCES = "spiders", "keys", "sources"
_WORDS = {
    "check": _SPIDERS,
    "coverage": _SOURCES,
    "crawl": _SPIDERS,
    "edit": _SPIDERS,
    "health": _SOURCES,
    "round": _KEYS,
    "sources": _KEYS,
}
"""What the words of a command are; those of others are files."""
_NO_WORDS = frozenset(
    ("bench", "browse", "export", "list", "rebuild", "replay", "settings", "version")
)
_OF_WARC = ("path", "domains", "language", "after", "before", "source")
_PLAIN = re.compile(r"[\w.:/@+-]+")  # what needs no quotes in any shell
_BASH = """
# Bash parts words at "=": -a service=voa is three of them.
_newsreel_{name}() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" name=""
  if [[ "$word" == "=" ]]; then
    name="${{COMP_WORDS[COMP_CWORD-1]}}"; word=""
  elif [[ "${{COMP_WORDS[COMP_CWORD-1]}}" == "=" ]]; then
    name="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  case "$name" in
    "") _shtab_{name} "$@"
        if [[ "${{COMPREPLY[*]}}" == *= ]]; then compopt -o nospace 2>/dev/null; fi ;;
    service) mapfile -t COMPREPLY < <(compgen -W "{keys}" -- "$word") ;;
    source) mapfile -t COMPREPLY < <(compgen -W "{sources}" -- "$word") ;;
    *) compopt -o filenames 2>/dev/null
       mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
  esac
  return 0
}}
complete -o bashdefault -F _newsreel_{name} {prog}
"""


class Command(NewsreelCommand, ScrapyCommand):
    """The names in it are those of the moment: make it anew when there are new sources."""

    usage = "[options] <bash or zsh>"
    summary = "Print a script by which your shell completes commands, spiders and sources"
    description = (
        "Prints a script for your shell, with all commands and options, and the spiders, services "
        "and sources that there are now. In bash: "
        'eval "$(.venv/bin/python -m scrapy completion bash)"; docs/operate.md has more.'
    )
    words = (1, 1)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--name", metavar="NAME", default="scrapy", help="what you call it (default: scrapy)"
        )

    def check(self, words: list[str]) -> None:
        if words[0] not in _SHELLS:
            raise CommandLineError(f"{words[0]!r} is no shell that it knows: use bash or zsh")
        if shtab is None:
            raise CommandLineError("it needs the package shtab: make .venv/browse.done installs it")

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        if not re.fullmatch(r"[\w-]+", opts.name):
            raise CommandLineError(f"{opts.name!r} cannot be a command's name")
        assert self.settings is not None
        found: dict[str, Iterable[str]] = {
            _SPIDERS: get_spider_loader(self.reader.settings).list(),
            _KEYS: [*services(self.reader.SOURCES_FILE)],
            _SOURCES: _sources(self.reader),
        }
        names = {kind: sorted(filter(_PLAIN.fullmatch, all_)) for kind, all_ in found.items()}
        parser = _parser(opts.name, self.settings, names)
        script = shtab.complete(parser, words[0], preamble=_PREAMBLE)  # type: ignore[arg-type]
        if words[0] == "bash":
            script += _BASH.format(
                name=opts.name.replace("-", "_"),
                prog=opts.name,
                keys=" ".join(names[_KEYS]),
                sources=" ".join(names[_SOURCES]),
            )
        sys.stdout.write(script)
        return 0


def _of_command(names: Sequence[str]) -> dict[str, str]:
    """Return the shell functions that print *names*, which are to be put behind ``-a``."""
    words = " ".join(names)
    return {"bash": f'compgen -W "{words}" -- "$1"', "zsh": f"compadd -S '' -- {words}"}


_ARGUMENTS = tuple(f"{name}=" for name in dict.fromkeys((*WIRE, *WORDPRESS, *_OF_WARC)))
_OWN_SETTINGS = tuple(
    f"{name}="
    for name in ("ARCHIVES_DIR", "SOURCES_FILE", "ARCHIVE_MODE", "CORPUS_PATH", "INCOMPLETE")
)
_FUNCTIONS = {"_newsreel_arguments": _ARGUMENTS, "_newsreel_settings": _OWN_SETTINGS}
_PREAMBLE = {
    shell: "\n".join(
        f"{function}() {{ {_of_command(names)[shell]}; }}" for function, names in _FUNCTIONS.items()
    )
    for shell in _SHELLS
}


def _sources(reader: SettingsReader) -> set[str]:
    """Return the sources that the user's file names, and those that are held."""
    known = services(reader.SOURCES_FILE)
    own = {known[key].source_name for key in known.own if key in known}
    uri = ledger_uri(reader.ARCHIVES_DIR, reader.STATE_URI)
    try:
        if not store_exists(uri):
            return own
        with closing(open_store(uri)) as store:
            return {*own, *store.article_sources()}
    except OSError as error:
        raise StorageError(f"the ledger cannot be read: {error}") from error


def _commands(settings: BaseSettings) -> Iterator[tuple[str, ScrapyCommand]]:
    """Yield the commands by name, Scrapy's own as well; one of ours may take the place of one."""
    for package in (scrapy.commands.__name__, settings["COMMANDS_MODULE"]):
        for module in walk_modules_iter(package):
            for command in vars(module).values():
                is_here = inspect.isclass(command) and command.__module__ == module.__name__
                if is_here and command.__name__ == "Command" and issubclass(command, ScrapyCommand):
                    yield module.__name__.rpartition(".")[2], command()


def _parser(
    name: str, settings: BaseSettings, names: dict[str, list[str]]
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name)
    below = parser.add_subparsers()
    for command_name, command in sorted(dict(_commands(settings)).items()):
        command.settings = settings  # type: ignore[assignment]
        one = below.add_parser(
            command_name, help=command.short_desc(), conflict_handler="resolve", description=""
        )
        command.add_options(one)
        for action in one._actions:
            _complete_option(action, names)
        _add_words(one, command_name, names)
    return parser


def _complete_option(action: argparse.Action, names: dict[str, list[str]]) -> None:
    if action.dest in ("spargs", "set"):
        kind = "arguments" if action.dest == "spargs" else "settings"
        function = f"_newsreel_{kind}"
        action.complete = {"bash": function, "zsh": function}  # type: ignore[attr-defined]
    elif action.dest == "source":
        action.choices = names[_SOURCES] or None
    elif action.type is Path or "FILE" in str(action.metavar):
        action.complete = shtab.FILE  # type: ignore[attr-defined]


def _add_words(parser: argparse.ArgumentParser, command: str, names: dict[str, list[str]]) -> None:
    if command in _NO_WORDS:
        return
    if command == "completion":
        parser.add_argument("word", choices=_SHELLS)
        return
    kind = _WORDS.get(command)
    words = parser.add_argument("word", nargs="*", choices=names[kind] or None if kind else None)
    if not kind:
        words.complete = shtab.FILE  # type: ignore[attr-defined]
