"""An alert in one sentence, in Chinese and in English, with the numbers that made it one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from insight.alerts.drift import SUDDEN, Course

_SOURCES = {"chats": ("聊天", "chats"), "calls": ("电话", "calls"), "tickets": ("工单", "tickets")}
_ATTRIBUTES = {
    "age_band": ("年龄段", "age group"), "age": ("年龄", "age"), "gender": ("性别", "gender"), "region": ("地区", "region"),
    "city": ("城市", "city"), "tenure": ("注册时长", "time as a customer"), "device": ("设备", "device"),
    "os": ("系统", "operating system"), "app_version": ("应用版本", "app version"), "level": ("等级", "level"),
    "accessibility": ("无障碍需求", "accessibility need"),
}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AT_MOST = ("正常不超过", "usually at most")
_WORTH_A_WORD = 0.1  # log factor of a special day


@dataclass(frozen=True)
class Labels:
    """Names of things, Chinese and English; what is not named goes by its id.

    Attributes:
        products: product -> names.
        steps: (product, step) -> names.
        topics: topic -> label.
    """

    products: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    steps: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, steps: pl.DataFrame, topics: pl.DataFrame | None = None) -> Labels:
        """From `core.steps` (or `Journeys.step_table`) and `insight.topics` (topic_id, label)."""
        rows = steps.to_dicts()
        return cls(
            {r["product"]: (r["product_name_zh"], r["product_name_en"]) for r in rows},
            {(r["product"], r["step"]): (r["step_name_zh"], r["step_name_en"]) for r in rows},
            {r["topic_id"]: r["label"] for r in topics.to_dicts()} if topics is not None else {},
        )

    def topic(self, topic: str) -> str:
        """A topic's label."""
        return self.topics.get(topic, topic)

    def place(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """What a series is about: 提现（钱包） / Withdraw (Wallet)."""
        parts: list[tuple[str, str]] = []
        product, step = row["product"], row["step"]
        if product is not None:
            names = self.products.get(product, (product, product))
            if step is not None:
                inner = self.steps.get((product, step), (step, step))
                names = (f"{inner[0]}（{names[0]}）", f"{inner[1]} ({names[1]})")
            parts.append(names)
        if row["source"] is not None:
            parts.append(_SOURCES.get(row["source"], (row["source"], row["source"])))
        if row["channel"] is not None:
            parts.append((f"渠道“{row['channel']}”", f"channel “{row['channel']}”"))
        if row["segment"] is not None:
            parts.append(segment_names(row["segment"]))
        if row["topic_id"] is not None:
            label = self.topic(row["topic_id"])
            parts.append((f"主题“{label}”", f"topic “{label}”"))
        if not parts:
            return "全部产品", "All products"
        return "，".join(part[0] for part in parts), ", ".join(part[1] for part in parts)


def segment_names(segment: str) -> tuple[str, str]:
    """age_band=60+: 年龄段为“60+”的客户 / customers with age group “60+”."""
    name, _, value = segment.partition("=")
    zh, en = _ATTRIBUTES.get(name, (name, name))
    return f"{zh}为“{value}”的客户", f"customers with {en} “{value}”"


@dataclass(frozen=True)
class Evidence:
    """What stands behind a finding on counts.

    Attributes:
        topic: that moved most, and by how many inquiries.
        segment: group of customers that moved most, and by how many inquiries.
        course: how a drift came about.
    """

    topic: tuple[str, float] | None = None
    segment: tuple[str, float] | None = None
    course: Course | None = None


def explain(
    row: Mapping[str, Any], day: date, labels: Labels, evidence: Evidence | None = None
) -> tuple[str, str]:
    """The sentence of a finding.

    Args:
        row: columns of `cells.FINDING`.
        day: its day.
        labels: names.
        evidence: what stands behind it.

    Returns:
        Chinese, English.
    """
    if row["kind"] in ("data_missing", "data_strange"):
        return _data(row, day, labels)
    if row["kind"] == "sentiment_drop":
        return _sentiment(row, day, labels)
    if row["kind"] == "topic_new" or (row["kind"] == "topic_burst" and row["window_days"] > 1):
        return _new_topic(row, day, labels)
    if row["level"] == "segment":
        return _segment(row, day, labels)
    return _count(row, day, labels, evidence or Evidence())


def _segment(row: Mapping[str, Any], day: date, labels: Labels) -> tuple[str, str]:
    zh, en = labels.place({**row, "segment": None})
    who_zh, who_en = segment_names(row["segment"])
    when_zh, when_en = _when(day, row["window_days"])
    share, usual, limit = (
        f"{row[name] / row['exposure']:.0%}" for name in ("observed", "expected", "expected_high")
    )
    extra = row["observed"] - row["expected"]
    return (
        f"{zh}{when_zh}有约 {row['observed']:,.0f} 次求助来自{who_zh}，占 {share}，平时占 {usual}（{_AT_MOST[0]} {limit}）："
        f"比预期多约 {extra:,.0f} 次，是这部分客户的变化，其他客户没有同样增加。",
        f"{en}: about {row['observed']:,.0f} inquiries {when_en} came from {who_en}, {share} of all, against a usual {usual} "
        f"({_AT_MOST[1]} {limit}): about {extra:,.0f} more than expected; other customers do not ask more in the same way.",
    )


def _count(row: Mapping[str, Any], day: date, labels: Labels, evidence: Evidence) -> tuple[str, str]:
    zh, en = labels.place(row)
    when_zh, when_en = _when(day, row["window_days"])
    observed, expected = row["observed"], row["expected"]
    rise = row["direction"] > 0
    bound = row["expected_high"] if rise else row["expected_low"]
    scale = 10_000 / row["exposure"] if row["exposure"] and not _plain(row) else 1.0
    numbers = [f"{value * scale:,.{1 if scale != 1 else 0}f}" for value in (observed, expected, bound)]
    measure_zh, measure_en = (
        ("万求率", "inquiries per 10,000 transactions") if scale != 1 else ("求助数", "inquiries")
    )
    times = observed / max(expected, 1e-9)
    extra = abs(observed - expected)
    much_zh, much_en = _times(times)
    usually_zh, usually_en = _AT_MOST if rise else ("正常不低于", "usually at least")
    say_zh = (
        f"{zh}{when_zh}的{measure_zh}为 {numbers[0]}，{much_zh.format(f'预期 {numbers[1]}（{usually_zh} {numbers[2]}）')}："
        f"共 {observed:,.0f} 次求助，比预期{'多' if rise else '少'}约 {extra:,.0f} 次"
    )
    say_en = (
        f"{en}: {numbers[0]} {measure_en} {when_en}, {much_en.format(f'the expected {numbers[1]}')} "
        f"({usually_en} {numbers[2]}): {observed:,.0f} inquiries, about {extra:,.0f} "
        f"{'more' if rise else 'fewer'} than expected"
    )
    if row["kind"] == "rate_drift":
        how_zh, how_en = _course(evidence.course, rise=rise)
        say_zh, say_en = say_zh + how_zh, say_en + how_en
    if evidence.topic is not None and rise and row["topic_id"] is None:
        label = labels.topic(evidence.topic[0])
        say_zh += f"，主要是“{label}”（多约 {evidence.topic[1]:,.0f} 次）"
        say_en += f", mostly “{label}” (about {evidence.topic[1]:,.0f} more)"
    if evidence.segment is not None and rise:
        who_zh, who_en = segment_names(evidence.segment[0])
        say_zh += f"，其中{who_zh}多约 {evidence.segment[1]:,.0f} 次"
        say_en += f", about {evidence.segment[1]:,.0f} of the rise from {who_en}"
    if row["common"] is not None and abs(row["common"]) > _WORTH_A_WORD:
        factor = 2.718281828 ** row["common"]
        say_zh += f"（预期已计入当天节假日对各环节的共同影响 ×{factor:.2f}）"
        say_en += f" (the expected allows for the day's holiday or festival, × {factor:.2f} for all steps)"
    return say_zh + "。", say_en + "."


def _course(course: Course | None, *, rise: bool) -> tuple[str, str]:
    if course is None or course.shape is None:
        return "，已持续多日，不是单日波动", ", and has been so for days, not just on one"
    since_zh, since_en = f"{day_zh(course.since)}前后", f"about {day_en(course.since)}"
    if course.shape == SUDDEN:
        return (
            f"，从{since_zh}起突然{'升高' if rise else '降低'}，一直持续到现在",
            f", a sudden {'rise' if rise else 'fall'} since {since_en} that has lasted",
        )
    return (
        f"，从{since_zh}起逐渐{'升高' if rise else '降低'}",
        f", a gradual {'rise' if rise else 'fall'} since {since_en}",
    )


def _new_topic(row: Mapping[str, Any], day: date, labels: Labels) -> tuple[str, str]:
    label = labels.topic(row["topic_id"])
    zh, en = labels.place({**row, "topic_id": None})
    new = row["kind"] == "topic_new"
    return (
        f"{'出现新主题' if new else '主题'}“{label}”：{zh}最近 {row['window_days']} 天（到{day_zh(day)}）有 {row['observed']:,.0f} 次求助，"
        f"此前 {row['exposure']:,.0f} 天{'没有出现过' if new else '在该环节没有出现过'}。",
        f"{'New topic' if new else 'Topic'} “{label}” in {en}: {row['observed']:,.0f} inquiries in the {row['window_days']} days up to "
        f"{day_en(day)}, and none {'' if new else 'in this step '}in the {row['exposure']:,.0f} days before.",
    )


def _sentiment(row: Mapping[str, Any], day: date, labels: Labels) -> tuple[str, str]:
    zh, en = labels.place(row)
    when_zh, when_en = _when(day, row["window_days"])
    negative = round(row["observed"] * row["exposure"])
    shares = [f"{row[name]:.0%}" for name in ("observed", "expected", "expected_high")]
    return (
        f"{zh}{when_zh}的负面求助占比为 {shares[0]}（{row['exposure']:,.0f} 次中 {negative:,} 次），平时为 {shares[1]}（{_AT_MOST[0]} {shares[2]}）：客户情绪变差。",
        f"{en}: {shares[0]} of inquiries were negative {when_en} ({negative:,} of {row['exposure']:,.0f}), against a usual {shares[1]} "
        f"({_AT_MOST[1]} {shares[2]}): customers are less content.",
    )


def _data(row: Mapping[str, Any], day: date, labels: Labels) -> tuple[str, str]:
    zh, en = labels.place(row)
    what_zh, what_en = (
        ("求助记录", "records") if row["source"] is not None else ("交易量数据", "transactions")
    )
    usual = f"{row['expected']:,.0f}"
    if row["kind"] == "data_missing":
        return (
            f"{day_zh(day)}没有收到{zh}的{what_zh}，平时这一天约 {usual} 条：是数据缺失，不是没有求助；当天的万求率不可信。",
            f"No {what_en} of {en} arrived for {day_en(day)}, usually about {usual}: data are missing, it is not a quiet day; "
            "the day's rates cannot be trusted.",
        )
    times = row["observed"] / max(row["expected"], 1e-9)
    return (
        f"{zh}{day_zh(day)}的{what_zh}为 {row['observed']:,.0f} 条，是平时约 {usual} 条的 {times:.2g} 倍：数据可能不全或重复，请先核对再看万求率。",
        f"{en}: {row['observed']:,.0f} {what_en} for {day_en(day)}, {times:.2g} times the usual {usual}: data may be incomplete or "
        "doubled; check them before reading the rates.",
    )


def _plain(row: Mapping[str, Any]) -> bool:
    """Whether a series is told in counts: one without transactions (its exposure is its number of days)."""
    return bool(row["exposure"] <= row["window_days"])


def _times(times: float) -> tuple[str, str]:
    if times >= 1.95:
        return f"是{{}}的 {times:.1f} 倍", f"{times:.1f} times {{}}"
    if times >= 1:
        return f"比{{}}高 {times - 1:.0%}", f"{times - 1:.0%} above {{}}"
    return f"比{{}}低 {1 - times:.0%}", f"{1 - times:.0%} below {{}}"


def _when(day: date, days: int) -> tuple[str, str]:
    if days == 1:
        return day_zh(day), f"on {day_en(day)}"
    first = day - timedelta(days=days - 1)
    return (
        f"最近 {days} 天（{day_zh(first)}至{day_zh(day)}）",
        f"over the last {days} days ({day_en(first)} to {day_en(day)})",
    )


def day_zh(day: date) -> str:
    """11月4日."""
    return f"{day.month}月{day.day}日"


def day_en(day: date) -> str:
    """4 Nov."""
    return f"{day.day} {_MONTHS[day.month - 1]}"
