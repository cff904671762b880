"""What our commands have in common: checked words, refusals in one line, the archive."""

from __future__ import annotations

import argparse
import codecs
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging, get_scrapy_root_handler

from crawler.archive.folder import Archive, remove_leftovers
from crawler.exceptions import (
    ArchiveLockedError,
    BadArgumentError,
    CommandLineError,
    NewsreelError,
    StorageError,
    printable,
)
from crawler.settings_reader import SettingsReader
from crawler.state.lock import ArchiveLock, check_is_readable, files_kept
from crawler.text.corpus import Corpus

if TYPE_CHECKING:
    from scrapy.commands import ScrapyCommand
else:
    # Scrapy takes every subclass of its class that it finds in this package for a command.
    ScrapyCommand = object

logger = logging.getLogger(__name__)

_LONGEST_REFUSAL = 2_000  # characters
_ESCAPED = "newsreel-escaped"


class NewsreelCommand(ScrapyCommand):
    """A command of ours, to be mixed into one of Scrapy's.

    It refuses words and options that it does not know. A `NewsreelError` becomes one line,
    ``scrapy NAME: …``, on stderr and in the file of LOG_FILE, and its exit code is the command's.
    """

    requires_project = True
    requires_crawler_process = False
    usage: ClassVar[str] = "[options]"
    summary: ClassVar[str]
    description: ClassVar[str] = ""
    words: ClassVar[tuple[int, float]] = (0, 0)
    """How many words the command needs, and how many it takes."""
    runs_spiders: ClassVar[bool] = False
    """Whether all settings are checked at the start, or those alone that the command reads."""

    @property
    def reader(self) -> SettingsReader:
        """The settings."""
        assert self.settings is not None
        return SettingsReader(self.settings)

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return self.summary

    def long_desc(self) -> str:
        return self.description or self.summary

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)

        def error(message: str) -> NoReturn:
            sys.exit(self.refuse(CommandLineError(f"{message}; {self._usage()}")))

        parser.error = error  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check words, options and settings; end the process if they cannot be used."""
        try:
            super().process_options(args, opts)
            self._check_words(args)
            if self.runs_spiders:
                self.reader.check()
                self.reader.check_archives()
            self.check(args)
        except (UsageError, OSError) as error:
            sys.exit(self.refuse(CommandLineError(str(error))))
        except NewsreelError as error:
            sys.exit(self.refuse(error))

    def _check_words(self, args: list[str]) -> None:
        """Leave only words in *args*: what argparse does not know, and ``--``, stand there too."""
        end = args.index("--") if "--" in args else len(args)
        for word in args[:end]:
            if word.startswith("-") and word != "-":
                raise CommandLineError(f"there is no option {word}; {self._usage()}")
        del args[end : end + 1]
        least, most = self.words
        if len(args) > most:
            raise CommandLineError(f"{args[int(most)]!r} is too much; {self._usage()}")
        if len(args) < least:
            wanted = self.usage.removeprefix("[options] ")
            raise CommandLineError(f"{wanted} is missing; {self._usage()}")

    def check(self, words: list[str]) -> None:
        """Raise `NewsreelError` for *words* that cannot be used, before a log is begun."""

    def _usage(self) -> str:
        return f"use scrapy {self._name} {self.usage}"

    @property
    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the command and set ``exitcode``."""
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors=_ESCAPED)
        try:
            self.exitcode = self.execute(args, opts)
        except NewsreelError as error:
            self.exitcode = self.refuse(error)
        except KeyboardInterrupt:
            write_stderr(f"scrapy {self._name}: stopped")
            self.exitcode = 128 + signal.SIGINT
        except BrokenPipeError:
            silence_stdout()  # the reader has read enough, as `head` does
            self.exitcode = 128 + signal.SIGPIPE

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        """Do what the command is for, and return its exit code. Raise `NewsreelError`."""
        raise NotImplementedError

    def refuse(self, error: NewsreelError) -> int:
        """Say what ended the command, and return its exit code."""
        line = f"scrapy {self._name}: {printable(str(error), _LONGEST_REFUSAL)}"
        sys.stderr.write(f"{line}\n")
        assert self.settings is not None
        _write_to_log_file(line, self.settings)
        return error.exit_code


