"""The daily report, from the published file alone."""

from dashboards.report.write import write_report

__all__ = ["write_report"]
