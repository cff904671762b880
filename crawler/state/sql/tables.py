"""What the groups of tables need of the database that a backend has.

Their SQL is what SQLite and PostgreSQL both understand. Values stand for ``?``, or for ``?1`` where
one is needed twice. ``"offset"`` is quoted, because PostgreSQL reserves that word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from crawler.state.sql.columns import batches

P = ParamSpec("P")
T = TypeVar("T")
AnyTables = TypeVar("AnyTables", bound="Tables")


class Tables:
    """A database; each backend has its own.

    ``_writer`` and ``node`` are those for whom it was opened.
    """

    _writer: str
    node: str

    _ORDERED_JOIN = "JOIN"
    """A join that reads the table on its left first."""

    def transaction(self) -> AbstractContextManager[None]:
        """See `crawler.state.store.Store`."""
        raise NotImplementedError

    def atomically(self, change: Callable[[], T]) -> T:
        """See `crawler.state.store.Store`."""
        raise NotImplementedError

    def close(self) -> None:
        """See `crawler.state.store.Store`."""
        raise NotImplementedError

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[object, ...]]:
        """Iterate over the rows of *query*. Raises OSError."""
        raise NotImplementedError

    def _batches(self, values: Iterable[str]) -> Iterator[tuple[Sequence[object], str]]:
        """Yield *values*, each once, with the condition that a column has one of them."""
        for batch in batches(values):
            yield batch, f"IN ({', '.join('?' * len(batch))})"

    def _execute(self, query: str, values: Sequence[object] = ()) -> int:
        """Do *query* in a transaction, and return how many rows it changed. Raises OSError."""
        raise NotImplementedError

    def _execute_many(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Do *query* with each of *rows*, in a transaction. Raises OSError."""
        raise NotImplementedError

    def _create_temporary(self, table: str, columns: str) -> None:
        """Create a *table* that is gone with its transaction at the latest."""
        raise NotImplementedError

    def _drop_temporary(self, table: str) -> None:
        """Drop a temporary *table* if it is there."""
        raise NotImplementedError

    def _signed(self, writer: str) -> str:
        """Return how texts are noted that are due from *writer* of this node."""
        return f"{self.node}/{writer}" if self.node else writer


def atomic(
    method: Callable[Concatenate[AnyTables, P], T],
) -> Callable[Concatenate[AnyTables, P], T]:
    """Make the *method* of a `Tables` one transaction, which may be made again as a whole."""

    @wraps(method)
    def in_transaction(self: AnyTables, *args: P.args, **kwargs: P.kwargs) -> T:
        again: tuple[Any, ...] = tuple(
            list(value) if isinstance(value, Iterator) else value for value in args
        )
        return self.atomically(lambda: method(self, *again, **kwargs))

    return in_transaction  # type: ignore[return-value]  # its first argument has no name
