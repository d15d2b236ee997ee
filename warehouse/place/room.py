"""How much room a mirror takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from warehouse.errors import ConfigError

_IN_USE = timedelta(days=1)  # a file that was used since then may be about to be read


def shrink(root: Path, spare: Callable[[], set[str]], now: datetime) -> int:
    """Remove data files of a mirror down to `VOC_CACHE_GB` (100), what was used longest ago first; how many.

    Args:
        root: the mirror.
        spare: gives paths that must stay.
        now: what was used within a day before this stays too.
    """
    found = []
    for path in root.rglob("*.parquet"):
        status = path.stat()
        found.append((status.st_mtime, status.st_size, path))
    over = sum(size for _, size, _ in found) - _room()
    if over <= 0:
        return 0
    stay, gone = spare(), 0
    for used, size, path in sorted(found):
        if over <= 0 or now.timestamp() - used < _IN_USE.total_seconds():
            break
        if str(path) not in stay:
            path.unlink(missing_ok=True)
            over -= size
            gone += 1
    return gone


def _room() -> float:
    """Bytes that the mirror may take."""
    text = os.environ.get("VOC_CACHE_GB", "100")
    try:
        return float(text) * 1e9
    except ValueError as error:
        raise ConfigError(f"VOC_CACHE_GB is '{text}'", expected="a number of gigabytes") from error
