"""All that a report tells of, asked once: the dashboards' questions over the report's days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from dashboards.filters import Filters
from dashboards.names import Names
from dashboards.questions import feelings, journey, obstacles, quality, today
from dashboards.report import questions
from dashboards.report.period import Span, filters, recent
from dashboards.report.quotes import choose
from dashboards.report.source import Source
from dashboards.report.words import ReportWords

TOP = 5
MOST_PRODUCTS = 12
Row = dict[str, Any]


@dataclass(frozen=True)
class Product:
    """A product's numbers: its row of the period, of the one before, and its days."""

    product: str
    now: Row
    before: Row
    daily: pl.DataFrame


@dataclass(frozen=True)
class Facts:
    """Answers, as frames and rows of the questions that they are named after.

    Attributes:
        now: the report's days; `recent` a week at least, for causes and obstacles.
        last_day: of the data: effects, statuses and owners are as they stand then.
        why, why_now: contributions to the change of the rate, of `recent` and of `now`.
        totals, totals_recent: period (`now`, `before`) -> row of `today.totals`.
        top: the first obstacles of `obstacles.ranked`, each with `owner`, `note` and `quotes`.
    """

    span: Span
    now: Filters
    recent: Filters
    w: ReportWords
    names: Names
    version: str
    last_day: date
    products_chosen: tuple[str, ...]
    totals: dict[str, Row]
    totals_recent: dict[str, Row]
    daily: pl.DataFrame
    products: tuple[Product, ...]
    why: pl.DataFrame
    why_now: pl.DataFrame
    steps: pl.DataFrame
    ranked: pl.DataFrame
    top: tuple[Row, ...]
    alerts: tuple[Row, ...]
    ongoing: tuple[Row, ...]
    new_topics: tuple[Row, ...]
    topics_known: int
    steps_known: int
    felt: dict[str, Row]
    felt_days: pl.DataFrame
    changes: tuple[Row, ...]
    decisions: tuple[Row, ...]
    coverage: pl.DataFrame
    held: tuple[Row, ...]
    failed: tuple[Row, ...]
    refused: tuple[Row, ...]
    without_transactions: pl.DataFrame

    @property
    def has_data(self) -> bool:
        """Whether there is an inquiry in the report's days."""
        return bool(self.totals.get("now", {}).get("inquiries"))

    @property
    def wider(self) -> bool:
        """Whether causes and obstacles take more days than the report has."""
        return self.recent.days != self.now.days


def gather(source: Source, of: Span, w: ReportWords) -> Facts:
    """Ask everything. `source` must have a first and a last day."""
    assert source.first_day is not None  # noqa: S101  write_report has seen to it
    assert source.last_day is not None  # noqa: S101
    data = (source.first_day, source.last_day)
    scatters = source.has("mart.dispersion_daily", "dispersion")
    now = filters(of.first, of.last, data, scatters=scatters)
    late = recent(of, data, scatters=scatters)
    ranked = source.answer(
        "obstacles", obstacles.ranked(late, since=source.has("mart.obstacles", "since_day"))
    )
    totals = source.answer("totals", today.totals(now))
    counted = source.answer("coverage", quality.coverage(now))
    explained = w.language if source.has("mart.change_effects", f"explanation_{w.language}") else None
    has_episodes = source.has("mart.alert_episodes", "episode_id") and source.has("mart.alerts", "episode_id")
    return Facts(
        span=of,
        now=now,
        recent=late,
        w=w,
        names=Names(source, w.glossary),
        version=source.version,
        last_day=source.last_day,
        products_chosen=source.products,
        totals=_by_period(totals),
        totals_recent=_by_period(source.answer("totals_recent", today.totals(late))),
        daily=source.answer("days", today.daily(now)),
        products=_products(source, of, data, scatters),
        why=source.answer("why", today.why(late)),
        why_now=source.answer("why_now", today.why(now)),
        steps=source.answer("steps", journey.steps(late)),
        ranked=ranked,
        top=_top(source, late, ranked),
        alerts=_rows(source.answer("alerts", today.alerts(now))),
        ongoing=_rows(source.answer("alerts_earlier", questions.ongoing(now))) if has_episodes else (),
        new_topics=_new_topics(source, late),
        topics_known=source.frame(questions.topics_known()).item(),
        steps_known=source.frame(questions.steps_known()).item(),
        felt=_by_period(source.answer("feelings", feelings.totals(now))),
        felt_days=source.answer("feelings_days", feelings.days(now)),
        changes=_rows(source.answer("changes", today.changes(now, explained=explained))),
        decisions=_rows(source.answer("decisions", questions.decisions(late, source.timezone))),
        coverage=counted,
        held=_rows(source.answer("held", questions.held_days(now))),
        failed=_rows(source.answer("failed_checks", questions.failed_checks(now))),
        refused=_rows(source.answer("refused_files", questions.refused_files(source.timezone, now))),
        without_transactions=source.answer("without_transactions", quality.without_transactions(late)),
    )


