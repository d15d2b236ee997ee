"""Great Expectations at work: suites from rules, run over batches in an ephemeral context."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import polars as pl

from warehouse.checks.rules import Group


@lru_cache(maxsize=1)
def _context() -> tuple[Any, Any]:
    """Context and batch definition, made once a process: the import takes seconds. Nothing leaves the machine."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="great_expectations.*")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("batches").add_dataframe_asset("batch")
    return context, asset.add_batch_definition_whole_dataframe("whole")


def _expectation(group: Group) -> Any:
    import great_expectations.expectations as gxe

    first = group.rules[0]
    if first.name == "in_set":
        return gxe.ExpectColumnValuesToBeInSet(column=group.name, value_set=list(first.values))
    if first.name == "between":
        return gxe.ExpectColumnValuesToBeBetween(column=group.name, min_value=first.low, max_value=first.high)
    return gxe.ExpectColumnValuesToBeNull(column=group.name)  # the name of what is missing or broken: none


def failing_groups(groups: tuple[Group, ...], batches: Iterable[pl.DataFrame]) -> set[str]:
    """Names of the groups whose expectation fails in any batch.

    Args:
        groups: of one table.
        batches: measured frames of at most a million rows (`rules.measure`).
    """
    import great_expectations as gx

    _, definition = _context()
    suite = gx.ExpectationSuite(name="rules")
    for group in groups:
        suite.add_expectation(_expectation(group))
    failed: set[str] = set()
    for measured in batches:
        batch = definition.get_batch({"dataframe": measured.to_pandas()})
        found = batch.validate(suite, result_format="BASIC")
        failed |= {r.expectation_config.kwargs["column"] for r in found.results if not r.success}
    return failed


def numbers_hold(values: dict[str, tuple[float, float | None, float | None]]) -> dict[str, bool]:
    """Whether each number lies between its bounds; judged as one row of one batch.

    Args:
        values: name -> (value, low, high).
    """
    import great_expectations as gx
    import great_expectations.expectations as gxe

    if not values:
        return {}
    _, definition = _context()
    suite = gx.ExpectationSuite(name="numbers")
    for name, (_, low, high) in values.items():
        suite.add_expectation(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high))
    frame = pl.DataFrame({name: [value] for name, (value, _, _) in values.items()})
    found = definition.get_batch({"dataframe": frame.to_pandas()}).validate(suite, result_format="BASIC")
    return {r.expectation_config.kwargs["column"]: bool(r.success) for r in found.results}
