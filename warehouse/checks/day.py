"""Checks of one table's batch of one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

import polars as pl

from warehouse.checks.raw import days_with_rows, name_known, names_table, rejected, rows_before
from warehouse.checks.results import CheckResult, History
from warehouse.checks.rules import (
    JOURNEYS,
    Rule,
    columns_of,
    groups_of,
    key_counts,
    light,
    measure,
    measured_name,
    rules_of,
)
from warehouse.checks.suites import failing_groups, numbers_hold
from warehouse.contracts import Check, Contract, contract

if TYPE_CHECKING:
    from warehouse.dayrun import DayRun

BATCH_ROWS = 1_000_000
_SAMPLES = 5
_VALUE_CHARS = 24  # a value is shown to be recognised; a column that holds sentences shows none
_WEEKS_BACK = 28  # days
_LEAST_HISTORY = 5  # days; with fewer, a volume is compared with nothing


def check_day(run: DayRun, table: str, *, history: History) -> list[CheckResult]:
    """Check one table's batch of the day.

    Reads the table, the tables that it refers to (of the same step, or ones that the step read) and, for raw
    tables, the log, so that it adds no input to the step.

    Args:
        run: the day.
        table: a table by day.
        history: rows of the table on earlier days; those of raw tables are read from the store.

    Returns:
        One result for each check of the contract.
    """
    spec = contract(table)
    rules = rules_of(spec)
    frame = light(run.scan(table, columns_of(spec, rules)), spec, rules).collect()
    results = check_rows(spec, frame, rules, _known(run, rules))
    counts: Mapping[date, int] = history.row_counts
    if table.startswith("raw."):
        counts = rows_before(run, table, _WEEKS_BACK)
    return results + _check_table(run, spec, frame, counts)


def _known(run: DayRun, rules: Sequence[Rule]) -> dict[str, pl.DataFrame]:
    """Keys that references may name: table -> its key columns, under the names of the referring table."""
    known = {}
    for rule in rules:
        if rule.to == "core.inquiries":
            known[rule.to] = run.scan("core.inquiries", ["inquiry_id"]).collect()
        elif rule.to == "core.steps":
            known[rule.to] = run.journeys().step_table().select("product", "step")
        elif rule.to == JOURNEYS:
            known[rule.to] = names_table(run.journeys())
    return known


def check_rows(
    spec: Contract, frame: pl.DataFrame, rules: Sequence[Rule], known: Mapping[str, pl.DataFrame]
) -> list[CheckResult]:
    """Check the rules on rows.

    Args:
        spec: the contract.
        frame: key columns and the rules' columns, from `light` where the table has rules on text.
        rules: from `rules_of`.
        known: what references may name.
    """
    if frame.is_empty():
        return [
            CheckResult(spec.table, r.name, r.column, r.severity, True, "no rows", r.expected) for r in rules
        ]
    made = []
    for rule in rules:
        if rule.name == "unique":
            made.append(key_counts(frame, spec.key).alias(measured_name(rule)))
        elif rule.name == "reference":
            made.append(_referred(frame, rule, known.get(str(rule.to))).alias(measured_name(rule)))
    frame = frame.with_columns(made)
    groups = tuple(groups_of(rules))
    failed = failing_groups(groups, (measure(part, groups) for part in frame.iter_slices(BATCH_ROWS)))
    results = []
    for group in groups:
        for rule in group.rules:
            if group.name in failed:
                results.append(_one_by_one(spec, frame, rule))
            else:
                results.append(
                    CheckResult(
                        spec.table,
                        rule.name,
                        rule.column,
                        rule.severity,
                        True,
                        "all rows",
                        rule.expected,
                        [],
                        frame.height,
                        0,
                    )
                )
    return results


def _referred(frame: pl.DataFrame, rule: Rule, known: pl.DataFrame | None) -> pl.Series:
    """Whether what a row names is known; naming nothing is not an orphan. A workspace without journeys knows none."""
    if known is None or (known.is_empty() and rule.to in ("core.steps", JOURNEYS)):
        return pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    if rule.to == JOURNEYS:
        return name_known(frame, rule.column, known)
    columns = known.columns if rule.to == "core.steps" else [rule.column]
    there = frame.select(columns).join(
        known.rename(dict(zip(known.columns, columns, strict=True)))
        .unique()
        .with_columns(_known=pl.lit(True)),
        on=columns,
        how="left",
        maintain_order="left",
    )["_known"]
    unnamed = frame[rule.column].is_null()
    if rule.to == "core.steps":  # a product without a step must be known all the same
        products = known["product"].unique().implode()
        unnamed = unnamed & (frame["product"].is_null() | frame["product"].is_in(products))
    return there.fill_null(False) | unnamed


def _one_by_one(spec: Contract, frame: pl.DataFrame, rule: Rule) -> CheckResult:
    """The result of a rule whose group failed, with the keys of the rows that break it."""
    bad = frame.filter(rule.bad())
    keys = bad.head(_SAMPLES).select(
        pl.concat_str([pl.col(k).cast(pl.String).fill_null("∅") for k in spec.key], separator=" · ")
    )
    if rule.name == "between" and not bad.is_empty():
        value = pl.col(rule.column).cast(pl.Float64).drop_nans()
        low, high = bad.select(value.min().alias("low"), value.max().alias("high")).row(0)
        found = "; not a number" if low is None else f"; {low:g} to {high:g}"
    elif rule.name == "in_set":
        shown = bad[rule.column].unique().sort().head(3)
        short = [v if len(v) <= _VALUE_CHARS else f"a text of {len(v)} characters" for v in shown]
        found = "; " + ", ".join(short) if short else ""
    else:
        found = ""
    return CheckResult(
        spec.table,
        rule.name,
        rule.column,
        rule.severity,
        bad.is_empty(),
        f"{bad.height:,} of {frame.height:,} rows{found}" if bad.height else "all rows",
        rule.expected,
        keys.to_series().to_list(),
        frame.height,
        bad.height,
    )


# Checks of a table as a whole


def _check_table(
    run: DayRun, spec: Contract, frame: pl.DataFrame, counts: Mapping[date, int]
) -> list[CheckResult]:
    wanted: dict[str, tuple[float, float | None, float | None]] = {}
    said: dict[str, tuple[Check, str, str]] = {}
    for number, check in enumerate(spec.checks):
        name = f"c{number}"
        if check.check == "row_count":
            wanted[name] = (frame.height, check.min or 0, check.max)
            said[name] = (check, f"{frame.height:,} rows", f"{check.min or 0:g} or more")
        elif check.check == "freshness":
            with_rows = [d for d, n in counts.items() if n > 0 and d < run.day]
            if not frame.height and not with_rows:
                continue
            age = 0 if frame.height else (run.day - max(with_rows)).days
            limit = check.max or 0
            wanted[name] = (age, None, limit)
            said[name] = (check, f"newest rows {age} days old", f"at most {limit:g}")
        elif check.check == "volume":
            usual = usual_rows(counts, run.day)
            tolerance = check.tolerance or 4
            if usual is None:
                continue
            ratio = (frame.height + 1) / (usual + 1)
            wanted[name] = (ratio, 1 / tolerance, tolerance)
            said[name] = (
                check,
                f"{frame.height:,} rows, usually {usual:,.0f}",
                f"{usual / tolerance:,.0f} to {usual * tolerance:,.0f}",
            )
        elif check.check == "share_not_null" and check.column is not None and frame.height:
            if check.column not in frame.columns:
                column = run.scan(spec.table, [check.column]).collect()[check.column]
            else:
                column = frame[check.column]
            share = 1 - column.null_count() / frame.height
            wanted[name] = (share, check.min, None)
            said[name] = (check, f"{share:.0%} filled", f"at least {check.min or 0:.0%}")
        elif check.check == "share_rejected":
            read, refused = rejected(run, spec.table)
            if read == 0:
                continue
            limit = run.ws.voc.validate_.max_reject_share
            wanted[name] = (refused / read, None, limit)
            said[name] = (check, f"{refused:,} of {read:,} rows of its files", f"at most {limit:.0%}")
    usually = days_with_rows(counts, run.day) if spec.table.startswith("raw.") else None
    if usually is not None and all(check.check != "row_count" for check in spec.checks):
        wanted["rows"] = (frame.height, 1, None)
        observed = f"{frame.height:,} rows; rows on {usually} of the 7 days before"
        said["rows"] = (
            Check(check="row_count", severity="warn"),
            observed,
            "1 or more: is the data missing?",
        )
    held = numbers_hold(wanted)
    return [
        CheckResult(
            spec.table,
            check.check,
            check.column,
            check.severity,
            held[name],
            observed,
            expected,
            [],
            frame.height,
            0,
        )
        for name, (check, observed, expected) in said.items()
    ]


def usual_rows(counts: Mapping[date, int], day: date) -> float | None:
    """The median of the same weekday in the last four weeks, or of all days; None with too little history."""
    recent = {d: n for d, n in counts.items() if day - timedelta(days=_WEEKS_BACK) <= d < day}
    if len(recent) < _LEAST_HISTORY:
        return None
    same = [n for d, n in recent.items() if d.weekday() == day.weekday()]
    return median(same if len(same) >= 3 else recent.values())
