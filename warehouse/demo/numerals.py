"""Numbers as they are spoken."""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_PHONE = "零幺二三四五六七八九"  # one is said differently in numbers that are read out digit by digit


def _under_ten_thousand(value: int) -> str:
    digits = [int(d) for d in str(value)]
    said, gap = "", False
    for place, digit in enumerate(digits):
        if digit == 0:
            gap = True
            continue
        said += ("零" if gap and said else "") + _DIGITS[digit] + _UNITS[len(digits) - 1 - place]
        gap = False
    return said


def spoken(value: int) -> str:
    """A whole number from 0 below 100 million, as Chinese says it: 3500 -> 三千五百, 20 -> 二十."""
    if value == 0:
        return "零"
    high, low = divmod(value, 10_000)
    said = _under_ten_thousand(high) + "万" if high else ""
    if low:
        said += ("零" if high and low < 1000 else "") + _under_ten_thousand(low)
    return said[1:] if said.startswith("一十") else said


def digit_by_digit(digits: str) -> str:
    """A number read out digit by digit: 199 -> 幺九九; other characters stay."""
    return "".join(_PHONE[int(c)] if c.isascii() and c.isdigit() else c for c in digits)


def speak_numbers(text: str) -> str:
    """Numbers in a text as they are spoken: short ones as numbers, long ones digit by digit, 0.6% as a share."""
    text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", text)
    text = re.sub(r"(\d+)\.(\d+)", lambda m: f"{spoken(int(m[1]))}点{_read(m[2])}", text)
    return re.sub(r"\d+", lambda m: spoken(int(m[0])) if len(m[0]) < 6 else digit_by_digit(m[0]), text)


def _read(digits: str) -> str:
    return "".join(_DIGITS[int(d)] for d in digits)
