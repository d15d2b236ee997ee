"""What a run did, step by step; goes into `ops.runs` and onto the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from warehouse.landing import LandingResult
    from warehouse.publish import Published


@dataclass(frozen=True)
class StepOutcome:
    """What one step of one day did; goes into `ops.runs`."""

    day: date | None
    step: str
    status: str  # done | unchanged | held
    rows_out: int
    seconds: float
    started_at: datetime | None = None
    finished_at: datetime | None = None
    message: str | None = None


@dataclass
class RunOutcome:
    """What a whole run did."""

    landing: LandingResult | None = None
    finished: list[date] = field(default_factory=list)
    held: dict[date, str] = field(default_factory=dict)
    published: Published | None = None
    steps: list[StepOutcome] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # for people: what could not be taken over


def runs_frame(run_id: str, outcomes: list[StepOutcome]) -> pl.DataFrame | None:
    """Rows of `ops.runs`; None when nothing ran."""
    import polars as pl

    rows = [
        {
            "run_id": run_id,
            "day": o.day,
            "step": o.step,
            "started_at": o.started_at,
            "finished_at": o.finished_at,
            "status": o.status,
            "rows_out": o.rows_out,
            "seconds": o.seconds,
            "message": o.message,
        }
        for o in outcomes
        if o.started_at is not None
    ]
    return pl.DataFrame(rows, infer_schema_length=None) if rows else None
