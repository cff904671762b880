"""Small archives with the texts that a person has read: what guards the extraction.

Each folder has the WARC files of a few crawls, and the texts that are to come out of them, today
and after every change. ``python -m tests.world.golden_archives`` makes them anew, and the texts
are to be read (``git diff``) before they are committed.
"""
