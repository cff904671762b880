"""Spark started for an engine, or joined: which master, which Java, and our code where it works.

Spark is asked by RDDs alone, so that executors need neither pandas nor pyarrow.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import crawler

FAILURES = 4
"""How often a task is tried: Spark's own number, but for ``local``, where it is one."""

_LEAST_FAILURES = 3  # two tries to read a file, and one to say that it is left out
_OLDEST_JAVA = 17
_LOCAL = re.compile(r"local(?:\[(?P<cores>\d+|\*)(?:, ?(?P<failures>\d+))?\])?")
_CLUSTER = re.compile(r"(?:spark|k8s)://\S+|yarn")
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_LOOPBACK = "127.0.0.1"
_QUIET = """\
rootLogger.level = fatal
rootLogger.appenderRef.stderr.ref = stderr
logger.shell.name = org.apache.spark.api.python.PythonGatewayServer
logger.shell.level = fatal
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = Spark: %m%n
"""


class SparkError(Exception):
    """Spark cannot be started, or what was asked of it failed; the message says the fix."""


def named_master(text: str) -> str:
    """Return the master that *text* names, so that a worker that dies is replaced.

    Raises ValueError, which says the fix, for what is no master.
    """
    if _CLUSTER.fullmatch(text):
        return text
    found = _LOCAL.fullmatch(text or "local[*]")
    if found is None:
        raise ValueError("use local[2], local[*], spark://HOST:PORT, yarn or k8s://HOST:PORT")
    failures = int(found["failures"] or FAILURES)
    if failures < _LEAST_FAILURES:
        fix = f"local[{found['cores']},{FAILURES}] tries a task {FAILURES} times"
        raise ValueError(f"a file is read twice before it is left out: {fix}")
    return f"local[{found['cores'] or 1},{failures}]"


@contextmanager
def spark_context(master: str, folder: Path, name: str) -> Iterator[Any]:
    """Yield the SparkContext of an application called *name* at *master*, and stop it.

    *folder*, which is empty, is for what Spark needs meanwhile. Raises SparkError.
    """
    _check()
    spark = _started(master, folder, name)
    try:
        if not _is_local(master):
            spark.addPyFile(str(_packed(folder / "newsreel-code.zip")))
        yield spark
    finally:
        spark.stop()


@contextmanager
def failures_told() -> Iterator[None]:
    """Raise SparkError, with what is behind it, for what Spark could not do."""
    from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra of the package

    try:
        yield
    except Py4JError as error:
        raise SparkError(f"Spark failed: {_reason(str(error))}") from None


def _check() -> None:
    if find_spec("pyspark") is None:
        raise SparkError("there is no PySpark: pip install 'newsreel[spark]'")
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(Path(home, "bin", "java") if home else "java")
    fix = f"install Java {_OLDEST_JAVA} or newer (openjdk-{_OLDEST_JAVA}-jre-headless), or name it"
    if java is None:
        raise SparkError(f"Spark needs Java, and there is none: {fix} in JAVA_HOME")
    command = [java, "-version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    version = _JAVA_VERSION.search(said.stderr + said.stdout)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        what = version[1] if version else "of no known version"
        needs = f"Spark needs Java {_OLDEST_JAVA}, and {java} is {what}"
        raise SparkError(f"{needs}: {fix} in JAVA_HOME")


def _started(master: str, folder: Path, name: str) -> Any:
    with warnings.catch_warnings(), failures_told():
        # It says that it does not know this pandas, which is not used here.
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - an extra of the package
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415

        conf = SparkConf().setMaster(master).setAppName(name)
        conf.set("spark.task.maxFailures", str(FAILURES))
        # Of two copies of a task the second would count as another try to read a file.
        conf.set("spark.speculation", "false")
        conf.set("spark.ui.showConsoleProgress", "false")
        if _is_local(master):
            _stay_here(conf, folder)
        try:
            spark = SparkContext(conf=conf)
        except (PySparkRuntimeError, ValueError) as error:
            raise SparkError(f"Spark does not start: {_reason(str(error))}") from None
    if _is_local(master):
        spark.pythonExec = sys.executable
    return spark


def _stay_here(conf: Any, folder: Path) -> None:
    """Listen on loopback alone, log what is fatal, and have workers find our code."""
    os.environ.setdefault("SPARK_LOCAL_IP", _LOOPBACK)
    logging = folder / "log4j2.properties"
    logging.write_text(_QUIET, encoding="utf-8")
    conf.set("spark.driver.extraJavaOptions", f"-Dlog4j2.configurationFile={logging.as_uri()}")
    conf.set("spark.driver.host", _LOOPBACK)
    conf.set("spark.driver.bindAddress", _LOOPBACK)
    conf.set("spark.local.dir", str(folder))
    conf.set("spark.executorEnv.PYTHONPATH", str(_root().parent))


def _is_local(master: str) -> bool:
    return _LOCAL.fullmatch(master) is not None


def _root() -> Path:
    return Path(crawler.__path__[0])


def _packed(target: Path) -> Path:
    """Put our code into the ZIP *target*, from which the executors import it."""
    root = _root()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ".so"}:
                archive.write(path, path.relative_to(root.parent))
    return target


def _reason(said: str) -> str:
    """Return what of a stack trace of Java and Python tells most: the last error that is named."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"(?:\w+\.)*\w*(?:Error|Exception)\b.*:", line)]
    return (named or lines or ["it does not say why"])[-1][:500]
