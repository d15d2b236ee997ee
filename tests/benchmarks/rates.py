"""`python -m tests.benchmarks.rates`: what the numbers of the marts promise, measured, each beside its target.

Coverage of the 95 % intervals (exactly for Poisson counts, by simulation with overdispersion), exactness of the
split of a rate change, stability of shrunk rates, and speed. `--year` also runs a sample workspace of a year, which
takes some minutes; `--quick` leaves out the speed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from warehouse.config import Journeys
from warehouse.contracts import load_contracts
from warehouse.publish.levers import prepare_levers
from warehouse.publish.shrinkage import prepare_obstacles, shrink
from warehouse.sql import load_denominators, load_macros, load_rates, sql

SEED = 20_261_101
WEEKDAYS = np.array([1.1, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7])
LAST = date(2026, 11, 15)


def show(name: str, found: str, target: str, ok: bool) -> bool:
    """Print one line; returns whether the target is met."""
    print(f"{'ok  ' if ok else 'MISS'} {name:<74} {found:>24}   {target}")
    return ok


# Coverage


def limits(
    connection: duckdb.DuckDBPyConnection, counts: NDArray[np.int64], dispersion: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both ends of the interval of each count, by the macros themselves."""
    given = pl.DataFrame({"place": np.arange(len(counts)), "n": counts, "d": dispersion})
    connection.register("_given", given.to_arrow())
    found = connection.execute(
        "SELECT rate_low(n, 10000, d) AS low, rate_high(n, 10000, d) AS high FROM _given ORDER BY place"
    ).pl()
    return found["low"].to_numpy(), found["high"].to_numpy()


def draw(rng: np.random.Generator, mean: NDArray[np.float64], dispersion: float) -> NDArray[np.int64]:
    """Counts with variance = dispersion × mean (negative binomial)."""
    if dispersion == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)


def exact_coverage(connection: duckdb.DuckDBPyConnection, dispersion: float) -> tuple[float, float]:
    """Lowest coverage at any mean, highest at means above 20, the dispersion being known; no simulation."""
    counts = np.arange(20_000)
    low, high = limits(connection, counts, np.full(len(counts), dispersion))
    lowest, highest = 1.0, 0.0
    for mean in np.concatenate([np.geomspace(0.02, 20, 600), np.geomspace(20.01, 2000, 600)]):
        if dispersion == 1:
            mass = poisson.pmf(counts, mean)
        else:
            mass = nbinom.pmf(counts, mean / (dispersion - 1), 1 / dispersion)
        covered = float(mass[(low <= mean) & (mean <= high)].sum())
        lowest = min(lowest, covered)
        highest = max(highest, covered) if mean > 20 else highest
    return lowest, highest


def estimated_coverage(
    connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, mean: float, dispersion: float, runs: int
) -> float:
    """Coverage of today's interval when the dispersion comes from the 28 days before, with weekdays."""
    first = LAST - timedelta(days=28)
    weekday = WEEKDAYS[[(first + timedelta(days=d)).weekday() for d in range(28)]]
    counts = draw(rng, np.broadcast_to(weekday * mean, (runs, 28)), dispersion)
    frame = pl.DataFrame(
        {
            "key": np.repeat(np.arange(runs), 28),
            "back": np.tile(np.arange(28), runs),
            "inquiry_count": counts.ravel(),
        }
    ).select(
        "key",
        pl.lit(first).dt.offset_by(pl.format("{}d", "back")).alias("day"),
        "inquiry_count",
        pl.lit(10_000).alias("transaction_count"),
    )
    connection.register("_series", frame.to_arrow())
    used = connection.execute("SELECT dispersion FROM dispersions('_series') ORDER BY key").pl()
    today = draw(rng, np.full(runs, mean), dispersion)
    low, high = limits(connection, today, used["dispersion"].to_numpy())
    return float(((low <= mean) & (mean <= high)).mean())


def coverage(runs: int) -> bool:
    """Coverage lines."""
    good = True
    rng = np.random.default_rng(SEED)
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        for dispersion in (1.0, 2.0, 4.0):
            lowest, highest = exact_coverage(connection, dispersion)
            name = f"coverage, dispersion {dispersion:g} known, 1,200 means from 0.02 to 2,000"
            good &= show(f"{name}: lowest", f"{lowest:.4f}", ">= 0.95", lowest >= 0.95)
            good &= show(f"{name}: highest above 20", f"{highest:.4f}", "<= 0.97", highest <= 0.97)
        noise = 1.96 * float(np.sqrt(0.95 * 0.05 / runs))
        for dispersion in (1.0, 1.2, 1.5, 2.0, 4.0):
            for means in ((0.2, 1.0, 3.0, 8.0), (21.0, 40.0, 100.0, 400.0)):
                found = [estimated_coverage(connection, rng, mean, dispersion, runs) for mean in means]
                name = f"coverage, dispersion {dispersion:g} estimated, means {', '.join(f'{m:g}' for m in means)}"
                ok = min(found) >= 0.95 - noise and (means[0] < 20 or max(found) <= 0.97 + noise)
                target = (">= 0.95" if means[0] < 20 else "0.95 to 0.97") + f" (± {noise:.4f})"
                good &= show(name, f"{min(found):.4f} to {max(found):.4f}", target, ok)
    return good


