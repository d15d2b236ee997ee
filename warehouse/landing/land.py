"""Landing: what is new in the inbox goes into raw tables, every row accounted for.

Files land in batches. A batch has a number; its Parquet files carry it in their names, and its receipts
in `ops.files` are written last. A landing that is cut short leaves files of a number without receipts:
the next one takes them back and reads their inputs again.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from warehouse.config import KINDS, SourceConfig
from warehouse.contracts import conform_frame, contract
from warehouse.landing.chunks import Chunk
from warehouse.landing.database import mark_text, mark_value
from warehouse.landing.inbox import InputFile, find_inputs, source_of
from warehouse.landing.keys import Occurrences, with_keys
from warehouse.landing.late import refuse_late
from warehouse.landing.mapping import Mapping, fit
from warehouse.landing.places import find_located
from warehouse.landing.readers import BadLine, RefusedFileError, read_chunks
from warehouse.landing.receipts import Fingerprints, LandingResult, Receipt, receipt_frame
from warehouse.landing.reshape import reshape
from warehouse.landing.spans import spans_of
from warehouse.landing.typed import reject_schema, typed
from warehouse.maintenance.sealed import sealed_days
from warehouse.store import Store
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from deltalake.transaction import AddAction

Mask = Callable[[pl.Expr], pl.Expr]
_BATCH_ROWS = 8_000_000  # of one landing number: a commit costs 20 ms, a cut landing costs its batch
_BUFFER_ROWS = 600_000  # rows that wait to be written, sorted, as one file a day
_TABLES = (*(f"raw.{kind}" for kind in KINDS), "raw.spans", "ops.rejects")


@dataclass
class _Batch:
    """Files that land under one number."""

    kind: str
    number: int
    actions: list[AddAction] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    records: list[pl.DataFrame] = field(default_factory=list)
    seen: dict[date | None, list[pl.Series]] = field(default_factory=dict)
    rows: int = 0


@dataclass
class _Reading:
    """One file as it is being read; nothing of it counts until it was read to its end."""

    file: InputFile
    actions: list[AddAction] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    records: list[pl.DataFrame] = field(default_factory=list)
    seen: dict[date | None, list[pl.Series]] = field(default_factory=dict)
    waiting: list[pl.DataFrame] = field(default_factory=list)
    read: int = 0
    landed: int = 0
    rejected: int = 0


def land(ws: Workspace, store: Store, *, as_of: datetime, mask: Mask) -> LandingResult:
    """Land every new or changed file of the inbox.

    Args:
        ws: the workspace.
        store: where raw tables are written.
        as_of: the moment of landing.
        mask: hides personal data in values that are shown in `ops.rejects`.

    Returns:
        One receipt a file, also for those that were unchanged, skipped or refused.
    """
    return _Landing(ws, store, as_of, mask).run()


class _Landing:
    def __init__(self, ws: Workspace, store: Store, as_of: datetime, mask: Mask) -> None:
        self.ws = ws
        self.store = store
        self.as_of = as_of
        self.mask = mask
        self.result = LandingResult()
        self.refused: list[Receipt] = []
        self.sealed = sealed_days(store)
        known = store.scan("ops.files").collect()
        self.number = int(known["landed_no"].max() or 0)  # type: ignore[arg-type]
        landed = known.filter(pl.col("status") == "landed").sort("landed_no", maintain_order=True)
        queries = landed.filter(pl.col("sha256").is_null()).select("file", "reason")
        self.marks = {file: mark_value(reason) for file, reason in queries.rows()}  # the last one stays
        self.known = set(landed.select("file", "sha256").rows())
        latest = known.sort("landed_no", maintain_order=True).unique("file", keep="last", maintain_order=True)
        self.latest = {
            row["file"]: (row["status"], row["reason"], row["sha256"]) for row in latest.to_dicts()
        }

    def run(self) -> LandingResult:
        for table in _TABLES:
            self.store.drop_landed_above(table, self.number)
        prints = Fingerprints(self.store.store_dir / "_inbox.json")
        batch: _Batch | None = None
        fetched = self.store.raw_dir / "_fetched"
        for file in [*find_inputs(self.ws.inbox), *find_located(self.ws.voc, self.ws.home, fetched)]:
            if file.skip is not None or file.kind is None:
                status = "refused" if file.skip and file.skip.startswith("cannot be reached") else "skipped"
                self._refuse(Receipt(file.name, file.kind, None, 0, 0, 0, 0, status, file.skip))
                continue
            digest: str | None = None
            try:
                if file.query is None:
                    digest = prints.of(file)
            except OSError as error:
                reason = f"not readable: {error.strerror or error}"
                self._refuse(Receipt(file.name, file.kind, None, 0, 0, 0, 0, "refused", reason))
                continue
            if digest is not None and (file.name, digest) in self.known:
                self.result.files.append(Receipt(file.name, file.kind, digest, 0, 0, 0, 0, "unchanged"))
                continue
            if batch is not None and (batch.kind != file.kind or batch.rows >= _BATCH_ROWS):
                self._commit(batch)
                batch = None
            if batch is None:
                self.number += 1
                batch = _Batch(file.kind, self.number)
            self._file(file, digest, batch)
        if batch is not None:
            self._commit(batch)
        if self.refused:  # after all batches: a number in `ops.files` says that everything below it is whole
            self.number += 1
            frame = receipt_frame(self.refused, self.as_of, self.number)
            self.store.append("ops.files", [frame], landed_no=self.number)
        prints.save()
        shutil.rmtree(fetched, ignore_errors=True)
        return self.result

    def _refuse(self, receipt: Receipt) -> None:
        """Note a file that was not read; in `ops.files` once, not at every run."""
        self.result.files.append(receipt)
        if self.latest.get(receipt.file) != (receipt.status, receipt.reason, receipt.sha256):
            self.refused.append(receipt)

    # One file

    def _file(self, file: InputFile, digest: str | None, batch: _Batch) -> None:
        reading = _Reading(file)
        try:
            if file.remote is not None and not file.path.exists():
                file.remote.fetch(file.path)
            for good, rejects in self._rows(file, batch.number):
                reading.read += good.height + rejects.height
                new = self._new_rows(good, batch, reading)
                new, late = refuse_late(self.store, self.sealed, str(file.kind), new)
                for refused in (rejects, self._rejects(late, file, batch.number)):
                    if not refused.is_empty():
                        reading.rejected += refused.height
                        reading.rejects.append(refused)
                reading.landed += new.height
                reading.waiting.append(new)
                if sum(frame.height for frame in reading.waiting) >= _BUFFER_ROWS:
                    self._write(reading, batch)
            self._write(reading, batch)
        except (RefusedFileError, OSError, EOFError, zlib.error, pl.exceptions.PolarsError) as error:
            reason = _reason(error)
            self._refuse(Receipt(file.name, file.kind, digest, 0, 0, 0, 0, "refused", reason))
            return
        mark = None
        if file.query is not None:
            if reading.landed == 0 and file.query.highest == file.query.since:
                # Rows at the watermark itself come at every landing; those refused were told of the first time.
                self.result.files.append(Receipt(file.name, file.kind, None, 0, 0, 0, 0, "unchanged"))
                return
            mark = mark_text(file.query.highest)
        batch.actions += reading.actions
        batch.rejects += reading.rejects
        batch.records += reading.records
        for day, seen in reading.seen.items():
            batch.seen.setdefault(day, []).extend(seen)
        batch.rows += reading.landed
        already = reading.read - reading.landed - reading.rejected
        batch.receipts.append(
            Receipt(
                file.name,
                file.kind,
                digest,
                reading.read,
                reading.landed,
                reading.rejected,
                already,
                "landed",
                mark,
            )
        )

    def _rows(self, file: InputFile, number: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Typed rows with keys, and rejects, chunk by chunk."""
        kind = str(file.kind)
        source = source_of(self.ws.voc, file)
        occurrences = Occurrences()
        mapping: Mapping | None = None
        for chunk in self._chunks(file, source):
            frame = reshape(chunk.frame, kind, source, file.path) if chunk.frame.width > 1 else chunk.frame
            if mapping is None:
                if chunk.frame.width <= 1 and chunk.bad:
                    first = chunk.bad[0]
                    raise RefusedFileError(
                        f"{file.path.name}, line {first.line}: {first.reason}", expected=first.expected
                    )
                mapping = fit(kind, source, [c for c in frame.columns if c != "line"], file.path)
            frame, extras = mapping.apply(frame)
            found = typed(frame, kind, extras, timezone=self.ws.timezone, as_of=self.as_of, mask=self.mask)
            rejects = self._rejects(pl.concat([found.rejects, self._bad_lines(chunk.bad)]), file, number)
            good = with_keys(found.good, kind, occurrences).with_columns(
                file=pl.lit(file.name), landed_no=pl.lit(number)
            )
            yield good, rejects

    def _rejects(self, found: pl.DataFrame, file: InputFile, number: int) -> pl.DataFrame:
        """Rows of `ops.rejects`, in the file's order."""
        if found.is_empty():
            return found
        named = found.with_columns(file=pl.lit(file.name), landed_no=pl.lit(number))
        return conform_frame(named, "ops.rejects").sort("line")

    def _chunks(self, file: InputFile, source: SourceConfig) -> Iterator[Chunk]:
        if file.query is None:
            return read_chunks(file.path, str(file.format), compressed=file.compressed, header=source.header)
        file.query.since = self.marks.get(file.name)
        return file.query.chunks()

    def _bad_lines(self, bad: list[BadLine]) -> pl.DataFrame:
        rows = [
            {"line": b.line, "field": None, "value": b.found, "reason": b.reason, "expected": b.expected}
            for b in bad
        ]
        return pl.DataFrame(rows, schema=reject_schema()).with_columns(self.mask(pl.col("value")))

    # Which rows are new

    def _new_rows(self, good: pl.DataFrame, batch: _Batch, reading: _Reading) -> pl.DataFrame:
        """Rows that are not there yet, in this file, this batch or the table."""
        good = good.unique("row_hash", keep="first", maintain_order=True)
        by_day = contract(f"raw.{batch.kind}").by_day
        days = good["day"].unique().sort().to_list() if by_day else [None]
        for day in days:
            if day not in batch.seen:
                batch.seen[day] = [self._stored(batch.kind, day)]
        known = [s for day in days for s in (*batch.seen[day], *reading.seen.get(day, [])) if s.len()]
        if known:
            hashes = good["row_hash"].implode()
            there = pl.concat([s.filter(s.is_in(hashes)) for s in known])
            if there.len():
                good = good.filter(~pl.col("row_hash").is_in(there.implode()))
        if by_day and len(days) > 1:
            for (day,), part in good.select("day", "row_hash").group_by("day"):
                reading.seen.setdefault(day, []).append(part["row_hash"])
        elif days:
            reading.seen.setdefault(days[0], []).append(good["row_hash"])
        return good

    def _stored(self, kind: str, day: date | None) -> pl.Series:
        days = None if day is None else [day]
        return self.store.scan(f"raw.{kind}", days, ["row_hash"]).collect()["row_hash"]

    # Writing

    def _write(self, reading: _Reading, batch: _Batch) -> None:
        """Write what waits: a file a day, sorted by record, so that whole conversations are read as ranges."""
        waiting, reading.waiting = reading.waiting, []
        if not waiting:
            return
        table = f"raw.{batch.kind}"
        spec = contract(table)
        frame = pl.concat(waiting)
        if frame.is_empty():
            return
        frame = conform_frame(frame.select([c for c in frame.columns if c in spec.polars_schema()]), table)
        frame = frame.sort("record_hash", maintain_order=True)
        stem = f"L{batch.number:08d}"
        if not spec.by_day:
            reading.actions.append(self.store.write_file(table, frame, None, stem))
            return
        if batch.kind != "transactions":
            reading.records.append(frame.select("record_hash", "day").unique())
        days = frame["day"].unique().sort().to_list()
        for day in days:
            part = frame if len(days) == 1 else frame.filter(pl.col("day") == day)
            reading.actions.append(self.store.write_file(table, part, day, stem))

    def _commit(self, batch: _Batch) -> None:
        """Raw rows first, receipts last: without a receipt, rows are taken back and read again."""
        if not batch.receipts:
            return
        if batch.records:
            spans = spans_of(self.store, batch.kind, pl.concat(batch.records).unique(), batch.number)
            if not spans.is_empty():
                self.store.append("raw.spans", [spans], landed_no=batch.number)
        if batch.actions:
            self.store.commit(f"raw.{batch.kind}", batch.actions, mode="append")
        if batch.rejects:
            self.store.append("ops.rejects", batch.rejects, landed_no=batch.number)
        self.store.append(
            "ops.files", [receipt_frame(batch.receipts, self.as_of, batch.number)], landed_no=batch.number
        )
        self.result.files += batch.receipts


def _reason(error: Exception) -> str:
    if isinstance(error, RefusedFileError):
        return " · ".join(
            part for part in (error.message, error.expected and f"expected {error.expected}") if part
        )
    if isinstance(error, EOFError | zlib.error):
        return f"damaged or cut short: {error}"
    return str(error).splitlines()[0]


__all__ = ["LandingResult", "Receipt", "land"]