def silence_stdout() -> None:
    """Have what is written to stdout from now on go nowhere: Python would try once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Escape what an encoding lacks as JSON does, so that a table can be read, and JSON is JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(_ESCAPED, _escape)


def _write_to_log_file(line: str, settings: Settings) -> None:
    """Log *line* if there is a log file; a log on the terminal would only repeat it.

    Scrapy opens the file when a crawl begins, which comes too late for most refusals.
    """
    if get_scrapy_root_handler() is None and settings["LOG_FILE"]:
        own = settings.copy()
        own.set("LOG_LEVEL", "ERROR", priority="cmdline")  # the setting may be the bad one
        with suppress(OSError, ValueError, TypeError, LookupError):  # the file may be unusable
            configure_logging(own)
    if isinstance(get_scrapy_root_handler(), logging.FileHandler):
        logger.error("%s", line)


def existing_archives(reader: SettingsReader) -> Path:
    """Return ARCHIVES_DIR. Raise BadArgumentError if there is no such folder."""
    folder = reader.ARCHIVES_DIR
    if not folder.is_dir():
        raise BadArgumentError("ARCHIVES_DIR", str(folder), "there is no such folder")
    return folder


def configured_archive(reader: SettingsReader) -> Archive:
    """Return the archive in ARCHIVES_DIR. Raise BadArgumentError if there is none."""
    folder = existing_archives(reader)
    corpus = Corpus(folder, reader.CORPUS_PATH)
    return Archive(folder=folder, corpus=corpus, state_uri=reader.STATE_URI)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise StorageError for an archive that cannot be read."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"the archive cannot be read: {error}") from error


def check_readable(folder: Path) -> None:
    """Raise ArchiveLockedError if a command that rewrites what is derived has *folder* alone.

    Who reads beside writers takes no lock.
    """
    with _lock_errors(folder):
        check_is_readable(folder)


@contextmanager
def warcs_kept(archive: Archive) -> Iterator[None]:
    """Have the WARC files stay in the folder of *archive* that are read in the block.

    A run with ARCHIVE_KEEP_LOCAL removes them once they are uploaded. Raise StorageError if they
    cannot be kept.
    """
    with ExitStack() as stack:
        if archive.warcs.is_dir():
            with storage_errors():
                stack.enter_context(files_kept(archive.warcs))
        yield


@contextmanager
def _lock_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except BlockingIOError as error:
        raise ArchiveLockedError(f"{error}: wait for its end") from None
    except OSError as error:
        raise StorageError(f"{folder} cannot be locked: {error}") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have the archive in *folder* alone; who only reads needs no lock.

    Raise ArchiveLockedError if anybody writes to it, StorageError if the lock cannot be taken.
    """
    with _lock_errors(folder):
        lock = ArchiveLock.alone(folder)
    try:
        remove_leftovers(folder)
        yield
    finally:
        lock.release()


@contextmanager
def writing_beside_others(folder: Path) -> Iterator[None]:
    """Be one of those who write to the archive in *folder*, without a WARC file.

    Raise ArchiveLockedError if a command needs it alone, StorageError if the lock cannot be taken.
    """
    with _lock_errors(folder):
        lock = ArchiveLock.shared(folder)
    try:
        yield
    finally:
        lock.release()


def escaped(value: str) -> str:
    """Return all of *value*, what is not printable as escapes: it could control a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)


def write_stderr(line: str) -> None:
    """Write *line*, of which a site may have written a part, to stderr."""
    sys.stderr.write(f"{printable(line)}\n")
