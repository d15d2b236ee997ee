"""A day that several workers write together: each a part of its inquiries, committed as one.

A worker leaves its files in the tables' folders, where no reader sees them, and a receipt under
`store/_parts/<day>/`. The join commits the files of all parts of a table at once, so that a day is never
half there; files of a part that was cut short belong to no table, and vacuum takes them away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from deltalake.transaction import AddAction

from warehouse.contracts import empty_frame
from warehouse.hashing import stable_hash
from warehouse.store.delta import DayFiles, FileRef, Store


@dataclass(frozen=True)
class Part:
    """One part of a day's inquiries: `number` (from 0) of `of`."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of:
            raise ValueError(f"part {self.number} of {self.of}: parts count from 0")

    def holds(self, column: str) -> pl.Expr:
        """Whether an inquiry belongs to this part, by the hash of its id."""
        return stable_hash(column).reinterpret(signed=False) % self.of == self.number


@dataclass(frozen=True)
class Written:
    """Files that a step left in a table, and their rows and content."""

    actions: Sequence[AddAction]
    files: DayFiles


class Parts:
    """Receipts of the parts of days."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _folder(self, day: date) -> Path:
        return self._store.store_dir / "_parts" / day.isoformat()

    def save(
        self, day: date, part: Part, inputs: Mapping[str, Mapping[str, str]], written: Mapping[str, Written]
    ) -> None:
        """Note what a part wrote.

        Args:
            day: the day.
            part: which part.
            inputs: step -> its inputs with their fingerprints.
            written: table -> files.
        """
        tables = {
            table: {
                "rows": made.files.rows,
                "content": made.files.content,
                "actions": [
                    [a.path, a.size, a.partition_values, a.modification_time, a.stats] for a in made.actions
                ],
            }
            for table, made in written.items()
        }
        receipt = {"inputs": inputs, "tables": tables}
        path = self._folder(day) / f"{part.number:04d}-of-{part.of:04d}.json"
        self._store.place.write(path, json.dumps(receipt))

    def load(self, day: date, of: int) -> list[dict[str, Any]]:
        """The receipts of a day's parts, in order; fewer than `of` where a part is not done."""
        place = self._store.place
        texts = [place.read(path) for path in place.glob(self._folder(day), f"????-of-{of:04d}.json")]
        return [json.loads(text) for text in texts if text is not None]

    def forget(self, day: date) -> None:
        """Remove the receipts of a day."""
        self._store.place.drop(self._folder(day))

    @staticmethod
    def agreed(found: Sequence[Mapping[str, Any]], steps: Sequence[str]) -> dict[str, dict[str, str]]:
        """Step -> inputs, of the steps that ran in all parts, up to the first that did not see the same in all."""
        agreed: dict[str, dict[str, str]] = {}
        for step in steps:
            ran = [receipt["inputs"][step] for receipt in found if step in receipt["inputs"]]
            seen: dict[str, str] = {}
            for name, value in (pair for inputs in ran for pair in inputs.items()):
                if seen.setdefault(name, value) != value and not name.startswith("table:"):
                    return agreed
            if ran and len(ran) < len(found):
                return agreed
            if ran:
                agreed[step] = seen
        return agreed

    def commit(self, found: Sequence[Mapping[str, Any]], table: str, day: date) -> DayFiles:
        """Replace the day of a table by the files of all its parts, in one commit."""
        made = [receipt["tables"][table] for receipt in found]
        actions = [
            AddAction(
                path=path,
                size=size,
                partition_values=values,
                modification_time=modified,
                data_change=True,
                stats=stats,
            )
            for entry in made
            for path, size, values, modified, stats in entry["actions"]
        ]
        if not actions:  # a day without rows is a day too
            actions = [self._store.write_file(table, empty_frame(table), day, "part-0000")]
        self._store.commit(table, actions, mode="overwrite", day=day)
        files = tuple(FileRef(f"{table}/{a.path}", int(json.loads(a.stats)["numRecords"])) for a in actions)
        content = sum(entry["content"] for entry in made) % 2**64
        return DayFiles(files, sum(entry["rows"] for entry in made), content)
