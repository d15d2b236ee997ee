"""`python -m tests.benchmarks.alerts`: how good and how fast alerts and effects are, each number beside its target.

Everything runs through the public functions (`alerts_of_day` day by day with its own episodes and models, `change_effects`), on
seeded simulations of companies: 200 steps of different sizes, their own weekday patterns and slow trends, transactions that
double on 双11 while rates rise by some 20 %, and days that differ by more than chance (a gamma factor of 7 to 20 %
standard deviation, its size different from step to step). `--harsh` also shows days that differ by up to 25 % and resemble
their neighbours. NAB's tweet counts are a second opinion.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from insight.alerts.day import alerts_of_day
from insight.alerts.limits import Limits
from insight.alerts.models import Models
from insight.alerts.series import KEY, matrices
from insight.effects.changes import change_effects

FIRST = date(2026, 7, 27)  # 双11 is day 108 of 120, and the National Day holiday lies within
DAYS, SERIES, JUDGED_FROM = 120, 200, 21
NAB = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Company:
    """A simulated company: step i is step `s<i>` of product `p<i // 10>`.

    Attributes:
        mean: steps × days, inquiries to be expected before unrest.
        exposure: steps × days, transactions.
        unrest: steps, k of the gamma factor (variance).
        rho: autocorrelation of the unrest.
        rng: what draws.
    """

    mean: np.ndarray
    exposure: np.ndarray
    unrest: np.ndarray
    rho: float
    rng: np.random.Generator = field(repr=False)

    def draw(self, mean: np.ndarray) -> np.ndarray:
        """Counts around these means."""
        size = mean.shape
        if self.rho:
            noise = self.rng.normal(size=size)
            for t in range(1, size[1]):
                noise[:, t] = self.rho * noise[:, t - 1] + np.sqrt(1 - self.rho**2) * noise[:, t]
            sd = np.sqrt(np.log1p(self.unrest))[:, None]
            factor = np.exp(sd * noise - sd**2 / 2)
        else:
            factor = self.rng.gamma(1 / self.unrest[:, None], self.unrest[:, None], size)
        return self.rng.poisson(mean * factor)

    def frames(self, counts: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
        """History and exposures as the pipeline would give them."""
        n, days = counts.shape
        keys = {
            "product": np.repeat([f"p{i // 10}" for i in range(n)], days),
            "step": np.repeat([f"s{i}" for i in range(n)], days),
            "day": [FIRST + timedelta(t) for t in range(days)] * n,
        }
        absent = [pl.lit(None, pl.String).alias(name) for name in KEY if name not in keys]
        history = pl.DataFrame(
            keys | {"inquiry_count": counts.ravel(), "negative_count": np.zeros(counts.size, int)}
        )
        exposures = pl.DataFrame(keys | {"transaction_count": self.exposure.ravel()})
        return history.with_columns(absent), exposures


def company(
    seed: int,
    n: int = SERIES,
    days: int = DAYS,
    *,
    unrest: tuple[float, float] = (0.005, 0.04),
    rho: float = 0.0,
) -> Company:
    """Draw a company; sizes run from 2 to 100 inquiries a day."""
    rng = np.random.default_rng(seed)
    dates = [FIRST + timedelta(t) for t in range(days)]
    weekday = np.array([day.weekday() for day in dates])
    near = np.array([max(0.0, 1 - abs((day - date(day.year, 11, 11)).days) / 3) for day in dates])
    size = np.exp(rng.uniform(np.log(2), np.log(100), n))
    week = rng.normal(0, 0.12, 7) + rng.normal(0, 0.08, (n, 7))
    trend = rng.normal(0, 0.0015, n)[:, None] * (np.arange(days) - days / 2)
    lift = rng.normal(0.2, 0.1, n)[:, None] * near
    volume = np.exp(rng.normal(8, 1, n))[:, None] * np.exp(0.1 * np.sin(2 * np.pi * weekday / 7) + 0.9 * near)
    volume = np.maximum(np.round(volume * np.exp(rng.normal(0, 0.03, (n, days)))), 1)
    rate = size[:, None] * np.exp(week[:, weekday] + trend + lift)
    mean = rate * volume / np.median(volume, axis=1, keepdims=True)
    return Company(mean, volume, rng.uniform(*unrest, n), rho, rng)


@dataclass
class Tally:
    """Hits and misses of several runs."""

    spikes: list[bool] = field(default_factory=list)
    drifts: list[bool] = field(default_factory=list)
    false: int = 0
    false_weeks: float = 0.0  # weeks × 200 series

    def add(self, other: Tally) -> None:
        """Another run's."""
        self.spikes += other.spikes
        self.drifts += other.drifts
        self.false += other.false
        self.false_weeks += other.false_weeks


