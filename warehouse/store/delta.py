"""Reading and committing Delta tables.

Files are written by Polars (flat memory, names of our own) and enter the table in one Delta commit,
so that a reader sees the old day or the new one. Any Delta reader can read the tables.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from warehouse.contracts import Contract, conform_frame, contract, empty_frame
from warehouse.errors import VocError
from warehouse.hashing import content_hash
from warehouse.place import LOCAL, Place

_COMPRESSION_LEVEL = 1  # zstd: a quarter of the size of none at a cost that does not show
_ROW_GROUP_ROWS = 65_536  # small enough that a range of a sorted column reads few of them
_LANDED_NO = re.compile(r"(?:^|/)L(\d{8})-[^/]*\.parquet$")


@dataclass(frozen=True)
class FileRef:
    """One Parquet file: path relative to the workspace's tables (`<table>/day=…/…`) and its rows."""

    path: str
    rows: int


@dataclass(frozen=True)
class DayFiles:
    """What one write left in a table.

    Attributes:
        files: the files, in the order in which they were written.
        rows: their rows.
        content: hash of the rows, whatever their order.
    """

    files: tuple[FileRef, ...]
    rows: int
    content: int


class Store:
    """All Delta tables of a workspace: `raw.*` under `raw_dir`, everything else under `store_dir`.

    Where the tables are on object storage (`place`), delta-rs keeps their logs there, and the two folders are
    the mirror in which files are written and read.
    """

    def __init__(self, store_dir: Path, raw_dir: Path, place: Place = LOCAL) -> None:
        self.store_dir = store_dir
        self.raw_dir = raw_dir
        self.place = place
        self._open: dict[str, DeltaTable] = {}

    # Where things are

    def table_dir(self, table: str) -> Path:
        """The folder of a table."""
        schema, name = table.split(".", 1)
        return self.raw_dir / name if schema == "raw" else self.store_dir / table

    def _delta(self, table: str) -> DeltaTable | None:
        """The table at its newest version; None when nothing was ever written."""
        found = self._open.get(table)
        try:
            if found is None:
                found = DeltaTable(self.place.address(self.table_dir(table)))
                self._open[table] = found
            else:
                found.update_incremental()
        except TableNotFoundError:
            return None
        return found

    def _create(self, spec: Contract) -> DeltaTable:
        folder = self.table_dir(spec.table)
        if spec.table.startswith("raw."):
            self.raw_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.raw_dir.chmod(0o700)
        folder.mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            self.place.address(folder),
            schema=spec.arrow_schema(),
            mode="ignore",
            partition_by=["day"] if spec.by_day else None,
            name=spec.table,
            description=spec.en,
        )
        self._open.pop(spec.table, None)
        made = self._delta(spec.table)
        if made is None:
            raise VocError(f"{folder}: the table could not be created")
        return made

    # Reading

    def actions(self, table: str) -> pl.DataFrame:
        """Files of a table: path (relative to its folder), day (null for undated tables), rows, bytes, modified (ms)."""
        delta = self._delta(table)
        empty = {"path": pl.String, "day": pl.Date, "rows": pl.Int64, "bytes": pl.Int64, "modified": pl.Int64}
        if delta is None:
            return pl.DataFrame(schema=empty)
        found = pl.DataFrame(delta.get_add_actions(flatten=True))
        day = (
            pl.col("partition.day").cast(pl.String).str.to_date()
            if "partition.day" in found.columns
            else pl.lit(None, pl.Date)
        )
        return found.select(
            "path",
            day.alias("day"),
            pl.col("num_records").cast(pl.Int64).alias("rows"),
            pl.col("size_bytes").cast(pl.Int64).alias("bytes"),
            pl.col("modification_time").cast(pl.Int64).alias("modified"),
        ).sort("path")

    def days(self, table: str) -> list[date]:
        """Days that have files, in order."""
        return self.actions(table)["day"].drop_nulls().unique().sort().to_list()

    def file_paths(self, table: str, day: date | None = None) -> list[str]:
        """Absolute paths of a table's files, of one day or of all, ready to be read."""
        found = self.actions(table)
        if day is not None:
            found = found.filter(pl.col("day") == day)
        folder = self.table_dir(table)
        return self.ready([str(folder / path) for path in found["path"]])

    def pinned(self, files: Iterable[FileRef]) -> list[str]:
        """Absolute paths of files that a record names."""
        return [str(self.store_dir / ref.path) for ref in files]

    def ready(self, paths: list[str]) -> list[str]:
        """The same paths, once their files are on this machine: for readers other than `scan_files`."""
        self.place.have(paths)
        return paths

    def scan(
        self, table: str, days: Sequence[date] | None = None, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Rows of a table in its contract's columns; an empty frame where there is nothing."""
        found = self.actions(table)
        if days is not None:
            found = found.filter(pl.col("day").is_in(list(days)))
        folder = self.table_dir(table)
        return self.scan_files(table, [str(folder / path) for path in found["path"]], columns)

    def scan_files(
        self, table: str, paths: Sequence[str], columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Rows of given files of a table; a column that an old file lacks is null."""
        spec = contract(table)
        schema = spec.polars_schema()
        if not paths:
            frame = empty_frame(table).lazy()
        else:
            self.place.have(paths)
            stored = {name: dtype for name, dtype in schema.items() if not (spec.by_day and name == "day")}
            frame = pl.scan_parquet(
                list(paths),
                schema=stored,
                missing_columns="insert",
                extra_columns="ignore",
                hive_partitioning=spec.by_day,
                hive_schema={"day": pl.Date} if spec.by_day else None,
            ).select(list(schema))
        return frame.select(list(columns)) if columns is not None else frame

    # Writing

    def write_file(self, table: str, frame: pl.DataFrame, day: date | None, stem: str) -> AddAction:
        """Write one Parquet file into a table's folder, not yet part of the table."""
        spec = contract(table)
        if spec.by_day:
            if day is None:
                raise VocError(f"{table} is partitioned by day, and no day was given")
            relative = f"day={day.isoformat()}/{stem}-{uuid.uuid4().hex[:12]}.parquet"
            frame = frame.drop("day")
            values: dict[str, str | None] = {"day": day.isoformat()}
        else:
            relative = f"{stem}-{uuid.uuid4().hex[:12]}.parquet"
            values = {}
        path = self.table_dir(table) / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(
            path, compression="zstd", compression_level=_COMPRESSION_LEVEL, row_group_size=_ROW_GROUP_ROWS
        )
        self.place.keep(path)
        status = path.stat()
        return AddAction(
            path=relative,
            size=status.st_size,
            partition_values=values,
            modification_time=int(status.st_mtime * 1000),
            data_change=True,
            stats=json.dumps({"numRecords": frame.height}),
        )

    def commit(self, table: str, actions: Sequence[AddAction], *, mode: str, day: date | None = None) -> None:
        """Make written files part of a table in one commit, replacing the day (or all) on "overwrite"."""
        spec = contract(table)
        filters = [("day", "=", day.isoformat())] if mode == "overwrite" and spec.by_day and day else None
        for attempt in range(5):
            try:  # of two that make a table at once, one is told that it changed meanwhile
                delta = self._delta(table) or self._create(spec)
                delta.create_write_transaction(
                    list(actions),
                    mode=mode,
                    schema=spec.arrow_schema(),
                    partition_by=["day"] if spec.by_day else None,
                    partition_filters=filters,
                )
                return
            except CommitFailedError:
                if attempt == 4:
                    raise
                self._open.pop(table, None)

    def replace_day(self, table: str, day: date, frames: Iterable[pl.DataFrame]) -> DayFiles:
        """Replace one day of a table by `frames`, written one by one, in one commit."""
        from warehouse.store.writer import DayWriter

        with DayWriter(self, table, day) as writer:
            for frame in frames:
                writer.write(frame)
        return writer.result

    def replace_all(self, table: str, frame: pl.DataFrame) -> DayFiles:
        """Replace the whole of an undated table."""
        frame = conform_frame(frame, table)
        action = self.write_file(table, frame, None, "all")
        self.commit(table, [action], mode="overwrite")
        return DayFiles((FileRef(f"{table}/{action.path}", frame.height),), frame.height, content_hash(frame))

    def append(self, table: str, frames: Iterable[pl.DataFrame], landed_no: int | None = None) -> int:
        """Add rows in one commit and return their count.

        Files of a landing carry its number in their names, so that a landing that was cut short can be
        taken back whole (`drop_landed_above`).
        """
        spec = contract(table)
        stem = "part" if landed_no is None else f"L{landed_no:08d}"
        actions: list[AddAction] = []
        rows = 0
        for frame in frames:
            ready = conform_frame(frame, table)
            if ready.is_empty():
                continue
            rows += ready.height
            if not spec.by_day:
                actions.append(self.write_file(table, ready, None, stem))
                continue
            for (day,), part in ready.group_by(["day"], maintain_order=True):
                actions.append(self.write_file(table, part, day, stem))
        if actions:
            self.commit(table, actions, mode="append")
        return rows

    def drop_landed_above(self, table: str, landed_no: int) -> int:
        """Take back files of landings later than `landed_no`; returns how many there were."""
        delta = self._delta(table)
        if delta is None:
            return 0
        found = self.actions(table).filter(
            pl.col("path").str.extract(_LANDED_NO.pattern, 1).cast(pl.Int64) > landed_no
        )
        if found.is_empty():
            return 0
        spec = contract(table)
        removals: list[AddAction | RemoveAction] = [
            RemoveAction(
                path=row["path"],
                data_change=True,
                deletion_timestamp=row["modified"],
                size=row["bytes"],
                partition_values={"day": row["day"].isoformat()} if row["day"] else {},
            )
            for row in found.to_dicts()
        ]
        delta.create_write_transaction(
            removals, mode="append", schema=spec.arrow_schema(), partition_by=["day"] if spec.by_day else None
        )
        return found.height
