"""Newsreel: crawls news, archives the wire, grows a text corpus."""

__version__ = "0.2.0"
