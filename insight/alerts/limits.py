"""What an alert takes, and how many of a day's may be false.

The latter by Benjamini & Hochberg 1995 over all cells that were tested. Cells may have weights (Genovese, Roeder & Wasserman
2006): those in which a change of interest could be seen at all get more of the chance to be wrong than those in which it would
drown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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


def q_values(
    p: np.ndarray, tested: np.ndarray, weight: np.ndarray | None = None, known: np.ndarray | None = None
) -> np.ndarray:
    """Adjusted p-values of the tested cells; 1 for the others.

    What people already know of is no discovery: while an episode lasts, its cells do not lower the bar for the others.

    Args:
        p: cells, p-values in 0 … 1.
        tested: cells, whether a cell counts as a test.
        weight: cells, above 0; only their proportions matter. Neither may depend on p.
        known: cells of open episodes; their own q is that among all cells.
    """
    found = _adjusted(p, tested, weight)
    if known is not None and known.any():
        found = np.where(known, found, _adjusted(p, tested & ~known, weight))
    return found


def _adjusted(p: np.ndarray, tested: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    from scipy.stats import false_discovery_control

    found = np.ones(len(p))
    if tested.any():
        share = np.ones(tested.sum()) if weight is None else weight[tested] / weight[tested].mean()
        found[tested] = false_discovery_control(np.clip(p[tested] / share, 0.0, 1.0), method="bh")
    return found
