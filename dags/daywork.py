"""One day at work: its steps one by one, checks that hold it back, and a day split over workers. No wall clock inside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dags.outcome import RunOutcome, StepOutcome, runs_frame
from dags.steps import DAY_STEPS, Step
from warehouse.dayrun import DayRun
from warehouse.ledger import DayRecord, Ledger, StepRecord
from warehouse.maintenance.sealed import SETTLED_STEPS, sealed_days
from warehouse.maintenance.sealed import load as load_sealed
from warehouse.store import Store
from warehouse.store.parts import Part, Parts
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

_RAW_CHECKED = ("chats", "calls", "tickets", "transactions")
_VOLUME_BACK = 28  # days whose row counts the volume checks compare with
SPLIT_STEPS = tuple(step for step in DAY_STEPS if step.by_inquiry)


class DayWork:
    """The steps of a day on one workspace.

    Args:
        ws: the workspace.
        run_id: names this run in `ops.runs`.
        clock: gives the present moment (aware, UTC); used for `ops.*` and the freshness of input alone.
        progress: called with (step, day, status) as work goes on.
    """

    def __init__(
        self,
        ws: Workspace,
        *,
        run_id: str,
        clock: Callable[[], datetime],
        progress: Callable[[str, date | None, str], None] | None = None,
    ) -> None:
        self.ws = ws
        self.run_id = run_id
        self.clock = clock
        self.store = Store(ws.store_dir, ws.raw_dir, ws.place)
        self.ledger = Ledger(ws.store_dir, ws.place)
        self.outcome = RunOutcome()
        self.progress = progress or (lambda step, day, status: None)

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """One writer at a time: of the inbox, of a day, of the published file."""
        with self.ws.place.lock(self.ws.store_dir / "_locks" / f"{name}.lock"):
            yield

    # what is known of days

    @cached_property
    def raw_state(self) -> dict[date, str]:
        """Fingerprint of what landed, for each day that has something."""
        from warehouse.landing.records import day_state

        return day_state(self.store)

    @cached_property
    def corrected(self) -> dict[date, str]:
        """Fingerprint of people's corrections, for each day that has some."""
        from warehouse.decisions import corrected_days

        return corrected_days(self.store)

    @cached_property
    def sealed(self) -> frozenset[date]:
        """Days whose raw text was removed: what was made of it stays."""
        return sealed_days(self.store)

    def _settled(self, run: DayRun, step: str, done: StepRecord | None) -> bool:
        """Whether a step of a day would see what it saw, or can't see it any more."""
        if done is None or done.failed:
            return False
        return (step in SETTLED_STEPS and run.day in self.sealed) or run.up_to_date(done.inputs)

    def needs_work(self, day: date) -> bool:
        """Whether any step of the day would see other inputs than the day's manifest says."""
        record = self.ledger.open_record(day) or self.ledger.manifest(day)
        if record is None or record.held is not None or set(record.steps) != {s.name for s in DAY_STEPS}:
            return True
        if self.ledger.open_record(day) is not None:
            return True
        run = self.run_of(record)
        return not all(self._settled(run, name, step) for name, step in record.steps.items())

    def run_of(self, record: DayRecord, part: Part | None = None) -> DayRun:
        """A step's view of a day, or of a part of its inquiries."""
        return DayRun(
            self.ws, self.store, self.ledger, record, self.run_id, self.raw_state, self.corrected, part
        )

    # day steps

    def begin_day(self, day: date, *, force_from: str | None = None) -> DayRecord:
        """The record to go on with: work that was cut short, else the manifest, else an empty one.

        Args:
            day: the day.
            force_from: forget this step and all after it, so that they run whatever their inputs are;
                of a sealed day not those that read raw text.
        """
        record = self.ledger.open_record(day) or self.ledger.manifest(day) or DayRecord(day, {})
        record = replace(record, held=None)
        if force_from is not None:
            names = [step.name for step in DAY_STEPS]
            dropped = set(names[names.index(force_from) :]) - (
                set(SETTLED_STEPS) if day in self.sealed else set()
            )
            record = replace(record, steps={n: s for n, s in record.steps.items() if n not in dropped})
        self.ledger.save_open(record)
        return record

    def run_step(self, step: Step, day: date) -> StepOutcome:
        """Run one step of one day unless its inputs are as they were; then check what it wrote."""
        with self._lock(day.isoformat()):
            record = self.ledger.open_record(day) or self.begin_day(day)
            if record.held is not None:
                return self._note(day, step.name, "held", 0, time.perf_counter(), None, record.held)
            run = self.run_of(record)
            done = record.steps.get(step.name)
            begin = time.perf_counter()
            if self._settled(run, step.name, done):
                return self._note(day, step.name, "unchanged", 0, begin, None)
            if step.name in SETTLED_STEPS and (day in self.sealed or day in load_sealed(self.store)):
                return self._as_it_was(step, record, begin)
            self.progress(step.name, day, "start")
            started = self.clock()
            step.load()(run)
            return self._keep(step, run, record, begin, started)

    def _as_it_was(self, step: Step, record: DayRecord, begin: float) -> StepOutcome:
        """A step of a sealed day whose record got lost, or that was forced while the day was being sealed."""
        manifest = self.ledger.manifest(record.day)
        made = manifest.steps.get(step.name) if manifest else None
        if made is not None:
            self.ledger.save_open(replace(record, steps={**record.steps, step.name: made}))
            return self._note(record.day, step.name, "unchanged", 0, begin, None)
        lost = (
            f"{step.name}: raw text was removed and the ledger lacks the step: restore store/ from a backup"
        )
        self.ledger.save_open(replace(record, held=lost))
        return self._note(record.day, step.name, "held", 0, begin, None, lost)

    def _keep(
        self, step: Step, run: DayRun, record: DayRecord, begin: float, started: datetime
    ) -> StepOutcome:
        """Check what a step wrote and enter it into the day's record."""
        checks, failed = self._check(step, run)
        made = StepRecord(dict(run.inputs), dict(run.outputs), checks, failed is not None)
        # Steps after this one are judged by their own inputs: they run again only if these changed.
        steps = {**record.steps, step.name: made}
        ordered = {s.name: steps[s.name] for s in DAY_STEPS if s.name in steps}
        self.ledger.save_open(replace(record, steps=ordered, held=failed))
        rows = sum(files.rows for files in run.outputs.values())
        return self._note(run.day, step.name, "held" if failed else "done", rows, begin, started, failed)

    def _check(self, step: Step, run: DayRun) -> tuple[list[dict[str, object]], str | None]:
        from warehouse.checks import History, check_day

        tables = [t for t in step.writes if t in run.outputs]
        if step.name == "validate":
            tables = [f"raw.{kind}" for kind in _RAW_CHECKED]
        results = []
        for table in tables:
            results += check_day(run, table, history=History(self._row_counts(run.day, table)))
        failing = [r for r in results if r.severity == "fail" and not r.success]
        held = None
        if failing:
            worst = failing[0]
            where = f"{worst.table_name}.{worst.column_name}" if worst.column_name else worst.table_name
            held = f"{step.name}: {worst.check_name} on {where}: {worst.observed} (expected {worst.expected})"
        return [asdict(result) for result in results], held

    def _row_counts(self, day: date, table: str) -> dict[date, int]:
        counts = {}
        for back in range(1, _VOLUME_BACK + 1):
            record = self.ledger.current(day - timedelta(days=back))
            if record is not None and table in record.tables:
                counts[record.day] = record.tables[table].rows
        return counts

    # a day split over workers

    def run_part(self, day: date, part: Part) -> int:
        """The steps of a day that look at one inquiry at a time, for one part of its inquiries.

        What it writes is not part of the tables until `join_parts`; returns the rows. Nothing is written where
        all these steps are up to date.
        """
        record = self.ledger.open_record(day) or self.begin_day(day)
        if record.held is not None:
            return 0
        run = self.run_of(record, part)
        parts = Parts(self.store)
        made: dict[str, dict[str, str]] = {}
        for step in SPLIT_STEPS:
            done = record.steps.get(step.name)
            if not made and self._settled(run, step.name, done):
                continue
            self.progress(step.name, day, "start")
            run.inputs.clear()
            step.load()(run)
            made[step.name] = dict(run.inputs)
        if made:
            parts.save(day, part, made, run.written)
        return sum(files.rows for files in run.outputs.values())

    def join_parts(self, day: date, of: int) -> None:
        """Commit what the parts of a day wrote, a step after the other, each with its checks.

        A part that is missing, or that saw other input than the rest, is no reason to stop: the steps then
        run here over the whole day.
        """
        parts = Parts(self.store)
        with self._lock(day.isoformat()):
            found = parts.load(day, of)
            if len(found) == of:
                agreed = parts.agreed(found, [step.name for step in SPLIT_STEPS])
                for step in SPLIT_STEPS:
                    if step.name in agreed:
                        self._join(step, day, parts, found, agreed[step.name])
            parts.forget(day)
        self._run_steps(day, SPLIT_STEPS)

    def _join(
        self,
        step: Step,
        day: date,
        parts: Parts,
        found: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, str],
    ) -> None:
        record = self.ledger.open_record(day) or self.begin_day(day)
        if record.held is not None:
            return
        begin, started = time.perf_counter(), self.clock()
        run = self.run_of(record)
        for table in step.writes:
            run.outputs[table] = parts.commit(found, table, day)
        # A part saw its own rows of the tables before it; the day's record tells of the whole tables.
        tables = {name: run.fingerprint(name) for name in inputs if name.startswith("table:")}
        run.inputs.update({**inputs, **tables})
        self._keep(step, run, record, begin, started)

    def finish_day(self, day: date) -> bool:
        """Write the day's check results and, if none of its steps is held back, its manifest."""
        import polars as pl

        from warehouse.contracts import empty_frame

        with self._lock(day.isoformat()):
            record = self.ledger.open_record(day)
            if record is None:
                return self.ledger.manifest(day) is not None
            manifest = self.ledger.manifest(day)
            if manifest is not None and manifest.steps == record.steps:
                self.ledger.discard_open(day)  # no step ran: the day stays as it was published
                return True
            schema = empty_frame("ops.check_results").schema
            rows = [{**check, "day": day, "run_id": self.run_id} for check in record.checks]
            frame = pl.DataFrame(rows, schema=schema) if rows else empty_frame("ops.check_results")
            frame = pl.concat([frame, self._earlier_checks(day, record)])
            files = self.store.replace_day("ops.check_results", day, [frame])
            if record.held is not None:
                self.outcome.held[day] = record.held
                return False
            missing = [s.name for s in DAY_STEPS if s.name not in record.steps]
            if missing:
                return False  # cut short: the next run goes on at the first of these
            slim = {name: StepRecord(s.inputs, s.tables, [], False) for name, s in record.steps.items()}
            slim["validate"] = replace(
                slim["validate"], tables={**slim["validate"].tables, "ops.check_results": files}
            )
            self.ledger.finish(replace(record, steps=slim))
            self.outcome.finished.append(day)
            return True

    def _earlier_checks(self, day: date, record: DayRecord) -> pl.DataFrame:
        """Check results of tables that stay as the day's manifest has them."""
        import polars as pl

        manifest = self.ledger.manifest(day)
        files = manifest.tables.get("ops.check_results") if manifest else None
        kept = [t for s in record.steps.values() if not s.checks for t in s.tables]
        if record.steps.get("validate") and not record.steps["validate"].checks:
            kept += [f"raw.{kind}" for kind in _RAW_CHECKED]
        paths = self.store.pinned(files.files) if files else []
        found = self.store.scan_files("ops.check_results", paths)
        return found.filter(pl.col("table_name").is_in(kept)).collect()

    def _run_steps(self, day: date, steps: Sequence[Step]) -> None:
        for step in steps:
            if self.run_step(step, day).status == "held":
                break

    def _note(
        self,
        day: date | None,
        step: str,
        status: str,
        rows: int,
        begin: float,
        started: datetime | None,
        message: str | None = None,
    ) -> StepOutcome:
        seconds = time.perf_counter() - begin
        ended = self.clock() if started else None
        outcome = StepOutcome(day, step, status, rows, seconds, started, ended, message)
        if status != "unchanged":
            self.outcome.steps.append(outcome)
        self.progress(step, day, status)
        return outcome

    def save_runs(self) -> None:
        """Append this run's steps to `ops.runs`."""
        frame = runs_frame(self.run_id, self.outcome.steps)
        if frame is not None:
            self.store.append("ops.runs", [frame])
            self.outcome.steps.clear()
