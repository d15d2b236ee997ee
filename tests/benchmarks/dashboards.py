"""Speed and memory of the pages on a large published file: 400 days × 40 steps × 300 topics, 12 million inquiries behind it.

    python -m tests.benchmarks.dashboards

The file is made directly (tests/dashboards/published.py). Times are those of the server: Streamlit runs a page's script
without a browser. `start` is what `voc dashboard` does before anyone looks (imports, opening the file), `first` the first page of
all after it, with all its queries; `new choice` a page
with filters that nobody has asked for yet, every query runs; `again` the same page once more. Memory is the highest
resident size of the process with all pages open in five sessions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGES = ("today", "journey", "obstacles", "topics", "feelings", "search", "data", "sql")
SESSIONS = 5
LIMITS = {"first": 3.0, "new choice p95": 0.5, "again p95": 0.5, "MiB": 1024}


def choices(products: int, steps: int) -> list[dict[str, str]]:
    """Filters as people choose them."""
    found: list[dict[str, str]] = [
        {},
        {"period": "28"},
        {"period": "90"},
        {"period": "all", "compare": "none"},
        {"channel": "app"},
        {"lang": "en"},
    ]
    found += [{"product": f"p{p}"} for p in range(1, products + 1)]
    found += [
        {"product": f"p{p}", "step": f"s{s}", "period": "28"}
        for p in range(1, products + 1, 2)
        for s in range(1, steps + 1, 2)
    ]
    return found


def measure(file: Path, products: int, steps: int) -> dict[str, Any]:
    """Open every page with every choice, twice; the first page of all counts for itself."""
    begin = time.perf_counter()
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    from dashboards import setup
    from dashboards.pages import start
    from tests.benchmarks.spine import Memory

    memory = Memory()
    setup.configure(setup.Setup(file, None, lambda: datetime(2026, 11, 16, 3, tzinfo=UTC)))
    app = str(Path(start.__path__[0]) / "app.py")
    start.warm()
    ready = time.perf_counter() - begin

    def look(name: str, params: dict[str, str]) -> Any:
        test = AppTest.from_file(app, default_timeout=120)
        test.query_params.update(params)
        test._page_hash = calc_hash("" if name == "today" else name)
        return test.run()

    begin = time.perf_counter()
    page = look("today", {})
    first = time.perf_counter() - begin
    assert page.metric, "the first page is empty"
    times: dict[str, dict[str, list[float]]] = {name: {"new": [], "again": []} for name in PAGES}
    sessions = []
    for name in PAGES:
        look(name, {"period": "custom", "start": "2026-11-01", "end": "2026-11-02"})  # imports of the page
        for params in choices(products, steps):
            begin = time.perf_counter()
            test = look(name, params)
            times[name]["new"].append(time.perf_counter() - begin)
            assert not test.exception, test.exception
            begin = time.perf_counter()
            test.run()
            times[name]["again"].append(time.perf_counter() - begin)
            sessions.append(test)
    kept = [look(name, {"period": "28"}) for name in PAGES for _ in range(SESSIONS)]
    size = memory.take() / 2**20
    del kept
    return {"start": ready, "first": first, "times": times, "MiB": size, "looks": len(sessions)}


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def show(result: dict[str, Any]) -> bool:
    """Print the table; whether all limits hold."""
    print(f"{'page':<10} {'new choice: median':>19} {'p95':>7} {'again: median':>15} {'p95':>7}   (ms)")
    for name, times in result["times"].items():
        new, again = times["new"], times["again"]
        print(
            f"{name:<10} {statistics.median(new) * 1000:>19,.0f} {p95(new) * 1000:>7,.0f} {statistics.median(again) * 1000:>15,.0f} {p95(again) * 1000:>7,.0f}"
        )
    new = [t for times in result["times"].values() for t in times["new"]]
    again = [t for times in result["times"].values() for t in times["again"]]
    reached = {
        "first": result["first"],
        "new choice p95": p95(new),
        "again p95": p95(again),
        "MiB": result["MiB"],
    }
    print(f"{'start':<15} {result['start']:>8.2f} s")
    for name, value in reached.items():
        unit = "MiB" if name == "MiB" else "s"
        print(
            f"{name:<15} {value:>8.2f} {unit}   limit {LIMITS[name]:g}   {'met' if value < LIMITS[name] else 'NOT MET'}"
        )
    return all(value < LIMITS[name] for name, value in reached.items())


def main() -> None:
    """Make the file, measure in a process of its own, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--products", type=int, default=8)
    parser.add_argument("--steps", type=int, default=5, help="of each product")
    parser.add_argument("--topics", type=int, default=300)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.products, given.steps)))
        return
    from tests.dashboards.published import write_published

    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        file = Path(folder) / "voc.duckdb"
        write_published(
            file,
            days=given.days,
            products=given.products,
            steps=given.steps,
            topics=given.topics,
            inquiries=40,
        )
        print(
            f"{given.days} days × {given.products * given.steps} steps × {given.topics} topics, {file.stat().st_size / 2**20:.0f} MiB"
        )
        command = [sys.executable, "-m", "tests.benchmarks.dashboards", "--one", str(file)]
        command += ["--products", str(given.products), "--steps", str(given.steps)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        sys.exit(0 if show(json.loads(run.stdout.strip().splitlines()[-1])) else 1)


if __name__ == "__main__":
    main()
