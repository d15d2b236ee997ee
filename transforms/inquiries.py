"""Turns to inquiries: one row a contact."""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.problem import problems, reasons
from warehouse.hashing import keyed_pseudonym

_CHANNEL = {"chats": "chat", "calls": "phone", "tickets": "ticket"}
_TRANSFER = r"转接|转人工|为您转|帮您转|转给|transfer(?:ring|red)? you|connect you (?:to|with) (?:an?|our)"
_TRANSFER_KEYS = ("transferred", "is_transfer", "transfer")
_YES = ("1", "true", "True", "yes", "Y", "是")


def language_of(text: pl.Expr) -> pl.Expr:
    """zh, en or other, by the letters of a text: Chinese as soon as it carries a fifth of them."""
    han = text.str.count_matches(r"[\x{4E00}-\x{9FFF}]")
    latin = text.str.count_matches(r"[A-Za-z]")
    return (
        pl.when((han > 0) & (han * 4 >= latin))
        .then(pl.lit("zh"))
        .when(latin >= 2)
        .then(pl.lit("en"))
        .otherwise(pl.lit("other"))
    )


def _transferred(turns: pl.DataFrame) -> pl.Expr:
    """Handed to a human or on to another: bot and agent both spoke, two agents, a word or a column that says so."""
    said = pl.col("role").is_in(["agent", "bot", "system"]) & pl.col("text").str.contains(f"(?i){_TRANSFER}")
    found = (
        said.any()
        | ((pl.col("role") == "bot").any() & (pl.col("role") == "agent").any())
        | (pl.col("agent_id").drop_nulls().n_unique() > 1)
    )
    if turns["attributes"].null_count() < turns.height and turns["attributes"].str.contains("transfer").any():
        column = pl.coalesce(pl.col("attributes").str.json_path_match(f"$.{key}") for key in _TRANSFER_KEYS)
        found = found | column.is_in(_YES).any()
    return found.fill_null(False)


def inquiries(
    turns: pl.DataFrame, day: date, key: bytes, known_parents: pl.Series | None = None
) -> pl.DataFrame:
    """One row an inquiry, in the columns of `core.inquiries`.

    Args:
        turns: from `transforms.turns`, whole conversations.
        day: the business day that they belong to.
        key: of the pseudonyms.
        known_parents: inquiry ids that have landed; a ticket opened from one of them is not counted again.
    """
    role = pl.col("role")
    ticket = [name for name in ("parent_id", "resolved_at") if name in turns.columns]
    made = turns.group_by("inquiry_id", maintain_order=True).agg(
        pl.col("said_at").min().alias("started_at"),
        pl.col("said_at").max().alias("ended_at"),
        pl.col("source").first(),
        *(
            pl.col(name).drop_nulls().first()
            for name in ("channel", "customer_id", "product", "step", "app_version", "page")
        ),
        *(pl.col(name).drop_nulls().last() for name in ("agent_id", "csat")),
        *(pl.col(name).first() for name in ticket),
        pl.len().cast(pl.Int64).alias("turn_count"),
        (role == "customer").sum().cast(pl.Int64).alias("customer_turn_count"),
        (role == "bot").any().alias("_bot"),
        (role == "agent").any().alias("_human"),
        _transferred(turns).alias("transferred"),
    )
    said = problems(turns)
    made = made.join(said, on="inquiry_id", how="left", maintain_order="left").join(
        reasons(turns, said), on="inquiry_id", how="left", maintain_order="left"
    )
    made = _with_parents(made, known_parents)
    resolution = (
        (pl.col("resolved_at") - pl.col("started_at")).dt.total_microseconds() / 1e6
        if "resolved_at" in made.columns
        else pl.lit(None, pl.Float64)
    )
    return made.select(
        "inquiry_id",
        pl.lit(day).alias("day"),
        "started_at",
        "ended_at",
        "source",
        pl.coalesce(
            pl.col("channel").str.strip_chars(),
            pl.col("source").replace_strict(_CHANNEL, return_dtype=pl.String),
        ).alias("channel"),
        keyed_pseudonym("customer_id", key).alias("customer_key"),
        keyed_pseudonym("agent_id", key).alias("agent_key"),
        pl.col("product").str.strip_chars(),
        pl.col("step").str.strip_chars(),
        "problem",
        language_of(pl.col("problem").fill_null("")).alias("language"),
        pl.col("not_inquiry_reason").is_null().alias("is_inquiry"),
        "not_inquiry_reason",
        pl.when(pl.col("_bot") & pl.col("_human"))
        .then(pl.lit("both"))
        .when("_bot")
        .then(pl.lit("bot"))
        .when("_human")
        .then(pl.lit("human"))
        .alias("handled_by"),
        "turn_count",
        "customer_turn_count",
        "transferred",
        "csat",
        "app_version",
        "page",
        "parent_id",
        pl.when(resolution >= 0).then(resolution).alias("resolution_s"),
    )


def _with_parents(made: pl.DataFrame, known: pl.Series | None) -> pl.DataFrame:
    """A ticket whose parent has landed is a child; the parent's id gets its source where it has none."""
    if "parent_id" not in made.columns:
        return made.with_columns(pl.lit(None, pl.String).alias("parent_id"))
    if known is None:
        return made
    given = pl.col("parent_id").str.strip_chars()
    ids = known.implode()
    forms = [given, pl.concat_str(pl.lit("chats:"), given), pl.concat_str(pl.lit("calls:"), given)]
    parent = pl.coalesce(pl.when(form.is_in(ids)).then(form) for form in forms)
    return made.with_columns(
        pl.coalesce(parent, given).alias("parent_id"),
        pl.when(parent.is_not_null())
        .then(pl.lit("child"))
        .otherwise("not_inquiry_reason")
        .alias("not_inquiry_reason"),
    )
