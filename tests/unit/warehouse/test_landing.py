"""Landing: every row accounted for, whatever comes."""

import gzip
import shutil
import sys
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import NOW, new_workspace, write_jsonl
from transforms.masking import mask_expr
from warehouse.landing import land
from warehouse.landing.records import day_state, read_day
from warehouse.store import Store
from warehouse.workspace import Workspace


def message(**changes):
    row = {
        "conversation_id": "c1",
        "sent_at": "2026-11-01 10:00:00",
        "sender": "customer",
        "text": "提现没到账",
    }
    return {k: v for k, v in (row | changes).items() if v is not ...}


@pytest.fixture
def home(tmp_path):
    return new_workspace(tmp_path / "w")


def landed(home, *, as_of=NOW):
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    return land(ws, store, as_of=as_of, mask=mask_expr), store


def receipt(result, name):
    return next(f for f in result.files if f.file == name)


def rejects(store):
    return store.scan("ops.rejects").collect().select("line", "field", "reason", "expected").rows()


def test_good_rows_land_and_bad_ones_are_told(home):
    write_jsonl(
        home / "inbox/chats/a.jsonl",
        [
            message(),
            message(text="  "),
            message(sent_at="昨天"),
            message(sent_at="2062-01-01 00:00:00"),
            message(sender="alien"),
            message(conversation_id=None),
            message(text="再问一次", csat="5", 城市="杭州"),
        ],
    )
    result, store = landed(home)
    found = receipt(result, "chats/a.jsonl")
    assert (found.rows_read, found.rows_landed, found.rows_rejected, found.rows_already) == (7, 2, 5, 0)
    assert [(line, field, reason) for line, field, reason, _ in rejects(store)] == [
        (2, "text", "empty"),
        (3, "sent_at", "not a time"),
        (4, "sent_at", "far off"),
        (5, "sender", "not a known value"),
        (6, "conversation_id", "empty"),
    ]
    raw = store.scan("raw.chats").collect().sort("line")
    assert raw["line"].to_list() == [1, 7]
    assert raw["attributes"].to_list() == [None, '{"城市":"杭州"}']
    assert raw["csat"].to_list() == [None, 5.0]


def test_a_wrong_optional_value_does_not_cost_the_row(home):
    write_jsonl(home / "inbox/chats/a.jsonl", [message(csat="9"), message(text="b", csat="好")])
    result, store = landed(home)
    assert result.rows_rejected == 0
    raw = store.scan("raw.chats").collect().sort("line")
    assert raw["csat"].to_list() == [None, None]
    assert raw["attributes"].to_list() == ['{"csat":"9"}', '{"csat":"好"}']


def test_the_rejected_value_is_masked(home):
    write_jsonl(home / "inbox/chats/a.jsonl", [message(sender="我的手机13800138000")])
    _, store = landed(home)
    assert store.scan("ops.rejects").collect()["value"].to_list() == ["我的手机[手机号]"]


def test_the_same_file_twice_changes_nothing_and_a_copy_is_already_there(home):
    write_jsonl(
        home / "inbox/chats/a.jsonl",
        [message(), message(text="好的"), message(text="好的"), message(text="")],
    )
    landed(home)
    before = Store(home / "store", home / "raw").file_paths("raw.chats")
    result, store = landed(home)
    assert receipt(result, "chats/a.jsonl").status == "unchanged"
    assert store.file_paths("raw.chats") == before
    shutil.copy(home / "inbox/chats/a.jsonl", home / "inbox/chats/b.jsonl")
    result, store = landed(home)
    found = receipt(result, "chats/b.jsonl")
    assert (found.rows_read, found.rows_landed, found.rows_rejected, found.rows_already) == (4, 0, 1, 3)
    assert store.scan("raw.chats").collect().height == 3


def test_a_later_file_corrects_and_a_newer_updated_at_wins_over_it(home):
    ticket = {"ticket_id": "t1", "created_at": "2026-11-01 09:00:00", "description": "旧"}
    write_jsonl(
        home / "inbox/tickets/1.jsonl",
        [ticket, ticket | {"ticket_id": "t2", "updated_at": "2026-11-03 00:00:00"}],
    )
    landed(home)
    write_jsonl(
        home / "inbox/tickets/2.jsonl",
        [
            ticket | {"description": "新"},
            ticket | {"ticket_id": "t2", "description": "更旧", "updated_at": "2026-11-02 00:00:00"},
        ],
    )
    result, store = landed(home)
    assert receipt(result, "tickets/2.jsonl").rows_landed == 2
    shards = list(read_day(store, date(2026, 11, 1)))
    rows = pl.concat([shard["tickets"] for shard in shards]).sort("ticket_id")
    assert rows["description"].to_list() == ["新", "旧"]


