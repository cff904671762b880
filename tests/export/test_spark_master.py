"""Before Spark starts: which master is named, and what is missing on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.export import spark_session
from crawler.export.spark_session import SparkError, named_master, spark_context


@pytest.mark.parametrize(
    ("text", "master"),
    [
        ("", "local[*,4]"),
        ("local", "local[1,4]"),
        ("local[2]", "local[2,4]"),
        ("local[*, 3]", "local[*,3]"),
        ("spark://one:7077,two:7077", "spark://one:7077,two:7077"),
        ("yarn", "yarn"),
        ("k8s://https://host:443", "k8s://https://host:443"),
    ],
)
def test_masters(text: str, master: str) -> None:
    assert named_master(text) == master


@pytest.mark.parametrize("text", ["local[2,1]", "local[*,2]"])
def test_a_file_is_read_twice_before_it_is_left_out(text: str) -> None:
    with pytest.raises(ValueError, match=r"local\[.,4\] tries a task 4 times"):
        named_master(text)


@pytest.mark.parametrize("text", ["sc://host", "mesos://x", "local[]", "2", "spark://"])
def test_no_master(text: str) -> None:
    with pytest.raises(ValueError, match="use local"):
        named_master(text)


def test_without_java_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "find_spec", lambda name: name)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkError, match="Spark needs Java, and there is none"):
        spark_context("local[2,4]", tmp_path, "x").__enter__()
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    with pytest.raises(SparkError, match=r"needs Java 17, and .*java is 11: install"):
        spark_context("local[2,4]", tmp_path, "x").__enter__()


def test_without_pyspark_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    with pytest.raises(SparkError, match=r"pip install 'newsreel\[spark\]'"):
        spark_context("local[2,4]", tmp_path, "x").__enter__()
