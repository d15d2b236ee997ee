"""How hard the customer had to work.

After the Customer Effort Score (Dixon, Freeman & Toman 2010, "Stop Trying to Delight Your Customers"): repeat
contacts, transfers and having to explain again weigh most. Here measured instead of asked.
"""

from __future__ import annotations

import polars as pl

from insight.lexicon import hits

TURN, TURNS_MOST = 0.06, 0.6  # each customer turn after the first
TRANSFER = 0.3
AGAIN, AGAIN_MOST = 0.3, 0.6  # each way of saying that it was said or tried before
HUMAN = 0.2  # had to ask for a human
WAIT, WAIT_MOST = 0.1, 0.4  # for each doubling of the hours until the end
REPEAT = 0.5  # the same matter again within a week
PARTS = ("effort_turns", "effort_transfer", "effort_again", "effort_human", "effort_wait", "effort_repeat")

AGAIN_WORDS = (
    "好几次", "好几遍", "多少次", "多少遍", "几遍了", "又来", "还是不行", "还是没", "还是不能", "还是这样", "一直没", "一直不行", "试了好", "试了几", "试了很多", "试过了", "都试了", "反复", "上次也", "上次说", "上次问", "之前问过", "之前反映",
    "昨天就", "前天就", "问过", "说过了", "说了几", "打了几", "打过", "打了好", "找过", "找了好", "重新提交", "重新弄", "重新试", "多次", "三番五次", "再一次", "又一次", "又问", "问了好", "问了几", "催了", "跑了",
    "once again", "yet again", "again and again", "try again and", "several times", "many times", "multiple times", "still not", "already tried", "already told", "already contacted",
    "third time", "second time", "keep trying", "keep calling", "for days", "for weeks", "last time", "tried everything",
)  # fmt: skip
HUMAN_WORDS = (
    "转人工", "人工客服", "找人工", "人工服务", "真人", "要人工", "接人工", "活人", "不要机器人", "human", "real person", "live agent", "speak to someone", "talk to someone",
    "speak with someone", "talk to a person", "representative", "speak to a manager", "supervisor",
)  # fmt: skip


def parts(turns: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """What made it hard, all but the repeats: inquiry_id and the columns of `PARTS` but the last.

    Args:
        turns: inquiry_id, text: what the customer said.
        facts: inquiry_id, customer_turn_count, transferred, hours (from the first turn to the last; null:
            unknown).
    """
    said = hits(turns, AGAIN_WORDS).unique().group_by("inquiry_id").agg(pl.len().alias("again"))
    asked = hits(turns, HUMAN_WORDS).select("inquiry_id").unique().with_columns(pl.lit(True).alias("human"))
    return (
        facts.join(said, on="inquiry_id", how="left", maintain_order="left")
        .join(asked, on="inquiry_id", how="left", maintain_order="left")
        .select(
            "inquiry_id",
            (TURN * (pl.col("customer_turn_count").cast(pl.Float64) - 1).clip(0))
            .clip(upper_bound=TURNS_MOST)
            .fill_null(0.0)
            .alias("effort_turns"),
            (TRANSFER * pl.col("transferred").cast(pl.Float64)).fill_null(0.0).alias("effort_transfer"),
            (AGAIN * pl.col("again").fill_null(0).cast(pl.Float64))
            .clip(upper_bound=AGAIN_MOST)
            .alias("effort_again"),
            (HUMAN * pl.col("human").fill_null(False).cast(pl.Float64)).alias("effort_human"),
            (WAIT * (1 + pl.col("hours").clip(0)).log(2))
            .clip(upper_bound=WAIT_MOST)
            .fill_null(0.0)
            .alias("effort_wait"),
        )
    )


def effort() -> pl.Expr:
    """Effort from 0 to 1: 1 − exp(−sum of `PARTS`); each part adds less the harder it was already."""
    return (1 - (-pl.sum_horizontal(PARTS)).exp()).alias("effort")
