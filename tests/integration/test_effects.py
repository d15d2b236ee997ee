"""A fix that helped is verified, one that did not is opened again; both are written down with their reason."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.support import new_workspace, pipeline, query, write_jsonl
from warehouse.decisions import decide, decisions

FIRST = date(2026, 9, 7)
DAYS, FIXED = 32, 16
JOURNEYS = """
products:
  - id: wallet
    name: 钱包
    steps:
      - {id: withdraw, name: 提现, words: [提现]}
      - {id: pay, name: 支付, words: [支付]}
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two steps for 32 days; inquiries about withdrawing fall to a fifth in the middle, those about paying stay."""
    home = new_workspace(tmp_path_factory.mktemp("effects") / "w", journeys=JOURNEYS)
    rows = []
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        counts = {"提现失败": (30 if n < FIXED else 6) + n % 3, "支付失败": 28 + n % 4}
        rows += [
            {
                "conversation_id": f"{day}-{text}-{k}", "sent_at": f"{day} 10:00:00", "sender": "customer",
                "text": text, "customer_id": f"{text}{k}{n}",
            }
            for text, count in counts.items()
            for k in range(count)
        ]  # fmt: skip
    write_jsonl(home / "inbox/chats/a.jsonl", rows)
    lines = [
        f"{FIRST + timedelta(days=n)},钱包,{step},10000" for n in range(DAYS) for step in ("提现", "支付")
    ]
    (home / "inbox/transactions/t.csv").write_text(
        "date,product,step,transactions\n" + "\n".join(lines) + "\n"
    )
    pipeline(home).run()
    return home


def test_what_people_called_fixed_is_judged(home):
    obstacles = dict(query(home, "SELECT step, obstacle_id FROM mart.obstacles"))
    work = pipeline(home)
    at = datetime.combine(FIRST + timedelta(days=FIXED), time(2), UTC)
    for obstacle in obstacles.values():
        decide(
            work.store,
            at=at,
            by="li",
            kind="status",
            target=obstacle,
            value={"status": "fixed", "owner": "li"},
        )
    work.run()
    found = {
        step: (status, owner)
        for step, status, owner in query(home, "SELECT step, status, owner FROM mart.obstacles")
    }
    assert found == {"withdraw": ("verified", "li"), "pay": ("open", "li")}
    said = decisions(work.store, "status")
    by_effect = said.filter(said["by"] == "effect")
    assert by_effect.height == 2
    assert all(json.loads(value)["note"] for value in by_effect["value"])
    # Judged once: another run adds nothing, and such a fix is no row of its own.
    pipeline(home).run()
    assert decisions(work.store, "status").height == said.height
    assert query(home, "SELECT count(*) FROM mart.change_effects") == [(0,)]
