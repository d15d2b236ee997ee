"""Imported once by the server that the kill test forks its children from."""

import dashboards.report
import insight.steps
import tests.support
import transforms.steps
import warehouse.landing
import warehouse.publish
from warehouse.checks.suites import _context

_context()
__all__ = ["dashboards", "insight", "tests", "transforms", "warehouse"]
