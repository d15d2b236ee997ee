"""Runs the steps: plans the open days, keeps the ledger, holds back what fails. No wall clock inside."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dags.daywork import DayWork
from dags.outcome import RunOutcome
from dags.steps import DAY_STEPS, LEARNING, step_named
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from dashboards.report import Report
    from warehouse.landing import LandingResult
    from warehouse.publish import Published

_MAX_GAP = timedelta(days=35)  # a longer silence is two histories, not days without an inquiry
_LOOK_BACK_DAYS = (7, 28)  # repeats; then marts and alerts, which read what repeats changed
_REACH = timedelta(days=14)  # a new topic is told of so many days back


class Pipeline(DayWork):
    """All steps over all days of one workspace; see `DayWork` for its arguments."""

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
        self,
        *,
        first: date | None = None,
        last: date | None = None,
        day: date | None = None,
        until: date | None = None,
    ) -> list[date]:
        """Days to look at, in order: those that need work now, or may once an earlier one is done.

        Args:
            first: all days from this one, whether they need work or not.
            last: all days up to this one.
            day: this day alone.
            until: none after this one.

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
        chosen = [d for d in chosen if until is None or d <= until]
        with self.ledger.at_one_moment():
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

        models = Models(self.ws.models, self.ws.place)
        held = held_by(self.run_of(record))
        self.outcome.remarks += take_over(models, self.store, record.day + timedelta(days=1), held)
        keep_tables(models, self.store)

    # all open days

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

    def report(self, day: date | None = None) -> Report | None:
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
