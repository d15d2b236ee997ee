"""The daily, weekly and monthly report, from the published file alone."""

from dashboards.report.model import Report
from dashboards.report.write import write_report

__all__ = ["Report", "write_report"]
