"""voc words: look after the lexicon."""

from __future__ import annotations

import csv
import getpass
import json
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from dags.commands.common import now, published_file, show_table, workspace
from warehouse.errors import ConfigError

PROPOSED = "words.proposed.csv"


@click.group()
def words() -> None:
    """Look after the lexicon: find new words in your own text, keep or refuse them."""


@words.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Words of your own and their frequencies."""
    from transforms.words import user_words

    ws = workspace(ctx)
    own = ws.lexicon().words
    pinned = user_words(ws.lexicon())
    show_table("words of lexicon/words.txt", ["word", "frequency"], [[w, pinned[w]] for w in own], right=(1,))


@words.command()
@click.option("--top", default=200, show_default=True, help="At most so many.")
@click.option("--days", default=28, show_default=True, help="Look at the problems of the last so many days.")
@click.pass_context
def propose(ctx: click.Context, top: int, days: int) -> None:
    """Propose words that segmentation does not know, into lexicon/words.proposed.csv.

    Nothing is added: read the file, then `voc words keep WORD …` or `voc words refuse WORD …`.
    """
    import duckdb

    from transforms.new_words import new_words
    from transforms.words import is_word
    from warehouse.decisions import decisions, last_word
    from warehouse.store import Store

    ws = workspace(ctx)
    with closing(duckdb.connect(str(published_file(ws)), read_only=True)) as connection:
        texts = connection.execute(
            "SELECT problem FROM core.inquiries WHERE is_inquiry AND day > (SELECT max(day) FROM core.inquiries) - ?",
            [days],
        ).pl()["problem"]
    said = last_word(decisions(Store(ws.store_dir, ws.raw_dir, ws.place), "word"))
    refused = {word for word, value in said.items() if not value.get("keep")}
    known = partial(is_word, lexicon=ws.lexicon())
    found = new_words(texts, lambda word: word in refused or known(word)).head(top)
    path = ws.home / "lexicon" / PROPOSED
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["word", "count", "cohesion", "freedom", "example"])
        writer.writerows(
            [word, count, f"{cohesion:.1f}", f"{freedom:.1f}", example]
            for word, count, cohesion, freedom, example in found.iter_rows()
        )
    show_table(
        f"{found.height} candidates in {path}",
        ["word", "count", "cohesion", "freedom", "example"],
        [[w, n, f"{c:.1f}", f"{f:.1f}", e] for w, n, c, f, e in found.head(20).iter_rows()],
        right=(1, 2, 3),
    )
    click.echo("next: voc words keep WORD …   or   voc words refuse WORD …")


def _decide(ctx: click.Context, chosen: tuple[str, ...], keep: bool) -> Path:
    from warehouse.decisions import decide
    from warehouse.store import Store

    ws = workspace(ctx)
    store = Store(ws.store_dir, ws.raw_dir, ws.place)
    for word in chosen:
        if not word.strip() or any(c.isspace() for c in word):
            raise ConfigError(f"'{word}' is not a word", expected="one word without white space")
        decide(store, at=now(), by=getpass.getuser(), kind="word", target=word, value={"keep": keep})
    return ws.home / "lexicon" / "words.txt"


@words.command()
@click.argument("chosen", nargs=-1, required=True)
@click.pass_context
def keep(ctx: click.Context, chosen: tuple[str, ...]) -> None:
    """Add words to lexicon/words.txt; they hold from the next new day on."""
    path = _decide(ctx, chosen, True)
    there = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    have = {line.split()[0] for line in there.splitlines() if line.strip() and not line.startswith("#")}
    fresh = [word for word in dict.fromkeys(chosen) if word not in have]
    path.parent.mkdir(exist_ok=True)
    joined = there + ("" if not there or there.endswith("\n") else "\n") + "".join(f"{w}\n" for w in fresh)
    path.write_text(joined, encoding="utf-8")
    click.echo(f"{len(fresh)} added to {path}: {json.dumps(fresh, ensure_ascii=False)}")


@words.command()
@click.argument("chosen", nargs=-1, required=True)
@click.pass_context
def refuse(ctx: click.Context, chosen: tuple[str, ...]) -> None:
    """Never propose these words again."""
    _decide(ctx, chosen, False)
    click.echo(f"{len(chosen)} will not be proposed again")
