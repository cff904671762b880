"""Scrapy loads all commands before it runs one: none may bring a library that it alone needs."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.running import ROOT

_HEAVY = {
    *("apprise", "datasette", "numpy", "pandas", "procrastinate", "psycopg", "py4j"),
    *("pyarrow", "pyspark"),
    *("sqlite_utils", "starlette"),
}
_PROGRAM = """
import json, sys
from scrapy.cmdline import _get_commands_dict
from scrapy.utils.project import get_project_settings
commands = _get_commands_dict(get_project_settings(), True)
assert {"export", "browse", "health", "worker"} <= commands.keys()
print(json.dumps(sorted(sys.modules)))
"""


def test_no_command_loads_what_it_alone_needs() -> None:
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not _HEAVY & set(json.loads(done.stdout))
