"""voc label and voc train on the sample workspace: a sample, labels, a model that is used from a day on."""

from __future__ import annotations

import json
from datetime import date, timedelta

import polars as pl
import pytest
from click.testing import CliRunner

from dags.commands.learn import label, train
from insight.sentiment import learned_store
from insight.sentiment.learned import predict
from insight.sentiment.learned_signals import signals_of
from insight.sentiment.lexicon import compiled
from tests.support import new_workspace, query
from warehouse.errors import ConfigError, VocError
from warehouse.models import Models


def call(command, *arguments, home):
    """Output of a command; its errors are raised."""
    found = CliRunner().invoke(
        command,
        [str(a) for a in arguments],
        obj={"home": home},
        catch_exceptions=False,
        standalone_mode=False,
    )
    return found.stdout


def used(home):
    return Models(home / "models").history("sentiment").used


@pytest.fixture
def sample(demo_home, tmp_path):
    """60 drawn problems."""
    file = tmp_path / "labels.csv"
    call(label, "--sample", "60", "--out", file, home=demo_home)
    return file


def labels_file(path, how, rows=240):
    """A file of labels that `how` gives to made-up texts."""
    texts = [
        f"第{n}笔{'太慢了气人' if n % 3 == 0 else '怎么还款' if n % 3 == 1 else '很好用'}"
        for n in range(rows)
    ]
    texts = [text.translate(str.maketrans("0123456789", "零一二三四五六七八九")) for text in texts]
    pl.DataFrame({"text": texts, "label": [how(n) for n in range(rows)]}).write_csv(path)
    return path


def against_the_rules(n):
    """A house style that no rule knows: 怎么还款 is praise here, 很好用 is not."""
    return ("negative", "positive", "neutral")[n % 3]


def test_a_sample_is_masked_published_text(demo_home, sample, tmp_path):
    frame = pl.read_csv(sample, infer_schema=False)
    assert frame.height == 60
    assert frame["label"].is_null().all()
    known = dict(query(demo_home, "SELECT inquiry_id, problem FROM core.inquiries WHERE is_inquiry"))
    for inquiry, text in frame.select("inquiry_id", "text").rows():
        assert text.removeprefix("'") == known[inquiry].replace("\n", " ")
    said = dict(query(demo_home, "SELECT inquiry_id, sentiment_label FROM insight.inquiry_sentiment"))
    assert all(said[i] == now for i, now in frame.select("inquiry_id", "now_sentiment").rows())
    assert frame["now_sentiment"].n_unique() > 1
    again = tmp_path / "again.csv"
    out = call(label, "--sample", "60", "--out", again, home=demo_home)
    assert again.read_bytes() == sample.read_bytes()
    assert "voc train sentiment" in out
    more = tmp_path / "more.csv"
    call(label, "--sample", "60", "--without", sample, "--out", more, home=demo_home)
    assert not set(pl.read_csv(more)["inquiry_id"]) & set(frame["inquiry_id"])
    with pytest.raises(ConfigError, match="exists already"):
        call(label, "--out", sample, home=demo_home)
    recent = tmp_path / "recent.csv"
    call(label, "--days", "1", "--out", recent, home=demo_home)
    ((last,),) = query(demo_home, "SELECT max(day) FROM core.inquiries")
    days = dict(query(demo_home, "SELECT inquiry_id, day FROM core.inquiries"))
    assert {days[i] for i in pl.read_csv(recent, infer_schema=False)["inquiry_id"]} == {last}


def test_labels_from_the_sample_train_a_model(demo_copy, sample):
    frame = pl.read_csv(sample, infer_schema=False)
    by_people = pl.when(pl.col("now_sentiment") == "neutral").then(pl.lit("中性")).otherwise("now_sentiment")
    frame.with_columns(label=by_people).write_csv(sample)
    out = call(train, "sentiment", sample, home=demo_copy)
    assert "not better, the rules stay" in out, "people said what the rules say"


