"""Charts as SVG: lines that take their colours from the page, and a drawing that stands alone for mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

from dashboards import formats
from dashboards.palette import LIGHT, Palette
from dashboards.report.blocks import Trend

_BARS = "▁▂▃▄▅▆▇█"
_FONT = "DejaVu Sans, Noto Sans, Arial, sans-serif"


@dataclass(frozen=True)
class Ink:
    """Colours of a chart: CSS variables in the page, plain ones where nothing else is understood."""

    line: str
    band: str
    limit: str
    worse: str
    ground: str
    grid: str
    text: str


PAGE = Ink(
    "var(--accent)",
    "var(--band)",
    "var(--muted)",
    "var(--worse)",
    "var(--ground)",
    "var(--line)",
    "var(--muted)",
)


def plain(p: Palette = LIGHT) -> Ink:
    """Colours of a palette."""
    return Ink(p.accent, p.soft, p.muted, p.worse, p.ground, p.line, p.muted)


def _scale(known: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest number of a small drawing: from zero, unless all lie far above it."""
    low, high = min(known), max(known)
    floor = 0.0 if low < high / 2 else low - (high - low or high or 1) / 2
    return floor, high if high > floor else floor + 1


def bars(values: Sequence[float | None]) -> str:
    """A line of text: ▁▃█; a gap where there is no number."""
    known = [value for value in values if value is not None]
    if not known or max(known) <= 0:
        return ""
    low, high = _scale(known)
    return "".join(" " if v is None else _BARS[min(int((v - low) / (high - low) * 8), 7)] for v in values)


