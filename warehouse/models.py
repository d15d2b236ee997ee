"""Which version of a learned thing holds on which day: `models/<name>.json`.

Learned state is immutable and never fitted again to reproduce a day: a day keeps the version that held on it. A new
version holds from a day on (`null` stands for none: the rules, or no topics yet). An amendment lets what a version adds
count for some earlier days too: a new matter is told of the days on which it began.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.errors import ConfigError
from warehouse.place import LOCAL, Place


@dataclass(frozen=True)
class Amendment:
    """What `version` adds counts for days from `first` to `last` as well."""

    version: str
    first: date
    last: date


@dataclass(frozen=True)
class History:
    """The versions of one learned thing.

    Attributes:
        used: (first day, version), oldest first; a first day of None: since ever, a version of None: none.
        amended: amendments, oldest first.
        through: the last day that was learned from; None: nothing was learned yet.
        decided: how many of people's decisions about it were taken over.
    """

    used: tuple[tuple[date | None, str | None], ...] = ()
    amended: tuple[Amendment, ...] = ()
    through: date | None = None
    decided: int = 0

    def version_on(self, day: date) -> str | None:
        """The version that holds on a day."""
        held = [version for since, version in self.used if since is None or since <= day]
        return held[-1] if held else None

    def amendments_on(self, day: date) -> tuple[str, ...]:
        """Versions that add something to a day, oldest first."""
        return tuple(a.version for a in self.amended if a.first <= day <= a.last)

    def newest(self) -> str | None:
        """The version that holds last."""
        return self.used[-1][1] if self.used else None

    def fingerprint(self, day: date) -> str:
        """Changes when the day would be made with something else."""
        return "+".join([self.version_on(day) or "", *self.amendments_on(day)])

    def using(self, version: str | None, since: date | None) -> History:
        """The same with a version from a day on (None: since ever), instead of what held there before."""
        kept = tuple((s, v) for s, v in self.used if since is not None and (s is None or s < since))
        return replace(self, used=(*kept, (since, version)))

    def amending(self, version: str, first: date, last: date) -> History:
        """The same with one more amendment."""
        return replace(self, amended=(*self.amended, Amendment(version, first, last)))


@dataclass(frozen=True)
class Models:
    """The folder of a workspace's learned state: `<name>.json` and one folder a version."""

    folder: Path
    place: Place = field(default=LOCAL, repr=False, compare=False)
    _suffix: str = field(default=".json", repr=False)

    def path(self, name: str) -> Path:
        """The file that says which version holds when."""
        return self.folder / f"{name}{self._suffix}"

    def history(self, name: str) -> History:
        """The versions of one thing; empty when none was learned.

        Raises:
            ConfigError: the file is not what this program writes.
        """
        file = self.path(name)
        text = self.place.read(file)
        if text is None:
            return History()
        self.place.pull(self.folder)
        try:
            read: dict[str, Any] = json.loads(text)
            return History(
                tuple((_day(row["since"]), row["version"]) for row in read["used"]),
                tuple(
                    Amendment(
                        row["version"], date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
                    )
                    for row in read.get("amended", [])
                ),
                _day(read.get("through")),
                int(read.get("decided", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{file}: cannot be read ({type(error).__name__}: {error})",
                expected='{"used": [{"since": "2026-11-16", "version": "…"}]}',
                hint="restore it from a backup; without it nothing learned is used until it is learned again",
            ) from error

    def write(self, name: str, history: History) -> None:
        """Keep the versions of one thing."""
        self.place.push(self.folder)  # first the versions, then the list that names them
        told: dict[str, Any] = {
            "used": [{"since": _text(since), "version": version} for since, version in history.used]
        }
        if history.amended:
            told["amended"] = [
                {"version": a.version, "first": _text(a.first), "last": _text(a.last)}
                for a in history.amended
            ]
        if history.decided:
            told["decided"] = history.decided
        if history.through:
            told["through"] = _text(history.through)
        self.place.write(self.path(name), json.dumps(told, indent=1) + "\n")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
