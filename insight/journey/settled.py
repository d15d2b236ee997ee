"""The cause of a topic: the settled mix of its inquiries."""

from __future__ import annotations

import polars as pl

from insight.journey.causes import CAUSES

_PRIOR = 2.0  # inquiries' worth of belief in the mix of all topics
_OTHER = 0.35  # an inquiry that says nothing of its cause has this share of a voice
_LEAD = 0.05  # share by which a new cause must lead the one that a topic had: causes do not flicker from day to day


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
