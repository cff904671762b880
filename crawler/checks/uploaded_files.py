"""The check of what is uploaded, as far as the store can be asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.checks.fault import FileFault
from crawler.storage.contents import is_as_noted
from crawler.storage.remote_file import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.checks.fault import Tally
    from crawler.state.store import WarcFile


class UploadedFiles:
    """Those of *warcs* that are uploaded; ``away`` are the names of those that are not *here*."""

    def __init__(self, warcs: Iterable[WarcFile], here: set[str]) -> None:
        self._uploaded = [warc for warc in warcs if warc.address]
        self.away = {warc.name for warc in self._uploaded} - here

    def faults(self, tally: Tally) -> Iterator[FileFault]:
        """Yield a fault for each that the store has not, or not as it was uploaded.

        A store that does not answer is asked no more.
        """
        for number, warc in enumerate(self._uploaded):
            remote = RemoteFile(warc.address, warc.size)
            tally.uploaded += 1
            try:
                if not is_as_noted(remote, warc.size, warc.sha256):
                    yield FileFault(str(remote), None, "is not the file that was uploaded")
            except FileNotFoundError:
                copy = "" if warc.name in self.away else "; the file is still in the archive"
                yield FileFault(str(remote), None, f"is missing in the store{copy}")
            except OSError as error:
                more = len(self._uploaded) - number - 1
                rest = f"; {more} more were not asked about" if more else ""
                yield FileFault(str(remote), None, f"cannot be looked at: {error}{rest}")
                return
