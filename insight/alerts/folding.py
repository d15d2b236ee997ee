"""One event, one alert: what belongs to another finding is folded into it.

An outage raises its topic, its step, its product, its channel and the total. People should hear of it once, at the place that
explains it. Findings are few (tens a day), so plain Python rules over them are clearer than joins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_MOST = 0.5  # of an excess: explains it
_APART = 1.5  # a part whose ratio is so much above the whole's is an event of its own
_MANY = 3  # steps of a product (products of the total) that move together are one event
_ORDER = ("step", "topic", "product", "source", "channel", "segment", "total")


@dataclass
class Finding:
    """One flagged series of the day.

    Attributes:
        data: the columns of `cells.FINDING`.
        into: series_id and direction of the finding that it is folded into.
        parts: findings that were folded into it.
    """

    data: dict[str, Any]
    into: tuple[str, int] | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> tuple[str, int]:
        """Series and direction: what an episode is about."""
        return self.data["series_id"], self.data["direction"]

    @property
    def excess(self) -> float:
        """Inquiries a day above (or below) the expected; never negative."""
        return float(abs(self.data["observed"] - self.data["expected"]) / max(self.data["window_days"], 1))

    @property
    def ratio(self) -> float:
        """How far it is from the expected, as a factor of at least 1."""
        ratio = (self.data["observed"] + 0.5) / (self.data["expected"] + 0.5)
        return float(max(ratio, 1 / ratio))


def fold(found: Iterable[Finding], standing: Iterable[Finding] = ()) -> list[Finding]:
    """Decide which findings stand for themselves.

    Args:
        found: today's flagged series of counts.
        standing: series of open episodes that people were already told of, with what is observed and expected of them now.
            A new finding that one of them explains is folded into it.

    Returns:
        All of `found`, with `into` set where a finding is part of another.
    """
    findings = list(found)
    flagged = {finding.name: finding for finding in findings}
    mains = [max(main, flagged.get(main.name, main), key=lambda one: one.excess) for main in standing]
    told = {main.name for main in mains}
    for level in _ORDER:
        for finding in findings:
            if finding.data["level"] != level:
                continue
            if finding.name in told:
                continue
            above = [main for main in mains if _holds(main, finding) and _alike(main, finding)]
            below = [main for main in mains if _within(main, finding)]
            if above:
                _put(finding, above[0])
            elif below and sum(_separate(below)) >= _MOST * finding.excess:
                own = [main for main in below if main.name not in told and main in findings]
                if len(own) >= _MANY and all(_alike(finding, main) for main in own):
                    for main in own:  # everything below moves: the whole is the event
                        mains.remove(main)
                        _put(main, finding)
                    mains.append(finding)
                else:
                    _put(finding, max(below, key=lambda main: main.excess))
            else:
                mains.append(finding)
    return findings


def _put(part: Finding, whole: Finding) -> None:
    part.into = whole.name
    whole.parts.append(part.data)
    whole.parts.extend(part.parts)


def _holds(whole: Finding, part: Finding) -> bool:
    """Whether the whole's series contains the part's, along total → product → step → topic."""
    if whole.data["direction"] != part.data["direction"] or whole.name == part.name:
        return False
    names = ("product", "step", "topic_id", "source", "channel", "segment")
    return all(whole.data[name] in (None, part.data[name]) for name in names)


def _alike(whole: Finding, part: Finding) -> bool:
    """Whether the part moved like the whole. A topic of a step always counts as what moves the step."""
    return (
        part.data["level"] == "topic" and whole.data["level"] == "step"
    ) or part.ratio <= _APART * whole.ratio


def _within(part: Finding, whole: Finding) -> bool:
    """Whether the part may be what moves the whole: it lies in it, or cuts across it (a source, a channel)."""
    if part.data["direction"] != whole.data["direction"] or part.name == whole.name:
        return False
    if whole.data["level"] in ("source", "channel", "segment"):
        return part.data["level"] in ("step", "topic", "product", "source")
    return _holds(whole, part)


def _separate(parts: Sequence[Finding]) -> list[float]:
    """Excesses without counting anything twice: a part inside another of the parts is left out."""
    return [
        part.excess for part in parts if not any(_holds(other, part) for other in parts if other is not part)
    ]


def fold_sentiment(drops: Iterable[Finding], moved: Sequence[Finding]) -> list[Finding]:
    """Worse sentiment where more people than usual ask is the same event; else the smallest place stands for itself.

    Args:
        drops: findings of kind sentiment_drop (observed and expected are shares, exposure the inquiries).
        moved: findings and open episodes about counts.
    """
    rising = [finding for finding in moved if finding.data["direction"] > 0]
    mains: list[Finding] = []
    findings = sorted(drops, key=lambda finding: _ORDER.index(finding.data["level"]))
    for finding in findings:
        data = finding.data
        negatives = (data["observed"] - data["expected"]) * data["exposure"] / data["window_days"]
        near = [
            other
            for other in rising
            if _same_place(other, finding)
            or _holds(other, finding)
            or (_holds(finding, other) and other.excess >= _MOST * negatives)
        ]
        near += [other for other in mains if _holds(finding, other)]
        if near:
            finding.into = near[0].name
        else:
            mains.append(finding)
    return findings


def fold_segments(
    found: Iterable[Finding], moved: Sequence[Finding], standing: Sequence[Finding] = ()
) -> list[Finding]:
    """A group of customers within a rise that is told is its evidence; of several groups at one place the clearest is told.

    The clearest has the smallest p-value: an attribute that only goes along with it is diluted, and so is one step of many. A
    place whose rise one place within it explains comes after that one.

    Args:
        found: flagged groups (level segment).
        moved: findings and open episodes about counts.
        standing: groups of open episodes.
    """
    rising = [finding for finding in moved if finding.data["direction"] > 0]
    mains = list(standing)
    flagged = list(found)

    def explained(whole: Finding) -> bool:
        parts = [part for part in flagged if part is not whole and _holds(whole, part)]
        return any(part.excess >= _MOST * whole.excess for part in parts)

    findings = sorted(flagged, key=lambda finding: (explained(finding), float(finding.data["p_value"])))
    for finding in findings:
        if any(main.name == finding.name for main in standing):
            continue
        near = [main for main in rising if _same_place(main, finding)]
        near += [main for main in rising if _overlap(main, finding) and _comparable(main, finding)]
        near += [main for main in mains if _overlap(main, finding)]
        if near:
            _put(finding, _root(near[0], rising))
        else:
            mains.append(finding)
    return findings


def _overlap(one: Finding, other: Finding) -> bool:
    """Whether one place lies in the other."""
    return all(
        one.data[name] is None or other.data[name] is None or one.data[name] == other.data[name]
        for name in ("product", "step")
    )


def _comparable(one: Finding, other: Finding) -> bool:
    return min(one.excess, other.excess) >= _MOST * max(one.excess, other.excess)


def _root(finding: Finding, among: Sequence[Finding]) -> Finding:
    """What a finding was folded into, itself if into nothing."""
    above = next((main for main in among if main.name == finding.into), None)
    return finding if above is None or above is finding else _root(above, among)


def _same_place(one: Finding, other: Finding) -> bool:
    return all(one.data[name] == other.data[name] for name in ("product", "step"))
