"""voc label, voc train: a model of feeling from the labels that people gave to the workspace's own texts."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dags.commands.common import Day, show_table, workspace
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

    from insight.sentiment.learned_training import Labelling, Training
    from insight.sentiment.lexicon import Lexicon
    from warehouse.workspace import Workspace

KINDS = ("sentiment", "emotion")
RULES = "rules"


@click.command()
@click.option(
    "--sample", "count", type=click.IntRange(min=1), default=300, show_default=True, help="How many texts."
)
@click.option("--out", type=click.Path(path_type=Path), default=Path("labels.csv"), show_default=True)
@click.option("--days", type=click.IntRange(min=1), help="Only the last N days.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws another sample.")
@click.option(
    "--without",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Leave out what this file holds already.",
)
@click.pass_context
def label(
    ctx: click.Context, count: int, out: Path, days: int | None, seed: int, without: tuple[Path, ...]
) -> None:
    """Draw masked problems for people to label, more of the rare feelings and of the doubtful cases."""
    import polars as pl

    from insight.sentiment.learned_labels import NAMES, drawn, drawn_before, written
    from insight.sentiment.measure import LIMIT

    ws = workspace(ctx)
    if out.exists():
        raise ConfigError(f"{out} exists already, perhaps with labels in it", hint="--out another-name.csv")
    known = drawn_before(_contents(without)).implode()
    problems = _problems(ws, days).filter(~pl.col("inquiry_id").is_in(known))
    sample = drawn(problems, count, limit=LIMIT, seed=seed)
    if sample.is_empty():
        raise ConfigError(
            "the published inquiries hold no (other) text to label",
            hint="voc status   shows what is published",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(written(sample))
    click.echo(f"{out}: {sample.height:,} texts. Fill in the column label, with one of")
    for kind in KINDS:
        names = "  ".join(f"{name} {others[0]}" for name, others in NAMES[kind].items())
        click.echo(f"  {kind}: {names}")
    click.echo(f"then: voc train sentiment {out}   (or emotion; a file holds labels of one of the two)")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--since", type=Day(), help="First day that a better model holds for; default: after the published ones."
)
@click.option("--use", "version", help="No training: use this version, or 'rules', from --since on.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as JSON.")
@click.pass_context
def train(
    ctx: click.Context,
    kind: str,
    files: tuple[Path, ...],
    since: date | None,
    version: str | None,
    as_json: bool,
) -> None:
    """Learn sentiment or emotion from labelled FILES; the model is used where it is better than the rules.

    Days that are published keep what they were made with, unless --since names an earlier day.
    """
    from insight.sentiment import learned_store
    from warehouse.models import Models

    ws = workspace(ctx)
    models = Models(ws.models, ws.place)
    first = since or _next_day(ws)
    if version is not None:
        if files:
            raise ConfigError("--use trains nothing", hint="leave out either --use or the file of labels")
        if version != RULES:
            ws.place.pull(ws.models)
            learned_store.load(models.folder, kind, version)  # an error here, not in the middle of a run
        held = None if version == RULES else version
        models.write(kind, models.history(kind).using(held, first))
        click.echo(f"{kind}: {_called(kind, version)} from {_since(first)}")
        return
    if not files:
        raise ConfigError(
            "no file of labels", hint=f"voc label --sample 300   then   voc train {kind} labels.csv"
        )
    outcome, about = _learned(ws, kind, files)
    made = learned_store.save(models.folder, kind, outcome.model, about)
    if outcome.gain.better:
        models.write(kind, models.history(kind).using(made, first))
    if as_json:
        used = {"version": made, "used": outcome.gain.better, "since": first.isoformat() if first else None}
        click.echo(json.dumps({**used, **about}, ensure_ascii=False))
        return
    _tell(outcome, kind, made, first)


def _contents(files: tuple[Path, ...]) -> dict[str, bytes]:
    try:
        return {str(file): file.read_bytes() for file in files}
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}", hint="voc label --sample 300") from error


def _learned(ws: Workspace, kind: str, files: tuple[Path, ...]) -> tuple[Training, dict[str, Any]]:
    """The training and what model.json tells of it."""
    from insight.sentiment.learned_labels import read
    from insight.sentiment.learned_signals import signals_of
    from insight.sentiment.learned_training import trained
    from insight.sentiment.lexicon import compiled

    contents = _contents(files)
    rows = read(contents, kind)
    lexicon = compiled(ws.lexicon().model_dump_json(include={"feelings", "facts", "nothing"}))
    others = {"SnowNLP": _snownlp} if kind == "sentiment" else {}
    outcome = trained(rows["text"], rows["label"], _rules(lexicon, kind), signals_of(lexicon), others)
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents.values()))
    made_from = {"sha256": digest.hexdigest(), "labelled": rows.height}
    return outcome, {"made_from": made_from, **outcome.as_dict()}


def _rules(lexicon: Lexicon, kind: str) -> Labelling:
    """What the rules say of texts."""
    import polars as pl

    from insight.sentiment.measure import feelings

    column = "sentiment_label" if kind == "sentiment" else "emotion"

    def said(texts: pl.Series) -> pl.Series:
        turns = pl.DataFrame(
            {"inquiry_id": pl.int_range(len(texts), eager=True).cast(pl.String), "text": texts}
        )
        return turns.join(feelings(turns, lexicon), on="inquiry_id", how="left", maintain_order="left")[
            column
        ]

    return said


def _snownlp(texts: pl.Series) -> pl.Series:
    """SnowNLP's score, 0 … 1, on the scale and with the limits of the rules."""
    import polars as pl

    from insight.sentiment.measure import label as named
    from insight.sentiment.snownlp_bulk import snownlp_scores

    return pl.select(named(pl.lit(snownlp_scores(texts)) * 2 - 1).alias("label"))["label"]


