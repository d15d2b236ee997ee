"""Raw rows of all kinds as turns: who said what, when, in which inquiry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from transforms.masking import mask_pieces, mask_text
from transforms.text import clean_speech, normalise

# What the turns carry besides `core.turns`, for building inquiries; dropped afterwards.
CARRIED = (
    "source",
    "customer_id",
    "agent_id",
    "channel",
    "product",
    "step",
    "page",
    "app_version",
    "csat",
    "attributes",
)
_TICKET = ("status", "priority", "resolved_at", "parent_id")


def turns(raw: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Turns of the conversations in `raw`, in order, normalised and masked.

    Args:
        raw: kind (chats, calls, tickets) -> newest raw rows of whole conversations.

    Returns:
        inquiry_id, turn_no (from 1), role, said_at, text, and the carried columns. A ticket's subject and
        description are the customer's, its resolution the agent's.
    """
    frames = [_KINDS[kind](frame) for kind, frame in raw.items() if not frame.is_empty()]
    if not frames:
        return _chats(pl.DataFrame(schema=_CHAT_SCHEMA))
    found = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
    masked = found.with_columns(mask_text(found["text"]))
    return mask_pieces(masked) if "calls" in raw else masked


_CHAT_SCHEMA: dict[str, Any] = {
    "conversation_id": pl.String, "sent_at": pl.Datetime("us", "UTC"), "sender": pl.String, "text": pl.String,
    "landed_no": pl.Int64, "file": pl.String, "line": pl.Int64, "customer_id": pl.String, "agent_id": pl.String,
    "channel": pl.String, "product": pl.String, "step": pl.String, "page": pl.String, "app_version": pl.String,
    "csat": pl.Float64, "attributes": pl.String,
}  # fmt: skip


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("inquiry_id").alias("turn_no")
    )


def _carried(frame: pl.DataFrame, source: str) -> list[pl.Expr]:
    return [
        pl.lit(source).alias("source"),
        *(
            pl.col(name)
            if name in frame.columns
            else pl.lit(None, _CHAT_SCHEMA.get(name, pl.String)).alias(name)
            for name in CARRIED
            if name != "source"
        ),
    ]


def _chats(frame: pl.DataFrame) -> pl.DataFrame:
    ordered = frame.sort("conversation_id", "sent_at", "landed_no", "file", "line")
    made = ordered.select(
        pl.concat_str(pl.lit("chats:"), "conversation_id").alias("inquiry_id"),
        pl.col("sender").alias("role"),
        pl.col("sent_at").alias("said_at"),
        "text",
        *_carried(ordered, "chats"),
    )
    return _numbered(made.with_columns(normalise(made["text"]).alias("text")))


def _calls(frame: pl.DataFrame) -> pl.DataFrame:
    ordered = frame.sort("call_id", "started_at", "start_s", "landed_no", "file", "segment_no", "line")
    offset = pl.duration(microseconds=(pl.col("start_s").fill_null(0) * 1e6).cast(pl.Int64))
    made = ordered.select(
        pl.concat_str(pl.lit("calls:"), "call_id").alias("inquiry_id"),
        pl.col("speaker").alias("role"),
        (pl.col("started_at") + offset).alias("said_at"),
        "text",
        *_carried(ordered, "calls"),
    )
    return _numbered(made.with_columns(clean_speech(normalise(made["text"])).alias("text")))


def _tickets(frame: pl.DataFrame) -> pl.DataFrame:
    parts = []
    for order, (column, role, when) in enumerate(
        (
            ("subject", "customer", "created_at"),
            ("description", "customer", "created_at"),
            ("resolution", "agent", "resolved_at"),
        )
    ):
        rows = frame.filter(pl.col(column).is_not_null()) if column != "description" else frame
        parts.append(
            rows.select(
                pl.concat_str(pl.lit("tickets:"), "ticket_id").alias("inquiry_id"),
                pl.lit(role).alias("role"),
                pl.col(when).alias("said_at"),
                pl.col(column).alias("text"),
                *_carried(rows, "tickets"),
                *_TICKET,
                pl.lit(order).alias("_order"),
            )
        )
    made = pl.concat(parts).sort("inquiry_id", "_order").drop("_order")
    return _numbered(made.with_columns(normalise(made["text"]).alias("text")))


_KINDS = {"chats": _chats, "calls": _calls, "tickets": _tickets}
