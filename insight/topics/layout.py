"""A map of topics: near ones stand near, and a topic stays where a reader found it yesterday."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from insight.topics.groups import topic_centroids
from insight.topics.registry import Registry

_NEIGHBOURS = 3


def laid_out(registry: Registry, seed: int = 0) -> Registry:
    """The registry with a place (x, y) for each live topic; the map is about 2 wide around its middle.

    Metric multidimensional scaling (SMACOF) of cosine distances. A first map starts from principal components; later ones start from
    the old places (a new topic from those of its nearest neighbours) and stop after a few steps, so that nothing jumps.
    """
    from sklearn.manifold import MDS
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    live = [
        place for place, topic in enumerate(registry.topics) if topic.live and (registry.owner == place).any()
    ]
    if not live:
        return registry
    rows = topic_centroids(registry)[live].astype(np.float64)
    old = np.array([[_or_nan(registry.topics[p].x), _or_nan(registry.topics[p].y)] for p in live])
    known = ~np.isnan(old).any(axis=1)
    distance = np.maximum(1 - rows @ rows.T, 0)
    np.fill_diagonal(distance, 0)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(live) < 3:
            found = np.array([[0.0, 0.0], [float(distance[0, -1]), 0.0]])[: len(live)]
        elif known.sum() < 3:
            found = _scaled(
                MDS(
                    2,
                    n_init=1,
                    max_iter=300,
                    random_state=seed,
                    dissimilarity="precomputed",
                    normalized_stress=False,
                ).fit_transform(distance, init=_components(rows))
            )
        elif known.all():
            return registry
        else:
            found = _beside(old, known, distance)
    places = {registry.topics[place].topic_id: found[number] for number, place in enumerate(live)}
    return registry.with_topics(
        replace(registry.topic(topic_id), x=float(at[0]), y=float(at[1])) for topic_id, at in places.items()
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _components(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rows - rows.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    found = left[:, :2] * singular[:2]
    sign = np.sign(found[np.abs(found).argmax(axis=0), np.arange(2)])
    return np.asarray(found * np.where(sign == 0, 1, sign))


def _scaled(places: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = places - places.mean(axis=0)
    return np.asarray(centred / max(float(np.abs(centred).max()), 1e-9))


def _beside(
    old: NDArray[np.float64], known: NDArray[np.bool_], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Old places, and each new topic between its nearest known neighbours, nearer to the more similar."""
    found = old.copy()
    at = np.flatnonzero(known)
    for new in np.flatnonzero(~known):
        near = at[np.argsort(distance[new, at], kind="stable")[:_NEIGHBOURS]]
        weight = 1 / (distance[new, near] + 0.05)
        spot = (old[near] * weight[:, None]).sum(axis=0) / weight.sum()
        angle = 2.399963 * float(
            new
        )  # golden angle: two newcomers with the same neighbours don't hide each other
        found[new] = spot + 0.03 * np.array([np.cos(angle), np.sin(angle)])
    return found
