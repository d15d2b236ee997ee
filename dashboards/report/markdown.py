"""The report as Markdown, and as the short text that chat tools show."""

from __future__ import annotations

import re

from dashboards.report import svg
from dashboards.report.blocks import (
    Block,
    Cards,
    Cell,
    Document,
    Entries,
    Heading,
    Point,
    Points,
    Section,
    Table,
    Text,
)
from dashboards.report.words import ReportWords

MOST = 1500  # characters of a chat message
_SIGNS = re.compile(r"([\\`*_\[\]|<>~$&@])")
_FIRST = re.compile(r"^([-+=#!:])|^(\d+)([.)])(?=\s|$)")  # means something at the beginning of a line alone


def plain(text: str) -> str:
    """Text as text: what Markdown would read as a sign is escaped, addresses do not become links."""
    text = _SIGNS.sub(r"\\\1", " ".join(text.split())).replace("://", ":\\//").replace("www.", "www\\.")
    return _FIRST.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text)


def document(found: Document) -> str:
    """The whole report."""
    w = ReportWords(found.language)
    lines = [f"# {plain(found.title)}", "", plain(found.scope), ""]
    if found.caveats is not None:
        lines += _section(w, found.caveats)
    lines += [f"**{plain(found.headline)}**", ""]
    for section in found.sections:
        lines += _section(w, section)
    return "\n".join(lines).rstrip() + "\n"


def _section(w: ReportWords, section: Section) -> list[str]:
    lines = [f"## {plain(section.title)}", ""]
    if section.hint:
        lines += [f"*{plain(section.hint)}*", ""]
    for block in section.blocks:
        lines += [*_block(w, block), ""]
    return lines


def _block(w: ReportWords, block: Block) -> list[str]:
    if isinstance(block, Text):
        return [plain(block.text)]
    if isinstance(block, Heading):
        return [f"### {plain(block.text)}"]
    if isinstance(block, Cards):
        return [
            f"- {plain(card.label)} **{plain(card.value)}**"
            + "".join(f" · {plain(text)}" for text in (card.change, card.note) if text)
            for card in block.items
        ]
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Points):
        lines = []
        for number, point in enumerate(block.items, 1):
            lines += _point(w, point, f"{number}. " if block.ordered else "- ")
        return lines
    if isinstance(block, Entries):
        lines = []
        for number, entry in enumerate(block.items, 1):
            trend = svg.bars(entry.spark)
            lines += [
                f"{number}. **{plain(entry.title)}**  ",
                f"   {plain(' · '.join(entry.tags))}  ",
                f"   {plain(entry.text)}" + ("  " if trend else ""),
                *([f"   {plain(entry.spark_label)} `{trend}`"] if trend else []),
                *(f"   > {plain(quote)}\n" for quote in entry.quotes),
            ]
        return lines
    return [
        f"{plain(block.title)}{w('colon')}{plain(block.alt)}",
        "",
        f"`{svg.bars([d.value for d in block.days])}`",
    ]


def _point(w: ReportWords, point: Point, mark: str) -> list[str]:
    lead = f"**{plain(point.lead)}**" + (w("colon") if point.text else "") if point.lead else ""
    note = f" *{plain(point.note)}*" if point.note else ""
    pad = " " * len(mark)
    return [f"{mark}{lead}{plain(point.text)}{note}", *(f"{pad}> {plain(quote)}\n" for quote in point.quotes)]


def _table(table: Table) -> list[str]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [
        "| " + " | ".join(plain(head) for head in table.heads) + " |",
        "|---|" + "---:|" * (len(table.heads) - 1),
        *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows),
    ]


def _cell(cell: Cell) -> str:
    return svg.bars(cell.spark) if cell.spark else plain(cell.text)


# Chat tools show a backslash as a backslash: there, signs are exchanged for others that look alike and mean nothing.
_ALIKE = str.maketrans(
    {
        "*": "＊", "`": "'", "[": "［", "]": "］", "<": "＜", ">": "＞", "#": "＃", "~": "～", "|": "｜",
        "\\": "＼", "@": "＠",
    }
)  # fmt: skip


_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # row_count is a word, _x_ is emphasis


def harmless(text: str) -> str:
    """Text that no chat tool reads as markup, a mention or a link."""
    flat = " ".join(text.split()).translate(_ALIKE).replace("://", "：//")
    return _UNDERSCORE.sub("＿", flat)


def summary(found: Document) -> str:
    """The head of the report for chat tools: bold and lists alone, at most `MOST` characters, cut at a line."""
    w = ReportWords(found.language)
    blocks: list[list[str]] = []
    if found.caveats is not None:
        blocks.append(_short(w, found.caveats, 3))
    wanted = {"why": 3, "obstacles": 3, "alerts": 3, "topics": 2, "next": 3}
    known = {section.key: section for section in found.sections}
    blocks += [_short(w, known[key], most) for key, most in wanted.items() if key in known]
    lines = [f"**{harmless(found.headline)}**"]
    for block in blocks:
        if block:
            lines += ["", *block]
    text = "\n".join(lines)
    if len(text) <= MOST:
        return text
    kept = text[: MOST - 2]
    return kept[: kept.rfind("\n")].rstrip() + "\n…" if "\n" in kept else kept + "…"


def _short(w: ReportWords, section: Section, most: int) -> list[str]:
    lines: list[str] = []
    for block in section.blocks:
        if isinstance(block, Heading):
            break  # what comes after is of less weight
        if isinstance(block, Points):
            for point in block.items[:most]:
                text = w("colon").join(part for part in (point.lead, point.text) if part)
                lines.append(f"- {harmless(text)}")
        if isinstance(block, Entries):
            lines += [
                f"- {harmless(entry.title)}{w('colon')}{harmless(entry.text)}" for entry in block.items[:most]
            ]
    return [f"**{harmless(section.title)}**", *lines] if lines else []
