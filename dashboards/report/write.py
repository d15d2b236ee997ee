"""Writes a report: report.html, report.md, and the numbers behind them as CSV with their SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from dashboards.report import html, mail, markdown
from dashboards.report.blocks import Document, Points, Section
from dashboards.report.blocks import Point as Item
from dashboards.report.facts import Facts, gather
from dashboards.report.model import Report
from dashboards.report.parts import actions, caveats, feelings, head, moves, news, worst
from dashboards.report.period import PERIODS, span
from dashboards.report.source import Source
from dashboards.report.tables import write_tables
from dashboards.report.words import ReportWords
from warehouse.errors import ConfigError
from warehouse.workspace import write_atomically

_NAME = re.compile(r"\w[\w.-]{0,63}")
_TAKEN = ("data", "images")  # folders of the report itself


def write_report(
    published: Path,
    reports: Path,
    day: date | None,
    language: str,
    *,
    period: str = "day",
    products: Sequence[str] = (),
    name: str | None = None,
    images: bool = False,
) -> Report | None:
    """Write the report of a day, or of the week or month that it lies in.

    It goes to `reports/<day>/`, `reports/<year>-W<week>/` or `reports/<year>-<month>/`; a team's into a folder of its
    name below that.

    Args:
        published: the published file or the link to it.
        reports: folder of all reports.
        day: the day; None for the last published one.
        language: zh or en.
        period: day, week (ISO, Monday to Sunday) or month.
        products: ids of the products that it is about; empty: all.
        name: the team's name: letters, digits, `_`, `-` and `.`.
        images: also draw the pictures of the mail (slower).

    Returns:
        The report; None when nothing has been published or the day lies outside the data.

    Raises:
        ConfigError: the period, name or language makes no sense.
        VocError: a product is unknown.
    """
    if period not in PERIODS:
        raise ConfigError(f"period '{period}'", hint=f"choose one of {', '.join(PERIODS)}")
    if name is not None and (not _NAME.fullmatch(name) or name.lower() in _TAKEN):
        raise ConfigError(
            f"'{name}' cannot name a report's folder",
            hint="use letters, digits, '_', '-' and '.', 64 at most; not 'data' or 'images'",
        )
    if not published.exists():
        return None
    w = ReportWords(language)
    with Source(published, products) as source:
        if source.first_day is None or source.last_day is None:
            return None
        day = day or source.last_day
        if not source.first_day <= day <= source.last_day:
            return None
        of = span(period, day, source.first_day, source.last_day)
        facts = gather(source, of, w)
        answers = {key: (question, source.frame(question)) for key, question in source.asked.items()}
    folder = reports / of.folder / name if name else reports / of.folder
    note = w("notes.files_team" if products else "notes.files")
    write_tables(folder / "data", answers, note)
    found = compose(facts, name)
    path, text = folder / "report.html", folder / "report.md"
    pictures = mail.Pictures(folder / "images" if images else None)
    mailed = mail.body(found, pictures)
    write_atomically(path, html.page(found))
    write_atomically(text, markdown.document(found))
    return Report(
        day=of.last,
        period=period,
        first=of.first,
        last=of.last,
        language=w.language,
        name=name,
        products=tuple(products),
        folder=folder,
        html=path,
        markdown=text,
        title=found.title,
        headline=found.headline,
        summary=markdown.summary(found),
        noteworthy=noteworthy(facts, found),
        email_html=mailed,
        images=tuple(pictures.made),
    )


def compose(facts: Facts, name: str | None) -> Document:
    """The report's parts in order."""
    first = caveats.caveats(facts)
    sections = [
        head.overall(facts),
        moves.moves(facts),
        worst.worst(facts),
        news.alerts(facts),
        news.topics(facts),
        feelings.feelings(facts),
        actions.actions(facts),
        actions.suggestions(facts, caveats=first is not None),
        _notes(facts),
    ]
    return Document(
        facts.w.language,
        head.title(facts, name),
        head.scope(facts),
        head.headline(facts),
        first,
        tuple(sections),
    )


def noteworthy(facts: Facts, document: Document) -> bool:
    """Whether something happened: a caveat, an alert, a topic first seen in these days, a first verdict on a change."""
    first_seen = any(facts.now.start <= row["first_day"] <= facts.now.end for row in facts.new_topics)
    return bool(document.caveats or facts.alerts or first_seen or actions.judged(facts))


def _notes(facts: Facts) -> Section:
    w = facts.w
    days = (facts.now.end - facts.now.trend_start).days + 1
    keys = ["notes.rate", "notes.interval", "notes.usual", "notes.impact", "notes.quotes"]
    lines = [w(key, days=days) for key in keys]
    lines.append(w("notes.files_team" if facts.products_chosen else "notes.files"))
    lines.append(w("notes.made", version=facts.version))
    return Section("notes", w("notes"), (Points(tuple(Item("", line) for line in lines)),))