def test_a_better_model_holds_from_the_next_day_on(demo_copy, tmp_path):
    file = labels_file(tmp_path / "labels.csv", against_the_rules)
    out = call(train, "sentiment", file, home=demo_copy)
    ((last,),) = query(demo_copy, "SELECT max(day) FROM core.inquiries")
    next_day = last + timedelta(days=1)
    assert f"from {next_day} on" in out
    for part in ("rules", "SnowNLP", "macro-F1", "neutral (80)"):
        assert part in out
    models = demo_copy / "models"
    ((since, version),) = used(demo_copy)
    assert since == next_day
    assert Models(models).history("sentiment").version_on(last) is None
    model = learned_store.load(models, "sentiment", version)
    said = predict(model, pl.Series(["第一百笔怎么还款"]), signals_of(compiled()))
    assert said["label"].to_list() == ["positive"]
    about = json.loads((models / f"sentiment-{version}" / "model.json").read_text())
    assert about["scores"]["model"]["macro_f1"] > about["scores"]["rules"]["macro_f1"]
    assert len(about["made_from"]["sha256"]) == 64

    lines = file.read_text().splitlines(keepends=True)
    parts = [tmp_path / "1.csv", tmp_path / "2.csv"]
    parts[0].write_text("".join(lines[:90]))
    parts[1].write_text("".join([lines[0], *lines[90:]]))
    assert json.loads(call(train, "sentiment", *parts, "--json", home=demo_copy))["version"] == version
    again = json.loads(call(train, "sentiment", file, "--json", "--since", "2026-01-01", home=demo_copy))
    assert (again["version"], again["used"], again["since"]) == (version, True, "2026-01-01")
    assert used(demo_copy) == ((date(2026, 1, 1), version),)
    call(train, "sentiment", "--use", "rules", "--since", "2026-02-01", home=demo_copy)
    assert Models(models).history("sentiment").version_on(last) is None
    assert Models(models).history("sentiment").version_on(date(2026, 1, 31)) == version
    call(train, "sentiment", "--use", version, home=demo_copy)
    assert Models(models).history("sentiment").version_on(next_day) == version


def test_a_model_of_emotions(tmp_path):
    home = new_workspace(tmp_path / "w")
    names = ("愤怒", "平静", "满意")
    file = labels_file(tmp_path / "labels.csv", lambda n: "烦躁" if n in (3, 9) else names[n % 3], rows=120)
    out = call(train, "emotion", file, home=home)
    assert "left to the rules: annoyed (2)" in out
    assert list((home / "models").glob("emotion-*/model.npz"))


def test_what_is_no_better_is_not_used(tmp_path):
    home = new_workspace(tmp_path / "w")
    file = tmp_path / "labels.csv"
    praise, blame = ["满意", "好用", "方便", "贴心", "给力"], ["垃圾", "失望", "恶心", "骗子", "生气"]
    rows = [(f"{a}{b}", "positive") for a in praise for b in praise if a != b]
    rows += [(f"{a}{b}", "negative") for a in blame for b in blame if a != b]
    rows += [(f"{w}怎么办理{x}", "neutral") for w in ("请问", "在哪", "如何") for x in "甲乙丙丁戊己庚辛"]
    pl.DataFrame(rows, schema=["text", "label"], orient="row").write_csv(file)
    out = call(train, "sentiment", file, home=home)
    ((version,),) = [tuple(p.name.removeprefix("sentiment-") for p in (home / "models").glob("sentiment-*/"))]
    assert version in out
    if "not better" in out:
        assert used(home) == ()
    else:
        assert used(home) == ((None, version),)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["sentiment"], ["no file of labels", "voc label"]),
        (["sentiment", "nowhere.csv"], ["nowhere.csv", "No such file"]),
        (["sentiment", "--use", "abc123"], ["sentiment-abc123", "missing"]),
        (["sentiment", "x.csv", "--use", "rules"], ["--use trains nothing"]),
    ],
)
def test_mistakes_say_what_to_do(tmp_path, arguments, parts):
    home = new_workspace(tmp_path / "w")
    with pytest.raises(VocError) as caught:
        call(train, *arguments, home=home)
    for part in parts:
        assert part in str(caught.value)


def test_nothing_to_label_yet(tmp_path):
    with pytest.raises(ConfigError, match="nothing was published yet"):
        call(label, "--out", tmp_path / "l.csv", home=new_workspace(tmp_path / "w"))
