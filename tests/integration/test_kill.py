"""Killed at any moment and run again, a workspace publishes what an undisturbed run publishes.

Children are forked from a server that has imported everything, so that the moments fall into the work and
not into imports.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import published_content
from warehouse.demo import write_demo_workspace
from warehouse.workspace import Workspace

MOMENTS = 30


def run(home: str, started: str) -> None:
    """Child: say that work begins, then run."""
    from tests.support import pipeline

    Path(started).touch()
    pipeline(Path(home)).run()


@pytest.fixture(scope="module")
def fork():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.kill_imports"])
    return context


def finish(fork, home: Path, tmp: Path) -> float:
    """Run to the end in a child; seconds that the work took."""
    mark = tmp / f"{home.name}.started"
    child = fork.Process(target=run, args=(str(home), str(mark)))
    child.start()
    while not mark.exists():
        time.sleep(0.002)
    begin = time.perf_counter()
    child.join(120)
    assert child.exitcode == 0
    mark.unlink()
    return time.perf_counter() - begin


@pytest.mark.kill
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_thirty_random_moments(fork, tmp_path):
    source = tmp_path / "source"
    write_demo_workspace(source, days=2, inquiries=60)
    Workspace.open(source).secret()
    calm = tmp_path / "calm"
    shutil.copytree(source, calm)
    finish(fork, calm, tmp_path)
    shutil.rmtree(calm)
    shutil.copytree(source, calm)
    seconds = finish(fork, calm, tmp_path)  # the second time: the server's caches are warm
    expected = published_content(calm)
    rng = random.Random(20261115)  # noqa: S311  moments, not secrets
    moments = sorted(rng.uniform(0, seconds) for _ in range(MOMENTS))

    def disturb(number: int, moment: float) -> tuple[bool, dict[str, tuple[int, int]]]:
        home = tmp_path / f"w{number}"
        shutil.copytree(source, home)
        mark = tmp_path / f"k{number}"
        child = fork.Process(target=run, args=(str(home), str(mark)))
        child.start()
        while not mark.exists():
            time.sleep(0.002)
        time.sleep(moment)
        alive = child.is_alive()
        if alive and child.pid:
            os.kill(child.pid, signal.SIGKILL)
        child.join()
        if (home / "published" / "voc.duckdb").exists():
            published_content(home)  # whatever is published can be read
        finish(fork, home, tmp_path)
        found = published_content(home)
        shutil.rmtree(home)
        return alive, found

    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(disturb, range(MOMENTS), moments))
    differing = [
        (f"{moments[n]:.2f} s", sorted(t for t in expected if found.get(t) != expected[t]))
        for n, (_, found) in enumerate(results)
        if found != expected
    ]
    assert not differing
    assert sum(alive for alive, _ in results) > MOMENTS / 2, "most kills must hit a run that is at work"
