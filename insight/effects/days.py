"""`mart.change_effects` as of the last good day: read the marts, judge every change, keep what differs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from insight.alerts.days import HISTORY_DAYS, OBSTACLES, RATES, TRANSACTIONS, denominators
from insight.alerts.sentences import Labels
from insight.alerts.series import exposures_of, history_of
from insight.effects.changes import change_effects, status_of
from warehouse.contracts import conform_frame
from warehouse.decisions import decide, decisions, last_word

if TYPE_CHECKING:
    from warehouse.ledger import Ledger
    from warehouse.store import Store
    from warehouse.workspace import Workspace

TABLE = "mart.change_effects"
_FIX = "fixed:"  # begins the id of a change that is an obstacle called fixed


def keep_effects(ws: Workspace, store: Store, ledger: Ledger, *, now: datetime) -> None:
    """Judge all changes of the last year anew, and obstacles that people called fixed.

    The table is left alone when nothing is different. A fix that is seen to have helped makes its obstacle
    `verified`, one that is not seen to within two weeks opens it again; that is written into the journal of
    decisions, by `effect`, with the reason.
    """
    days = ledger.days()
    if not days:
        return
    last = days[-1]
    changes = store.scan("core.changes").collect()
    # Older ones have no history left to be judged by.
    changes = changes.filter(pl.col("day") > last - timedelta(days=HISTORY_DAYS - 100))
    fixes = _fixes(store, ledger, last, changes)
    if changes.is_empty() and fixes.is_empty():
        return
    rates, obstacles, transactions = (
        _pinned(store, ledger, table, columns, last)
        for table, columns in (
            ("mart.inquiry_rate_daily", RATES),
            ("mart.obstacle_daily", OBSTACLES),
            ("core.transactions", TRANSACTIONS),
        )
    )
    if rates.is_empty():
        return
    journeys = ws.journeys(last)
    topics = store.scan("insight.topics", columns=["topic_id", "label"]).collect()
    found = change_effects(
        history_of(rates, obstacles),
        exposures_of(denominators(transactions, journeys)),
        pl.concat([changes, fixes], how="diagonal"),
        last,
        labels=Labels.of(journeys.step_table(), topics),
        partial=rates.filter("is_partial")["day"].unique().sort().to_list(),
    )
    by_fix = pl.col("change_id").str.starts_with(_FIX)
    for row in found.filter(by_fix).iter_rows(named=True):  # a few: what people called fixed
        status = status_of(row["verdict"], row["after_days"])
        if status != "fixed":
            told = {"status": status, "note": row[f"explanation_{ws.voc.language}"]}
            target = row["change_id"].removeprefix(_FIX)
            decide(store, at=now, by="effect", kind="status", target=target, value=told)
    ready = conform_frame(found.filter(~by_fix).sort("change_id"), TABLE)
    if not ready.equals(store.scan(TABLE).collect()):
        store.replace_all(TABLE, ready)


def _fixes(store: Store, ledger: Ledger, last: date, changes: pl.DataFrame) -> pl.DataFrame:
    """Obstacles whose last status is `fixed`, as changes of their step and topic on the day they were called so."""
    said = decisions(store, "status")
    words = last_word(said)
    when = dict(said.select("target", "at").iter_rows())
    fixed = [target for target, value in words.items() if value.get("status") == "fixed"]
    if not fixed:
        return changes.clear().with_columns(pl.lit(None, pl.String).alias("topic_id"))
    obstacles = (
        _pinned(store, ledger, "mart.obstacle_daily", ["obstacle_id", "product", "step", "topic_id"], last)
        .filter(pl.col("obstacle_id").is_in(fixed))
        .unique("obstacle_id")
    )
    days = obstacles["obstacle_id"].replace_strict({t: when[t].date() for t in fixed}, return_dtype=pl.Date)
    return obstacles.select(
        (pl.lit(_FIX) + pl.col("obstacle_id")).alias("change_id"),
        days.alias("day"),
        "product",
        "step",
        "topic_id",
        pl.lit("release").alias("kind"),
        pl.lit("fixed").alias("title"),
    )


def _pinned(store: Store, ledger: Ledger, table: str, columns: list[str], last: date) -> pl.DataFrame:
    """Rows of good days, as their manifests pin them."""
    since = last - timedelta(days=HISTORY_DAYS)
    records = (ledger.manifest(day) for day in ledger.days() if day >= since)
    files = [record.tables[table].files for record in records if record and table in record.tables]
    paths = [path for refs in files for path in store.pinned(refs)]
    return store.scan_files(table, paths, columns).collect()
