"""Only for scrapyd-deploy, which runs it; everything else is in pyproject.toml."""

from setuptools import setup

setup()
