"""How customers felt: the negative share, emotions that stand out, the most negative steps."""

from __future__ import annotations

from dashboards import formats
from dashboards.compare import share_direction
from dashboards.questions.obstacles import EMOTIONS
from dashboards.report.blocks import Point, Points, Section, Text
from dashboards.report.facts import Facts
from dashboards.report.parts import common

_FEWEST = 20  # inquiries that a step needs before its share is told
_STEPS = 3


def feelings(facts: Facts) -> Section:
    """The section."""
    w, now, before = facts.w, facts.felt.get("now"), facts.felt.get("before")
    if now is None:
        return Section("feelings", w("feelings"), (Text(w("feelings.none"), "muted"),))
    parts = [w("feelings.negative", share=formats.share(now["negative_share"]))]
    if before is not None:
        way = share_direction(now["negative"], now["inquiries"], before["negative"], before["inquiries"])
        points = formats.points(now["negative_share"], before["negative_share"])
        parts.append(
            w(f"feelings.{way}", than=common.than(facts), points=points if way == "same" else points[1:])
        )
    lines = [w.clauses(parts), w.clauses([_emotions(facts)]), w.clauses([_steps(facts)])]
    return Section("feelings", w("feelings"), (Points(tuple(Point("", line) for line in lines if line)),))


def _emotions(facts: Facts) -> str:
    """Emotions whose share differs from that of the days before; calm is no news."""
    w, now = facts.w, facts.felt["now"]
    before = facts.felt_days.filter(facts.felt_days["day"] < facts.now.start)
    of = int(before["inquiries"].sum()) if before.height else 0
    if not of:
        return ""
    found = []
    for name in EMOTIONS:
        usual = int(before[name].sum())
        if name == "calm" or share_direction(now[name], now["inquiries"], usual, of) == "same":
            continue
        found.append(
            w(
                "feelings.emotion",
                emotion=w.of("emotion", name),
                now=formats.share(now[name] / now["inquiries"]),
                usual=formats.share(usual / of),
            )
        )
    if not found:
        return w("feelings.usual", days=before.height)
    return w("feelings.emotions", days=before.height, list=w("semicolon").join(found))


def _steps(facts: Facts) -> str:
    w = facts.w
    enough = facts.steps.filter(facts.steps["inquiries"] >= _FEWEST).sort(
        "negative_share", "inquiries", descending=True
    )
    if enough.is_empty():
        return ""
    shown = [
        w(
            "feelings.step",
            place=common.place(facts, row["product"], row["step"]),
            share=formats.share(row["negative_share"]),
            n=formats.count(row["inquiries"]),
        )
        for row in enough.head(_STEPS).iter_rows(named=True)
    ]
    return common.recent(facts, "feelings.worst", list=w.listed(shown))
