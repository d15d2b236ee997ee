"""A store in a shared folder or on object storage publishes what one in the workspace does.

Object storage is moto's server on the loopback; where moto or obstore is not installed, those tests are skipped.
"""

from __future__ import annotations

import http.client
import json
import logging
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import polars as pl
import pytest

from dags.steps import DAY_STEPS, step_named
from tests.support import pipeline, published_content, query, table, write_jsonl
from warehouse.decisions import decide
from warehouse.demo import write_demo_workspace
from warehouse.errors import ConfigError
from warehouse.maintenance.retention import retain
from warehouse.maintenance.vacuum import vacuum
from warehouse.publish.access import pinned_files
from warehouse.store import Store
from warehouse.workspace import Workspace

pytestmark = pytest.mark.slow
DAY = date(2026, 11, 14)
BEFORE_LEARNING = [step.name for step in DAY_STEPS][: [step.name for step in DAY_STEPS].index("topics")]


@pytest.fixture(scope="module")
def server():
    """Address of an S3-compatible server."""
    pytest.importorskip("obstore", reason="obstore is not installed: pip install 'wanqiu[s3]'")
    moto = pytest.importorskip(
        "moto.server", reason="moto[server] is not installed: no object storage to test on"
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def credentials(server, monkeypatch):
    """The environment of a store on the server."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test-key",
        "AWS_SECRET_ACCESS_KEY": "test-secret",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return server


def bucket(server: str, name: str) -> str:
    """A new bucket; its URL."""
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=10)
    connection.request("PUT", f"/{name}")
    assert connection.getresponse().status == 200
    connection.close()
    return f"s3://{name}"


@pytest.fixture(params=["file", "s3"])
def place(request, tmp_path):
    """URL of an empty store, of both kinds."""
    if request.param == "file":
        (tmp_path / "shared").mkdir()
        return f"file://{tmp_path}/shared"
    server = request.getfixturevalue("credentials")
    return bucket(server, f"bucket-{abs(hash(str(tmp_path))) % 10**9}") + "/some/prefix"


def late_message(home: Path) -> None:
    row = {
        "conversation_id": "late",
        "sent_at": f"{DAY} 08:00:00",
        "sender": "customer",
        "text": "提现没到账",
    }
    write_jsonl(home / "inbox/chats/late.jsonl", [row])


def correct(home: Path) -> None:
    """One inquiry of the day, which the content below names, belongs to another step."""
    work = pipeline(home)
    there = table(home, "insight.inquiry_journey").filter(pl.col("day") == DAY, pl.col("step").is_not_null())
    row = there.sort("inquiry_id").row(0, named=True)
    others = there.filter(pl.col("product") == row["product"], pl.col("step") != row["step"])["step"].sort()
    value = {"day": DAY.isoformat(), "product": row["product"], "step": others[0]}
    at = datetime(2026, 11, 16, 1, tzinfo=UTC)
    decide(work.store, at=at, by="tester", kind="correct", target=row["inquiry_id"], value=value)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The workspace before its first run, and what a store in the workspace publishes: at first, after all that follows."""
    home = tmp_path_factory.mktemp("local") / "w"
    write_demo_workspace(home, days=3, inquiries=240)
    Workspace.open(home).secret()
    whole = home.with_name("whole")
    shutil.copytree(home, whole)
    pipeline(whole).run()
    first = published_content(whole)
    late_message(whole)
    pipeline(whole).run()
    correct(whole)
    pipeline(whole).run()
    return home, first, published_content(whole)


def workspace(source: Path, home: Path, url: str) -> Path:
    """A machine of its own: the workspace with its store at `url`."""
    shutil.copytree(source, home)
    with (home / "voc.yaml").open("a", encoding="utf-8") as handle:
        handle.write(f"\nstore: {url}\n")
    return home


@pytest.fixture(scope="module")
def child():
    """Starts another process: it runs a function of this module, and says so by a file when it begins."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.kill_imports"])

    def start(work: Callable[..., None], mark: Path, *arguments: object) -> BaseProcess:
        running = context.Process(target=begin, args=(dict(os.environ), mark, work, *arguments))
        running.start()
        while not mark.exists():
            assert running.is_alive(), "it did not begin"
            time.sleep(0.002)
        return running

    return start


def begin(environment: dict[str, str], mark: Path, work: Callable[..., None], *arguments: object) -> None:
    """Child: the environment of the test, not that of the server that it was forked from."""
    os.environ.clear()
    os.environ.update(environment)
    mark.touch()
    work(*arguments)


def run_all(home: Path) -> None:
    """Child: everything; soon after one that was killed."""
    import warehouse.place.lease

    warehouse.place.lease.SECONDS = 2.0
    pipeline(home).run()


def run_steps(home: Path, day: date, steps: list[str], told: Path | None = None) -> None:
    """Child: some steps of a day; what became of them stands in a file."""
    work = pipeline(home)
    if told is None:
        work.begin_day(day)
    done = [work.run_step(step_named(name), day).status for name in steps]
    if told is not None:
        told.write_text(" ".join(done))


def test_a_store_elsewhere_publishes_what_one_in_the_workspace_does(local, place, tmp_path):
    source, first, last = local
    home = workspace(source, tmp_path / "w", place)
    pipeline(home).run()
    assert published_content(home) == first
    assert not (home / "store").exists()
    assert not list((home / "models").glob("*/*"))
    assert pipeline(home).run().finished == []
    assert [p.name for p in home.glob("published/voc-*")] == ["voc-000001.duckdb"]
    # Late data, then a correction, from a second machine that shares nothing but the store.
    second = workspace(source, tmp_path / "second", place)
    late_message(second)
    pipeline(second).run()
    correct(second)
    pipeline(second).run()
    assert published_content(second) == last
    assert published_content(home) == first, "what was published stays readable as it was"
    assert query(second, "SELECT count(*) FROM core.inquiries WHERE inquiry_id = 'chats:late'") == [(1,)]


def test_two_machines_work_on_different_days_at_once(local, child, place, tmp_path):
    source, first, _ = local
    homes = [workspace(source, tmp_path / name, place) for name in ("a", "b", "c")]
    work = pipeline(homes[0])
    work.land()
    days = work.plan()
    running = [
        child(run_steps, tmp_path / f"{day}", home, day, BEFORE_LEARNING)
        for home, day in zip(homes[:2], days, strict=False)
    ]
    for one in running:
        one.join(timeout=120)
    assert [one.exitcode for one in running] == [0, 0]
    third = pipeline(homes[2])
    for day in days[:2]:
        record = third.ledger.open_record(day)
        assert record is not None
        assert list(record.steps) == BEFORE_LEARNING
    assert third.run().finished == days
    assert published_content(homes[2]) == first


def test_two_processes_on_one_day_do_its_steps_once(local, child, place, tmp_path):
    source, _, _ = local
    homes = [workspace(source, tmp_path / name, place) for name in ("a", "b")]
    pipeline(homes[0]).land()
    pipeline(homes[0]).begin_day(DAY)
    told = [tmp_path / f"{n}.told" for n in range(2)]
    running = [
        child(run_steps, tmp_path / f"{n}.mark", home, DAY, ["conform"], told[n])
        for n, home in enumerate(homes)
    ]
    for one in running:
        one.join(timeout=120)
    assert sorted(path.read_text() for path in told) == ["done", "unchanged"]


def test_killed_at_any_moment_it_publishes_the_same(local, child, place, tmp_path):
    source, first, _ = local
    home = workspace(source, tmp_path / "w", place)
    for number, moment in enumerate((0.3, 1.5, 3.0)):
        running = child(run_all, tmp_path / f"{number}.mark", home)
        time.sleep(moment)
        assert running.is_alive(), "it is killed in the middle"
        running.kill()
        running.join(timeout=30)
    running = child(run_all, tmp_path / "last.mark", home)
    running.join(timeout=200)
    assert running.exitcode == 0
    assert published_content(home) == first


def test_a_day_in_parts_is_joined_by_another_machine(local, place, tmp_path):
    from warehouse.store.parts import Part

    source, first, _ = local
    homes = [workspace(source, tmp_path / name, place) for name in ("a", "b", "c")]
    work = pipeline(homes[0])
    work.land()
    for day in work.plan():
        work.begin_day(day)
        work.run_step(step_named("validate"), day)
        for number in range(3):
            assert pipeline(homes[1 + number % 2]).run_part(day, Part(number, 3)) > 0
        work.join_parts(day, 3)
    assert work.run().finished
    assert published_content(homes[0]) == first


def test_many_machines_make_one_table_at_once(place, tmp_path):
    def work(number: int) -> None:
        home = tmp_path / f"m{number}"
        home.mkdir()
        (home / "voc.yaml").write_text(f"store: {place}\n")
        ws = Workspace.open(home)
        store = Store(ws.store_dir, ws.raw_dir, ws.place)
        for n in range(3):
            at = datetime(2026, 11, 1, number, n, tzinfo=UTC)
            decide(store, at=at, by="tester", kind="word", target=f"{number}-{n}", value={"keep": True})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    found = table(tmp_path / "m0", "ops.decisions")
    assert sorted(found["target"]) == sorted(f"{number}-{n}" for number in range(6) for n in range(3))


def test_a_workspace_moves_to_object_storage(local, credentials, tmp_path):
    """As warehouse/README.md says: mark learned versions, copy the three folders, set `store:`."""
    import obstore
    from obstore.store import from_url

    source, first, _ = local
    old = tmp_path / "old"
    shutil.copytree(source, old)
    work = pipeline(old)
    work.run()
    url = bucket(credentials, "moved-bucket") + "/here"
    for folder in (old / "models").rglob("*"):
        if folder.is_dir():
            (folder / ".whole").touch()
    store = from_url(url, client_options={"allow_http": True})
    for name in ("store", "raw", "models"):
        for path in (old / name).rglob("*"):
            if path.is_file():
                obstore.put(store, path.relative_to(old).as_posix(), path)
    home = workspace(source, tmp_path / "w", url)
    assert pipeline(home).run().finished == []
    assert published_content(home) == first


# The mirror


def test_maintenance_removes_old_text_and_leftovers_from_the_store(local, place, tmp_path):
    home = workspace(local[0], tmp_path / "w", place)
    with (home / "voc.yaml").open("a", encoding="utf-8") as handle:
        handle.write("privacy: {raw_retention_days: 1}\n")
    work = pipeline(home)
    work.run()
    before = published_content(home)
    texts = len(work.store.place.files(work.store.table_dir("raw.chats"), ".parquet"))
    retain(work.ws, work.store, work.ledger, now=datetime(2026, 11, 17, tzinfo=UTC))
    kept = [file.path.name for file in work.store.place.files(work.store.table_dir("raw.chats"), ".parquet")]
    assert len(kept) == texts
    assert sum(name.startswith("sealed-") for name in kept) == texts - 1  # the last day keeps its text
    # A file that nothing names goes once it is a week old, and nothing else.
    lost = work.store.write_file("core.turns", table(home, "core.turns").head(1), DAY, "lost")
    done = vacuum(work.ws, work.store, work.ledger, now=datetime.now(UTC) + timedelta(days=8))
    names = [
        file.path.name for file in work.store.place.files(work.store.table_dir("core.turns"), ".parquet")
    ]
    assert done.tables["core.turns"] == 1
    assert Path(lost.path).name not in names
    outcome = pipeline(home).run()
    assert outcome.finished == []
    assert published_content(home) == before


def test_published_views_read_the_mirror_which_holds_the_input_privately(local, credentials, tmp_path):
    import duckdb

    source, _, _ = local
    home = workspace(source, tmp_path / "w", bucket(credentials, "mirror-bucket"))
    pipeline(home).run()
    ws = Workspace.open(home)
    with duckdb.connect(str((ws.published / "voc.duckdb").resolve()), read_only=True) as connection:
        pinned = pinned_files(connection)
    assert pinned
    assert all(Path(path).is_relative_to(home / ".cache/store") for path in pinned)
    assert ws.raw_dir.stat().st_mode & 0o777 == 0o700
    # A new machine fetches what it reads, its input privately too.
    second = Workspace.open(workspace(source, tmp_path / "second", "s3://mirror-bucket"))
    assert table(second.home, "raw.chats").height == table(home, "raw.chats").height > 0
    assert second.raw_dir.stat().st_mode & 0o777 == 0o700
    for folder in (home, second.home):
        told = [p.read_text() for p in folder.rglob("*") if p.suffix in (".json", ".yaml", ".log")]
        assert not [text for text in told if "test-secret" in text]


def test_the_mirror_lets_go_of_what_no_version_reads(local, credentials, tmp_path, monkeypatch):
    import duckdb

    home = workspace(local[0], tmp_path / "w", bucket(credentials, "shrink-bucket"))
    pipeline(home).run()
    ws = Workspace.open(home)
    monkeypatch.setenv("VOC_CACHE_GB", "0")
    before = {str(path) for path in (home / ".cache").rglob("*.parquet")}
    late_message(home)
    pipeline(home, now=datetime.now(UTC) + timedelta(days=2)).run()
    left = {str(path) for path in (home / ".cache").rglob("*.parquet")}
    pinned = set()
    for path in ws.published.glob("voc-*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            pinned |= set(pinned_files(connection))
    assert before - left, "something was let go"
    assert pinned <= left
    assert before & left <= pinned  # `ops.runs` of this very run came after
    # What was let go comes back when it is read.
    assert table(home, "raw.chats").height > 0
    assert pipeline(home).run().finished == []


def test_learned_versions_reach_every_machine_whole(local, credentials, tmp_path):
    from warehouse.models import History, Models

    source, _, _ = local
    url = bucket(credentials, "models-bucket")
    ws, other = (Workspace.open(workspace(source, tmp_path / name, url)) for name in ("a", "b"))
    folder = ws.models / "thing" / "v1"
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(b"1" * 1000)
    (folder / "about.json").write_text("{}")
    Models(ws.models, ws.place).write("thing", History().using("v1", None))
    assert Models(other.models, other.place).history("thing").newest() == "v1"
    assert {p.name: p.stat().st_size for p in (other.models / "thing/v1").iterdir()} == {
        "weights.bin": 1000,
        "about.json": 2,
    }
    assert not list((other.models / "thing").glob(".*"))


# Locks


def test_a_lease_is_held_by_one_at_a_time(credentials):
    from obstore.store import MemoryStore

    from warehouse.place.lease import Lease

    store, inside, most = MemoryStore(), [], []

    def work() -> None:
        for _ in range(5):
            lease = Lease(store, "l", 30)
            lease.acquire()
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.002)
            inside.pop()
            lease.release()
            assert not lease.lost

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_a_lease_of_a_dead_process_is_taken_over_and_one_that_beats_is_not(credentials):
    from obstore.store import MemoryStore

    from warehouse.place.lease import Lease

    store = MemoryStore()
    dead = Lease(store, "l", 1.0)
    dead.acquire()
    dead._stop.set()  # as if its process were gone: nothing renews it
    assert dead._keeper is not None
    dead._keeper.join()
    begin = time.monotonic()
    heir = Lease(store, "l", 1.0)
    heir.acquire()
    assert time.monotonic() - begin >= 1.0
    dead.release()
    assert dead.lost, "the one that was taken for dead finds out"
    got: list[float] = []
    waiting = threading.Thread(
        target=lambda: (Lease(store, "l", 1.0).acquire(), got.append(time.monotonic()))
    )
    waiting.start()
    time.sleep(2.5)
    assert not got, "a lease that is renewed is not taken away"
    heir.release()
    waiting.join(timeout=10)
    assert got
    assert not heir.lost


# What can be wrong


def test_an_endpoint_that_does_not_answer_is_named(credentials, local, tmp_path, monkeypatch):
    home = workspace(local[0], tmp_path / "w", "s3://some-bucket/pre")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:hidden@127.0.0.1:9")
    with pytest.raises(ConfigError) as found:
        pipeline(home).run()
    told = str(found.value)
    assert "s3://some-bucket/pre (at http://127.0.0.1:9): the store cannot be reached" in told
    assert "AWS_ENDPOINT_URL" in told
    assert "hidden" not in told
    assert "test-secret" not in told


def test_a_missing_bucket_is_named(credentials, local, tmp_path):
    home = workspace(local[0], tmp_path / "w", "s3://no-such-bucket/pre")
    with pytest.raises(ConfigError, match=r"s3://no-such-bucket/pre .*there is no such bucket"):
        pipeline(home).run()


def test_missing_credentials_are_named_without_asking_anybody(local, tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    home = workspace(local[0], tmp_path / "w", "s3://some-bucket")
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        pipeline(home).run()


def test_http_without_leave_is_named(credentials, local, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    home = workspace(local[0], tmp_path / "w", "s3://some-bucket")
    with pytest.raises(ConfigError, match="AWS_ALLOW_HTTP"):
        pipeline(home).run()


def test_a_shared_folder_that_is_not_mounted_is_not_made(local, tmp_path):
    home = workspace(local[0], tmp_path / "w", f"file://{tmp_path}/not/mounted")
    with pytest.raises(ConfigError, match="no such folder"):
        pipeline(home).run()
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("bucket/prefix", "begins with one of"),
        ("ftp://host/x", "begins with one of"),
        ("s3:///prefix", "name of a bucket"),
        ("file://folder", "three strokes"),
        ("s3://key:word@bucket", "environment"),
        ("s3://bucket?region=x", "environment"),
    ],
)
def test_a_url_that_cannot_be_is_refused(tmp_path, url, told):
    (tmp_path / "voc.yaml").write_text(f"store: {json.dumps(url)}\n")
    with pytest.raises(ConfigError, match=told):
        _ = Workspace.open(tmp_path).store_dir


def test_the_key_of_pseudonyms_comes_from_the_environment(tmp_path, monkeypatch):
    (tmp_path / "voc.yaml").write_text("")
    monkeypatch.setenv("VOC_SECRET", "ab" * 32)
    assert Workspace.open(tmp_path).secret() == bytes.fromhex("ab" * 32)
    assert not (tmp_path / ".secret").exists()
    monkeypatch.setenv("VOC_SECRET", "not a key")
    with pytest.raises(ConfigError, match="VOC_SECRET is not a key"):
        Workspace.open(tmp_path).secret()
