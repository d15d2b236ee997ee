"""The data's way, in order. Read this file first.

Each step takes a day and replaces that day's partition of the tables it writes, in one commit a table,
so running it again gives the same rows. `land` takes the whole inbox; `publish` and `report` take all
good days. `voc run` and the Airflow DAGs run this very list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from warehouse.dayrun import DayRun


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: as given to `voc run --step`.
        scope: `inbox` and `published` steps run once a run, `day` steps once for each open day.
        does: one line, for people.
        reads: tables or places.
        writes: tables or places. After a day step, the checks of its tables run.
        function: `module:function` of a day step; imported when it runs, so that listing the steps
            (and parsing the DAGs) costs nothing.
        by_inquiry: each inquiry's rows depend on that inquiry alone, so that a day may be split over workers.
    """

    name: str
    scope: Literal["inbox", "day", "published"]
    does: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    function: str | None = None
    by_inquiry: bool = False

    def load(self) -> Callable[[DayRun], None]:
        """The function of a day step."""
        if self.function is None:
            raise ValueError(f"step {self.name} has no function of its own")
        module, name = self.function.split(":")
        function: Callable[[DayRun], None] = getattr(import_module(module), name)
        return function


STEPS: tuple[Step, ...] = (
    Step(
        "land",
        "inbox",
        "files of the inbox into raw tables, every row accounted for",
        ("inbox",),
        ("raw.*", "ops.files", "ops.rejects"),
    ),
    Step(
        "validate",
        "day",
        "checks on what landed for the day; a failed check holds the day back",
        ("raw.*",),
        ("ops.check_results",),
        "warehouse.checks.raw:validate",
    ),
    Step(
        "conform",
        "day",
        "turns and inquiries: normalised, masked, the problem found",
        ("raw.chats", "raw.calls", "raw.tickets"),
        ("core.turns", "core.inquiries"),
        "transforms.steps:conform",
        by_inquiry=True,
    ),
    Step(
        "tag",
        "day",
        "words and tags of each inquiry",
        ("core.turns", "core.inquiries"),
        ("core.inquiry_tags", "insight.inquiry_tokens"),
        "transforms.steps:tag",
        by_inquiry=True,
    ),
    Step(
        "sentiment",
        "day",
        "sentiment, emotion and what made it hard, of each inquiry",
        ("core.turns", "core.inquiries"),
        ("insight.inquiry_feelings",),
        "insight.steps:sentiment",
        by_inquiry=True,
    ),
    Step(
        "topics",
        "day",
        "the topic of each inquiry; once a day, what the day teaches about topics",
        ("core.inquiries", "insight.inquiry_tokens"),
        ("insight.inquiry_topics",),  # and, undated, insight.topics and insight.topic_lineage
        "insight.steps:topics",
    ),
    Step(
        "journey",
        "day",
        "product, step and cause of each inquiry; repeats, and the effort they add",
        ("core.inquiries", "insight.inquiry_topics", "insight.inquiry_feelings"),
        ("insight.inquiry_journey", "insight.inquiry_sentiment"),
        "insight.steps:journey",
    ),
    Step(
        "metrics",
        "day",
        "counts and rates per 10,000 transactions",
        ("core.*", "insight.*", "raw.transactions"),
        (
            "core.transactions",
            "mart.inquiry_rate_daily",
            "mart.obstacle_daily",
            "mart.dispersion_daily",
            "mart.topic_daily",
            "mart.sentiment_daily",
        ),
        "insight.steps:metrics",
    ),
    Step(
        "alerts",
        "day",
        "what is out of the ordinary, in one sentence each",
        (
            "mart.inquiry_rate_daily",
            "mart.obstacle_daily",
            "core.transactions",
            "core.inquiries",
            "insight.inquiry_journey",
            "core.customers",
        ),
        ("insight.segment_daily", "mart.alerts", "mart.alert_episodes"),
        "insight.alerts.days:alerts",
    ),
    Step(
        "publish",
        "published",
        "a new published warehouse from the manifests of all good days",
        ("manifests", "ops.*"),
        ("published/voc-<version>.duckdb",),
    ),
    Step("report", "published", "the report of the last day", ("published/voc.duckdb",), ("reports/<day>/",)),
)

LEARNING = "topics"  # the day step that learns from many days at once
DAY_STEPS: tuple[Step, ...] = tuple(step for step in STEPS if step.scope == "day")


def step_named(name: str) -> Step:
    """The step of that name.

    Raises:
        ConfigError: there is none; the nearest is named.
    """
    from warehouse.errors import ConfigError, nearest

    found = next((step for step in STEPS if step.name == name), None)
    if found is None:
        names = [step.name for step in STEPS]
        close = nearest(name, names)
        raise ConfigError(
            f"no step '{name}'", expected=", ".join(names), hint=f"--step {close[0]}" if close else None
        )
    return found
