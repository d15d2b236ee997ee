"""The validate step: what landed for a day is judged before anything is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.dayrun import DayRun


def validate(run: DayRun) -> None:
    """Say what the step reads; the checks of the raw tables run after it, as after every step."""
    run.uses_raw()
