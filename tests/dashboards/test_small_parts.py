"""Formats, comparisons, colours, words, CSV: what pages are made of."""

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given

import dashboards
from dashboards import formats
from dashboards.compare import direction, share_direction
from dashboards.exports import safe_csv
from dashboards.pages.parts.layout import plain
from dashboards.palette import DARK, LIGHT, theme_options
from dashboards.words import Words, keys

# Formats


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (formats.count, 12345, "12,345"), (formats.count, None, "–"), (formats.count, 0, "0"),
        (formats.rate, 15.24, "15.2"), (formats.rate, 0.04, "0.04"), (formats.rate, 0, "0.0"), (formats.rate, 1234.5, "1,234"),
        (formats.share, 0.2345, "23.4%"), (formats.share, None, "–"),
        (formats.signed, -0.44, "−0.4"), (formats.signed, 0.04, "+0.04"), (formats.signed, 0, "±0.0"),
        (formats.percent, 0.654, "+65%"), (formats.percent, -0.015, "−1.5%"), (formats.percent, 11, "×12"), (formats.percent, 0, "±0.0%"),
        (formats.sentiment, -0.001, "0.00"), (formats.sentiment, -0.4, "−0.40"),
    ],
)  # fmt: skip
def test_numbers_as_people_read_them(function, value, text):
    assert function(value) == text


def test_days_as_people_read_them():
    day = date(2026, 11, 15)
    assert formats.day(day, "zh", weekday=True) == "11月15日 周日"
    assert formats.day(day, "en", weekday=True, year=True) == "Sun, Nov 15, 2026"
    assert formats.span(day, day, "zh") == "11月15日"
    assert formats.moment(datetime(2026, 11, 15, 17, 30, tzinfo=UTC), "Asia/Shanghai") == "2026-11-16 01:30"


def test_a_change_needs_something_before():
    assert formats.change(5, 0) is None
    assert formats.change(5, None) is None
    assert formats.change(6, 5) == pytest.approx(0.2)


# Comparisons


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((191, 10857, 87, 8142), "up"), ((87, 8142, 191, 10857), "down"), ((101, 3810, 70, 2747), "same"),
        ((3, 40, 1, 40), "same"), ((0, 40, 1, 40), "same"), ((5, None, 5, 10), "same"), ((5, 10, None, None), "same"),
    ],
)  # fmt: skip
def test_a_rate_has_moved_only_beyond_chance(numbers, expected):
    assert direction(*numbers) == expected


def test_a_share_has_moved_only_beyond_chance():
    assert share_direction(300, 1000, 200, 1000) == "up"
    assert share_direction(200, 1000, 300, 1000) == "down"
    assert share_direction(21, 100, 20, 100) == "same"
    assert share_direction(0, 10, 0, 10) == "same"
    assert share_direction(1, 10, None, None) == "same"


# Colours


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("p", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_hold_wcag_aa(p):
    for ground in (p.ground, p.raised):
        for text in (p.ink, p.muted, p.accent, p.worse, p.better):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast("#ffffff" if p.name == "light" else p.ground, p.accent) >= 4.5  # words on a button
    for name, colour in p.emotions.items():
        if name != "calm":  # calm is left out of charts
            assert contrast(colour, p.ground) >= 1.9, name
    assert len(set(p.emotions.values())) == 8


def test_contrast_is_measured_as_wcag_does():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_streamlit_knows_every_theme_option():
    from streamlit import config

    config.get_config_options()
    assert not [name for name in theme_options() if name not in config._config_options_template]


# Words

SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in Path(dashboards.__file__).parent.rglob("*.py")
    if "report" not in path.parts
)
GROUPS = (
    "nav", "filter", "period", "compare", "order", "chart", "feelings", "spread", "decide", "sqlpage", "cause", "lever", "status",
    "emotion", "source", "channel", "change", "method", "role", "alert", "verdict", "decision", "event", "topic_status",
)  # fmt: skip


def test_every_key_that_pages_use_has_words():
    used = set(re.findall(r"""\b(?:w|words|c\.w)\(["']([a-z_0-9.]+)["']""", SOURCE))
    used |= set(
        re.findall(r'_alone\("([a-z.]+)", "([a-z_.]+)"\)', SOURCE) and ["first.title", "first.unreadable"]
    )
    assert len(used) > 150
    assert not used - set(keys())


def test_no_words_are_left_over():
    literal = set(re.findall(r"""["']([a-z_0-9.]+)["']""", SOURCE))
    grouped = {key for key in keys() if key.split(".")[0] in GROUPS}
    assert not set(keys()) - literal - grouped


def test_both_languages_fill_in_the_same_names():
    zh, en = Words("zh"), Words("en")
    for key in keys():
        names = [set(re.findall(r"{(\w+)}", words(key))) for words in (zh, en)]
        assert names[0] == names[1], key
        assert not re.search(r"[\u4e00-\u9fff]", en(key)), key
        assert zh(key).strip(), key


def test_a_value_outside_the_glossary_is_shown_as_it_is():
    assert Words("zh").of("cause", "fault") == "系统异常"
    assert Words("en").of("channel", "kiosk_3") == "kiosk_3"
    with pytest.raises(KeyError):
        Words("zh")("no.such.key")


# What leaves the page


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
def test_no_cell_of_a_csv_is_a_formula(texts):
    frame = pl.DataFrame(
        {"text": texts, "n": [-1.5] * len(texts)}, schema={"text": pl.String, "n": pl.Float64}
    )
    rows = list(csv.reader(io.StringIO(safe_csv(frame).decode("utf-8-sig"), newline="")))
    assert len(rows) == len(texts) + 1
    for (cell, number), text in zip(rows[1:], texts, strict=True):
        assert not re.match(r"\s*[=+\-@\t\r\n]", cell)
        assert cell in (text, "'" + text)
        assert number == "-1.5"  # a number stays one


def test_csv_of_lists_columns_and_chinese():
    frame = pl.DataFrame({"=词": [["=a", "b"], None], "d": [date(2026, 1, 2), None], "x": ["提现\n=1", "-5"]})
    raw = safe_csv(frame)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows == [["'=词", "d", "x"], ["'=a | b", "2026-01-02", "提现\n=1"], ["", "", "'-5"]]


@given(st.text(max_size=60))
def test_plain_text_shows_as_it_is_in_markdown(text):
    escaped = plain(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == " ".join(text.split())
    assert not re.search(r"(?<!\\)[*_`<>\[\]#$:]", re.sub(r"\\\\", "", escaped))
