from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from insight.topics.assign import assign
from insight.topics.refit import divided, seen
from insight.topics.registry import Event, Registry, Topic, merge, pin, rename, retire, split
from insight.topics.tables import LINEAGE, TOPICS, lineage_table, load_registry, save_registry, topics_table
from tests.support import NOW
from warehouse.errors import ConfigError, VocError


def small():
    registry = Registry.empty("e", 2)
    for label, row in (("A", [1, 0]), ("B", [0, 1]), ("C", [-1, 0])):
        registry = registry.add(
            Topic("", label, radius=0.5, share=0.2, first_day=date(2026, 1, 1)), np.array([row], np.float32)
        )
    return registry


def test_ids_are_given_once_and_for_all():
    registry = small()
    assert [t.topic_id for t in registry.topics] == ["t_0001", "t_0002", "t_0003"]
    after, _ = retire(registry, "t_0003", "ann")
    assert after.add(Topic("", "D"), np.array([[0, -1]], np.float32)).topics[-1].topic_id == "t_0004"


def test_rename_is_a_persons_word():
    registry, events = rename(small(), "t_0001", "  提现  不到账 ", "ann")
    assert (registry.topic("t_0001").label, registry.topic("t_0001").renamed) == ("提现 不到账", True)
    assert events == [Event("renamed", "t_0001", "t_0001", "ann")]
    with pytest.raises(ConfigError, match="must not be empty"):
        rename(registry, "t_0001", " ", "ann")


def test_merge_moves_texts_and_no_others(problems, registry, embedder):
    before = assign(problems["text"], registry, embedder)["topic_id"]
    into, gone = registry.topics[0].topic_id, registry.topics[1].topic_id
    merged, events = merge(registry, [gone], into, "ann")
    after = assign(problems["text"], merged, embedder)["nearest_topic_id"]
    expected = before.replace(gone, into)
    assert (after == expected).filter(before.is_not_null()).all()
    assert events == [Event("merged", gone, into, "ann")]
    assert merged.topic(gone).status == "merged"
    assert merged.current(gone).topic_id == into
    again, _ = merge(merged, [into], registry.topics[2].topic_id, "ann")
    assert again.current(gone).topic_id == registry.topics[2].topic_id
    with pytest.raises(ConfigError, match="is merged; its texts went to"):
        merge(merged, [gone], into, "ann")
    with pytest.raises(ConfigError, match="nothing to merge"):
        merge(merged, [into], into, "ann")


def test_retired_topics_get_nothing(problems, registry, embedder):
    gone = registry.topics[0].topic_id
    found, events = retire(registry, gone, "ann")
    assert gone not in assign(problems["text"], found, embedder)["nearest_topic_id"].to_list()
    assert events == [Event("retired", gone, None, "ann")]
    with pytest.raises(ConfigError, match="is retired"):
        retire(found, gone, "ann")
    with pytest.raises(ConfigError, match="is retired"):
        pin(found, gone)


def test_split_divides_what_two_matters_share(problems, registry, embedder):
    """Two topics that a person merged wrongly come apart again; the larger part keeps the id."""
    two = assign(problems["text"], registry, embedder)["topic_id"]
    of = {m: two.filter(problems["matter"] == m).mode()[0] for m in ("withdraw", "parcel")}
    merged, _ = merge(registry, [of["parcel"]], of["withdraw"], "ann")
    mine = (assign(problems["text"], merged, embedder)["topic_id"] == of["withdraw"]).fill_null(False)
    said = problems.filter(mine)
    found, events = divided(merged, of["withdraw"], said.select("text"), embedder.encode(said["text"]), "ann")
    after = assign(said["text"], found, embedder)["nearest_topic_id"]
    sides = {m: set(after.filter(said["matter"] == m)) for m in of}
    assert sides["withdraw"].isdisjoint(sides["parcel"])
    assert [e.event for e in events] == ["split"]
    assert of["withdraw"] in sides["withdraw"] | sides["parcel"]
    others = assign(problems["text"], merged, embedder)["nearest_topic_id"] != of["withdraw"]
    assert assign(problems["text"].filter(others), found, embedder).equals(
        assign(problems["text"].filter(others), merged, embedder)
    )


def test_a_split_needs_two_parts():
    with pytest.raises(ConfigError, match="1 part"):
        split(small(), "t_0001", [np.eye(2, dtype=np.float32)], [Topic("", "x")], "ann")


def test_unknown_topics_name_close_ones():
    with pytest.raises(ConfigError, match="no topic 't_001'") as error:
        small().topic("t_001")
    assert "t_0001" in str(error.value)


def test_seen_moves_the_last_day_and_ages_new_topics():
    registry = small().with_topics([replace(small().topics[0], status="new")])
    found = seen(registry, pl.Series(["t_0001", None, "t_0002"]), date(2026, 1, 28))
    assert [t.last_day for t in found.topics] == [date(2026, 1, 28), date(2026, 1, 28), None]
    assert found.topics[0].status == "new"
    assert seen(found, pl.Series(["t_0002"]), date(2026, 1, 29)).topics[0].status == "active"


def test_version_follows_content():
    registry = small()
    assert registry.version == small().version
    assert pin(registry, "t_0001").version != registry.version
    assert replace(registry, centres=registry.centres[::-1].copy()).version != registry.version


def test_saved_and_loaded(tmp_path, registry):
    changed = pin(
        rename(registry, registry.topics[0].topic_id, "提现", "ann")[0], registry.topics[1].topic_id
    )
    save_registry(changed, tmp_path / "r")
    found = load_registry(tmp_path / "r")
    assert found.version == changed.version
    assert found.topics == changed.topics
    assert np.array_equal(found.centres, changed.centres)
    text = (tmp_path / "r" / "registry.json").read_text(encoding="utf-8")
    (tmp_path / "r" / "registry.json").write_text(text.replace('"提现"', '"改了"', 1), encoding="utf-8")
    with pytest.raises(VocError, match="by its content"):
        load_registry(tmp_path / "r")
    with pytest.raises(VocError, match="holds no readable registry"):
        load_registry(tmp_path)


def test_tables_have_the_contracts_columns(registry):
    from warehouse.contracts import empty_frame

    found = topics_table(registry)
    assert found.schema == TOPICS
    assert found["topic_id"].n_unique() == found.height == len(registry.topics) + len(registry.groups)
    assert set(empty_frame("insight.topics").columns) <= set(found.columns)
    lineage = lineage_table([Event("merged", "a", "b", "ann")], NOW)
    assert lineage.schema == LINEAGE
    assert lineage.rows() == [(NOW, "merged", "a", "b", "ann")]
