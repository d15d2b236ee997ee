"""What a report is made of, before anyone has chosen a form for it. All text is plain: who renders it escapes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["", "worse", "better", "muted"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Heading:
    """A heading below the section's."""

    text: str


@dataclass(frozen=True)
class Card:
    """One number with its name, its change and a note."""

    label: str
    value: str
    change: str = ""
    tone: Tone = ""
    note: str = ""


@dataclass(frozen=True)
class Cards:
    """Numbers side by side."""

    items: tuple[Card, ...]


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `spark` draws its numbers as a small line."""

    text: str
    tone: Tone = ""
    spark: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table: its first column names the rows, the others are numbers. A last row may sum up."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Point:
    """An item of a list: what it is about, what is to be said, less important words, customers' words."""

    lead: str
    text: str = ""
    note: str = ""
    quotes: tuple[str, ...] = ()
    tone: Tone = ""


@dataclass(frozen=True)
class Points:
    """A list."""

    items: tuple[Point, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Entry:
    """An obstacle: its name, tags, a sentence, its days and customers' words."""

    title: str
    tags: tuple[str, ...]
    text: str
    spark: tuple[float | None, ...]
    spark_label: str
    quotes: tuple[str, ...]


@dataclass(frozen=True)
class Entries:
    """Obstacles in order."""

    items: tuple[Entry, ...]


@dataclass(frozen=True)
class Day:
    """A day of the chart; numbers are None where there are none."""

    day: date
    value: float | None
    low: float | None = None
    high: float | None = None
    outside: bool = False


@dataclass(frozen=True)
class Trend:
    """The chart of days: a line with its band and limits. `since`: first day of the report."""

    title: str
    alt: str
    note: str
    days: tuple[Day, ...]
    limits: tuple[tuple[float | None, float | None], ...]
    since: date


Block = Text | Heading | Cards | Table | Points | Entries | Trend


@dataclass(frozen=True)
class Section:
    """A part of the report with its heading."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    hint: str = ""


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        language: zh or en.
        title: its name and day.
        scope: what it is about and compared with: a line below the title.
        headline: one sentence with the numbers.
        caveats: what is wrong with the data, if anything: comes first.
        sections: the rest, in order.
    """

    language: str
    title: str
    scope: str
    headline: str
    caveats: Section | None
    sections: tuple[Section, ...]
