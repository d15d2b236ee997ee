"""The journal of people's decisions."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.decisions import decide, decisions, last_word
from warehouse.errors import VocError
from warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", tmp_path / "raw")


def _at(minute: int) -> datetime:
    return datetime(2026, 11, 3, 8, minute, tzinfo=UTC)


def test_the_later_word_wins_field_by_field(store: Store) -> None:
    decide(
        store, at=_at(1), by="li", kind="status", target="o1", value={"status": "confirmed", "owner": "li"}
    )
    decide(store, at=_at(2), by="wang", kind="status", target="o1", value={"status": "fixing"})
    decide(store, at=_at(3), by="wang", kind="topic_rename", target="t1", value={"label": "提现失败"})

    assert last_word(decisions(store, "status")) == {"o1": {"status": "fixing", "owner": "li"}}
    assert decisions(store)["kind"].to_list() == ["status", "status", "topic_rename"]
    assert decisions(store, "word").is_empty()


def test_what_cannot_be_meant_is_refused(store: Store) -> None:
    with pytest.raises(VocError, match="did you mean 'status'"):
        decide(store, at=_at(1), by="li", kind="state", target="o1")
    with pytest.raises(VocError, match="no status 'done'"):
        decide(store, at=_at(1), by="li", kind="status", target="o1", value={"status": "done"})
    with pytest.raises(VocError, match="who took it"):
        decide(store, at=_at(1), by=" ", kind="word", target="花呗")
    assert decisions(store).is_empty()
