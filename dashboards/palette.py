"""Colours of both themes. Text and marks hold WCAG AA against their background; a test computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Palette:
    """One theme.

    Attributes:
        ground, raised: background of the page, and of what stands on it.
        ink, muted: text, and text of less weight.
        line: borders and grids.
        accent: the one accent.
        worse, better: of rates that rise or fall. Never the only sign: an arrow or a sign stands beside it.
        soft: the accent, for areas.
        emotions: emotion -> colour.
    """

    name: str
    ground: str
    raised: str
    ink: str
    muted: str
    line: str
    accent: str
    worse: str
    better: str
    soft: str
    emotions: dict[str, str]


LIGHT = Palette(
    name="light",
    ground="#ffffff",
    raised="#f7f8fa",
    ink="#1b1f27",
    muted="#5c6573",
    line="#e3e6eb",
    accent="#4150c9",
    worse="#c2372e",
    better="#1f7a4d",
    soft="#c9cff5",
    emotions={
        "calm": "#c3cad6", "pleased": "#5aa57f", "anxious": "#e0a63a", "worried": "#c98a5b",
        "disappointed": "#8d7bd0", "annoyed": "#e07a5f", "angry": "#c2372e", "disgusted": "#7d3c5c",
    },
)  # fmt: skip
DARK = Palette(
    name="dark",
    ground="#111318",
    raised="#191c23",
    ink="#e7e9ee",
    muted="#a3abb8",
    line="#2b303a",
    accent="#98a4ff",
    worse="#ff8a80",
    better="#63cf98",
    soft="#3b4379",
    emotions={
        "calm": "#4b5363", "pleased": "#63cf98", "anxious": "#e8b65a", "worried": "#d39b70",
        "disappointed": "#a99bea", "annoyed": "#f0957c", "angry": "#ff7b70", "disgusted": "#b96d92",
    },
)  # fmt: skip
FONT = (
    "Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Noto Sans SC', 'WenQuanYi Micro Hei', sans-serif"
)
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"


def palette(theme: str | None) -> Palette:
    """The palette of a theme's name; light when unknown."""
    return DARK if theme == "dark" else LIGHT


def theme_options() -> dict[str, Any]:
    """Streamlit's theme settings: option -> value."""
    options: dict[str, Any] = {
        "theme.font": FONT,
        "theme.headingFont": FONT,
        "theme.codeFont": MONO,
        "theme.baseFontSize": 15,
        "theme.baseRadius": "8px",
        "theme.showWidgetBorder": True,
        "theme.metricValueFontSize": "1.75rem",
        "theme.metricValueFontWeight": 600,
        "theme.headingFontSizes": ["1.6rem", "1.25rem", "1.05rem"],
        "theme.headingFontWeights": [650, 600, 600],
    }
    for shade in (LIGHT, DARK):
        options |= {
            f"theme.{shade.name}.primaryColor": shade.accent,
            f"theme.{shade.name}.backgroundColor": shade.ground,
            f"theme.{shade.name}.secondaryBackgroundColor": shade.raised,
            f"theme.{shade.name}.textColor": shade.ink,
            f"theme.{shade.name}.borderColor": shade.line,
            f"theme.{shade.name}.linkColor": shade.accent,
            f"theme.{shade.name}.redTextColor": shade.worse,
            f"theme.{shade.name}.greenTextColor": shade.better,
            f"theme.{shade.name}.sidebar.backgroundColor": shade.raised,
            f"theme.{shade.name}.sidebar.secondaryBackgroundColor": shade.ground,
        }
    return options
