"""What is known of each day: which steps ran on which inputs, and which files a good day consists of.

Two small JSON files a day under `store/_ledger/`:

- `<day>.json`, the **manifest**: the last state in which the day passed all its steps and checks.
  It pins files, so publishing from manifests alone never mixes two runs.
- `<day>.open.json`: the day as it is being worked on. A step is recorded after its tables were
  committed, so a run that was cut short goes on at the step it had reached.

Every step's record names its inputs with a fingerprint of their content. A step is up to date while
they are the same; a day needs work while any of its steps is not. Nothing marks a day as dirty, so no
mark can be lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.store import DayFiles, FileRef
from warehouse.workspace import write_atomically


@dataclass(frozen=True)
class StepRecord:
    """One step of one day as it ran.

    Attributes:
        inputs: name of an input -> fingerprint (names: see `DayRun`).
        tables: tables that the step wrote -> files, rows and content hash.
        checks: results of the checks on those tables, one dict a check.
        failed: whether a check of severity `fail` failed.
    """

    inputs: dict[str, str]
    tables: dict[str, DayFiles]
    checks: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False


@dataclass(frozen=True)
class DayRecord:
    """All steps of a day; as a manifest, the day's pinned state."""

    day: date
    steps: dict[str, StepRecord]
    held: str | None = None

    @property
    def tables(self) -> dict[str, DayFiles]:
        """Every table of the day."""
        return {name: files for step in self.steps.values() for name, files in step.tables.items()}

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Every check result of the day."""
        return [check for step in self.steps.values() for check in step.checks]


class Ledger:
    """Day records of a workspace, on disk."""

    def __init__(self, store_dir: Path) -> None:
        self._dir = store_dir / "_ledger"
        self._cache: dict[Path, tuple[tuple[int, int, int], DayRecord]] = {}

    def _load(self, path: Path) -> DayRecord | None:
        """Read a record, again only if the file changed: planning looks at every day of history."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._cache.get(path)
        if known is None or known[0] != stamp:
            try:
                known = (stamp, _read(path))
            except FileNotFoundError:
                return None
            self._cache[path] = known
        return known[1]

    def _path(self, day: date, kind: str) -> Path:
        return self._dir / (
            f"{day.isoformat()}.json" if kind == "manifest" else f"{day.isoformat()}.open.json"
        )

    def manifest(self, day: date) -> DayRecord | None:
        """The day's last good state."""
        return self._load(self._path(day, "manifest"))

    def manifests(self) -> dict[date, DayRecord]:
        """Last good states of all days, in order of days."""
        found = {}
        for path in sorted(self._dir.glob("????-??-??.json")):
            record = self._load(path)
            if record is not None:
                found[record.day] = record
        return found

    def days(self) -> list[date]:
        """Days with a manifest, in order, without reading them."""
        return sorted(date.fromisoformat(path.stem) for path in self._dir.glob("????-??-??.json"))

    def open_record(self, day: date) -> DayRecord | None:
        """The day as it is being worked on; None when it is not."""
        return self._load(self._path(day, "open"))

    def current(self, day: date) -> DayRecord | None:
        """What steps that look back at this day read: work in progress, unless it was held back."""
        found = self.open_record(day)
        return found if found is not None and found.held is None else self.manifest(day)

    def opened(self) -> list[DayRecord]:
        """Days that are being worked on, those that are held back among them."""
        found = [self._load(path) for path in sorted(self._dir.glob("????-??-??.open.json"))]
        return [record for record in found if record is not None]

    def held(self) -> list[DayRecord]:
        """Days that a failed check holds back."""
        return [record for record in self.opened() if record.held is not None]

    def save_open(self, record: DayRecord) -> None:
        """Keep the state of a day that is being worked on."""
        self._dir.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path(record.day, "open"), _dump(record))

    def finish(self, record: DayRecord) -> None:
        """Make a day's open state its manifest."""
        self.save_open(record)
        self._path(record.day, "open").replace(self._path(record.day, "manifest"))

    def discard_open(self, day: date) -> None:
        """Forget work in progress, so that a day is processed from its first step."""
        self._path(day, "open").unlink(missing_ok=True)


def _dump(record: DayRecord) -> str:
    steps = {
        name: {
            "inputs": step.inputs,
            "tables": {
                table: {
                    "files": [{"path": ref.path, "rows": ref.rows} for ref in files.files],
                    "rows": files.rows,
                    "content": files.content,
                }
                for table, files in step.tables.items()
            },
            "checks": step.checks,
            "failed": step.failed,
        }
        for name, step in record.steps.items()
    }
    data = {"day": record.day.isoformat(), "steps": steps, "held": record.held}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _read(path: Path) -> DayRecord:
    data = json.loads(path.read_text(encoding="utf-8"))
    steps = {
        name: StepRecord(
            inputs=step["inputs"],
            tables={
                table: DayFiles(
                    tuple(FileRef(**ref) for ref in files["files"]), files["rows"], files["content"]
                )
                for table, files in step["tables"].items()
            },
            checks=step["checks"],
            failed=step["failed"],
        )
        for name, step in data["steps"].items()
    }
    return DayRecord(date.fromisoformat(data["day"]), steps, data["held"])
