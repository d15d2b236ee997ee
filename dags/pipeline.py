"""Runs the steps: plans the open days, keeps the ledger, holds back what fails. No wall clock inside."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dags.outcome import RunOutcome, StepOutcome, runs_frame
from dags.steps import DAY_STEPS, Step, step_named
from warehouse.dayrun import DayRun
from warehouse.errors import ConfigError
from warehouse.ledger import DayRecord, Ledger, StepRecord
from warehouse.store import Store
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from warehouse.landing import LandingResult
    from warehouse.publish import Published

_MAX_GAP = timedelta(days=35)  # a longer silence is two histories, not days without an inquiry
_RAW_CHECKED = ("chats", "calls", "tickets", "transactions")
_LOOK_BACK_DAYS = (7, 28)  # repeats; then marts and alerts, which read what repeats changed
LEARNING = "topics"  # the step that learns from many days at once
_REACH = timedelta(days=14)  # a new topic is told of so many days back
_VOLUME_BACK = 28  # days whose row counts the volume checks compare with


class Pipeline:
    """The steps at work on one workspace.

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
        self.store = Store(ws.store_dir, ws.raw_dir)
        self.ledger = Ledger(ws.store_dir)
        self.outcome = RunOutcome()
        self.progress = progress or (lambda step, day, status: None)

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """One writer at a time: of the inbox, of a day, of the published file."""
        folder = self.ws.store_dir / "_locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    # land

    def land(self) -> LandingResult:
        """Land what is new in the inbox."""
        from transforms.masking import mask_expr
        from transforms.steps import conform_undated
        from warehouse.landing import land

        self.progress("land", None, "start")
        started = self.clock()
        begin = time.perf_counter()
        with self._lock("inbox"):
            result = land(self.ws, self.store, as_of=started, mask=mask_expr)
            conform_undated(self.ws, self.store)
        self.outcome.landing = result
        self._note(None, "land", "done", result.rows_landed, begin, started)
        self.__dict__.pop("raw_state", None)
        return result

    # plan

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

    def calendar(self) -> list[date]:
        """All days from the first to the last that has data, with the silent ones between."""
        days: list[date] = []
        for day in sorted(set(self.raw_state) | set(self.ledger.days())):
            last = days[-1] if days else day
            if day - last <= _MAX_GAP:
                days.extend(last + timedelta(days=n) for n in range(1, (day - last).days))
            days.append(day)
        return days

    def plan(
        self, *, first: date | None = None, last: date | None = None, day: date | None = None
    ) -> list[date]:
        """Days to look at, in order: those that need work now, or may once an earlier one is done.

        Raises:
            ConfigError: the named day has no data.
        """
        calendar = self.calendar()
        processed = self.ledger.days()
        self.ws.adopt_config(processed[-1] + timedelta(days=1) if processed else None)
        self._take_over_decisions(processed)
        if day is not None:
            if day not in calendar:
                span = f"{calendar[0]} to {calendar[-1]}" if calendar else "no day at all"
                raise ConfigError(f"nothing landed for {day}", expected=f"a day of the data: {span}")
            return [day]
        chosen = [d for d in calendar if (first is None or d >= first) and (last is None or d <= last)]
        if first is not None or last is not None:
            return chosen
        open_days = [d for d in chosen if self.needs_work(d)]
        reach = timedelta(days=sum(_LOOK_BACK_DAYS))
        return [d for d in chosen if any(opened <= d <= opened + reach for opened in open_days)]

    def _take_over_decisions(self, processed: list[date]) -> None:
        """What people decided about topics holds from the next new day on (or from the day that they named)."""
        record = self.ledger.manifest(processed[-1]) if processed else None
        if record is None:
            return
        from insight.topics.days import held_by, keep_tables
        from insight.topics.decided import take_over
        from warehouse.models import Models

        models = Models(self.ws.models)
        held = held_by(self.run_of(record))
        self.outcome.remarks += take_over(models, self.store, record.day + timedelta(days=1), held)
        keep_tables(models, self.store)

    def needs_work(self, day: date) -> bool:
        """Whether any step of the day would see other inputs than the day's manifest says."""
        record = self.ledger.open_record(day) or self.ledger.manifest(day)
        if record is None or record.held is not None or set(record.steps) != {s.name for s in DAY_STEPS}:
            return True
        if self.ledger.open_record(day) is not None:
            return True
        run = self.run_of(record)
        return not all(run.up_to_date(step.inputs) for step in record.steps.values())

    def run_of(self, record: DayRecord) -> DayRun:
        """A step's view of a day."""
        return DayRun(self.ws, self.store, self.ledger, record, self.run_id, self.raw_state, self.corrected)

    # day steps

    def begin_day(self, day: date, *, force_from: str | None = None) -> DayRecord:
        """The record to go on with: work that was cut short, else the manifest, else an empty one.

        Args:
            day: the day.
            force_from: forget this step and all after it, so that they run whatever their inputs are.
        """
        record = self.ledger.open_record(day) or self.ledger.manifest(day) or DayRecord(day, {})
        record = replace(record, held=None)
        if force_from is not None:
            names = [step.name for step in DAY_STEPS]
            dropped = set(names[names.index(force_from) :])
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
            if done is not None and not done.failed and run.up_to_date(done.inputs):
                return self._note(day, step.name, "unchanged", 0, begin, None)
            self.progress(step.name, day, "start")
            started = self.clock()
            checks, failed = self._execute(step, run)
            made = StepRecord(dict(run.inputs), dict(run.outputs), checks, failed is not None)
            # Steps after this one are judged by their own inputs: they run again only if these changed.
            steps = {**record.steps, step.name: made}
            ordered = {s.name: steps[s.name] for s in DAY_STEPS if s.name in steps}
            self.ledger.save_open(replace(record, steps=ordered, held=failed))
            rows = sum(files.rows for files in run.outputs.values())
            status = "held" if failed else "done"
            return self._note(day, step.name, status, rows, begin, started, failed)

    def _execute(self, step: Step, run: DayRun) -> tuple[list[dict[str, object]], str | None]:
        from warehouse.checks import History, check_day

        step.load()(run)
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
        paths = [str(self.store.store_dir / ref.path) for ref in files.files] if files else []
        found = self.store.scan_files("ops.check_results", paths)
        return found.filter(pl.col("table_name").is_in(kept)).collect()

    def run_days(self, days: list[date], *, force_from: str | None = None) -> None:
        """All steps of the days that need them; with `force_from` that step and all after it of all these days.

        Topics are learned from many days at once, so all days come up to that step before one goes past it.
        """
        middle = [step.name for step in DAY_STEPS].index(LEARNING)
        opened = [day for day in days if force_from or self.needs_work(day)]
        for day in opened:
            self.begin_day(day, force_from=force_from)
            self._run_steps(day, DAY_STEPS[:middle])
        learned = self.learn_topics(opened)
        for day in sorted({*days, *learned}):
            # What a day looks back at may have changed just now, so those that were fine are asked again.
            if day not in learned and not self.needs_work(day):
                continue
            record = self.ledger.open_record(day)
            if record is None or record.held is None:
                self.begin_day(day)
                self._run_steps(day, DAY_STEPS)
            self.finish_day(day)

    def _run_steps(self, day: date, steps: Sequence[Step]) -> None:
        for step in steps:
            if self.run_step(step, day).status == "held":
                break

    def learn_topics(self, days: list[date]) -> list[date]:
        """The topics step of some days in order; returns them and the earlier days that a new topic changed.

        A new matter is told of the days on which it began too, so these are gone over again.
        """
        step = step_named(LEARNING)
        for day in days:
            self.run_step(step, day)
        first = min(days, default=None)
        reach = [] if first is None else [d for d in self.ledger.days() if first - _REACH <= d <= max(days)]
        changed = [d for d in reach if d not in days and self._topics_changed(d)]
        again = [d for d in days if self._topics_changed(d)]
        for day in sorted([*changed, *again]):
            self.begin_day(day)
            self.run_step(step, day)
        return sorted({*days, *changed})

    def _topics_changed(self, day: date) -> bool:
        record = self.ledger.open_record(day) or self.ledger.manifest(day)
        if record is None or record.held is not None:
            return False
        made = record.steps.get(LEARNING)
        return made is not None and not self.run_of(record).up_to_date(
            {name: value for name, value in made.inputs.items() if name.startswith("model:")}
        )

    # publish, report

    def publish(self, *, force: bool = False) -> Published | None:
        """Publish all good days, unless the newest published file holds just these already."""
        from insight.effects.days import keep_effects
        from warehouse.publish import publish

        self.progress("publish", None, "start")
        started = self.clock()
        begin = time.perf_counter()
        with self._lock("published"):
            keep_effects(self.ws, self.store, self.ledger, now=started)
            found = publish(self.ws, self.store, self.ledger, now=started, force=force)
        self.outcome.published = found
        self._note(None, "publish", "done" if found.is_new else "unchanged", 0, begin, started)
        return found

    def report(self, day: date | None = None) -> Path | None:
        """The report of a day (default: the last published one)."""
        from dashboards.report import write_report

        self.progress("report", day, "start")
        return write_report(self.ws.published / "voc.duckdb", self.ws.reports, day, self.ws.voc.language)

    # all

    def run(
        self,
        *,
        first: date | None = None,
        last: date | None = None,
        day: date | None = None,
        step: str | None = None,
    ) -> RunOutcome:
        """Land, process the open (or named) days in date order, publish, report."""
        chosen = step_named(step) if step else None
        if chosen is None or chosen.name == "land":
            self.land()
        if chosen is None or chosen.scope == "day":
            if not self.calendar():
                raise ConfigError(
                    f"{self.ws.inbox}: nothing has landed yet",
                    hint="put files into inbox/{chats,calls,tickets,transactions}/, then voc run; voc check judges them first",
                )
            named = first is not None or last is not None or day is not None
            days = self.plan(first=first, last=last, day=day)
            if chosen is not None and not named:
                days = self.calendar()
            force = chosen.name if chosen else DAY_STEPS[0].name if named else None
            self.run_days(days, force_from=force)
        self.save_runs()  # before publishing, so that the file tells of the run that made it
        if chosen is None or chosen.name == "publish" or chosen.scope == "day":
            self.publish(force=chosen is not None and chosen.name == "publish")
        if chosen is None or chosen.name == "report":
            self.report()
        self.save_runs()
        return self.outcome

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
