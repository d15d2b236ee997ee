"""What became of each file of the inbox, and which files need no second look."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from warehouse.contracts import conform_frame
from warehouse.hashing import file_sha256
from warehouse.landing.inbox import InputFile
from warehouse.workspace import write_atomically


@dataclass(frozen=True)
class Receipt:
    """One file: rows_read = rows_landed + rows_rejected + rows_already, always."""

    file: str
    kind: str | None
    sha256: str | None
    rows_read: int
    rows_landed: int
    rows_rejected: int
    rows_already: int
    status: str  # landed | unchanged | refused | skipped
    reason: str | None = None


@dataclass
class LandingResult:
    """What one landing did with the inbox."""

    files: list[Receipt] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Rows of the files that were read."""
        return sum(f.rows_read for f in self.files)

    @property
    def rows_landed(self) -> int:
        """Rows that are new, corrections among them."""
        return sum(f.rows_landed for f in self.files)

    @property
    def rows_rejected(self) -> int:
        """Rows refused, with their reasons in `ops.rejects`."""
        return sum(f.rows_rejected for f in self.files)

    @property
    def rows_already(self) -> int:
        """Rows that were there already."""
        return sum(f.rows_already for f in self.files)


def receipt_frame(receipts: Iterable[Receipt], landed_at: datetime, landed_no: int) -> pl.DataFrame:
    """Rows of `ops.files`."""
    frame = pl.DataFrame([asdict(receipt) for receipt in receipts], infer_schema_length=None)
    return conform_frame(
        frame.with_columns(landed_at=pl.lit(landed_at), landed_no=pl.lit(landed_no)), "ops.files"
    )


class Fingerprints:
    """SHA-256 of files, kept by size and time of change, so that old files are not read at every run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[object]] = {}
        self._changed = False
        if path.exists():
            try:
                self._known = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                self._known = {}  # a cache: lost, it costs one reading of the inbox

    def of(self, file: InputFile) -> str:
        """The hash of a file; a remote one is fetched for it when its stamp is new."""
        if file.remote is not None:
            stamp: list[object] = list(file.remote.stamp)
        else:
            status = file.path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
        known = self._known.get(file.name)
        if known is not None and known[:2] == stamp:
            return str(known[2])
        if file.remote is not None:
            file.remote.fetch(file.path)
        found = file_sha256(file.path)
        self._known[file.name] = [*stamp, found]
        self._changed = True
        return found

    def save(self) -> None:
        """Keep what was found out."""
        if self._changed:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(self._known, ensure_ascii=False))
