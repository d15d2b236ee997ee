"""The report for mail clients: tables and inline styles, which they all understand; pictures by `cid:`."""

from __future__ import annotations

from html import escape
from pathlib import Path

from dashboards.palette import LIGHT
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
    Trend,
)
from dashboards.report.words import ReportWords

_FONT = "-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',Arial,sans-serif"
_SCALE = 2  # pixels of a picture for each of the mail's: screens are fine
_P = LIGHT
_BASE = f"font-family:{_FONT};font-size:14px;line-height:1.6;color:{_P.ink};"
_MUTED = f"color:{_P.muted};font-size:12px;"
_CELL = f"padding:5px 6px;border-bottom:1px solid {_P.line};font-size:13px;"


class Pictures:
    """Pictures of a mail, numbered as they are met; nothing is drawn unless they are wanted.

    Args:
        folder: where the PNG files go; None: no pictures.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.made: list[tuple[str, Path]] = []

    def tag(self, name: str, drawing: str, alt: str, width: int, height: int) -> str:
        """An `<img>` of an SVG; nothing without pictures."""
        if self._folder is None or not drawing:
            return ""
        import vl_convert

        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.png"
        path.write_bytes(vl_convert.svg_to_png(drawing, scale=_SCALE))
        self.made.append((name, path))
        return (
            f'<img src="cid:{name}" alt="{escape(alt)}" width="{width}" height="{height}" '
            f'style="display:block;width:{width}px;max-width:100%;height:auto;border:0">'
        )


def body(document: Document, pictures: Pictures) -> str:
    """The mail's HTML."""
    w = ReportWords(document.language)
    parts = [
        f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 2px">{escape(document.title)}</h1>',
        f'<p style="margin:0 0 12px;{_MUTED}">{escape(document.scope)}</p>',
    ]
    if document.caveats is not None:
        inner = "".join(_block(w, block, pictures) for block in document.caveats.blocks)
        parts.append(
            f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td style="border:1px solid {_P.worse};'
            f'padding:6px 12px"><b style="color:{_P.worse}">{escape(document.caveats.title)}</b>{inner}</td></tr></table>'
        )
    parts.append(
        f'<p style="font-size:16px;line-height:1.6;margin:12px 0;padding-left:12px;border-left:4px solid {_P.accent}">'
        f"{escape(document.headline)}</p>"
    )
    parts += [_section(w, section, pictures) for section in document.sections]
    language = "en" if document.language == "en" else "zh-CN"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(document.title)}</title></head>'
        f'<body style="margin:0;background:{_P.ground};{_BASE}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">'
        '<table role="presentation" width="640" cellpadding="0" cellspacing="0" style="width:640px;max-width:100%">'
        f'<tr><td style="padding:20px 12px;text-align:left;{_BASE}">{"".join(parts)}</td></tr></table></td></tr></table></body></html>\n'
    )


def _section(w: ReportWords, section: Section, pictures: Pictures) -> str:
    hint = f' <span style="font-weight:400;{_MUTED}">{escape(section.hint)}</span>' if section.hint else ""
    blocks = "".join(_block(w, block, pictures) for block in section.blocks)
    return (
        f'<h2 style="font-size:16px;margin:22px 0 6px;padding-top:10px;border-top:1px solid {_P.line}">'
        f"{escape(section.title)}{hint}</h2>{blocks}"
    )


def _block(w: ReportWords, block: Block, pictures: Pictures) -> str:
    if isinstance(block, Text):
        return f'<p style="margin:4px 0;{_MUTED if block.tone == "muted" else ""}">{escape(block.text)}</p>'
    if isinstance(block, Heading):
        return f'<h3 style="font-size:14px;margin:12px 0 4px">{escape(block.text)}</h3>'
    if isinstance(block, Cards):
        return _cards(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Points):
        tag = "ol" if block.ordered else "ul"
        items = "".join(_point(w, point) for point in block.items)
        return f'<{tag} style="margin:4px 0;padding-left:20px">{items}</{tag}>'
    if isinstance(block, Entries):
        return "".join(_entry(entry, number, pictures) for number, entry in enumerate(block.items, 1))
    return _trend(block, pictures)


