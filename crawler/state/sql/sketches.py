"""The tables of sketches, and of the bands by which similar ones are found."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.state.sketch_bands import bands
from crawler.state.sql.columns import PAGE
from crawler.state.sql.tables import Tables, atomic

_MAX_SIMILAR = 1000
_INSERT = """
INSERT INTO sketch (key, source, algorithm, value) VALUES (?, ?, ?, ?) RETURNING id
"""
_SIMILAR = """
SELECT key, source, value FROM sketch JOIN (
    SELECT sketch AS id FROM band WHERE value IN ({}) GROUP BY sketch
    ORDER BY count(*) DESC, sketch LIMIT ?
) AS near USING (id) WHERE algorithm = ?
"""


class SketchTables(Tables):
    """The methods of a `crawler.state.store.Store` that are about sketches."""

    @atomic
    def put_sketch(self, key: str, source: str, algorithm: str, sketch: bytes) -> None:
        found = bands(sketch)
        self._drop_sketch((key, source))
        ((number,),) = self._rows(_INSERT, (key, source, algorithm, sketch))
        rows = ((band, number) for band in found)
        self._execute_many("INSERT INTO band (value, sketch) VALUES (?, ?)", rows)

    def sketches(self, algorithm: str) -> Iterator[tuple[str, str, bytes]]:
        query = (
            "SELECT id, key, source, value FROM sketch WHERE id > ? AND algorithm = ? "  # noqa: S608
            f"ORDER BY id LIMIT {PAGE}"
        )
        after = -1
        while page := list(self._rows(query, (after, algorithm))):
            for number, key, source, value in page:
                assert isinstance(value, bytes)
                yield str(key), str(source), value
                after = int(str(number))

    def _similar(self, algorithm: str, sketch: bytes) -> dict[tuple[str, str], bytes]:
        """Return the sketches that have a band in common with *sketch*, by key and source."""
        values = bands(sketch)
        if not values:
            return {}
        query = _SIMILAR.format(", ".join("?" * len(values)))
        found = {}
        for key, source, value in self._rows(query, (*values, _MAX_SIMILAR, algorithm)):
            assert isinstance(value, bytes)
            found[str(key), str(source)] = value
        return found

    def _drop_sketch(self, identity: tuple[str, str]) -> None:
        query = "SELECT id, value FROM sketch WHERE key = ? AND source = ?"
        for number, sketch in list(self._rows(query, identity)):
            assert isinstance(sketch, bytes)
            rows = ((band, number) for band in bands(sketch))
            self._execute_many("DELETE FROM band WHERE value = ? AND sketch = ?", rows)
            self._execute("DELETE FROM sketch WHERE id = ?", (number,))
