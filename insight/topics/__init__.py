"""Topics that keep their identity: from points (problems) to lines (topics) to planes (groups).

- `embedder`: texts to vectors, learned from the workspace's own problems; `encoder`: those of a sentence encoder instead.
- `discover`: topics of a sample, without being told how many; `describe`: their names, examples and radii.
- `registry`: permanent ids and people's decisions; `tables`: it as tables and files; `move`: it in other vectors.
- `assign`: every problem to its topic, in bulk. `refit`: the next registry, as a proposal. `newness`: matters that are new.
- `groups`: planes. `layout`: a map of topics.

All are pure functions; the day's steps read, call and write.
"""

from __future__ import annotations

import polars as pl


def unassigned(inquiries: pl.DataFrame) -> pl.DataFrame:
    """A row an inquiry without a topic: inquiry_id, topic_id, similarity."""
    return inquiries.select(
        "inquiry_id", pl.lit(None, pl.String).alias("topic_id"), pl.lit(None, pl.Float64).alias("similarity")
    )
