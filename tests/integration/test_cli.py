"""The `voc` command as people type it: output, exit status, errors that say what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import new_workspace, write_jsonl

ROOT = Path(__file__).parents[2]


def voc(*arguments, home=None, check=None, stdin=None):
    env = {k: v for k, v in os.environ.items() if k != "VOC_HOME"} | ({"VOC_HOME": str(home)} if home else {})
    run = subprocess.run(
        [sys.executable, "-c", "from dags.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, env=env, input=stdin, timeout=240, check=False, cwd=ROOT,
    )  # fmt: skip
    if check is not None:
        assert run.returncode == check, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run


def chat(n, **more):
    return {
        "conversation_id": f"c{n}",
        "sent_at": "2026-11-01 10:00:00",
        "sender": "customer",
        "text": f"提现没到账{n}",
        **more,
    }


def test_init_check_run_status_sql(tmp_path):
    home = tmp_path / "w"
    assert "inbox" in voc("init", home, check=0).stdout
    assert (home / "journeys.yaml").exists()
    write_jsonl(home / "inbox/chats/a.jsonl", [chat(1), chat(2), chat(3, sender="ghost")])
    checked = voc("check", home=home, check=0)
    assert "chats/a.jsonl" in checked.stdout
    assert "ghost" in checked.stdout
    assert not (home / "store" / "ops.files").exists(), "voc check changes nothing"
    ran = voc("run", home=home, check=0)
    assert "landed 2 of 3 rows" in ran.stdout
    state = json.loads(voc("status", "--json", home=home, check=0).stdout)
    assert state["days"]["count"] == 1
    assert state["rows"] == {"landed": 2, "rejected": 1}
    assert state["tables"]["core.inquiries"] == 2
    assert "sender" in voc("status", home=home, check=0).stdout
    rows = json.loads(
        voc(
            "sql", "SELECT inquiry_id, problem FROM core.inquiries ORDER BY 1", "--json", home=home, check=0
        ).stdout
    )
    assert rows[0] == {"inquiry_id": "chats:c1", "problem": "提现没到账1"}
    shell = voc("shell", home=home, check=0, stdin="SELECT count(*) AS n\nFROM core.inquiries;\n.quit\n")
    assert "2" in shell.stdout
    again = voc("run", "--json", home=home, check=0)
    assert json.loads(again.stdout)["rows_landed"] == 0


def test_sql_is_read_only_and_raw_is_for_operators(demo_home):
    assert voc("sql", "DROP TABLE mart.alerts", home=demo_home, check=2).stderr.startswith("voc: ")
    assert "raw" in voc("sql", "SELECT count(*) FROM raw.chats", home=demo_home, check=2).stderr
    both = "SELECT (SELECT count(*) FROM raw.chats) > (SELECT count(*) FROM core.inquiries) AS there, rate_per_10k(1, 10000) AS r"
    plain = voc("sql", "--raw", "--json", both, home=demo_home, check=0)
    assert json.loads(plain.stdout) == [{"there": True, "r": 1.0}]
    assert voc("sql", "--raw", "DROP TABLE mart.alerts", home=demo_home, check=2)
    assert voc("sql", "--raw", "FROM read_csv('/etc/passwd')", home=demo_home, check=2)


@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_sql_writes_files(demo_home, tmp_path, form):
    target = tmp_path / f"out.{form}"
    voc("sql", "SELECT 1 AS a", "--format", form, "-o", target, home=demo_home, check=0)
    assert target.stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "status", "parts"),
    [
        (["runn"], 2, ["runn", "voc run"]),
        (["run", "--day", "yesterday"], 2, ["yesterday", "YYYY-MM-DD"]),
        (["run", "--step", "tagg"], 2, ["tagg", "--step tag"]),
        (["sql", "SELECT * FROM core.inquirys"], 2, ["inquirys"]),
        (["status"], 0, []),
    ],
)
def test_mistakes_say_what_to_do(demo_home, arguments, status, parts):
    run = voc(*arguments, home=demo_home, check=status)
    for part in parts:
        assert part in run.stderr, run.stderr


def test_no_workspace_and_wrong_configuration(tmp_path):
    assert "voc init" in voc("run", home=tmp_path, check=2).stderr
    home = new_workspace(tmp_path / "w", voc="languge: zh\n")
    error = voc("check", home=home, check=2).stderr
    assert "languge" in error
    assert "language" in error
    assert "line 1" in error
    assert "Traceback" in subprocess.run(
        [sys.executable, "-c", "from dags.cli import main; main()", "--debug", "--home", str(home), "check"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    ).stderr  # fmt: skip


def test_a_refused_file_gives_status_1_and_the_rest_goes_on(tmp_path):
    home = new_workspace(tmp_path / "w")
    write_jsonl(home / "inbox/chats/a.jsonl", [chat(1)])
    (home / "inbox/tickets/b.csv").write_text("id,text\n1,x\n")
    run = voc("run", home=home, check=1)
    assert "tickets/b.csv was refused" in run.stderr
    assert "published version 1" in run.stdout
    assert voc("check", home=home, check=1).returncode == 1


def test_demo_leaves_other_folders_alone_and_runs_twice(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert "not empty" in voc("demo", tmp_path / "full", check=2).stderr
    home = tmp_path / "demo"
    first = voc("demo", home, "--days", "2", "--inquiries", "80", check=0)
    for part in ("inquiries", "rejected rows", "per 10k", "what to type next", "voc.duckdb"):
        assert part in first.stdout
    second = voc("demo", home, check=0)
    assert "no day needed work" in second.stdout


def test_help_imports_nothing_heavy():
    code = "import sys; from dags.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\nprint([m for m in ('polars', 'duckdb', 'pandas', 'great_expectations', 'airflow') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip().endswith("[]")


def test_export(demo_home, tmp_path):
    target = tmp_path / "x.duckdb"
    assert "tables" in voc("export", target, "--days", "2", home=demo_home, check=0).stdout
    assert "exists already" in voc("export", target, home=demo_home, check=2).stderr


def test_words_are_proposed_kept_and_refused(tmp_path):
    home = new_workspace(tmp_path / "w", tags="tags:\n  - {id: never, any: [从来没人说过的话]}\n")
    before = ("我想问", "今天", "麻烦看看", "昨晚的", "有人说", "客服讲")
    after = ("不见", "没开", "打折吗", "坏掉", "变少", "太慢")
    rows = [
        chat(n, text=b + word + a)
        for n, (b, word, a) in enumerate(
            (b, w, a) for b in before for w in ("泓舟贷", "翡雪宝") for a in after
        )
    ]
    write_jsonl(home / "inbox/chats/a.jsonl", rows)
    voc("run", home=home, check=0)
    told = voc("words", "propose", home=home, check=0).stdout
    assert "泓舟贷" in told
    assert "翡雪宝" in told
    assert not (home / "lexicon" / "words.txt").exists()  # proposed is not added
    voc("words", "keep", "泓舟贷", home=home, check=0)
    voc("words", "refuse", "翡雪宝", home=home, check=0)
    assert (home / "lexicon" / "words.txt").read_text().split() == ["泓舟贷"]
    voc("words", "propose", home=home, check=0)
    again = (home / "lexicon" / "words.proposed.csv").read_text("utf-8-sig")
    assert "翡雪宝" not in again
    # What was kept holds from the next new day on: the day that was worked keeps its words.
    assert "no day needed work" in voc("run", home=home, check=0).stdout
    assert "tag 'never' never fired" in voc("check", home=home, check=0).stdout


def test_topics_and_labels_say_what_to_do_when_there_are_none(tmp_path):
    home = new_workspace(tmp_path / "w")
    write_jsonl(home / "inbox/chats/a.jsonl", [chat(n) for n in range(3)])
    voc("run", home=home, check=0)
    assert "voc run" in voc("topics", "list", home=home, check=2).stderr
    assert "voc label" in voc("train", "sentiment", home=home, check=2).stderr
