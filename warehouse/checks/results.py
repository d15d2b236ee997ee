"""What a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class CheckResult:
    """One check of one column (or of a whole table) on one day.

    Attributes:
        observed: what was found, short and readable; never a text or personal data.
        expected: what was expected.
        sample_keys: keys of up to five rows that failed.
    """

    table_name: str
    check_name: str
    column_name: str | None
    severity: Literal["fail", "warn"]
    success: bool
    observed: str
    expected: str
    sample_keys: list[str] = field(default_factory=list)
    checked_count: int = 0
    failed_count: int = 0


@dataclass(frozen=True)
class History:
    """Rows of the same table on earlier days, for the volume check."""

    row_counts: Mapping[date, int]
