"""Checks of a day's batch of every table: Great Expectations suites built from the contracts."""

from warehouse.checks.day import check_day
from warehouse.checks.results import CheckResult, History

__all__ = ["CheckResult", "History", "check_day"]