def _pieces(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Runs of points without a gap."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [piece for piece in found if piece]


def _path(points: Sequence[tuple[float, float]]) -> str:
    text = "".join(f"{'L' if n else 'M'}{x:.1f},{y:.1f}" for n, (x, y) in enumerate(points))
    return text + ("h0" if len(points) == 1 else "")


def spark(values: Sequence[float | None], ink: Ink = PAGE, *, width: int = 96, height: int = 22) -> str:
    """A small line with its last point marked; decoration beside the numbers, so hidden from screen readers."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = _scale(known)
    step = (width - 6) / max(len(values) - 1, 1)
    points = [
        (3 + n * step, None if v is None else height - 3 - (v - low) / (high - low) * (height - 6))
        for n, v in enumerate(values)
    ]
    lines = "".join(
        f'<path d="{_path(piece)}" fill="none" stroke="{ink.line}" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round"/>'
        for piece in _pieces(points)
    )
    x, y = next((x, y) for x, y in reversed(points) if y is not None)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="spark" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-hidden="true">{lines}'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{ink.line}"/></svg>'
    )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers between two."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= rough)
    first = -(-low // step) * step
    return [first + n * step for n in range(int((high - first) // step) + 1)]


@dataclass(frozen=True)
class Frame:
    """Where numbers and days lie in a drawing."""

    width: float
    height: float
    low: float
    high: float
    days: int

    def x(self, place: int) -> float:
        """Of a day."""
        inner = self.width - 16
        return 8 + inner * (place / (self.days - 1) if self.days > 1 else 0.5)

    def y(self, value: float) -> float:
        """Of a number."""
        return self.height - (value - self.low) / (self.high - self.low) * self.height


def frame(trend: Trend, width: float, height: float) -> Frame:
    """A frame that holds line, band and limits, with some air."""
    numbers = [v for day in trend.days for v in (day.value, day.low, day.high) if v is not None]
    numbers += [v for pair in trend.limits for v in pair if v is not None]
    low, high = min(numbers), max(numbers)
    air = (high - low or abs(high) or 1) * 0.06
    return Frame(width, height, max(0.0, low - air) if low >= 0 else low - air, high + air, len(trend.days))


def drawing(trend: Trend, f: Frame, ink: Ink) -> str:
    """Grid, band, limits, line and points; no text. Strokes keep their width however the drawing is stretched."""
    even = 'vector-effect="non-scaling-stroke"'
    parts = [
        f'<path d="M0,{f.y(tick):.1f}H{f.width:g}" stroke="{ink.grid}" stroke-width="1" {even}/>'
        for tick in ticks(f.low, f.high)
    ]
    band = [
        (f.x(n), f.y(day.low), f.y(day.high))
        for n, day in enumerate(trend.days)
        if day.low is not None and day.high is not None
    ]
    if len(band) > 1:
        edge = [(x, high) for x, _, high in band] + [(x, low) for x, low, _ in reversed(band)]
        parts.append(f'<path d="{_path(edge)}Z" fill="{ink.band}" fill-opacity=".55"/>')
    for side in (0, 1):
        points = [
            (f.x(n), None if pair[side] is None else f.y(float(pair[side] or 0)))
            for n, pair in enumerate(trend.limits)
        ]
        parts += [
            f'<path d="{_path(piece)}" fill="none" stroke="{ink.limit}" stroke-width="1" stroke-dasharray="5 4" {even}/>'
            for piece in _pieces(points)
        ]
    line = [(f.x(n), None if day.value is None else f.y(day.value)) for n, day in enumerate(trend.days)]
    parts += [
        f'<path d="{_path(piece)}" fill="none" stroke="{ink.line}" stroke-width="2" stroke-linejoin="round" {even}/>'
        for piece in _pieces(line)
    ]
    for (x, y), day in zip(line, trend.days, strict=True):
        if y is None:
            continue
        dot = f'd="M{x:.1f},{y:.1f}h0" stroke-linecap="round" {even}'
        if day.outside:
            parts.append(f'<path {dot} stroke="{ink.worse}" stroke-width="11"/>')
            parts.append(f'<path {dot} stroke="{ink.ground}" stroke-width="7"/>')
        wide = 6 if day.day >= trend.since else 3
        parts.append(f'<path {dot} stroke="{ink.line}" stroke-width="{wide}"/>')
    return "".join(parts)


def day_labels(trend: Trend, most: int = 6) -> list[tuple[int, str]]:
    """Places of the days that are named, and their names (11/15)."""
    last = len(trend.days) - 1
    step = max(1, -(-last // most))
    return [(n, f"{trend.days[n].day.month}/{trend.days[n].day.day}") for n in range(last, -1, -step)]


def chart(trend: Trend, language: str, escape: Callable[[str], str]) -> str:
    """The chart for the page: the drawing stretches, its words are the page's and stay readable on a phone."""
    f = frame(trend, 720, 190)
    values = "".join(
        f'<span style="top:{f.y(tick) / f.height * 100:.1f}%">{formats.rate(tick).removesuffix(".0")}</span>'
        for tick in ticks(f.low, f.high)
    )
    days = "".join(
        f'<span style="left:{f.x(n) / f.width * 100:.1f}%">{name}</span>' for n, name in day_labels(trend)
    )
    note = f"<figcaption>{escape(trend.note)}</figcaption>" if trend.note else ""
    return (
        f'<figure><h3>{escape(trend.title)}</h3><div class="plot"><div class="y" aria-hidden="true">{values}</div>'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {f.width:g} {f.height:g}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(trend.alt)}">{drawing(trend, f, PAGE)}</svg>'
        f'<div class="x" aria-hidden="true">{days}</div></div>{note}</figure>'
    )


def alone(trend: Trend, p: Palette = LIGHT) -> str:
    """The chart with its own words and colours, 640 × 220, for a picture."""
    ink, left, top = plain(p), 44, 10
    f = frame(trend, 588, 180)
    words = [
        f'<text x="{left - 8}" y="{top + f.y(tick) + 4:.1f}" text-anchor="end">{formats.rate(tick).removesuffix(".0")}</text>'
        for tick in ticks(f.low, f.high)
    ]
    words += [
        f'<text x="{left + f.x(n):.1f}" y="{top + f.height + 20}" text-anchor="middle">{name}</text>'
        for n, name in day_labels(trend)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="220" viewBox="0 0 640 220">'
        f'<rect width="640" height="220" fill="{p.ground}"/><g transform="translate({left},{top})">{drawing(trend, f, ink)}</g>'
        f'<g font-family="{_FONT}" font-size="12" fill="{p.muted}">{"".join(words)}</g></svg>'
    )
