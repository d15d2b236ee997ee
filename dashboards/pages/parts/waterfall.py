"""The change of a rate as bars: before, what moved it, now."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import formats
from dashboards.pages.parts.context import Context


def bars(c: Context, parts: pl.DataFrame, before: float, now: float, most: int = 6) -> list[dict[str, Any]]:
    """Bars of the waterfall: the rate before, the largest contributions, the rest together, the rate now."""
    level = before
    found: list[dict[str, Any]] = [
        {
            "label": c.w("before"),
            "start": 0.0,
            "end": before,
            "kind": "total",
            "text": formats.rate(before),
            "detail": formats.rate(before),
        }
    ]
    rows = parts.head(most).sort("contribution", descending=True).to_dicts()
    rest = now - before - sum(row["contribution"] for row in rows)
    for row in rows:
        in_step = "cause" in row
        name = (
            c.names.matter(row["topic_id"], row["cause"])
            if in_step
            else c.names.place(row["product"], row["step"])
        )
        found.append(
            _bar(
                name,
                level,
                row["contribution"],
                c.w(
                    "why.detail",
                    rate=formats.signed(row["rate_effect"]),
                    mix=formats.signed(row["mix_effect"]),
                ),
            )
        )
        level += row["contribution"]
    if parts.height > most:
        found.append(_bar(c.w("why.rest", n=parts.height - most), level, rest, formats.signed(rest)))
    found.append(
        {
            "label": c.w("now"),
            "start": 0.0,
            "end": now,
            "kind": "total",
            "text": formats.rate(now),
            "detail": formats.rate(now),
        }
    )
    return found


def _bar(label: str, level: float, amount: float, detail: str) -> dict[str, Any]:
    return {
        "label": label,
        "start": level,
        "end": level + amount,
        "kind": "up" if amount > 0 else "down",
        "text": formats.signed(amount),
        "detail": detail,
    }