# A file of made-up marts


def fill(connection: duckdb.DuckDBPyConnection, days: int, *, products: int, steps: int, topics: int) -> None:
    """Tables that the marts of a published file are computed from, without inquiries: so many days of them."""
    load_macros(connection)
    for schema in ("core", "insight", "mart", "ops"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for table, spec in load_contracts().items():
        if not table.startswith("raw."):
            connection.execute(spec.duckdb_ddl().replace(" NOT NULL", ""))
    load_denominators(connection)
    load_rates(connection)
    connection.execute(f"SELECT setseed({0.42})")
    parameters = {"last": LAST, "days": days, "products": products, "steps": steps, "topics": topics}
    connection.execute(
        """
        INSERT INTO core.transactions BY NAME
        SELECT $last - d::INTEGER AS day, 'p' || p AS product, 's' || s AS step, (500 + random() * 20000 / (s + 1))::BIGINT AS transaction_count
        FROM range($days) AS a(d), range($products) AS b(p), range($steps) AS c(s)
        """,
        {key: parameters[key] for key in ("last", "days", "products", "steps")},
    )
    connection.execute(
        """
        INSERT INTO mart.obstacle_daily BY NAME
        SELECT
            $last - d::INTEGER AS day, obstacle_id('p' || p, 's' || s, 't' || t, 'fault') AS obstacle_id, 'p' || p AS product, 's' || s AS step,
            't' || t AS topic_id, 'fault' AS cause, (random() * random() * 30 / (t + 1))::BIGINT AS inquiry_count, 0 AS negative_count, 0.1 AS effort
        FROM range($days) AS a(d), range($products) AS b(p), range($steps) AS c(s), range($topics) AS e(t)
        WHERE random() < 0.8
        """,
        parameters,
    )
    connection.execute("DELETE FROM mart.obstacle_daily WHERE inquiry_count = 0")
    connection.execute(
        "INSERT INTO mart.inquiry_rate_daily BY NAME SELECT DISTINCT day FROM core.transactions"
    )


def additivity() -> bool:
    """Contributions against the change of each product's rate and of the whole."""
    with closing(duckdb.connect()) as connection:
        fill(connection, 28, products=12, steps=8, topics=25)
        # Steps and products that begin or end.
        connection.execute("DELETE FROM core.transactions WHERE step = 's1' AND day > $1 - 7", [LAST])
        connection.execute("DELETE FROM core.transactions WHERE product = 'p2' AND day <= $1 - 7", [LAST])
        connection.execute("DELETE FROM mart.obstacle_daily WHERE product = 'p2' AND day <= $1 - 7", [LAST])
        rows, worst, whole = connection.execute(
            """
            WITH changed AS (FROM rate_changes($last - 13, $last - 7, $last - 6, $last)),
            bases AS (
                SELECT product, sum(transaction_count) FILTER (WHERE day <= $last - 7) AS t0, sum(transaction_count) FILTER (WHERE day > $last - 7) AS t1
                FROM denominators() WHERE step IS NULL AND day > $last - 14 GROUP BY product
            ),
            counts AS (
                SELECT product, sum(inquiry_count) FILTER (WHERE day <= $last - 7) AS n0, sum(inquiry_count) FILTER (WHERE day > $last - 7) AS n1
                FROM mart.obstacle_daily WHERE day > $last - 14 GROUP BY product
            ),
            rates AS (SELECT product, rate_per_10k(n1, t1) - rate_per_10k(n0, t0) AS change FROM bases JOIN counts USING (product)),
            parts AS (SELECT product, sum(contribution_per_10k) AS parts, sum(rate_effect) + sum(mix_effect) AS effects FROM changed GROUP BY product)
            SELECT
                (SELECT count(*) FROM changed),
                (SELECT max(greatest(abs(change - parts), abs(change - effects))) FROM rates JOIN parts USING (product)),
                abs(
                    (SELECT sum(total_contribution_per_10k) FROM changed)
                    - (SELECT rate_per_10k(sum(n1), sum(t1)) - rate_per_10k(sum(n0), sum(t0)) FROM bases JOIN counts USING (product))
                )
            """,
            {"last": LAST},
        ).fetchall()[0]
    name = f"additivity, {rows:,} cells, steps and a product begin and end"
    good = show(f"{name}: products", f"{worst:.1e}", "<= 1e-9", worst <= 1e-9)
    return show(f"{name}: the whole", f"{whole:.1e}", "<= 1e-9", whole <= 1e-9) and good


def stability(runs: int) -> bool:
    """What one inquiry more does to the other obstacles' shrunk rates, and to the ten worst by impact."""
    rng = np.random.default_rng(SEED)
    moved, places, kept = 0.0, 0, 1.0
    for _ in range(runs):
        exposure = np.exp(rng.uniform(np.log(500), np.log(2_000_000), 150)).round()
        count = rng.poisson(rng.gamma(0.6, 1 / 600, 150) * exposure)
        index = int(rng.integers(150))
        rates = []
        for more in (0, 1):
            given = pl.DataFrame(
                {
                    "obstacle_id": [f"o{n:03}" for n in range(150)],
                    "inquiry_count": count + more * (np.arange(150) == index),
                    "transaction_count": exposure.astype(int),
                    "dispersion": np.ones(150),
                }
            )
            rates.append(shrink(given)[0]["shrunk_per_10k"].to_numpy())
        others = np.arange(150) != index
        moved = max(moved, float(np.abs(rates[1][others] / rates[0][others] - 1).max()))
        ranks = [np.argsort(np.argsort(-rate[others])) for rate in rates]
        places = max(places, int(np.abs(ranks[0] - ranks[1]).max()))
        worst = [set(np.argsort(-rate * exposure)[:10]) for rate in rates]
        kept = min(kept, len(worst[0] & worst[1]) / 10)
    name = "shrinkage, one inquiry more on one of 150 obstacles"
    good = show(f"{name}: others' rates move at most", f"{moved:.2%}", "<= 10 %", moved <= 0.1)
    good &= show(f"{name}: others' ranks move at most", f"{places}", "<= 3 places", places <= 3)
    return show(f"{name}: of the ten worst stay at least", f"{kept:.0%}", ">= 90 %", kept >= 0.9) and good


# Speed


def marts_seconds(days: int) -> float:
    """Seconds to compute the obstacles and rate changes of a file with so many days (best of three)."""
    with closing(duckdb.connect()) as connection:
        fill(connection, days, products=5, steps=8, topics=25)
        took = []
        for _ in range(3):
            connection.execute("DELETE FROM mart.rate_priors")
            begin = time.perf_counter()
            prepare_obstacles(connection)
            prepare_levers(connection, Journeys())
            connection.execute(sql("marts/obstacles")).fetchall()
            connection.execute(sql("marts/rate_changes")).fetchall()
            took.append(time.perf_counter() - begin)
    return min(took)


def day_seconds(days: int, inquiries: int) -> tuple[float, float]:
    """A workspace of so many days, all but the last of them run: seconds of today's run, and of its metrics step."""
    from dags.commands.common import pipeline
    from warehouse.demo import write_demo_workspace
    from warehouse.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        home = Path(folder)
        write_demo_workspace(home, days=days, inquiries=inquiries * days)
        work = pipeline(Workspace.open(home), quiet=True)
        work.land()
        calendar = work.calendar()
        if days > 1:
            work.run(last=calendar[-2])
        work = pipeline(Workspace.open(home), quiet=True)
        steps: dict[str, float] = {}
        state = {"begin": time.perf_counter()}

        def progress(step: str, day: object, status: str) -> None:
            if status == "start":
                state["begin"] = time.perf_counter()
            else:
                steps[step] = steps.get(step, 0) + time.perf_counter() - state["begin"]

        work.progress = progress
        begin = time.perf_counter()
        work.run()
        return time.perf_counter() - begin, steps["metrics"]


def speed(*, year: bool) -> bool:
    """Speed lines."""
    size = 100_000
    _, metrics = day_seconds(1, size)
    good = show(
        f"speed, metrics step with its checks, {size:,} inquiries",
        f"{size / metrics:,.0f}/s",
        ">= 20,000/s",
        size / metrics >= 20_000,
    )
    short, long = marts_seconds(28), marts_seconds(365)
    good &= show(
        "speed, obstacles and rate changes, 1,000 obstacles: 365 days against 28",
        f"{short:.2f} s → {long:.2f} s",
        "+ <= 0.3 s",
        long - short <= 0.3,
    )
    if year:
        (recent, _), (old, _) = day_seconds(35, 400), day_seconds(365, 400)
        good &= show(
            "speed, today's run after a year against after 5 weeks, 400 inquiries a day",
            f"{recent:.2f} s → {old:.2f} s",
            "<= + 10 %",
            old <= recent * 1.1,
        )
    return good


def main() -> None:
    """Measure and print; exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer simulations, no speed")
    parser.add_argument(
        "--year", action="store_true", help="also a sample workspace of a year (some minutes)"
    )
    arguments = parser.parse_args()
    good = coverage(4_000 if arguments.quick else 40_000)
    good &= additivity()
    good &= stability(20 if arguments.quick else 100)
    if not arguments.quick:
        good &= speed(year=arguments.year)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