def watch(
    seed: int, *, spikes: int, drifts: int, unrest: tuple[float, float] = (0.005, 0.04), rho: float = 0.0
) -> Tally:
    """Run the alerts of a company day by day and compare them with what was planted.

    A spike triples a rate for three days (found: told on its first or second day); a drift grows to 1.5 × over ten days and
    stays (found: told by five days after its end). Everything else that is told is false.
    """
    made = company(seed, unrest=unrest, rho=rho)
    usual = np.median(made.mean, axis=1)
    rng = np.random.default_rng([seed, 1])
    spiked = rng.permutation(np.flatnonzero(usual >= 10))[:spikes]
    drifted = rng.permutation(np.setdiff1d(np.flatnonzero(usual >= 20), spiked))[:drifts]
    begin = dict(zip(spiked, rng.integers(JUDGED_FROM, DAYS - 2, len(spiked)), strict=True))
    begin |= dict(zip(drifted, rng.integers(JUDGED_FROM, DAYS - 15, len(drifted)), strict=True))
    mean = made.mean.copy()
    for i in spiked:
        mean[i, begin[i] : begin[i] + 3] *= 3
    for i in drifted:
        mean[i, begin[i] :] *= np.minimum(1 + 0.05 * np.arange(1, DAYS - begin[i] + 1), 1.5)
    told = list(_told(*made.frames(made.draw(mean))))
    tally = Tally()
    for i in spiked:
        tally.spikes.append(any(s == i and up and begin[i] <= t <= begin[i] + 1 for s, t, up in told))
    for i in drifted:
        tally.drifts.append(any(s == i and up and begin[i] <= t <= begin[i] + 14 for s, t, up in told))
    calm = set(range(SERIES)) - set(begin)
    tally.false = sum(s in calm or s < 0 or t < begin[s] for s, t, up in told)
    tally.false_weeks = (DAYS - JUDGED_FROM) / 7 * (len(calm) / SERIES)
    return tally


def _told(history: pl.DataFrame, exposures: pl.DataFrame) -> Iterator[tuple[int, int, bool]]:
    """Step, day and direction of every alert."""
    episodes, models = None, None
    for t in range(JUDGED_FROM, DAYS):
        day = FIRST + timedelta(t)
        known = history.filter(pl.col("day") <= day)
        found = alerts_of_day(known, exposures, day, Limits(), episodes=episodes, models=models)
        episodes, models = found.episodes, found.models
        for row in found.alerts.to_dicts():
            yield int(row["step"][1:]) if row["step"] else -1, t, row["observed"] > row["expected"]


