"""``scrapy wacz``: WARC files packed for ReplayWeb.page.

A signature needs an ECDSA key on the curve P-384, in PEM and without a password:

    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem
    openssl pkey -in key.pem -pubout -out public.pem    # for those who verify the signature
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from crawler import __version__
from crawler.archive.folder import Archive
from crawler.archive.packing import PackedWacz, pack
from crawler.commands.base import (
    NewsreelCommand,
    configured_archive,
    storage_errors,
    warcs_kept,
    write_stderr,
)
from crawler.exceptions import BadArgumentError, StorageError
from crawler.rounds.run_records import unseen
from crawler.state.store import LedgerDamagedError
from crawler.storage.remote_file import RemoteFile, StoredFile
from crawler.warc.container import files_below, is_archive
from crawler.warc.reader import Fault
from crawler.warc.signature import HOW_TO_MAKE, Signer
from crawler.warc.wacz_writer import WaczDescription
from crawler.warc.writer import OPEN_SUFFIX

_DESCRIPTION = (
    "Each page is an article, shown as its web page where that was archived, else as a page that "
    "Newsreel made of its clean text when this file was packed, and that says so."
)


class Command(NewsreelCommand, ScrapyCommand):
    """Packs sealed WARC files; exit code 1 if some of their records are damaged."""

    usage = "[options] [WARC file or folder ...]"
    summary = "Pack the archive as a WACZ, for ReplayWeb.page"
    description = (
        "Packs WARC files, their index and their articles into one file that ReplayWeb.page "
        "opens; without a PATH, all sealed files of the archive. With PATHs they may be of any "
        "tool: a WACZ is packed anew, an ARC and what is not as WARC/1.1 has it is written as "
        "WARC/1.1. Records that are damaged are named, and the exit code is then 1."
    )
    words = (0, math.inf)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o",
            "--output",
            metavar="FILE.wacz",
            help="default: newsreel-<time>.wacz in the folder of the archives",
        )
        parser.add_argument("--overwrite", action="store_true", help="replace FILE.wacz")
        parser.add_argument("--title", help="what readers see as the name of the collection")
        parser.add_argument(
            "--signing-key",
            metavar="KEY.pem",
            help=f"sign with this ECDSA key (curve P-384, no password); make one: {HOW_TO_MAKE}",
        )

    def execute(self, words: list[str], opts: argparse.Namespace) -> int:
        self._faults = 0
        with nullcontext() if words else warcs_kept(configured_archive(self.reader)):
            sys.stdout.write(_summary(self._pack(words, opts)))
        return 1 if self._faults else 0

    def _pack(self, words: list[str], opts: argparse.Namespace) -> PackedWacz:
        archives = self.reader.ARCHIVES_DIR
        created = datetime.now(UTC).replace(microsecond=0)
        target = Path(opts.output or archives / f"newsreel-{created:%Y%m%d%H%M%S}.wacz")
        if target.suffix != ".wacz":
            raise BadArgumentError("--output", str(target), "its name must end in .wacz")
        description = WaczDescription(
            title=opts.title or f"Newsreel, {created:%Y-%m-%d}",
            description=_DESCRIPTION,
            created=created,
            software=f"newsreel/{__version__}",
        )
        signer = _signer(opts.signing_key) if opts.signing_key else None
        warcs = _named([Path(word) for word in words]) if words else self._own()
        try:
            return pack(
                target,
                warcs,
                description,
                signer=signer,
                overwrite=opts.overwrite,
                on_fault=self._write_fault,
                on_rewritten=_write_rewritten if words or not _are_ours(warcs) else None,
            )
        except FileExistsError:
            fix = "it is there already; name another file, or add --overwrite"
            raise BadArgumentError("--output", str(target), fix) from None
        except (OSError, LookupError) as error:
            raise StorageError(f"{target} was not written: {error}") from error

    def _own(self) -> list[StoredFile]:
        """Return what is sealed of the archive, here or uploaded."""
        archive = configured_archive(self.reader)
        with storage_errors():
            away = [file for file in archive.sealed() if isinstance(file, RemoteFile)]
            _write_unseen(archive)
        here = list(_archives(archive.warcs))
        if not here and not away:
            _named([archive.warcs])
        return [*here, *away]

    def _write_fault(self, path: StoredFile, fault: Fault) -> None:
        self._faults += 1
        write_stderr(f"{path}:{fault.offset}: {fault.reason}")


def _signer(path: str) -> Signer:
    try:
        return Signer(Path(path).read_bytes())
    except OSError as error:
        raise BadArgumentError("--signing-key", path, str(error.strerror)) from None
    except ValueError as error:
        raise BadArgumentError("--signing-key", path, str(error)) from None


def _named(paths: Iterable[Path]) -> list[StoredFile]:
    """Return the sealed WARC files of *paths*, each once."""
    found: dict[Path, StoredFile] = {}
    for path in paths:
        files = list(_archives(path))
        found |= {file.resolve(): file for file in files}
        if not files:
            raise BadArgumentError("PATH", str(path), "there is no sealed WARC file, ARC or WACZ")
    return list(found.values())


def _are_ours(warcs: Iterable[StoredFile]) -> bool:
    return all(warc.name.endswith(".warc.gz") for warc in warcs)


def _archives(path: Path) -> Iterator[Path]:
    for file in files_below(path) if path.is_dir() else [path]:
        if file.name.endswith(OPEN_SUFFIX):
            write_stderr(f"{file} is left out: the next crawl seals it")
        elif is_archive(file.name) and file.is_file():
            yield file


def _write_unseen(archive: Archive) -> None:
    """Say which files the ledger has that are not here, nor uploaded. Raises OSError."""
    with suppress(LedgerDamagedError):  # which others name
        if store := archive.open_store():
            with closing(store):
                if files := list(unseen(archive, store.warcs())):
                    first = files[0]
                    whose = f" of the node {first.node}" if first.node != store.node else ""
                    write_stderr(
                        f"{len(files)} WARC files of the ledger are left out, such as "
                        f"{first.name}{whose}: they are not here, nor uploaded"
                    )


def _write_rewritten(path: StoredFile, why: str) -> None:
    write_stderr(f"{path} is packed as WARC/1.1, written anew: {why}")


def _summary(packed: PackedWacz) -> str:
    if packed.made:
        said = "pages made of clean texts, as no web page of the story is archived"
        write_stderr(f"{said}: {packed.made}")
    return (
        f"{packed.path}: {packed.size / 1e6:.1f} MB, {packed.warcs} WARC files, "
        f"{packed.pages} pages, sha256:{packed.sha256}\n"
    )
