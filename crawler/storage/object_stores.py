"""Object stores such as S3, by obstore, which is an extra of the package.

What is needed to reach one is in the environment, as with other tools: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL; or the machine has a role.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az", "file")
"""Schemes of addresses; ``file`` needs no server."""

_ADDRESS = re.compile(
    rf"(?P<scheme>{'|'.join(SCHEMES)})://(?P<bucket>[A-Za-z0-9._-]*)(?P<key>/.*)?"
)
_RETRIES = 8
_PATIENCE = timedelta(seconds=60)  # within which a request is made again
_BACKOFF = {"init_backoff": timedelta(seconds=0.2), "max_backoff": timedelta(seconds=5), "base": 2}
_CONNECT = timedelta(seconds=10)
_SILENCE = timedelta(seconds=120)
# Three parts of 8 MB at once need 27 kB a second for it; a slower line never gets one through.
_REQUEST = timedelta(minutes=15)
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CODE = re.compile(r"<Code>(\w+)</Code>(?:\s*<Message>([^<]*)</Message>)?")
_USER = re.compile(r"(://)[^/\s@]*@")  # of an endpoint: a password may be in it
_METADATA_SERVICE = "169.254.169.254"
_REFUSED = "status code: 403"
_FIXES = {
    "NoSuchBucket": "there is no such bucket: make it first",
    "InvalidAccessKeyId": "the store does not know AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not that of AWS_ACCESS_KEY_ID",
    "RequestTimeTooSkewed": "the clock of this machine is wrong: set it, by NTP",
    "ExpiredToken": "AWS_SESSION_TOKEN has expired",
    "AccessDenied": "these credentials may not do that: they need GetObject, PutObject, ListBucket",
    "PermanentRedirect": "the bucket is in another region: set AWS_REGION",
    "AuthorizationHeaderMalformed": "the bucket may be in another region: set AWS_REGION",
}


_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


class StorageExtraMissingError(OSError):
    """The package that reads and writes object stores is not installed."""


def is_address(text: str) -> bool:
    """Return whether *text* is the address of an object, or of some, not a path."""
    return _ADDRESS.fullmatch(text) is not None


def split_address(address: str) -> tuple[str, str]:
    """Return the address of the bucket, and the key in it. Raises ValueError for no address."""
    found = _ADDRESS.fullmatch(address)
    if found is None or (found["scheme"] != "file" and not found["bucket"]):
        raise ValueError(f"{address!r} is no address such as s3://bucket/prefix")
    if found["scheme"] == "file" and found["bucket"]:
        raise ValueError(f"{address!r} needs three slashes: file:///folder")
    return f"{found['scheme']}://{found['bucket']}", (found["key"] or "").lstrip("/")


def connected(bucket: str, *, sends: bool = False) -> ObjectStore:
    """Return the store whose *bucket* that is, such as s3://news; one a process and bucket.

    Nothing is asked of it yet. Who *sends* something waits for the answer as long as that takes;
    else a store that is silent is given up. Raises OSError.
    """
    # A connection does not outlive a fork, nor the environment that says where it leads.
    environment = tuple(os.environ.get(name, "") for name in (*_ENDPOINTS, "AWS_ACCESS_KEY_ID"))
    return _connected(bucket, os.getpid(), environment, sends=sends)


@lru_cache(maxsize=32)
def _connected(
    bucket: str, process: int, environment: tuple[str, ...], *, sends: bool
) -> ObjectStore:
    library = obstore()
    endpoint = next(filter(None, environment), "") if bucket.startswith("s3:") else ""
    options = {"connect_timeout": _CONNECT, "timeout": _REQUEST}
    if not sends:
        options["read_timeout"] = _SILENCE
    with told(bucket):
        if bucket.startswith("file:"):
            local: ObjectStore = library.store.LocalStore("/", mkdir=True)
            return local
        store: ObjectStore = library.store.from_url(
            bucket,
            # Written for other tools, an endpoint in http:// needs no second setting.
            client_options=options | {"allow_http": endpoint.startswith("http://")},
            retry_config={
                "max_retries": _RETRIES,
                "retry_timeout": _PATIENCE,
                "backoff": _BACKOFF,
            },
        )
        return store


def obstore() -> Any:
    """Return the package. Raises StorageExtraMissingError where it is not installed."""
    try:
        import_module("obstore.store")
        return import_module("obstore")
    except ModuleNotFoundError:
        what = "addresses such as s3://… need a package: pip install 'newsreel[s3]'"
        raise StorageExtraMissingError(errno.ENOPKG, what) from None


def asked(
    address: str, ask: Callable[_Asked, _Answer], *words: _Asked.args, **named: _Asked.kwargs
) -> _Answer:
    """Return what *ask*, given the rest, answers of *address*. Raises what `told` does.

    The package hears no signal until the answer is there, which may take minutes. So the main
    thread has another one ask, and only waits: Ctrl-C ends that.
    """
    with told(address):
        if current_thread() is not main_thread():
            return ask(*words, **named)
        answer: Future[_Answer] = Future()

        def work() -> None:
            try:
                answer.set_result(ask(*words, **named))
            except BaseException as error:  # noqa: BLE001 - it is raised by who waits
                answer.set_exception(error)

        Thread(target=work, name="object store", daemon=True).start()
        return answer.result()


@contextmanager
def told(address: str) -> Iterator[None]:
    """Raise what the store says of *address* as OSError, in one line, without credentials."""
    base = obstore().exceptions.BaseError
    try:
        yield
    except FileNotFoundError as error:
        said = _CODE.search(str(error))
        if said and said[1] == "NoSuchBucket":
            raise OSError(errno.ENXIO, _FIXES[said[1]], address) from None
        raise FileNotFoundError(errno.ENOENT, "there is no such object", address) from None
    except (base, ValueError) as error:
        raise OSError(errno.EIO, _in_one_line(str(error)), address) from None


def _in_one_line(message: str) -> str:
    said = _CODE.search(message)
    if said:
        return _FIXES.get(said[1], f"the store says {said[1]}: {said[2] or 'no more'}")
    if _REFUSED in message:  # an answer to HEAD has no code
        return _FIXES["AccessDenied"]
    if _METADATA_SERVICE in message:
        return "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    shown = _USER.sub(r"\1", message.partition("\n\nDebug source:")[0])
    return " ".join(shown.split())[:300]
