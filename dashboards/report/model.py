"""What a written report is, for those that deliver it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Report:
    """A report in its folder.

    Attributes:
        day: the last day that it tells of.
        period: day, week or month.
        first, last: the days that it covers; of a week or month that still runs, `last` is the last day with data.
        language: zh or en.
        name: the team's name; None: the whole company.
        products: ids of the products that it is about; empty: all.
        folder: its folder; the tables are in `data/` below it.
        html, markdown: the report itself.
        title: name and day; the subject of a mail.
        headline: one sentence with the numbers.
        summary: short Markdown for chat tools: bold and lists alone, at most 1,500 characters.
        noteworthy: something happened: an alert, a new topic, a caveat about the data, a verdict on a change.
        email_html: the body of a mail: styles inline, pictures as `cid:NAME`.
        images: name and PNG file of each picture of `email_html`.
    """

    day: date
    period: str
    first: date
    last: date
    language: str
    name: str | None
    products: tuple[str, ...]
    folder: Path
    html: Path
    markdown: Path
    title: str
    headline: str
    summary: str
    noteworthy: bool
    email_html: str
    images: tuple[tuple[str, Path], ...]

    def __str__(self) -> str:
        return str(self.html)
