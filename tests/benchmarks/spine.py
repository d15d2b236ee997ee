"""`make bench`: speed and memory of every step, at 10k, 100k and 1M inquiries of one day.

Each size runs in a process of its own on a fresh sample workspace; times are wall-clock seconds of a step
with its checks, memory is the highest resident size while the step ran.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

SIZES = (10_000, 100_000, 1_000_000)
_PAGE = resource.getpagesize()


class Memory:
    """Samples this process's resident size; `take` gives the highest since the last call."""

    def __init__(self) -> None:
        self._highest = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _now(self) -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self._highest = max(self._highest, self._now())

    def take(self) -> int:
        highest, self._highest = max(self._highest, self._now()), 0
        return highest


def measure(inquiries: int) -> dict[str, Any]:
    """Run the spine on one day of so many inquiries; step -> seconds and bytes."""
    from dags.commands.common import pipeline
    from warehouse.checks.suites import _context
    from warehouse.demo import write_demo_workspace
    from warehouse.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        home = Path(folder)
        begin = time.perf_counter()
        write_demo_workspace(home, days=1, inquiries=inquiries)
        steps: dict[str, dict[str, float]] = {
            "(generate)": {"seconds": time.perf_counter() - begin, "bytes": 0}
        }
        begin = time.perf_counter()
        _context()  # Great Expectations' import, once a process, whatever the size
        steps["(import checks)"] = {"seconds": time.perf_counter() - begin, "bytes": 0}
        work = pipeline(Workspace.open(home), quiet=True)
        memory = Memory()
        state = {"begin": time.perf_counter()}

        def progress(step: str, day: object, status: str) -> None:
            if status == "start":
                memory.take()
                state["begin"] = time.perf_counter()
            elif status != "unchanged":  # such a step did not begin
                entry = steps.setdefault(step, {"seconds": 0.0, "bytes": 0})
                entry["seconds"] += time.perf_counter() - state["begin"]
                entry["bytes"] = max(entry["bytes"], memory.take())

        work.progress = progress
        work.run()
        turns = work.store.actions("core.turns")["rows"].sum()
    return {"inquiries": inquiries, "turns": int(turns), "steps": steps}


def show(results: list[dict[str, Any]]) -> None:
    """Print the table."""
    print(
        f"{'inquiries':>10} {'turns':>10} {'step':<16} {'seconds':>8} {'inquiries/s':>12} {'turns/s':>11} {'peak MiB':>9}"
    )
    for result in results:
        spine = 0.0
        for step, entry in result["steps"].items():
            _line(result, step, entry["seconds"], entry["bytes"])
            if step in ("land", "validate", "conform", "publish"):
                spine += entry["seconds"]
        highest = max(entry["bytes"] for entry in result["steps"].values())
        _line(result, "SPINE", spine, highest)
        everything = sum(e["seconds"] for s, e in result["steps"].items() if not s.startswith("("))
        _line(result, "ALL", everything, highest)
    print("SPINE: land + validate + conform + publish, each with its checks.")
    if len(results) > 1:
        each = [
            sum(
                e["seconds"] for s, e in r["steps"].items() if s in ("land", "validate", "conform", "publish")
            )
            / r["inquiries"]
            for r in results
        ]
        print(
            f"time per inquiry at {results[-1]['inquiries']:,}: {each[-1] / each[-2]:.2f} × that at {results[-2]['inquiries']:,}"
        )


def _line(result: dict[str, Any], step: str, seconds: float, size: float) -> None:
    rate = [result[name] / seconds if seconds else 0 for name in ("inquiries", "turns")]
    print(
        f"{result['inquiries']:>10,} {result['turns']:>10,} {step:<16} {seconds:>8.2f} {rate[0]:>12,.0f} {rate[1]:>11,.0f} "
        f"{size / 2**20:>9,.0f}"
    )


def main() -> None:
    """Run all sizes (or those given) and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    results = []
    for size in arguments.sizes or SIZES:
        run = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.spine", "--one", str(size)],
            check=True,
            capture_output=True,
            text=True,
        )
        results.append(json.loads(run.stdout.strip().splitlines()[-1]))
    show(results)


if __name__ == "__main__":
    main()
