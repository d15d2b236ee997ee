"""Keys of rows: which row is the same again, which one corrects another, which belong together.

Three 64-bit hashes: `record_hash` of the conversation, call or ticket; `key_hash` of the row's key as the
contract of input files says; `row_hash` of the whole row.
"""

from __future__ import annotations

import polars as pl

from warehouse.hashing import stable_hash
from warehouse.landing.mapping import input_columns

_RECORD = {
    "chats": "conversation_id",
    "calls": "call_id",
    "tickets": "ticket_id",
    "transactions": "product",
    "customers": "customer_id",
    "changes": "title",
}


class Occurrences:
    """Counts how often a value came before, over the chunks of one file."""

    def __init__(self) -> None:
        self._seen: list[pl.Series] = []

    def number(self, hashes: pl.Series) -> pl.Series:
        """1 for the first time that a hash comes in the file, 2 for the second …"""
        frame = pl.DataFrame({"h": hashes})
        result = frame.select(pl.col("h").cum_count().over("h").cast(pl.Int64))["h"]
        if self._seen:
            known = hashes.unique()
            before = [seen.filter(seen.is_in(known.implode())) for seen in self._seen]
            counts = pl.concat(before).value_counts(name="before")
            if counts.height:
                counts.columns = ["h", "before"]
                joined = frame.join(counts, on="h", how="left", maintain_order="left")
                result = result + joined["before"].fill_null(0).cast(pl.Int64)
        self._seen.append(hashes)
        return result.alias("n")


def with_keys(frame: pl.DataFrame, kind: str, occurrences: Occurrences) -> pl.DataFrame:
    """Add record_hash, key_hash, row_hash (and segment_no for calls).

    Args:
        frame: typed rows in the file's order, with `attributes`.
        kind: kind of input.
        occurrences: of this file, carried over its chunks.
    """
    frame = frame.with_columns(stable_hash(pl.lit(kind), _RECORD[kind]).alias("record_hash"))
    if kind == "chats":
        plain = stable_hash("conversation_id", pl.col("sent_at").cast(pl.Int64), "sender", "text")
        if frame["message_id"].null_count() == 0:
            key = stable_hash(pl.lit("id"), "message_id")
            frame = frame.with_columns(key.alias("key_hash"))
        else:
            frame = frame.with_columns(plain.alias("_plain"))
            frame = frame.with_columns(occurrences.number(frame["_plain"]).alias("_n"))
            key = (
                pl.when(pl.col("message_id").is_not_null())
                .then(stable_hash(pl.lit("id"), "message_id"))
                .otherwise(stable_hash("_plain", "_n"))
            )
            frame = frame.with_columns(key.alias("key_hash")).drop("_plain", "_n")
    elif kind == "calls":
        frame = frame.with_columns(occurrences.number(frame["record_hash"]).alias("segment_no"))
        place = pl.coalesce(pl.col("start_s").cast(pl.String), pl.concat_str(pl.lit("#"), "segment_no"))
        frame = frame.with_columns(stable_hash("call_id", place, "speaker").alias("key_hash"))
    elif kind == "tickets":
        frame = frame.with_columns(pl.col("record_hash").alias("key_hash"))
    elif kind == "transactions":
        frame = frame.with_columns(stable_hash("date", "product", "step", "channel").alias("key_hash"))
    elif kind == "customers":
        frame = frame.with_columns(pl.col("record_hash").alias("key_hash"))
    else:
        key = (
            pl.when(pl.col("change_id").is_not_null())
            .then(stable_hash(pl.lit("id"), "change_id"))
            .otherwise(stable_hash("date", "product", "kind", "title"))
        )
        frame = frame.with_columns(key.alias("key_hash"))
    content = [pl.col(name) for name in input_columns(kind)]
    plain_content = [
        c.cast(pl.Int64) if frame.schema[c.meta.output_name()].is_temporal() else c for c in content
    ]
    return frame.with_columns(stable_hash("key_hash", *plain_content, "attributes").alias("row_hash"))