def watch_groups(seed: int, *, planted: int) -> tuple[list[bool], list[bool], int, float]:
    """Customer groups of a company of 20 steps: four attributes of 2 to 6 values, whose shares differ a little from day to day.

    For three days one group of one step asks three times as often (found: told on the first or second day, as a group or as its
    step). Alerts of other groups are false.

    Returns:
        Whether each was told, whether it was named, false alerts, weeks.
    """
    made = company(seed, 20)
    counts = made.draw(made.mean)
    rng = np.random.default_rng([seed, 3])
    shares = {f"a{number}": rng.dirichlet(np.full(values, 3.0)) for number, values in enumerate((2, 3, 4, 6))}
    drawn = {}
    for i in range(20):
        for name, share in shares.items():
            days = rng.dirichlet(share * rng.uniform(100, 400), DAYS)
            drawn[i, name] = np.array(
                [rng.multinomial(n, day) for n, day in zip(counts[i], days, strict=True)]
            )
    big = [
        (i, name, value)
        for (i, name), cells in drawn.items()
        for value in range(cells.shape[1])
        if np.median(cells[:, value]) >= 10
    ]
    chosen, begin = {}, np.linspace(JUDGED_FROM, DAYS - 9, max(planted, 1)).astype(int)
    for at, which in zip(begin[:planted], rng.permutation(len(big)), strict=False):
        i, name, value = big[which]
        chosen[at] = (i, f"{name}=v{value}")
        for t in range(at, at + 3):
            extra = 2 * drawn[i, name][t, value]
            counts[i, t] += extra
            for other, share in shares.items():
                drawn[i, other][t] += (
                    extra * np.eye(len(share), dtype=int)[value]
                    if other == name
                    else rng.multinomial(extra, share)
                )
    segments = _group_rows(drawn)
    told: list[tuple[int, dict[str, Any]]] = []
    history, exposures = made.frames(counts)
    episodes, models = None, None
    for t in range(JUDGED_FROM, DAYS):
        day = FIRST + timedelta(t)
        found = alerts_of_day(
            history.filter(pl.col("day") <= day), exposures, day, Limits(), episodes=episodes, models=models,
            segments=segments.filter(pl.col("day") <= day),
        )  # fmt: skip
        episodes, models = found.episodes, found.models
        told += [(t, row) for row in found.alerts.to_dicts()]
    hits, named = [], []
    for at, (i, segment) in chosen.items():
        mine = [
            row
            for t, row in told
            if at <= t <= at + 1 and (row["step"] == f"s{i}" or row["segment"] == segment)
        ]
        hits.append(bool(mine))
        zh = f"“{segment.split('=')[1]}”"
        named.append(any(zh in row["explanation_zh"] for row in mine))
    groups = [(t, row) for t, row in told if row["level"] == "segment"]
    near = [any(at <= t <= at + 9 for at in chosen) for t, _ in groups]
    return hits, named, len(near) - sum(near), (DAYS - JUDGED_FROM - 10 * planted) / 7


def _group_rows(drawn: dict[tuple[int, str], np.ndarray]) -> pl.DataFrame:
    """Days of groups as `insight.segment_daily` has them; nineteen customers ask twenty times."""
    rows = [
        {"product": f"p{i // 10}", "step": f"s{i}", "segment": name, "value": f"v{value}", "day": FIRST + timedelta(t), "inquiry_count": int(n)}
        for (i, name), cells in drawn.items()
        for value in range(cells.shape[1])
        for t, n in enumerate(cells[:, value])
        if n
    ]  # fmt: skip
    steps = pl.DataFrame(rows)
    products = steps.with_columns(step=pl.lit(None, pl.String))
    every = products.with_columns(product=pl.lit(None, pl.String))
    summed = pl.concat([steps, products, every]).group_by("day", "product", "step", "segment", "value")
    frame = summed.agg(pl.col("inquiry_count").sum())
    return frame.with_columns(customer_count=(pl.col("inquiry_count") * 0.95).round().cast(pl.Int64))


CALM: dict[str, Any] = {"unrest": (0.005, 0.04), "rho": 0.0}
HARSH: dict[str, Any] = {"unrest": (0.005, 0.06), "rho": 0.3}
RATIOS = (0.5, 0.7, 0.85, 1.0, 1.0, 1.0, 1.2, 1.5)


def effects_of(
    seed: int, *, unrest: tuple[float, float] = (0.005, 0.04), rho: float = 0.0
) -> list[tuple[float, float, float, str]]:
    """Planted ratio, ends of the interval and verdict of ten changes in a company of 30 steps."""
    made = company(seed, 30, unrest=unrest, rho=rho)
    rng = np.random.default_rng([seed, 2])
    rows, mean = [], made.mean.copy()
    for number, i in enumerate(rng.permutation(np.flatnonzero(np.median(mean, axis=1) >= 5))[:10]):
        at, ratio = int(rng.integers(28, DAYS - 14)), float(rng.choice(RATIOS))
        mean[i, at:] *= ratio
        rows.append({"change_id": f"c{number}", "day": FIRST + timedelta(at), "product": f"p{i // 10}", "step": f"s{i}", "kind": "release", "title": "t", "ratio": ratio})  # fmt: skip
    changes = pl.DataFrame(rows)
    history, exposures = made.frames(made.draw(mean))
    found = change_effects(history, exposures, changes.drop("ratio"), FIRST + timedelta(DAYS - 1))
    joined = found.join(changes.select("change_id", planted="ratio"), on="change_id").filter(
        pl.col("ratio").is_not_null()
    )
    return list(joined.select("planted", "ratio_low", "ratio_high", "verdict").iter_rows())


