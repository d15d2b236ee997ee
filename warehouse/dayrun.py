"""What a step of a day gets: its day's tables, a look back, and a place to write.

Reading through a `DayRun` also notes what was read, so that the ledger can tell later whether the step
would see anything else today. Names of inputs: `raw` (what landed for the day), `raw_back:<n>` (for the n
days before), `table:<name>` (a table of the same day), `back:<name>:<n>` (a table, the n days before),
`journeys`, `tags`, `lexicon` (configuration), `model:<name>` (learned state),
`corrections` (what people said of inquiries of the day).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import polars as pl

from warehouse.config import Journeys, LexiconConfig, TagRule
from warehouse.contracts import contract
from warehouse.decisions import corrected_days, decisions
from warehouse.ledger import DayRecord, Ledger
from warehouse.models import History, Models
from warehouse.sql import load_macros
from warehouse.store import DayFiles, DayWriter, Store
from warehouse.store.parts import Part, Written
from warehouse.workspace import Workspace


class DayRun:
    """One step of one day at work.

    Args:
        ws: the workspace.
        store: its tables.
        ledger: what is known of its days.
        record: the day's record so far (tables of the steps before this one).
        run_id: the run that this belongs to.
        raw_state: day -> fingerprint of what landed for it.
        corrected: day -> fingerprint of people's corrections of it; None: looked up.
        part: only these inquiries of the day; what is written then waits for the other parts.
    """

    def __init__(
        self,
        ws: Workspace,
        store: Store,
        ledger: Ledger,
        record: DayRecord,
        run_id: str,
        raw_state: Mapping[date, str],
        corrected: Mapping[date, str] | None = None,
        part: Part | None = None,
    ) -> None:
        self.ws = ws
        self.store = store
        self.ledger = ledger
        self.day = record.day
        self.run_id = run_id
        self.inputs: dict[str, str] = {}
        self.outputs: dict[str, DayFiles] = {}
        self._record = record
        self._raw_state = raw_state
        self._corrected = corrected
        self.part = part
        self.written: dict[str, Written] = {}

    # Configuration

    def journeys(self) -> Journeys:
        """journeys.yaml as it holds on this day."""
        self.inputs["journeys"] = self.fingerprint("journeys")
        return self.ws.journeys(self.day)

    def tags(self) -> list[TagRule]:
        """Tag rules as they hold on this day."""
        self.inputs["tags"] = self.fingerprint("tags")
        return self.ws.tags(self.day)

    def lexicon(self) -> LexiconConfig:
        """Words of lexicon/ as they hold on this day."""
        self.inputs["lexicon"] = self.fingerprint("lexicon")
        return self.ws.lexicon(self.day)

    # Learned state

    def model(self, name: str) -> History:
        """The versions of a learned thing, noting which of them hold on this day."""
        self.inputs[f"model:{name}"] = self.fingerprint(f"model:{name}")
        return Models(self.ws.models, self.ws.place).history(name)

    # What people decided

    def decisions(self, kind: str) -> pl.DataFrame:
        """All decisions of a kind, oldest first, without noting it: for learning."""
        return decisions(self.store, kind)

    def corrections(self) -> pl.DataFrame:
        """Decisions of kind `correct` about inquiries of this day."""
        self.inputs["corrections"] = self.fingerprint("corrections")
        found = decisions(self.store, "correct")
        return found.filter(pl.col("value").str.json_path_match("$.day") == self.day.isoformat())

    # Reading

    def uses_raw(self) -> None:
        """Note that the step reads what landed for this day."""
        self.inputs["raw"] = self.fingerprint("raw")

    def raw_days_back(self, days: int) -> list[date]:
        """The days before this one, noting that the step reads what landed for them."""
        self.inputs[f"raw_back:{days}"] = self.fingerprint(f"raw_back:{days}")
        return self._days_back(days)

    def scan(self, table: str, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """This day's rows of a table: of raw as landed, of others as this run (or an earlier one) wrote them."""
        if table.startswith("raw."):
            self.uses_raw()
            return self.store.scan(table, [self.day], columns)
        files = self._files(table)
        if table not in self.outputs or self.part is not None:
            self.inputs[f"table:{table}"] = self.fingerprint(f"table:{table}")
        if self.part is None or table in self.outputs:
            return self.store.scan_files(table, self._paths(files), columns)
        mine = self.store.scan_files(table, self._paths(files)).filter(self.part.holds("inquiry_id"))
        return mine.select(list(columns)) if columns is not None else mine

    def scan_back(self, table: str, days: int, columns: Sequence[str] | None = None) -> pl.LazyFrame:
        """Rows of the `days` days before this one."""
        name = f"back:{table}:{days}"
        self.inputs[name] = self.fingerprint(name)
        return self.store.scan_files(table, self._paths_back(table, days), columns)

    def heard(
        self, table: str, first: date, last: date, columns: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """Rows of days that are ready, without noting it: for learning, which is never done again for a day."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found = [
            self._files(table) if day == self.day else _files_of(self.ledger.current(day), table)
            for day in days
        ]
        return self.store.scan_files(table, [path for files in found for path in self._paths(files)], columns)

    def connection(
        self, tables: Sequence[str] = (), back: Mapping[str, int] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """DuckDB in memory with the macros of the contract and views over this day's tables.

        Args:
            tables: become views `<schema>.<table>` over this day.
            back: table -> days: become views `<schema>.<table>_back` over the days before.
        """
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        load_macros(connection)
        sources: dict[str, list[str]] = {}
        for table in tables:
            if table not in self.outputs:
                self.inputs[f"table:{table}"] = self.fingerprint(f"table:{table}")
            sources[table] = self.store.ready(self._paths(self._files(table)))
        for table, days in (back or {}).items():
            self.inputs[f"back:{table}:{days}"] = self.fingerprint(f"back:{table}:{days}")
            sources[f"{table}_back"] = self.store.ready(self._paths_back(table, days))
        for name, paths in sources.items():
            schema, _ = name.split(".", 1)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            spec = contract(name.removesuffix("_back"))
            if not paths:
                connection.execute(spec.duckdb_ddl().replace(spec.table, name, 1))
                continue
            # DuckDB reads the files itself: only the columns that a query names, and never a whole day at once.
            files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            columns = ", ".join(f'"{column}"' for column in spec.polars_schema())
            connection.execute(
                f"CREATE VIEW {name} AS SELECT {columns} FROM read_parquet([{files}], "
                "union_by_name = true, hive_partitioning = true, hive_types = {'day': DATE})"
            )
        return connection

    # Writing

    @contextmanager
    def writer(self, table: str) -> Iterator[DayWriter]:
        """Replace this day of a table piece by piece; committed when the block ends without an error."""
        with DayWriter(self.store, table, self.day, commit=self.part is None) as writer:
            yield writer
        self.outputs[table] = writer.result
        self.written[table] = Written(writer.actions, writer.result)

    def replace(self, table: str, frames: pl.DataFrame | Iterable[pl.DataFrame]) -> None:
        """Replace this day of a table in one commit."""
        with self.writer(table) as writer:
            for frame in [frames] if isinstance(frames, pl.DataFrame) else frames:
                writer.write(frame)

    # What inputs are like now

    def fingerprint(self, name: str) -> str:
        """The present fingerprint of an input, by its name."""
        kind, _, rest = name.partition(":")
        if kind == "raw":
            return self._raw_state.get(self.day, "")
        if kind == "raw_back":
            states = [self._raw_state.get(back, "") for back in self._days_back(int(rest))]
            return hashlib.sha256(";".join(states).encode()).hexdigest()[:16]
        if kind in ("journeys", "tags", "lexicon"):
            version = self.ws.config_version(kind, self.day)
            return version.digest if version else ""
        if kind == "corrections":
            known = corrected_days(self.store) if self._corrected is None else self._corrected
            return known.get(self.day, "")
        if kind == "model":
            return Models(self.ws.models, self.ws.place).history(rest).fingerprint(self.day)
        if kind == "table":
            files = self._files(rest)
            return f"{files.rows}:{files.content}" if files else ""
        table, _, days = rest.rpartition(":")
        digest = hashlib.sha256()
        for back in self._days_back(int(days)):
            files = _files_of(self.ledger.current(back), table)
            digest.update(f"{back}:{files.rows if files else ''}:{files.content if files else ''};".encode())
        return digest.hexdigest()[:16]

    def up_to_date(self, inputs: Mapping[str, str]) -> bool:
        """Whether all inputs still have the fingerprints of a step's record."""
        return all(self.fingerprint(name) == value for name, value in inputs.items())

    def _files(self, table: str) -> DayFiles | None:
        contract(table)  # a wrong name is an error here, not an empty frame
        return self.outputs.get(table) or self._record.tables.get(table)

    def _paths(self, files: DayFiles | None) -> list[str]:
        return self.store.pinned(files.files) if files else []

    def _paths_back(self, table: str, days: int) -> list[str]:
        records = (self.ledger.current(back) for back in self._days_back(days))
        return [path for record in records for path in self._paths(_files_of(record, table))]

    def _days_back(self, days: int) -> list[date]:
        return [self.day - timedelta(days=back) for back in range(days, 0, -1)]


def _files_of(record: DayRecord | None, table: str) -> DayFiles | None:
    return record.tables.get(table) if record else None
