"""voc init, voc check."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dags.commands.common import now, show_table, workspace
from warehouse.config import KINDS
from warehouse.errors import ConfigError, HeldBackError

if TYPE_CHECKING:
    from warehouse.config import TagRule
    from warehouse.workspace import Workspace


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_context
def init(ctx: click.Context, folder: Path) -> None:
    """Write a new workspace with commented configuration; what is there stays as it is."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file", expected="a folder, or a name that is free")
    write_workspace(folder)
    click.echo(f"workspace {folder} is ready. Next:")
    click.echo("  1. describe your products and steps in journeys.yaml")
    click.echo(f"  2. put exports into {folder}/inbox/{{{','.join(KINDS)}}}/")
    click.echo(f"  3. voc --home {folder} check   and then   voc --home {folder} run")


def write_workspace(folder: Path) -> None:
    """Folders and commented configuration files; existing files are left alone."""
    for kind in KINDS:
        (folder / "inbox" / kind).mkdir(parents=True, exist_ok=True)
    for name in ("lexicon", "reports", "models", "published"):
        (folder / name).mkdir(exist_ok=True)
    for name in ("voc.yaml", "journeys.yaml", "tags.yaml", "lexicon/feelings.yaml"):
        path = folder / name
        if not path.exists():
            path.write_text(
                files("warehouse.templates").joinpath(name).read_text(encoding="utf-8"), encoding="utf-8"
            )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Check configuration and inputs; change nothing.

    Reads every new file of the inbox as `voc run` would and says what would be landed and rejected.
    """
    ws = workspace(ctx)
    from warehouse.config import Journeys, Tags, read_config
    from warehouse.config.lexicon import bundle

    _ = ws.voc
    rules = read_config(ws.home / "tags.yaml", Tags).tags
    bundle(ws.home / "lexicon")
    products = read_config(ws.home / "journeys.yaml", Journeys).products
    from tempfile import TemporaryDirectory

    from transforms.masking import mask_expr
    from warehouse.landing import land
    from warehouse.store import Store

    # A landing into an empty throw-away store reads and judges everything, and leaves the workspace alone.
    with TemporaryDirectory(prefix="voc-check-") as scratch:
        store = Store(Path(scratch) / "store", Path(scratch) / "raw")
        result = land(ws, store, as_of=now(), mask=mask_expr)
        rejects = store.scan("ops.rejects").collect() if result.rows_rejected else None
    remarks = _remarks_on_tags(ws, rules)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "tags": remarks,
                    "products": [p.id for p in products],
                    "files": [
                        {
                            "file": f.file,
                            "status": f.status,
                            "reason": f.reason,
                            "rows_read": f.rows_read,
                            "rows_rejected": f.rows_rejected,
                        }
                        for f in result.files
                    ],
                },
                ensure_ascii=False,
            )
        )
    else:
        click.echo(
            f"configuration is fine: {len(products)} products, {sum(len(p.steps) for p in products)} steps"
        )
        for remark in remarks:
            click.echo(f"  {remark}")
        show_table(
            "files of the inbox",
            ["file", "would be", "rows", "good", "rejected", "reason"],
            [
                [f.file, f.status, f"{f.rows_read:,}", f"{f.rows_landed:,}", f"{f.rows_rejected:,}", f.reason]
                for f in result.files
            ],
            right=(2, 3, 4),
        )
        if rejects is not None:
            show_table(
                "first rejected rows",
                ["file", "line", "field", "found", "reason", "expected"],
                rejects.head(20).select("file", "line", "field", "value", "reason", "expected").rows(),
                right=(1,),
            )
    bad = [f for f in result.files if f.status == "refused"]
    if bad:
        raise HeldBackError(
            f"{len(bad)} file(s) would be refused whole", hint=f"{bad[0].file}: {bad[0].reason}"
        )


def _remarks_on_tags(ws: Workspace, rules: list[TagRule]) -> list[str]:
    """What is odd about the rules of tags.yaml: by themselves, and by what they did in the published file."""
    from contextlib import closing

    import duckdb

    from transforms.tags import doubts, overlaps
    from warehouse.publish import newest_version

    remarks = doubts(rules)
    published = newest_version(ws.published)
    if published is None or not rules:
        return remarks
    with closing(duckdb.connect(str(published), read_only=True)) as connection:
        hits = connection.execute("SELECT inquiry_id, tag FROM core.inquiry_tags").pl()
    return remarks + overlaps(hits, rules)
