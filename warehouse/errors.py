"""Errors that a person at a terminal can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VocError(Exception):
    """Something a person can mend: wrong input, configuration or command.

    Args:
        message: what was found, and where (file, line or key).
        expected: what would have been right, if that is known.
        hint: the next thing to do.
    """

    def __init__(self, message: str, *, expected: str | None = None, hint: str | None = None) -> None:
        self.message = message
        self.expected = expected
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.expected:
            parts.append(f"expected: {self.expected}")
        if self.hint:
            parts.append(f"next: {self.hint}")
        return "\n  ".join(parts)


class ConfigError(VocError):
    """A configuration file or a command line that cannot be used (exit status 2)."""


class HeldBackError(VocError):
    """A `fail` check held back a day, or a file was refused whole (exit status 1)."""


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Known names closest to `name`, best first; empty when none is close."""
    return difflib.get_close_matches(name, sorted(known), n=count, cutoff=0.5)
