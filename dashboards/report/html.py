"""The report as one HTML file: no request, no script; customers' text is escaped like all other."""

from __future__ import annotations

from html import escape

from dashboards.report import svg
from dashboards.report.blocks import (
    Block,
    Cards,
    Cell,
    Document,
    Entries,
    Entry,
    Heading,
    Point,
    Points,
    Section,
    Table,
    Text,
)
from dashboards.report.style import css
from dashboards.report.words import ReportWords


def page(document: Document) -> str:
    """The whole file."""
    w = ReportWords(document.language)
    sections = "".join(_section(w, section) for section in document.sections)
    language = "en" if document.language == "en" else "zh-CN"
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(document.title)}</title><style>{css()}</style></head><body>"
        f'<header><h1>{escape(document.title)}</h1><p class="scope">{escape(document.scope)}</p></header><main>'
        f"{_caveats(w, document.caveats)}"
        f'<p class="headline">{escape(document.headline)}</p>{sections}</main></body></html>\n'
    )


def _caveats(w: ReportWords, section: Section | None) -> str:
    if section is None:
        return ""
    blocks = "".join(_block(w, block) for block in section.blocks)
    return f'<section class="caveats" aria-labelledby="caveats"><h2 id="caveats">{escape(section.title)}</h2>{blocks}</section>'


def _section(w: ReportWords, section: Section) -> str:
    hint = f" <small>{escape(section.hint)}</small>" if section.hint else ""
    blocks = "".join(_block(w, block) for block in section.blocks)
    tag = "footer" if section.key == "notes" else "section"
    return (
        f'<{tag} aria-labelledby="{section.key}"><h2 id="{section.key}">{escape(section.title)}{hint}</h2>'
        f"{blocks}</{tag}>"
    )


def _block(w: ReportWords, block: Block) -> str:
    if isinstance(block, Text):
        return f"<p{_tone(block.tone)}>{escape(block.text)}</p>"
    if isinstance(block, Heading):
        return f"<h3>{escape(block.text)}</h3>"
    if isinstance(block, Cards):
        return _cards(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Points):
        tag = "ol" if block.ordered else "ul"
        return f"<{tag}>{''.join(_point(w, point) for point in block.items)}</{tag}>"
    if isinstance(block, Entries):
        return f'<ol class="entries">{"".join(_entry(w, entry) for entry in block.items)}</ol>'
    return svg.chart(block, w.language, escape)


def _tone(tone: str) -> str:
    return f' class="{tone}"' if tone else ""


def _cards(block: Cards) -> str:
    items = []
    for card in block.items:
        change = (
            f'<dd class="change{" " + card.tone if card.tone else ""}">{escape(card.change)}</dd>'
            if card.change
            else ""
        )
        note = f'<dd class="note">{escape(card.note)}</dd>' if card.note else ""
        tone = " worse" if card.tone == "worse" and not card.change else ""
        items.append(
            f'<div><dt>{escape(card.label)}</dt><dd class="value{tone}">{escape(card.value)}</dd>{change}{note}</div>'
        )
    return f'<dl class="cards">{"".join(items)}</dl>'


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    body = "".join(_row(table, row) for row in table.rows)
    foot = f"<tfoot>{_row(table, table.total)}</tfoot>" if table.total else ""
    return (
        f"<table><caption>{escape(table.caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody>{foot}</table>"
    )


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    first, *others = row
    cells = []
    for head, cell in zip(table.heads[1:], others, strict=True):
        content = svg.spark(cell.spark) if cell.spark else escape(cell.text)
        names = " ".join(name for name in (cell.tone, "wide" if cell.spark else "") if name)
        cells.append(f'<td{_tone(names)} data-label="{escape(head)}">{content}</td>')
    return f'<tr><th scope="row">{escape(first.text)}</th>{"".join(cells)}</tr>'


def _point(w: ReportWords, point: Point) -> str:
    parts = []
    if point.lead:
        lead = f"<b{_tone(point.tone)}>{escape(point.lead)}</b>"
        parts.append(lead + (escape(w("colon")) if point.text else ""))
    if point.text:
        parts.append(escape(point.text))
    if point.note:
        parts.append(f' <span class="note">{escape(point.note)}</span>')
    return f"<li>{''.join(parts)}{_quotes(point.quotes)}</li>"


def _quotes(quotes: tuple[str, ...]) -> str:
    return "".join(f"<blockquote>{escape(quote)}</blockquote>" for quote in quotes)


def _entry(w: ReportWords, entry: Entry) -> str:
    tags = "".join(f"<span>{escape(tag)}</span>" for tag in entry.tags)
    line = svg.spark(entry.spark, width=120, height=30)
    side = f'<div class="side">{line}{escape(entry.spark_label)}</div>' if line else ""
    return (
        f'<li class="entry">{side}<h3>{escape(entry.title)}</h3><p class="tags">{tags}</p>'
        f"<p>{escape(entry.text)}</p>{_quotes(entry.quotes)}</li>"
    )
