"""Exports whose records hold several turns, or lack an id or a time: landed by voc.yaml alone."""

import polars as pl
import pytest

from tests.support import NOW, new_workspace, write_jsonl
from transforms.masking import mask_expr
from warehouse.landing import land
from warehouse.store import Store
from warehouse.workspace import Workspace


def landed(home):
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    return land(ws, store, as_of=NOW, mask=mask_expr).files[0], store


NESTED = [
    {
        "id": "k1",
        "begin": "2026-11-01 10:00:00",
        "turns": [{"who": "1", "said": "您好", "n": 1}, {"who": "0", "said": "提现没到账", "n": 2}],
    },
    {"id": "k2", "begin": "2026-11-01 11:00:00", "turns": []},
    {"id": "k3", "begin": "2026-11-01 12:00:00", "turns": [{"who": "0", "said": "账单看不懂", "n": 1}]},
]
VOC = """
sources:
  calls:
    columns: {call_id: id, started_at: begin, speaker: who, text: said}
    values: {speaker: {customer: "0", agent: "1"}}
    explode: turns
"""


@pytest.mark.parametrize("form", ["jsonl", "parquet", "csv"])
def test_nested_turns(tmp_path, form):
    home = new_workspace(tmp_path / "w", voc=VOC)
    folder = home / "inbox/calls"
    if form == "jsonl":
        write_jsonl(folder / "a.jsonl", NESTED)
    elif form == "parquet":
        pl.DataFrame(NESTED).write_parquet(folder / "a.parquet")
    else:
        import json

        pl.DataFrame(
            [row | {"turns": json.dumps(row["turns"], ensure_ascii=False)} for row in NESTED]
        ).write_csv(folder / "a.csv")
    receipt, store = landed(home)
    assert (receipt.rows_read, receipt.rows_landed, receipt.rows_rejected) == (4, 3, 1), receipt
    first = 2 if form == "csv" else 1
    rows = store.scan("raw.calls").collect().sort("line", "segment_no")
    assert rows.select("call_id", "segment_no", "line", "speaker", "text").rows() == [
        ("k1", 1, first, "agent", "您好"),
        ("k1", 2, first, "customer", "提现没到账"),
        ("k3", 1, first + 2, "customer", "账单看不懂"),
    ]
    assert rows["attributes"][0] in ('{"n":1}', '{"n":"1"}')
    assert store.scan("ops.rejects").collect()["line"].to_list() == [first + 1], (
        "a call without turns is not lost"
    )


def test_two_utterances_in_a_record(tmp_path):
    home = new_workspace(
        tmp_path / "w",
        voc="""
sources:
  chats:
    columns: {conversation_id: s}
    unpivot: {customer: q, agent: a}
    constants: {sent_at: "2026-11-01 10:00:00"}
""",
    )
    (home / "inbox/chats/a.csv").write_text("s,q,a\nc1,怎么提现,点这里\nc1,没看到,\nc2,,\n", encoding="utf-8")
    receipt, store = landed(home)
    assert (receipt.rows_read, receipt.rows_landed, receipt.rows_rejected) == (4, 3, 1)
    assert store.scan("raw.chats").collect().sort("line", "sender", descending=[False, True]).select(
        "line", "sender", "text"
    ).rows() == [
        (2, "customer", "怎么提现"),
        (2, "agent", "点这里"),
        (3, "customer", "没看到"),
    ]


def test_an_id_from_the_line(tmp_path):
    home = new_workspace(
        tmp_path / "w",
        voc='sources: {tickets: {row_number: ticket_id, columns: {description: text}, constants: {created_at: "2026-11-01"}}}\n',
    )
    write_jsonl(home / "inbox/tickets/a.jsonl", [{"text": "一"}, {"text": "二"}])
    _, store = landed(home)
    assert store.scan("raw.tickets").collect().sort("line").select("ticket_id", "description").rows() == [
        ("1", "一"),
        ("2", "二"),
    ]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("explode: turn", "nearest: 'turns'"),
        ("explode: begin", "list of turns"),
        ("unpivot: {agent: agnet}", "no column 'agnet'"),
    ],
)
def test_mistakes_refuse_the_file_and_say_why(tmp_path, setting, told):
    home = new_workspace(tmp_path / "w", voc=VOC.replace("explode: turns", setting))
    pl.DataFrame(NESTED).write_parquet(home / "inbox/calls/a.parquet")
    receipt, _ = landed(home)
    assert receipt.status == "refused"
    assert told in receipt.reason