def _rows(frame: pl.DataFrame) -> tuple[Row, ...]:
    return tuple(frame.to_dicts())


def _by_period(frame: pl.DataFrame) -> dict[str, Row]:
    return {row["period"]: row for row in frame.to_dicts()}


def _products(source: Source, of: Span, data: tuple[date, date], scatters: bool) -> tuple[Product, ...]:
    """The products with the most inquiries of the period and the one before."""
    now = filters(of.first, of.last, data, scatters=scatters)
    start = now.base_start or now.start
    sizes = source.sql(
        "SELECT product, sum(inquiry_count) AS n FROM mart.inquiry_rate_daily "
        "WHERE product IS NOT NULL AND day BETWEEN $first AND $last GROUP BY product ORDER BY n DESC, product",
        first=start,
        last=now.end,
    )
    found = []
    for product in sizes["product"].head(MOST_PRODUCTS).to_list():
        own = replace(now, product=product)
        name = _file_name(product, source.asked)
        totals = _by_period(source.answer(name, today.totals(own)))
        daily = source.answer(f"{name}_days", today.daily(own))
        found.append(Product(product, totals.get("now", {}), totals.get("before", {}), daily))
    return tuple(found)


def _file_name(product: str, taken: Iterable[str]) -> str:
    """A table's name for a product whose id may be anything that the data hold."""
    name = base = "product_" + re.sub(r"[^\w-]+", "_", product)[:60]
    number = 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _top(source: Source, f: Filters, ranked: pl.DataFrame) -> tuple[Row, ...]:
    """The first obstacles that lie on a step, say what they are about, and are not dismissed."""
    telling = ranked.filter(
        pl.col("step").is_not_null()
        & ((pl.col("cause") != "other") | pl.col("topic_id").is_not_null())
        & (pl.col("status") != "dismissed")
    ).head(TOP)
    if telling.is_empty():
        return ()
    known = source.frame(questions.owners(telling["obstacle_id"].to_list()))
    more = {row["obstacle_id"]: row for row in known.to_dicts()}
    said = source.answer("quotes", questions.words(f, telling.to_dicts()))
    found = []
    for row in telling.to_dicts():
        own = said.filter(pl.col("obstacle_id") == row["obstacle_id"])["problem"]
        known_more = {name: more.get(row["obstacle_id"], {}).get(name) for name in ("owner", "note")}
        found.append(row | known_more | {"quotes": choose(own.to_list(), 2)})
    return tuple(found)


def _new_topics(source: Source, f: Filters) -> tuple[Row, ...]:
    found = source.answer("new_topics", today.new_topics(f)).filter(pl.col("inquiries") > 0)
    examples = source.frame(questions.topic_examples(found["topic_id"].to_list()))
    known: dict[str, Sequence[str]] = {
        row["topic_id"]: row["examples"] or () for row in examples.iter_rows(named=True)
    }
    return tuple(
        row | {"example": (choose(known.get(row["topic_id"], ()), 1) or ("",))[0]} for row in found.to_dicts()
    )
