"""The cause of a topic: the settled mix of its inquiries; and the lever and owner that follow from a cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from insight.journey.causes import CAUSES
from warehouse.errors import ConfigError, nearest

LEVERS = ("product_fix", "user_education", "proactive_service", "service_planning")
_PRIOR = 2.0  # inquiries' worth of belief in the mix of all topics
_OTHER = 0.35  # an inquiry that says nothing of its cause has this share of a voice
_LEAD = 0.05  # share by which a new cause must lead the one that a topic had: causes do not flicker from day to day


@dataclass(frozen=True)
class Answer:
    """What removes an obstacle of a cause, and who does it."""

    lever: str
    owner: str


# What a user edits: `levers:` of journeys.yaml, cause -> lever and owner.
ANSWERS: dict[str, Answer] = {
    "awareness": Answer("user_education", "operations"),
    "comprehension": Answer("user_education", "operations"),
    "operation": Answer("product_fix", "product"),
    "process": Answer("product_fix", "product"),
    "fault": Answer("product_fix", "engineering"),
    "policy": Answer("proactive_service", "risk"),
    "trust": Answer("proactive_service", "risk"),
    "service": Answer("service_planning", "service"),
    "other": Answer("service_planning", "service"),
}


def answers(own: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, Answer]:
    """Cause -> lever and owner: the built-in table with a workspace's own entries over it.

    Args:
        own: cause -> {lever, owner}, both optional.

    Raises:
        ConfigError: an unknown cause or lever.
    """
    made = dict(ANSWERS)
    for cause, wanted in (own or {}).items():
        if cause not in made:
            raise _unknown("cause", cause, CAUSES)
        lever = wanted.get("lever", made[cause].lever)
        if lever not in LEVERS:
            raise _unknown("lever", lever, LEVERS)
        made[cause] = Answer(lever, wanted.get("owner", made[cause].owner))
    return made


def _unknown(kind: str, found: str, known: tuple[str, ...]) -> ConfigError:
    close = nearest(found, known)
    return ConfigError(
        f"levers: there is no {kind} '{found}'",
        expected=", ".join(known),
        hint=f"did you mean '{close[0]}'?" if close else None,
    )


def answer_table(own: Mapping[str, Mapping[str, str]] | None = None) -> pl.DataFrame:
    """The same as a frame to join: cause, lever, owner."""
    rows = [(cause, answer.lever, answer.owner) for cause, answer in answers(own).items()]
    return pl.DataFrame(
        rows, schema={"cause": pl.String, "lever": pl.String, "owner": pl.String}, orient="row"
    )


def settled_causes(
    inquiries: pl.DataFrame, before: pl.DataFrame | None = None, *, by: str | list[str] = "topic_id"
) -> pl.DataFrame:
    """The cause of each group of inquiries: the columns of `by`, cause, share, count.

    Shares are smoothed towards the mix of all groups (a Dirichlet prior of two inquiries), so that one inquiry
    does not settle a topic; `other` has less of a voice, because it says that nothing was found rather than that
    the cause is another. At a tie the earlier of `causes.CAUSES`. `share` is the winner's smoothed share.

    Args:
        inquiries: the columns of `by`, cause; rows with a null are left out.
        before: the columns of `by`, cause: what was settled until now; it stays unless another cause leads it by five
            points.
        by: the group: topic_id, or the columns of an obstacle.
    """
    keys = [by] if isinstance(by, str) else by
    order = {cause: number for number, cause in enumerate(CAUSES)}
    voice = pl.when(pl.col("cause") == "other").then(_OTHER).otherwise(1.0)
    told = inquiries.select(*keys, "cause").drop_nulls()
    mix = (
        told.group_by("cause")
        .agg(voice.sum().alias("_all"))
        .with_columns(pl.col("_all") / pl.col("_all").sum().clip(1e-9))
    )
    groups = told.group_by(keys).agg(pl.len().alias("count"), voice.sum().alias("_voices"))
    shares = (
        groups.join(mix, how="cross")
        .join(told.group_by([*keys, "cause"]).agg(voice.sum().alias("_own")), on=[*keys, "cause"], how="left")
        .with_columns(
            ((pl.col("_own").fill_null(0.0) + _PRIOR * pl.col("_all")) / (pl.col("_voices") + _PRIOR)).alias(
                "share"
            ),
            pl.col("cause").replace_strict(order, return_dtype=pl.Int32).alias("_order"),
        )
        .filter(pl.col("_own").is_not_null())
    )
    rank = pl.col("share")
    if before is not None:
        had = before.select(*keys, "cause").with_columns(pl.lit(True).alias("_had"))
        shares = shares.join(had, on=[*keys, "cause"], how="left")
        rank = pl.col("share") + pl.when(pl.col("_had").fill_null(False)).then(_LEAD).otherwise(0.0)
    return (
        shares.with_columns(rank.alias("_rank"))
        .sort(*keys, "_rank", "_order", descending=[*(False for _ in keys), True, False])
        .unique(keys, keep="first", maintain_order=True)
        .select(*keys, "cause", "share", "count")
    )