def _trend(trend: Trend, pictures: Pictures) -> str:
    tag = pictures.tag("trend", svg.alone(trend), trend.alt, 616, 212)
    shown = tag or f'<p style="margin:0">{escape(trend.alt)}</p>'
    note = f'<p style="margin:2px 0;{_MUTED}">{escape(trend.note)}</p>' if trend.note and tag else ""
    return f'<p style="margin:12px 0 4px"><b>{escape(trend.title)}</b></p>{shown}{note}'


def _colour(tone: str) -> str:
    return {"worse": f"color:{_P.worse};", "better": f"color:{_P.better};", "muted": _MUTED}.get(tone, "")


def _cards(block: Cards) -> str:
    width = 100 // max(len(block.items), 1)
    cells = "".join(
        f'<td width="{width}%" valign="top" style="padding:8px 10px;border:1px solid {_P.line};background:{_P.raised}">'
        f'<span style="{_MUTED}">{escape(card.label)}</span><br><b style="font-size:20px">{escape(card.value)}</b><br>'
        f'<span style="font-size:12px;{_colour(card.tone)}">{escape(card.change)}</span>'
        f"{'<br>' if card.change else ''}"
        f'<span style="font-size:12px">{escape(card.note)}</span></td>'
        for card in block.items
    )
    return f'<table role="presentation" width="100%" cellpadding="0" cellspacing="4"><tr>{cells}</tr></table>'


def _table(table: Table) -> str:
    places = [n for n, _ in enumerate(table.heads) if not any(row[n].spark for row in table.rows)]

    def side(place: int) -> str:
        return "left" if place == 0 else "right"

    heads = "".join(
        f'<th scope="col" align="{side(n)}" style="{_CELL}font-weight:400;{_MUTED}">{escape(table.heads[n])}</th>'
        for n in places
    )

    def line(row: tuple[Cell, ...], weight: str) -> str:
        return "".join(
            f'<td align="{side(n)}" style="{_CELL}{weight}{_colour(row[n].tone)}">{escape(row[n].text)}</td>'
            for n in places
        )

    rows = "".join(f"<tr>{line(row, '')}</tr>" for row in table.rows)
    total = f"<tr>{line(table.total, 'font-weight:bold;')}</tr>" if table.total else ""
    return f'<table width="100%" cellpadding="0" cellspacing="0" style="margin:10px 0"><tr>{heads}</tr>{rows}{total}</table>'


def _point(w: ReportWords, point: Point) -> str:
    lead = (
        f'<b style="{_colour(point.tone)}">{escape(point.lead)}</b>{escape(w("colon")) if point.text else ""}'
        if point.lead
        else ""
    )
    note = f' <span style="{_MUTED}">{escape(point.note)}</span>' if point.note else ""
    return f'<li style="margin:4px 0">{lead}{escape(point.text)}{note}{_quotes(point.quotes)}</li>'


def _quotes(quotes: tuple[str, ...]) -> str:
    return "".join(
        f'<div style="margin:3px 0;padding-left:8px;border-left:3px solid {_P.line};color:{_P.muted};font-size:13px">'
        f"{escape(quote)}</div>"
        for quote in quotes
    )


def _entry(entry: Entry, number: int, pictures: Pictures) -> str:
    drawing = svg.spark(entry.spark, svg.plain(), width=120, height=30)
    tag = pictures.tag(f"obstacle{number}", drawing, entry.spark_label, 120, 30)
    side = (
        f'<td width="130" valign="top" align="right" style="{_MUTED}">{tag}{escape(entry.spark_label)}</td>'
        if tag
        else ""
    )
    return (
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:8px 0;border-bottom:1px solid {_P.line}">'
        f'<tr><td valign="top" style="padding-bottom:8px"><b>{number}. {escape(entry.title)}</b><br>'
        f'<span style="{_MUTED}">{escape(" · ".join(entry.tags))}</span><br>{escape(entry.text)}{_quotes(entry.quotes)}</td>{side}</tr></table>'
    )
