"""Files outside the inbox: by path, and from an object store (fsspec's own in memory)."""

import json

import fsspec
import pytest

from tests.support import NOW, new_workspace
from transforms.masking import mask_expr
from warehouse.landing import land
from warehouse.store import Store
from warehouse.workspace import Workspace

ROW = {"conversation_id": "c1", "sent_at": "2026-11-01 10:00:00", "sender": "customer", "text": "提现没到账"}


def landed(home):
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    result = land(ws, store, as_of=NOW, mask=mask_expr)
    return {f.file: (f.status, f.rows_landed) for f in result.files}, store


@pytest.fixture
def bucket():
    system = fsspec.filesystem("memory")
    system.mkdirs("/bucket/chats", exist_ok=True)
    yield system
    system.rm("/bucket", recursive=True)


def put(system, name, *rows):
    with system.open(f"/bucket/chats/{name}", "wb") as handle:
        handle.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def test_files_of_a_path_are_read_where_they_lie(tmp_path):
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "a.jsonl").write_text(json.dumps(ROW) + "\n")
    home = new_workspace(
        tmp_path / "w", voc="sources: {chats: {location: '../exports/*.jsonl', constants: {channel: app}}}\n"
    )
    found, store = landed(home)
    assert list(found.values()) == [("landed", 1)]
    assert store.scan("raw.chats").collect()["channel"].to_list() == ["app"]
    assert list(landed(home)[0].values()) == [("unchanged", 0)]


def test_files_of_an_object_store_are_fetched_once_and_not_kept(tmp_path, bucket):
    home = new_workspace(
        tmp_path / "w", voc="sources: {chats: {location: 'memory://bucket/chats/*.jsonl'}}\n"
    )
    put(bucket, "a.jsonl", ROW)
    assert landed(home)[0] == {"memory:///bucket/chats/a.jsonl": ("landed", 1)}
    assert not (home / "raw" / "_fetched").exists()
    assert landed(home)[0] == {"memory:///bucket/chats/a.jsonl": ("unchanged", 0)}
    put(bucket, "a.jsonl", ROW, ROW | {"text": "还在吗"})
    assert landed(home)[0] == {"memory:///bucket/chats/a.jsonl": ("landed", 1)}


def test_a_location_out_of_reach_is_refused_and_the_inbox_goes_on(tmp_path):
    home = new_workspace(
        tmp_path / "w", voc="sources: {chats: [{location: 'nowhere://x/*'}, {location: 'empty/*.csv'}]}\n"
    )
    (home / "inbox/chats/a.jsonl").write_text(json.dumps(ROW) + "\n")
    found, store = landed(home)
    assert found["chats/a.jsonl"] == ("landed", 1)
    assert found["nowhere://x/*"] == ("refused", 0)
    assert found["empty/*.csv"] == ("skipped", 0)
    reasons = dict(store.scan("ops.files").select("file", "reason").collect().rows())
    assert "nowhere" in reasons["nowhere://x/*"]
    assert reasons["empty/*.csv"] == "no file is there"
