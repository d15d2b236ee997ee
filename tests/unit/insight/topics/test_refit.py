from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from insight.topics.assign import assign
from insight.topics.embedder import fit_embedder
from insight.topics.move import moved
from insight.topics.refit import KEEPS, recentred, refit
from insight.topics.registry import Topic, merge, pin, rename
from insight.topics.rivals import Rivals, contested
from tests.unit.insight.topics.corpus import DAY, MATTERS, NEW, corpus, said

LATER = DAY + timedelta(days=35)


@pytest.fixture(scope="module")
def others():
    """Other texts of the same matters."""
    return corpus(seed=9)


def test_a_refit_on_more_of_the_same_keeps_everything(others, registry, embedder):
    found = refit(registry, embedder, others, LATER)
    assert found.changes == ()
    assert [e.event for e in found.events] == ["refit"]
    assert found.keeps > 0.99
    assert found.applies()
    before, after = (
        assign(others["text"], registry, embedder),
        assign(others["text"], found.registry, embedder),
    )
    assert (before["topic_id"].eq_missing(after["topic_id"])).mean() > 0.98
    assert refit(registry, embedder, others, LATER).registry.version == found.registry.version


def test_what_fitted_nowhere_becomes_a_topic(others, registry):
    """A workspace whose old registry has never heard of a matter."""
    rng = np.random.default_rng(3)
    texts = pl.concat([others["text"], pl.Series(said(NEW, 60, rng))])
    embedder = fit_embedder(texts)
    old = moved(registry, embedder, others.select("text", topic_id=assign_by(others, registry)))
    found = refit(old, embedder, pl.DataFrame({"text": texts}), LATER)
    made = [change for change in found.changes if change.kind == "created"]
    assert made
    assert found.keeps > 0.95
    mine = assign(texts.tail(60), found.registry, embedder)["topic_id"]
    assert mine.is_in([i for change in made for i in change.topic_ids]).mean() > 0.6
    first = found.registry.topic(made[0].topic_ids[0])
    assert (first.status, first.first_day) == ("new", LATER)
    assert "fitted nowhere" in made[0].evidence


def assign_by(frame, registry):
    """The matter's main topic, as if the old vectors had said so."""
    ids = {matter: topic.topic_id for matter, topic in zip(MATTERS, registry.topics, strict=False)}
    return frame["matter"].replace_strict(ids, default=registry.topics[0].topic_id)


def test_people_win_over_a_refit(others, registry, embedder):
    first, second = (topic.topic_id for topic in registry.topics[:2])
    decided, _ = rename(registry, first, "我起的名字", "ann")
    decided, _ = merge(pin(decided, first), [second], first, "ann")
    found = refit(decided, embedder, others, LATER + timedelta(days=400))
    kept = found.registry.topic(first)
    assert (kept.label, kept.pinned, kept.live) == ("我起的名字", True, True)
    assert found.registry.topic(second).merged_into == first


def test_silent_topics_retire_unless_pinned(others, registry, embedder):
    quiet = [registry.topics[0].topic_id, registry.topics[1].topic_id]
    heard = others.filter(~assign(others["text"], registry, embedder)["nearest_topic_id"].is_in(quiet))
    late = DAY + timedelta(days=200)
    found = refit(pin(registry, quiet[0]), embedder, heard, late)
    assert ("retired", (quiet[1],)) in [(c.kind, c.topic_ids) for c in found.changes]
    assert found.registry.topic(quiet[0]).live
    soon = refit(registry, embedder, heard, LATER)
    assert not [c for c in soon.changes if c.kind == "retired"]


def test_topics_that_cannot_be_told_apart_are_merged(others, registry, embedder):
    """The same place twice: as after two discoveries of one matter."""
    twin = registry.topics[0]
    near = registry.owned(twin.topic_id) + np.float32(0.002)
    doubled = registry.add(replace(twin, label="twin"), near / np.linalg.norm(near, axis=1, keepdims=True))
    found = refit(doubled, embedder, others, LATER)
    merged = [c for c in found.changes if c.kind == "merged"]
    assert {frozenset(c.topic_ids) for c in merged} == {
        frozenset({twin.topic_id, doubled.topics[-1].topic_id})
    }
    pinned = refit(pin(doubled, twin.topic_id), embedder, others, LATER)
    assert not [c for c in pinned.changes if c.kind == "merged"]


def test_topics_that_are_two_are_split_and_wait_for_a_person(others, registry, embedder):
    every = [topic.topic_id for topic in registry.topics]
    lump, _ = merge(registry, every[1:4], every[0], "ann")
    found = refit(lump, embedder, others, LATER)
    split = [c for c in found.changes if c.kind == "split"]
    assert split
    assert split[0].topic_ids[0] == every[0]
    assert found.keeps < KEEPS
    assert not found.applies()
    assert found.applies(0.1)


def test_contested_needs_both_sides():
    rivals = Rivals(
        np.array([0, 0, 0, 1, 1, 2]),
        np.array([1, 1, 2, 0, 0, 0]),
        np.array([0, 0, 0.5, 0, 0.5, 0], np.float32),
    )
    assert contested(rivals) == [(0, 1, 0.5)]
    assert contested(Rivals(*(np.array([], np.int64),) * 2, np.array([], np.float32))) == []


def test_rivals_are_of_other_topics():
    centres = np.array([[1, 0], [0.9, 0.43589], [0, 1]], np.float32)
    found = Rivals.of(np.array([[1, 0], [0, 1], [0, 0]], np.float32), centres, np.array([0, 0, 1]))
    assert found.owner.tolist() == [0, 1, -1]
    assert found.other.tolist() == [1, 0, -1]
    assert found.behind[:2] == pytest.approx([1, 1 - 0.43589], abs=1e-5)


def test_recentring_moves_a_little(registry, embedder, others):
    found = recentred(registry, embedder.encode(others["text"]))
    cosine = (found.centres * registry.centres).sum(axis=1)
    assert cosine.min() > 0.9
    assert (found.owner == registry.owner).all()


def test_moved_to_other_vectors(problems, registry, embedder):
    """Another embedder learns from other texts; the topics stay who they are."""
    other = fit_embedder(corpus(each=40, seed=4)["text"], seed=2)
    assert other.version != embedder.version
    before = assign(problems["text"], registry, embedder)["topic_id"]
    found = moved(registry, other, problems.select("text", topic_id=before))
    assert found.embedder_version == other.version
    assert [t.topic_id for t in found.topics] == [t.topic_id for t in registry.topics]
    after = assign(problems["text"], found, other)["nearest_topic_id"]
    assert (before == after).mean() > 0.9
    by_examples = moved(registry, other)
    after = assign(problems["text"], by_examples, other)["nearest_topic_id"]
    assert (before == after).mean() > 0.8


def test_a_topic_without_words_in_the_new_vectors_retires(embedder, registry):
    odd = registry.add(Topic("", "x", examples=("，。",)), registry.centres[:1])
    assert moved(odd, embedder).topics[-1].status == "retired"
