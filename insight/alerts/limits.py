"""What an alert takes; the defaults stand beside the code that uses them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of the alerts.

    Attributes:
        false_discovery_rate: of the day's flagged cells, for each kind of test.
        minimum_count: fewest inquiries (observed, for a rise; expected, for a fall) and fewest above the expected.
        minimum_ratio: a rise of one day must be at least this much over the expected, a fall as much under it.
        minimum_drift: the same for the sum of a week or two.
        history_days: fewest days that a series must have behind it.
        rise_share: of that rate, what rises of one day get; each day is a new chance to be wrong.
        fall_share: what falls get: they cost less to miss.
        drift_share: what drifts get: neighbouring days share most of their window, so a week is one chance, not seven.
        episode_gap_days: quiet days after which an episode has ended.
        drift_gap_days: the same where its last flag was about several days together.
        escalation: an open episode is told again on a day whose ratio to the expected is this many times what was told.
        country: whose public holidays count.
    """

    false_discovery_rate: float = 0.05
    minimum_count: int = 5
    minimum_ratio: float = 1.25
    minimum_drift: float = 1.15
    history_days: int = 14
    rise_share: float = 0.25
    fall_share: float = 0.1
    drift_share: float = 2.5
    episode_gap_days: int = 3
    drift_gap_days: int = 7
    escalation: float = 2.0
    country: str = "CN"
