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
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.place import LOCAL, Place
from warehouse.store import DayFiles, FileRef


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
    """Day records of a workspace."""

    def __init__(self, store_dir: Path, place: Place = LOCAL) -> None:
        self._dir = store_dir / "_ledger"
        self._place = place
        self._cache: dict[Path, tuple[Hashable, DayRecord]] = {}
        self._seen: dict[date, DayRecord | None] | None = None

    def _load(self, path: Path) -> DayRecord | None:
        """Read a record, again only if the file changed: planning looks at every day of history."""
        stamp = self._place.stamp(path)
        if stamp is None:
            return None
        known = self._cache.get(path)
        if known is None or known[0] != stamp:
            text = self._place.read(path)
            if text is None:
                return None
            known = (stamp, _read(text))
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
        paths = self._place.glob(self._dir, "????-??-??.json")
        self._place.warm(path for path in paths if path not in self._cache)
        for path in paths:
            record = self._load(path)
            if record is not None:
                found[record.day] = record
        return found

    def days(self) -> list[date]:
        """Days with a manifest, in order, without reading them."""
        return sorted(
            date.fromisoformat(path.stem) for path in self._place.glob(self._dir, "????-??-??.json")
        )

    def open_record(self, day: date) -> DayRecord | None:
        """The day as it is being worked on; None when it is not."""
        return self._load(self._path(day, "open"))

    def current(self, day: date) -> DayRecord | None:
        """What steps that look back at this day read: work in progress, unless it was held back."""
        if self._seen is not None and day in self._seen:
            return self._seen[day]
        found = self.open_record(day)
        found = found if found is not None and found.held is None else self.manifest(day)
        if self._seen is not None:
            self._seen[day] = found
        return found

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """While a whole history is looked at, the state of a day is asked for once, not for each that looks back."""
        self._seen = {}
        try:
            yield
        finally:
            self._seen = None

    def opened(self) -> list[DayRecord]:
        """Days that are being worked on, those that are held back among them."""
        found = [self._load(path) for path in self._place.glob(self._dir, "????-??-??.open.json")]
        return [record for record in found if record is not None]

    def held(self) -> list[DayRecord]:
        """Days that a failed check holds back."""
        return [record for record in self.opened() if record.held is not None]

    def save_open(self, record: DayRecord) -> None:
        """Keep the state of a day that is being worked on."""
        self._place.write(self._path(record.day, "open"), _dump(record))

    def finish(self, record: DayRecord) -> None:
        """Make a day's open state its manifest."""
        self.save_open(record)
        self._place.move(self._path(record.day, "open"), self._path(record.day, "manifest"))

    def discard_open(self, day: date) -> None:
        """Forget work in progress, so that a day is processed from its first step."""
        self._place.delete(self._path(day, "open"))


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


def _read(text: str) -> DayRecord:
    data = json.loads(text)
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
