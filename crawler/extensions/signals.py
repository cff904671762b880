"""Signals between the extensions, for ``crawler.signals.connect``."""

storage_failed = object()
"""The archive, ledger or corpus could not be written, or another run has the source that this one
reads; sent once with ``error``."""

archive_closing = object()
"""The archive is about to be sealed: the last moment to have something archived."""

archive_sealed = object()
"""What the run wrote is committed; sent once with ``files``, the paths of the sealed WARC files,
and ``not_uploaded``, a line for each file that was to be uploaded and is not.

Another run of the process may still write to the last one.
"""

out_of_time = object()
"""SHUTDOWN_GRACE is over: what is still under way is cut off."""