def test_a_correction_that_moves_a_ticket_leaves_its_old_day(home):
    ticket = {"ticket_id": "t1", "created_at": "2026-11-03 09:00:00", "description": "问题"}
    write_jsonl(home / "inbox/tickets/1.jsonl", [ticket])
    _, store = landed(home)
    before = day_state(store)
    write_jsonl(home / "inbox/tickets/2.jsonl", [ticket | {"created_at": "2026-11-01 09:00:00"}])
    _, store = landed(home)
    after = day_state(store)
    assert before[date(2026, 11, 3)] != after.get(date(2026, 11, 3))
    assert [s["tickets"].height for s in read_day(store, date(2026, 11, 1))] == [1]
    assert list(read_day(store, date(2026, 11, 3))) == []


def test_a_conversation_past_midnight_belongs_to_its_first_day(home):
    write_jsonl(
        home / "inbox/chats/a.jsonl",
        [
            message(sent_at="2026-11-01 23:59:00"),
            message(sent_at="2026-11-02 00:01:00", text="还在吗"),
            message(conversation_id="c2", sent_at="2026-11-02 08:00:00"),
        ],
    )
    _, store = landed(home)
    first = [s["chats"]["conversation_id"].to_list() for s in read_day(store, date(2026, 11, 1))]
    second = [s["chats"]["conversation_id"].to_list() for s in read_day(store, date(2026, 11, 2))]
    assert (first, second) == ([["c1", "c1"]], [["c2"]])


def test_a_day_of_nothing_but_ends_is_no_day(home):
    write_jsonl(
        home / "inbox/chats/a.jsonl",
        [message(sent_at="2026-11-01 23:59:00"), message(sent_at="2026-11-02 00:01:00")],
    )
    _, store = landed(home)
    assert list(day_state(store)) == [date(2026, 11, 1)]


def test_a_missing_required_column_refuses_the_file_and_names_the_nearest(home):
    (home / "inbox/tickets/a.csv").write_text("ticketid,created_at,description\n1,2026-11-01 10:00:00,坏了\n")
    write_jsonl(home / "inbox/chats/b.jsonl", [message()])
    result, _ = landed(home)
    found = receipt(result, "tickets/a.csv")
    assert found.status == "refused"
    assert "ticket_id: ticketid" in found.reason
    assert receipt(result, "chats/b.jsonl").rows_landed == 1


def test_what_cannot_be_read_is_listed_with_the_reason(home):
    (home / "inbox/orders").mkdir()
    (home / "inbox/chats/sub").mkdir()
    (home / "inbox/chats/a.xlsx").write_bytes(b"x")
    (home / "inbox/chats/link.jsonl").symlink_to(home / "voc.yaml")
    (home / "inbox/chats/cut.jsonl.gz").write_bytes(gzip.compress(b'{"conversation_id": "1"}\n' * 5000)[:-20])
    (home / "inbox/chats/no.parquet").write_bytes(b"PAR1")
    result, store = landed(home)
    status = {f.file: f.status for f in result.files}
    assert status == {
        "orders": "skipped",
        "chats/sub": "skipped",
        "chats/a.xlsx": "skipped",
        "chats/link.jsonl": "skipped",
        "chats/cut.jsonl.gz": "refused",
        "chats/no.parquet": "refused",
    }
    assert all(f.reason for f in result.files)
    assert store.scan("ops.files").collect().height == 6
    landed(home)
    assert store.scan("ops.files").collect().height == 6, "the same refusal is noted once"


