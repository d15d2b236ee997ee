"""Episodes: one id from the first flagged day to the last, told once.

An episode is about one series and one direction (or one kind, for findings that are not about counts). It starts on its
first flagged day, goes on while no more than a few quiet days lie between flags (`Limits`), and ends on its last flagged day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from insight.alerts.folding import Finding
from insight.alerts.limits import Limits
from warehouse.hashing import stable_hash

EPISODE = {
    "episode_id": pl.String, "series_id": pl.String, "theme": pl.String, "kind": pl.String, "level": pl.String,
    "product": pl.String, "step": pl.String, "topic_id": pl.String, "source": pl.String, "channel": pl.String,
    "segment": pl.String, "direction": pl.Int8, "start_day": pl.Date, "peak_day": pl.Date, "last_day": pl.Date,
    "end_day": pl.Date, "peak_observed": pl.Float64, "peak_expected": pl.Float64, "peak_ratio": pl.Float64,
    "excess_count": pl.Float64, "gap_days": pl.Int32, "told_day": pl.Date, "told_ratio": pl.Float64, "part_of": pl.String,
}  # fmt: skip
# What cannot be the same episode: a day without data and a fall of the same source are two things.
_THEMES = {
    "sentiment_drop": "sentiment",
    "data_missing": "data",
    "data_strange": "data",
    "topic_new": "counts",
}


@dataclass(frozen=True)
class Told:
    """What of today is new to people.

    Attributes:
        findings: to be told today, with the episode of each.
        episodes: in the columns of `EPISODE`: those that are open or have ended lately. An episode's newest row is its whole
            story.
    """

    findings: list[tuple[Finding, dict[str, Any]]]
    episodes: pl.DataFrame


def empty_episodes() -> pl.DataFrame:
    """No episode yet."""
    return pl.DataFrame(schema=EPISODE)


def theme_of(kind: str) -> str:
    """What a finding is about, apart from its series: counts, sentiment or data."""
    return _THEMES.get(kind, "counts")


def open_episodes(episodes: pl.DataFrame, day: date) -> pl.DataFrame:
    """Episodes that a flag of this day would go on with."""
    return episodes.filter(
        pl.col("start_day") < day,
        pl.col("end_day").is_null(),
        (pl.lit(day) - pl.col("last_day")).dt.total_days() <= pl.col("gap_days") + 1,
    )


def advance(previous: pl.DataFrame, findings: Iterable[Finding], day: date, limits: Limits) -> Told:
    """Today's findings join their episodes or begin new ones.

    Args:
        previous: what the day before returned; episodes that began on `day` or later are not looked at.
        findings: today's, folded.
        day: the day.
        limits: gap and escalation.
    """
    known = previous.filter(
        pl.col("start_day") < day,
        (pl.lit(day) - pl.col("last_day")).dt.total_days() <= limits.drift_gap_days + 1,
    ).sort("start_day")
    rows = {row["episode_id"]: row for row in known.to_dicts()}
    lately = {(row["series_id"], row["theme"], row["direction"]): row for row in rows.values()}
    told: list[tuple[Finding, dict[str, Any]]] = []
    for finding in findings:
        data = finding.data
        theme = theme_of(data["kind"])
        name = data["series_id"], theme, data["direction"]
        episode = lately.get(name)
        if episode is not None and (day - episode["last_day"]).days > _gap(episode, finding, limits) + 1:
            episode = None
        fresh = episode is None
        if episode is None:
            episode = _begin(finding, theme, day)
            rows[episode["episode_id"]] = lately[name] = episode
        _go_on(episode, finding, day, limits)
        worse = episode["told_ratio"] is not None and (
            finding.ratio >= limits.escalation * episode["told_ratio"]
            and data["window_days"] == 1
            and finding.excess >= 2 * limits.minimum_count
        )
        if finding.into is None and (fresh or worse):
            episode["told_day"], episode["told_ratio"] = day, finding.ratio
            told.append((finding, episode))
    for row in rows.values():
        quiet = (day - row["last_day"]).days
        row["end_day"] = row["last_day"] if quiet > row["gap_days"] else None
    frame = pl.DataFrame(list(rows.values()), schema=EPISODE, orient="row") if rows else empty_episodes()
    return Told(told, frame.sort("start_day", "episode_id"))


def _gap(episode: dict[str, Any], finding: Finding, limits: Limits) -> int:
    """Quiet days that a finding may bridge: one about several days has the episode's last days in its sum."""
    return limits.drift_gap_days if finding.data["window_days"] > 1 else int(episode["gap_days"])


def _begin(finding: Finding, theme: str, day: date) -> dict[str, Any]:
    data = finding.data
    row: dict[str, Any] = dict.fromkeys(EPISODE)
    row |= {name: data[name] for name in EPISODE if name in data}
    row |= {"theme": theme, "start_day": day, "peak_day": day, "peak_ratio": 0.0, "excess_count": 0.0}
    row["episode_id"] = stable_id(data["series_id"], theme, str(data["direction"]), day.isoformat())
    row["part_of"] = finding.into[0] if finding.into else None
    return row


def _go_on(episode: dict[str, Any], finding: Finding, day: date, limits: Limits) -> None:
    data = finding.data
    episode["last_day"] = day
    episode["gap_days"] = limits.drift_gap_days if data["window_days"] > 1 else limits.episode_gap_days
    episode["excess_count"] += finding.excess * data["direction"]
    if finding.ratio > episode["peak_ratio"]:
        episode |= {
            "peak_day": day,
            "peak_ratio": finding.ratio,
            "peak_observed": data["observed"],
            "peak_expected": data["expected"],
        }


def stable_id(*parts: str) -> str:
    """16 hexadecimal characters, the same on every machine."""
    digits = int(pl.select(stable_hash(*[pl.lit(part) for part in parts])).item()) % 2**64
    return f"{digits:016x}"
