"""The thin shell of `transforms`: reads a day, calls the pure functions, replaces the day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from transforms.inquiries import inquiries
from transforms.masking import mask_text
from transforms.tags import customer_words, tagged
from transforms.turns import turns
from transforms.words import tokens
from warehouse.ahead import ahead
from warehouse.contracts import conform_frame
from warehouse.hashing import keyed_pseudonym, stable_hash
from warehouse.landing.records import landed_records, read_day, read_undated
from warehouse.store import Store
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from warehouse.dayrun import DayRun

SHARD_ROWS = 400_000  # raw rows at a time: about 300 MB
PARENT_DAYS = 7  # a ticket is opened from a chat or call of the last week
_TURN_COLUMNS = ("inquiry_id", "turn_no", "role", "said_at", "text")


def conform(run: DayRun) -> None:
    """Raw rows of the day to `core.turns` and `core.inquiries`."""
    run.uses_raw()
    key = run.ws.secret()
    with run.writer("core.turns") as turn_writer, run.writer("core.inquiries") as inquiry_writer:
        for said, made in ahead(_shards(run, key)):
            inquiry_writer.write(made)
            turn_writer.write(said)


def _shards(run: DayRun, key: bytes) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Turns and inquiries of the day, shard by shard."""
    part = (run.part.number, run.part.of) if run.part else (0, 1)
    for raw in read_day(run.store, run.day, SHARD_ROWS, part):
        found = turns(raw)
        parents = _parents(run, raw["tickets"]) if "tickets" in raw else None
        yield found.select(_TURN_COLUMNS), inquiries(found, run.day, key, parents)


def _parents(run: DayRun, tickets: pl.DataFrame) -> pl.Series | None:
    """Inquiry ids, of those that tickets name as their parents, that have landed."""
    given = tickets["parent_id"].drop_nulls().str.strip_chars().unique()
    if given.is_empty():
        return None
    days = [*run.raw_days_back(PARENT_DAYS), run.day]
    found = []
    for kind in ("chats", "calls"):
        plain = given.str.strip_prefix(f"{kind}:")
        wanted = pl.DataFrame({"id": plain}).with_columns(
            stable_hash(pl.lit(kind), "id").alias("record_hash")
        )
        there = landed_records(run.store, kind, days, wanted["record_hash"])
        ids = wanted.filter(pl.col("record_hash").is_in(there.implode()))["id"]
        found.append((f"{kind}:" + ids).cast(pl.String))
    return pl.concat(found)


def tag(run: DayRun) -> None:
    """Tags by rule, and words of each problem."""
    rules, lexicon = run.tags(), run.lexicon()
    facts = run.scan("core.inquiries", ["inquiry_id", "source", "product", "problem"]).collect()
    said = (
        run.scan("core.turns", ["inquiry_id", "role", "text"]).filter(pl.col("role") == "customer").collect()
    )
    customers = customer_words(said).join(
        facts.select("inquiry_id", "source", "product"), on="inquiry_id", maintain_order="left"
    )
    run.replace("core.inquiry_tags", tagged(customers, rules).with_columns(day=pl.lit(run.day)))
    with run.writer("insight.inquiry_tokens") as writer:
        for words in ahead(tokens(part, lexicon) for part in facts.iter_slices(SHARD_ROWS)):
            writer.write(words)


def conform_undated(ws: Workspace, store: Store) -> None:
    """`core.customers` and `core.changes` from what landed; left alone when nothing changed."""
    key = ws.secret()
    customers = read_undated(store, "customers").select(
        keyed_pseudonym("customer_id", key).alias("customer_key"),
        _published(ws.voc.publish),
    )
    customers = customers.with_columns(mask_text(customers["attributes"]).alias("attributes"))
    _replace_changed(store, "core.customers", customers.sort("customer_key"))
    names = ws.journeys().names()
    product = pl.col("product").str.strip_chars()
    changes = read_undated(store, "changes").select(
        pl.coalesce("change_id", pl.format("{}", pl.col("key_hash").reinterpret(signed=False))).alias(
            "change_id"
        ),
        pl.col("date").alias("day"),
        product.str.to_lowercase()
        .replace_strict(names, default=product, return_dtype=pl.String)
        .alias("product")
        if names
        else product.alias("product"),
        pl.col("step").str.strip_chars().alias("step"),
        "kind",
        "title",
        _published(ws.voc.publish),
    )
    changes = _with_step_ids(changes, ws).with_columns(mask_text(changes["title"]).alias("title"))
    _replace_changed(store, "core.changes", changes.sort("day", "change_id"))


def _published(names: list[str]) -> pl.Expr:
    """Of the attributes, those that voc.yaml publishes; null when there are none."""
    if not names:
        return pl.lit(None, pl.String).alias("attributes")
    fields = [
        pl.when(value.is_not_null()).then(
            pl.concat_str(pl.lit(json.dumps(name, ensure_ascii=False) + ":"), _json_string(value))
        )
        for name in names
        for value in [pl.col("attributes").str.json_path_match(f"$['{name}']")]
    ]
    joined = pl.concat_str(fields, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).alias("attributes")


def _json_string(value: pl.Expr) -> pl.Expr:
    escaped = value.str.replace_many(["\\", '"', "\n", "\r", "\t"], ["\\\\", '\\"', "\\n", "\\r", "\\t"])
    return pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))


def _with_step_ids(changes: pl.DataFrame, ws: Workspace) -> pl.DataFrame:
    journeys = ws.journeys()
    pairs = [
        {"product": product.id, "_name": name, "_id": step}
        for product in journeys.products
        for name, step in journeys.step_names(product.id).items()
    ]
    if not pairs:
        return changes
    return (
        changes.with_columns(pl.col("step").str.to_lowercase().alias("_name"))
        .join(pl.DataFrame(pairs), on=["product", "_name"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("_id", "step").alias("step"))
        .drop("_name", "_id")
    )


def _replace_changed(store: Store, table: str, frame: pl.DataFrame) -> None:
    ready = conform_frame(frame, table)
    present = store.scan(table).collect()
    if not ready.equals(present):
        store.replace_all(table, ready)
