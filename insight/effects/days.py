"""`mart.change_effects` as of the last good day: read the marts, judge every change, keep what differs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from insight.alerts.days import HISTORY_DAYS, OBSTACLES, RATES, TRANSACTIONS, denominators
from insight.alerts.sentences import Labels
from insight.alerts.series import exposures_of, history_of
from insight.effects.changes import change_effects
from warehouse.contracts import conform_frame

if TYPE_CHECKING:
    from warehouse.ledger import Ledger
    from warehouse.store import Store
    from warehouse.workspace import Workspace

TABLE = "mart.change_effects"


def keep_effects(ws: Workspace, store: Store, ledger: Ledger) -> None:
    """Judge all changes of the last year anew; the table is left alone when nothing is different."""
    days = ledger.days()
    changes = store.scan("core.changes").collect()
    if days:  # older ones have no history left to be judged by
        changes = changes.filter(pl.col("day") > days[-1] - timedelta(days=HISTORY_DAYS - 100))
    if not days or changes.is_empty():
        return
    last = days[-1]
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
        changes,
        last,
        labels=Labels.of(journeys.step_table(), topics),
        partial=rates.filter("is_partial")["day"].unique().sort().to_list(),
    )
    ready = conform_frame(found.sort("change_id"), TABLE)
    if not ready.equals(store.scan(TABLE).collect()):
        store.replace_all(TABLE, ready)


def _pinned(store: Store, ledger: Ledger, table: str, columns: list[str], last: date) -> pl.DataFrame:
    """Rows of good days, as their manifests pin them."""
    since = last - timedelta(days=HISTORY_DAYS)
    records = (ledger.manifest(day) for day in ledger.days() if day >= since)
    paths = [
        str(store.store_dir / ref.path)
        for record in records
        if record and table in record.tables
        for ref in record.tables[table].files
    ]
    return store.scan_files(table, paths, columns).collect()