def speed() -> dict[str, float]:
    """Seconds for 1,000 series over a year: a fit, a day that fits, a day whose models still hold."""
    made = company(99, 1000, 365)
    history, exposures = made.frames(made.draw(made.mean))
    day = FIRST + timedelta(364)  # a Monday
    series = matrices(history, exposures, day)
    begin = time.perf_counter()
    Models.fit(series, day - timedelta(1), "CN")
    fitted = time.perf_counter()
    first = alerts_of_day(history, exposures, day)
    told = time.perf_counter()
    alerts_of_day(history, exposures, day + timedelta(0), models=first.models, episodes=first.episodes)
    again = time.perf_counter()
    return {
        "fit": fitted - begin,
        "a day with the fit": told - fitted,
        "a day whose models hold": again - told,
    }


def nab() -> tuple[int, int, int, float] | None:
    """Windows found, windows, false alerts and weeks of NAB's five series of tweet counts, summed to days."""
    import json

    if not (NAB / "nab_series_dev.parquet").exists():
        return None
    rows = pl.read_parquet(NAB / "nab_series_dev.parquet").filter(
        pl.col("series").str.starts_with("realTweets")
    )
    windows = json.loads((NAB / "nab_labels_dev.json").read_text())
    daily = (
        rows.group_by("series", day=pl.col("timestamp").dt.date())
        .agg(inquiry_count=pl.col("value").sum().cast(pl.Int64), slots=pl.len())
        .filter(pl.col("slots") > 144)
    )  # half a day at least
    absent = [pl.lit(None, pl.String).alias(name) for name in KEY if name not in ("product", "step")]
    history = daily.select(pl.lit("tweets").alias("product"), pl.col("series").alias("step"), "day", "inquiry_count",
                           pl.lit(0).alias("negative_count"), *absent)  # fmt: skip
    none = pl.DataFrame(
        schema={"day": pl.Date, "product": pl.String, "step": pl.String, "transaction_count": pl.Int64}
    )
    first, last = daily["day"].min(), daily["day"].max()
    episodes, told = None, []
    for t in range(JUDGED_FROM, (last - first).days + 1):
        found = alerts_of_day(history, none, first + timedelta(t), Limits(country="US"), episodes=episodes)
        episodes = found.episodes
        told += [(row["step"], row["day"]) for row in found.alerts.to_dicts()]
    spans = [
        (name, date.fromisoformat(a[:10]), date.fromisoformat(b[:10]))
        for name in daily["series"].unique()
        for a, b in windows[name]["windows"]
    ]
    spans = [span for span in spans if span[2] >= first + timedelta(JUDGED_FROM)]
    found_spans = sum(any(name == s and a <= day <= b for s, day in told) for name, a, b in spans)
    false = sum(not any(name == s and a <= day <= b for name, a, b in spans) for s, day in told)
    return found_spans, len(spans), false, ((last - first).days + 1 - JUDGED_FROM) / 7


def _share(hits: list[bool]) -> str:
    return f"{np.mean(hits):.1%} of {len(hits)}"


def show(name: str, target: str, found: str) -> None:
    """A line of the table."""
    print(f"{name:<72} {target:>14}   {found}", flush=True)


