"""The effect of a change in one sentence, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from insight.alerts.sentences import Labels, day_en, day_zh


def explain(
    row: Mapping[str, Any], change: Mapping[str, Any], overlaps: Sequence[Mapping[str, Any]], labels: Labels
) -> tuple[str, str]:
    """The sentence of an effect.

    Args:
        row: columns of `changes.EFFECT`.
        change: the change: day, title.
        overlaps: other changes of the same place near it.
        labels: names.

    Returns:
        Chinese, English.
    """
    when: date = change["day"]
    zh, en = labels.place({**dict.fromkeys(("source", "channel", "segment")), **row})
    zh = f"{day_zh(when)}“{change['title']}”（{zh}）"
    en = f"“{change['title']}” of {day_en(when)} ({en})"
    if row["ratio"] is None:
        say_zh, say_en = _too_early(row)
    else:
        say_zh, say_en = _found(row)
    if overlaps:
        say_zh += (
            f"；同期还有{'、'.join('“' + str(other['title']) + '”' for other in overlaps)}，效果不能完全分开"
        )
        say_en += (
            f"; {', '.join('“' + str(other['title']) + '”' for other in overlaps)} came at about the same time, so the effects "
            "cannot be told apart entirely"
        )
    return f"{zh}：{say_zh}。", f"{en}: {say_en}."


def _too_early(row: Mapping[str, Any]) -> tuple[str, str]:
    return (
        f"还不能下结论：之前 {row['before_days']} 天、之后 {row['after_days']} 天的数据还不够（至少各 7 天，且求助不能太少）",
        f"too early to tell: {row['before_days']} days before and {row['after_days']} days after are not enough (7 of each are "
        "needed, and not too few inquiries)",
    )


def _found(row: Mapping[str, Any]) -> tuple[str, str]:
    ratio, low, high = row["ratio"], row["ratio_low"], row["ratio_high"]
    if row["before_per_10k"] is not None:
        rates_zh = f"万求率从 {row['before_per_10k']:.1f} 到 {row['after_per_10k']:.1f}，"
        rates_en = f"rate per 10,000 from {row['before_per_10k']:.1f} to {row['after_per_10k']:.1f}; "
    else:
        rates_zh = rates_en = ""
    less = ratio < 1
    change = f"{abs(1 - ratio):.0%}"
    base_zh = f"扣除星期、趋势、节日和其他环节的影响后，求助率是原来的 {ratio:.2f} 倍（很可能在 {low:.2f} 到 {high:.2f} 倍之间）"
    base_en = (
        f"allowing for weekdays, trend, festivals and what other steps did, the rate is {ratio:.2f} times what it was "
        f"(very likely {low:.2f} to {high:.2f})"
    )
    many = f"{abs(row['avoided_count']):,.0f}"
    bounds = sorted((abs(row["avoided_low"]), abs(row["avoided_high"])))
    count = f"{bounds[0]:,.0f}–{bounds[1]:,.0f}"
    days = row["after_days"]
    if row["verdict"] == "helped":
        return (
            f"有效，{rates_zh}{base_zh}，降低 {change}；{days} 天里约少了 {many} 次求助（很可能在 {count} 次之间）",
            f"it helped: {rates_en}{base_en}, {change} lower; about {many} inquiries avoided in {days} days (very likely {count})",
        )
    if row["verdict"] == "worse":
        return (
            f"变差了，{rates_zh}{base_zh}，升高 {change}；{days} 天里约多了 {many} 次求助（很可能在 {count} 次之间）",
            f"it got worse: {rates_en}{base_en}, {change} higher; about {many} more inquiries in {days} days (very likely {count})",
        )
    return (
        f"看不出效果，{rates_zh}{base_zh}，{'升' if not less else '降'}幅在正常波动之内",
        f"no effect seen: {rates_en}{base_en}, which is within the usual ups and downs",
    )
