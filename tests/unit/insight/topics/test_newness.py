from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from insight.topics.assign import assign
from insight.topics.crowds import crowds, growth, neighbours
from insight.topics.describe import learned
from insight.topics.embedder import fit_embedder
from insight.topics.geometry import unit
from insight.topics.newness import newcomers
from tests.unit.insight.topics.corpus import DAY, MATTERS, NEW, said

A_DAY = 35
LEARNED = 28


def days(first, count, matters, a_day=A_DAY, seed=0):
    """`a_day` problems a day, of matters in turn."""
    rng = np.random.default_rng(seed)
    pools = {m: said(MATTERS[m], 320, rng) for m in matters}
    rows = [
        (DAY + timedelta(days=first + d), pools[m][int(rng.integers(len(pools[m])))])
        for d in range(count)
        for m in (matters[n % len(matters)] for n in range(a_day))
    ]
    return pl.DataFrame(rows, schema={"day": pl.Date, "text": pl.String}, orient="row")


def extra(first, count, phrases, a_day, seed=5):
    rng = np.random.default_rng(seed)
    texts = said(phrases, min(count * a_day, 300), rng)
    rows = [(DAY + timedelta(days=first + n // a_day), texts[n % len(texts)]) for n in range(count * a_day)]
    return pl.DataFrame(rows, schema={"day": pl.Date, "text": pl.String}, orient="row")


@pytest.fixture(scope="module")
def world():
    """28 days to learn from, and 16 quiet days after them."""
    quiet = days(0, 44, list(MATTERS))
    known = quiet.filter(pl.col("day") < DAY + timedelta(days=LEARNED)).unique("text", maintain_order=True)
    embedder = fit_embedder(known["text"])
    registry, _, _ = learned(known, embedder, DAY, bertopic=False)
    return quiet, embedder, registry


def last(day):
    return DAY + timedelta(days=day)


def test_a_new_matter_is_seen_within_three_days(world):
    quiet, embedder, registry = world
    problems = pl.concat([quiet, extra(41, 3, NEW, 20)])
    first = newcomers(registry, embedder, problems.filter(pl.col("day") <= last(41)), last(41))
    assert first.newcomers == ()  # one day is no matter
    found = newcomers(registry, embedder, problems.filter(pl.col("day") <= last(42)), last(42))
    (new,) = found.newcomers
    topic = found.registry.topic(new.topic_id)
    assert (topic.status, topic.first_day) == ("new", last(41))
    assert new.p_value < 1e-6
    assert "识别" in topic.label or "人脸" in topic.label
    assert [(e.event, e.to_topic_id) for e in found.events] == [("created", new.topic_id)]
    mine = assign(extra(43, 1, NEW, 40, seed=8)["text"], found.registry, embedder)["topic_id"]
    assert (mine == new.topic_id).fill_null(False).mean() > 0.6
    old = assign(quiet["text"], found.registry, embedder)["topic_id"]
    assert (old == new.topic_id).fill_null(False).mean() < 0.01


def test_it_is_found_once(world):
    quiet, embedder, registry = world
    problems = pl.concat([quiet, extra(40, 4, NEW, 20)])
    for day in (41, 42, 43):
        found = newcomers(registry, embedder, problems.filter(pl.col("day") <= last(day)), last(day))
        registry = found.registry
    assert sum(topic.status == "new" for topic in registry.topics) == 1


def test_quiet_days_bring_nothing(world):
    quiet, embedder, registry = world
    for day in range(LEARNED, 44):
        assert (
            newcomers(registry, embedder, quiet.filter(pl.col("day") <= last(day)), last(day)).newcomers == ()
        )


def test_a_burst_of_an_old_matter_is_no_new_topic(world):
    quiet, embedder, registry = world
    problems = pl.concat([quiet, extra(41, 3, MATTERS["bill"], 40)])
    assert newcomers(registry, embedder, problems, last(43)).newcomers == ()


def test_one_text_many_times_is_no_matter(world):
    quiet, embedder, registry = world
    spam = pl.DataFrame({"day": [last(41 + n % 3) for n in range(60)], "text": ["加微信领红包刷单兼职"] * 60})
    assert newcomers(registry, embedder, pl.concat([quiet, spam]), last(43)).newcomers == ()


def test_later_days_and_empty_texts_are_not_looked_at(world):
    quiet, embedder, registry = world
    later = extra(44, 3, NEW, 20)
    empty = pl.DataFrame({"day": [last(43)] * 30, "text": [None, "", "  "] * 10})
    assert newcomers(registry, embedder, pl.concat([quiet, later, empty]), last(43)).newcomers == ()


def test_without_history_nothing_is_new(world):
    _, embedder, registry = world
    assert newcomers(registry, embedder, extra(41, 3, NEW, 20), last(43)).newcomers == ()
    none = pl.DataFrame(schema={"day": pl.Date, "text": pl.String})
    assert newcomers(registry, embedder, none, last(43)).newcomers == ()


def test_many_texts_are_looked_at_in_part(monkeypatch, world):
    quiet, embedder, registry = world
    monkeypatch.setattr("insight.topics.newness.MOST_TEXTS", 14 * 25)
    problems = pl.concat([quiet, extra(41, 3, NEW, 20)])
    assert len(newcomers(registry, embedder, problems, last(43)).newcomers) == 1


def test_growth():
    times, p_value = growth(30, 0, 3 / 14)
    assert times > 200
    assert p_value == pytest.approx((3 / 14) ** 30)
    times, p_value = growth(3, 11, 3 / 14)
    assert times == pytest.approx(1)
    assert p_value > 0.5
    assert growth(0, 0, 0.2)[1] == 1


def test_neighbours_are_the_nearest_others():
    rows = unit(np.random.default_rng(0).normal(size=(50, 6)))
    found = neighbours(rows, np.arange(50), 4)
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -2)
    assert all(set(f) == set(np.argsort(-c)[:4]) for f, c in zip(found, cosine, strict=True))


def test_crowds_are_where_only_recent_texts_stand():
    rng = np.random.default_rng(1)
    old = unit(rng.normal(size=(300, 8)))
    crowd = unit(np.eye(8)[0] * 6 + rng.normal(size=(20, 8)) * 0.3)
    rows = np.concatenate([old, crowd])
    recent = np.zeros(320, np.bool_)
    recent[:60] = recent[300:] = True
    (found,) = crowds(rows, recent, recent)
    assert set(found.tolist()) >= set(range(300, 320))
    assert len(found) < 26
    assert crowds(rows, recent, np.zeros(320, np.bool_)) == []


def test_texts_of_topics_that_are_new_already_are_not_asked(world):
    quiet, embedder, registry = world
    problems = pl.concat([quiet, extra(41, 3, NEW, 20)])
    found = newcomers(registry, embedder, problems, last(43)).registry
    wide = found.with_topics([replace(found.topics[-1], radius=-1.0)])
    assert newcomers(wide, embedder, problems, last(43)).newcomers == ()