def outbreaks(pool: ProcessPoolExecutor, seed: int, runs: int, label: str = "", **how: Any) -> None:
    """The lines about alerts."""
    tally, calm = Tally(), Tally()
    disturbed = range(seed, seed + runs)
    quiet = range(seed + 100, seed + 100 + max(runs // 3, 2))
    for found in [pool.submit(watch, one, spikes=12, drifts=12, **how) for one in disturbed]:
        tally.add(found.result())
    for found in [pool.submit(watch, one, spikes=0, drifts=0, **how) for one in quiet]:
        calm.add(found.result())
    show(
        f"{label}rate × 3 of a step with 10 or more a day, told on day 1 or 2",
        ">= 95 %",
        _share(tally.spikes),
    )
    show(
        f"{label}drift to 1.5 × in 10 days, 20 or more a day, told within 15", ">= 80 %", _share(tally.drifts)
    )
    show(
        f"{label}false alerts a week over 200 series, nothing planted",
        "<= 1",
        f"{calm.false / calm.false_weeks:.2f} ({calm.false} in {calm.false_weeks:.0f} weeks)",
    )
    show(
        f"{label}the same, with 24 of the 200 disturbed",
        "<= 1",
        f"{tally.false / tally.false_weeks:.2f} ({tally.false} in {tally.false_weeks:.0f} weeks)",
    )


def groups(pool: ProcessPoolExecutor, seed: int, runs: int) -> None:
    """The lines about customer groups."""
    disturbed = [pool.submit(watch_groups, one, planted=8) for one in range(seed, seed + runs)]
    calm = [
        pool.submit(watch_groups, one, planted=0) for one in range(seed + 100, seed + 100 + max(runs // 3, 2))
    ]
    found = [part.result() for part in disturbed]
    quiet = [part.result() for part in calm]
    hits, named = ([hit for part in found for hit in part[which]] for which in (0, 1))
    false, weeks = sum(part[2] for part in quiet), sum(part[3] for part in quiet)
    show("group of 10 or more a day × 3, told on day 1 or 2 (it or its step)", "-", _share(hits))
    show("the same, the group named", "-", _share(named))
    show(
        "false alerts of groups a week, 300 groups and 60 of products, nothing planted",
        "<= 1",
        f"{false / weeks:.2f} ({false} in {weeks:.0f} weeks)",
    )


def effects(pool: ProcessPoolExecutor, seed: int, companies: int, label: str = "", **how: Any) -> None:
    """The lines about effects."""
    rows = [
        row
        for part in [pool.submit(effects_of, one, **how) for one in range(seed, seed + companies)]
        for row in part.result()
    ]
    covered = [low <= planted <= high for planted, low, high, _ in rows]
    none = [verdict in ("helped", "worse") for planted, _, _, verdict in rows if planted == 1.0]
    strong = [verdict == "helped" for planted, _, _, verdict in rows if planted <= 0.7]
    show(f"{label}95 % interval covers the planted ratio", "92-98 %", _share(covered))
    show(f"{label}changes without effect called helped or worse", "<= 7 %", _share(none))
    show(f"{label}changes to 0.5 or 0.7 called helped", "-", _share(strong))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="simulated companies for the alerts")
    parser.add_argument(
        "--companies",
        type=int,
        default=40,
        help="simulated companies for the effects, about ten changes each",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first simulated company; the limits were set on 1 to 140"
    )
    parser.add_argument("--harsh", action="store_true", help="also more unrest, resembling its neighbours")
    parser.add_argument(
        "--only",
        nargs="*",
        default=["speed", "alerts", "groups", "effects", "nab"],
        help="parts of the table",
    )
    arguments = parser.parse_args()
    show("measure", "target", "found")
    for name, seconds in speed().items() if "speed" in arguments.only else ():
        show(f"1,000 series × 365 days: {name}", "< 60 s", f"{seconds:.1f} s")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:  # polars does not survive a fork
        for label, how in [("", CALM), ("harsh: ", HARSH)][: 1 + arguments.harsh]:
            if "alerts" in arguments.only:
                outbreaks(pool, arguments.seed, arguments.runs, label, **how)
            if "effects" in arguments.only:
                effects(pool, arguments.seed, arguments.companies, label, **how)
        if "groups" in arguments.only:
            groups(pool, arguments.seed, arguments.runs)
    second = nab() if "nab" in arguments.only else None
    if second:
        show("NAB tweets by day: labelled windows with an alert", "-", f"{second[0]} of {second[1]}")
        show("NAB tweets by day: alerts outside, 5 series", "-", f"{second[2]} in {second[3]:.0f} weeks")


if __name__ == "__main__":
    main()
