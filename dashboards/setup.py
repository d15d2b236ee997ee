"""What a running dashboard is about: which published file, which workspace, whose clock.

`voc dashboard` sets it once for the whole server. Started without it, the pages read `VOC_HOME` and only look:
without a clock nobody can say when a decision was taken, so none is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Setup:
    """One dashboard's surroundings.

    Attributes:
        published: the published file, or the link to the newest.
        home: the workspace, for people's decisions; None: only look.
        clock: gives the present moment (aware); None: only look, and say nothing about freshness.
        person: who sits before the screen, as far as the machine knows.
    """

    published: Path
    home: Path | None = None
    clock: Callable[[], datetime] | None = None
    person: str = ""

    @property
    def may_decide(self) -> bool:
        """Whether decisions can be written down."""
        return self.home is not None and self.clock is not None


_current: Setup | None = None


def configure(setup: Setup | None) -> None:
    """Set what this process's dashboard is about; None goes back to `VOC_HOME`."""
    global _current
    _current = setup


def current() -> Setup:
    """What this process's dashboard is about."""
    if _current is not None:
        return _current
    home = Path(os.environ.get("VOC_HOME", "workspace")).absolute()
    return Setup(published=home / "published" / "voc.duckdb", home=home)
