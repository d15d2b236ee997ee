"""How many of the day's alerts may be false: Benjamini & Hochberg 1995 over all cells that were tested.

Cells may have weights (Genovese, Roeder & Wasserman 2006): those in which a change of interest could be seen at all get more
of the chance to be wrong than those in which it would drown.
"""

from __future__ import annotations

import numpy as np


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