def _problems(ws: Workspace, days: int | None) -> pl.DataFrame:
    """Published inquiries with their masked problem and what is known of their feeling."""
    from dags.commands.query import connect

    since = "AND day > (SELECT max(day) FROM core.inquiries) - to_days($days::INT)" if days else ""
    with closing(connect(ws)) as connection:
        return connection.execute(
            "SELECT inquiry_id, i.problem AS text, s.sentiment, s.sentiment_label, s.emotion, "
            "coalesce(j.product, i.product) AS product, i.source, i.language "
            "FROM core.inquiries i JOIN insight.inquiry_sentiment s USING (inquiry_id, day) "
            "LEFT JOIN insight.inquiry_journey j USING (inquiry_id, day) "
            f"WHERE i.is_inquiry AND i.problem IS NOT NULL {since}",
            {"days": days} if days else None,
        ).pl()


def _next_day(ws: Workspace) -> date | None:
    """The day after the last published one; None when nothing was published yet."""
    from dags.commands.query import connect
    from warehouse.publish import newest_version

    if newest_version(ws.published) is None:
        return None
    with closing(connect(ws)) as connection:
        row = connection.execute("SELECT max(day) FROM core.inquiries").fetchone()
    return row[0] + timedelta(days=1) if row and row[0] else None


def _tell(outcome: Training, kind: str, version: str, since: date | None) -> None:
    known = outcome.scores["model"].labels
    rows = [
        [
            "model (not seen)" if name == "model" else name,
            f"{found.accuracy:.3f} ± {found.accuracy_error:.3f}",
            f"{found.macro_f1:.3f} ± {found.macro_f1_error:.3f}",
            *[f"{each.f1:.3f}" for each in found.labels],
        ]
        for name, found in outcome.scores.items()
    ]
    heads = ["", "accuracy", "macro-F1", *[f"{each.label} ({each.texts})" for each in known]]
    show_table(
        f"{kind}: {outcome.scores['model'].texts:,} texts, accuracy and F1 by label", heads, rows,
        right=tuple(range(1, len(heads))),
    )  # fmt: skip
    if outcome.rare:
        rare = ", ".join(f"{name} ({count})" for name, count in outcome.rare.items())
        click.echo(f"too few texts to learn, left to the rules: {rare}")
    gain = f"macro-F1 {outcome.gain.macro_f1:+.3f} ± {outcome.gain.error:.3f} against the rules"
    if outcome.gain.better:
        click.echo(f"{gain}: {_called(kind, version)} from {_since(since)}")
    else:
        click.echo(f"{gain}: not better, the rules stay (kept as models/{kind}-{version})")
        click.echo(
            "  next: voc label --sample 500 --without FILE --out more.csv   more labels make a better model",
            err=True,
        )


def _called(kind: str, version: str) -> str:
    return "the rules hold" if version == RULES else f"models/{kind}-{version} holds"


def _since(day: date | None) -> str:
    return f"{day} on" if day else "the first day on"
