"""Writing one day of a table piece by piece, committed as a whole."""

from __future__ import annotations

from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING

import polars as pl

from warehouse.contracts import conform_frame, empty_frame
from warehouse.hashing import content_hash

if TYPE_CHECKING:
    from deltalake.transaction import AddAction

    from warehouse.store.delta import DayFiles, Store


class DayWriter:
    """Collects frames of one day of one table; leaving the `with` block without an error commits them.

    Pieces are written to disk as they come, so memory does not grow with the day. An error leaves the
    day as it was (files that were written are not part of the table; vacuum takes them away).

    Args:
        store: where the table is.
        table: its name.
        day: the day.
        commit: False leaves the files beside the table, for `Parts` to commit together with others.
    """

    def __init__(self, store: Store, table: str, day: date, *, commit: bool = True) -> None:
        self._store = store
        self._table = table
        self._day = day
        self._commit = commit
        self._actions: list[AddAction] = []
        self._rows = 0
        self._content = 0
        self._result: DayFiles | None = None

    def __enter__(self) -> DayWriter:
        return self

    def write(self, frame: pl.DataFrame) -> None:
        """Write one piece; `day` may be left out, any other missing required column is an error."""
        if "day" in empty_frame(self._table).columns and "day" not in frame.columns:
            frame = frame.with_columns(pl.lit(self._day).alias("day"))
        ready = conform_frame(frame, self._table)
        if ready.is_empty():
            return
        self._rows += ready.height
        self._content = (self._content + content_hash(ready)) % 2**64
        self._actions.append(
            self._store.write_file(self._table, ready, self._day, f"part-{len(self._actions):04d}")
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from warehouse.store.delta import DayFiles, FileRef

        if kind is not None:
            return
        if (
            not self._actions and self._commit
        ):  # a day without rows is a day too: its empty file says that it was processed
            self._actions.append(
                self._store.write_file(self._table, empty_frame(self._table), self._day, "part-0000")
            )
        if self._commit:
            self._store.commit(self._table, self._actions, mode="overwrite", day=self._day)
        files = tuple(FileRef(f"{self._table}/{a.path}", _rows_of(a)) for a in self._actions)
        self._result = DayFiles(files, self._rows, self._content)

    @property
    def actions(self) -> list[AddAction]:
        """The files that were written."""
        return self._actions

    @property
    def result(self) -> DayFiles:
        """What was committed; only after the block was left without an error."""
        if self._result is None:
            raise RuntimeError(f"{self._table} {self._day}: nothing was committed yet")
        return self._result


def _rows_of(action: AddAction) -> int:
    import json

    return int(json.loads(action.stats)["numRecords"])