def test_voc_yaml_maps_columns_values_constants_and_file_names(tmp_path):
    home = new_workspace(
        tmp_path / "w",
        voc="""
sources:
  chats:
    - files: "im-*"
      columns: {conversation_id: 会话, sent_at: 时间, sender: 谁, text: 说}
      values: {sender: {customer: ["0", 用户], agent: ["1"]}}
      constants: {channel: wechat}
      from_filename: 'im-(?P<product>[a-z]+)\\.csv'
""",
    )
    (home / "inbox/chats/im-wallet.csv").write_text(
        "会话,时间,谁,说,备注\ns1,2026-11-01 10:00:00,0,你好,x\ns1,2026-11-01 10:00:05,1,您好,\n",
        encoding="gb18030",
    )
    result, store = landed(home)
    assert result.rows_landed == 2, rejects(store)
    rows = store.scan("raw.chats").collect().sort("line")
    assert rows.select("conversation_id", "sender", "text", "channel", "product", "attributes").rows() == [
        ("s1", "customer", "你好", "wechat", "wallet", '{"备注":"x"}'),
        ("s1", "agent", "您好", "wechat", "wallet", None),
    ]


def test_transactions_must_be_whole_and_not_negative(home):
    (home / "inbox/transactions/t.csv").write_text(
        'date,product,step,transactions\n2026-11-01,w,pay,"1,200"\n2026-11-01,w,x,-1\n2026-11-01,w,y,1.5\n2026-11-01,w,,10.0\n'
    )
    _, store = landed(home)
    assert store.scan("raw.transactions").collect().sort("line")["transactions"].to_list() == [1200, 10]
    assert [(line, field) for line, field, *_ in rejects(store)] == [(3, "transactions"), (4, "transactions")]


def test_a_landing_that_was_cut_short_is_taken_back(home, monkeypatch):
    write_jsonl(home / "inbox/chats/a.jsonl", [message()])
    append = Store.append

    def cut(self, table, frames, landed_no=None):
        if table == "ops.files":
            raise KeyboardInterrupt
        return append(self, table, frames, landed_no)

    monkeypatch.setattr(Store, "append", cut)
    with pytest.raises(KeyboardInterrupt):
        landed(home)
    monkeypatch.undo()
    assert Store(home / "store", home / "raw").scan("raw.chats").collect().height == 1
    result, store = landed(home)
    assert receipt(result, "chats/a.jsonl").rows_landed == 1
    assert store.scan("raw.chats").collect().height == 1


def test_raw_is_readable_by_the_owner_alone(home):
    write_jsonl(home / "inbox/chats/a.jsonl", [message()])
    landed(home)
    assert (home / "raw").stat().st_mode & 0o777 == 0o700


VALUES = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["customer", "agent", "2026-11-01 10:00:00", "13800138000"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("conversation_id", "sent_at", "sender", "text", "extra"), VALUES)
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 3),
)
def test_rows_in_are_rows_landed_rejected_or_there(tmp_path_factory, rows, copies):
    home = new_workspace(tmp_path_factory.mktemp("w"))
    rows = [message(), *rows, *rows[:copies]]
    write_jsonl(home / "inbox/chats/a.jsonl", rows)
    result, store = landed(home)
    found = receipt(result, "chats/a.jsonl")
    assert found.rows_read == len(rows)
    assert found.rows_read == found.rows_landed + found.rows_rejected + found.rows_already
    assert store.scan("ops.rejects").collect().height == found.rows_rejected
    assert store.scan("raw.chats").collect().height == found.rows_landed


def test_far_off_is_judged_by_the_moment_of_landing(home):
    write_jsonl(home / "inbox/chats/a.jsonl", [message(sent_at="2026-11-20 10:00:00")])
    result, _ = landed(home, as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert result.rows_rejected == 1


def test_a_file_that_vanishes_while_it_is_read_stops_no_other(home, monkeypatch):
    write_jsonl(home / "inbox/chats/a.jsonl", [message()])
    write_jsonl(home / "inbox/chats/b.jsonl", [message(text="另一句")])
    module = sys.modules["warehouse.landing.land"]
    read = module.read_chunks

    def vanishing(path, form, **arguments):
        if path.name == "a.jsonl":
            path.unlink()
        return read(path, form, **arguments)

    monkeypatch.setattr(module, "read_chunks", vanishing)
    result, store = landed(home)
    assert receipt(result, "chats/a.jsonl").status == "refused"
    assert "No such file" in receipt(result, "chats/a.jsonl").reason
    assert store.scan("raw.chats").collect()["text"].to_list() == ["另一句"]
