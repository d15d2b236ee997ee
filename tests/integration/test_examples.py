"""Every worked example of warehouse/landing/EXAMPLES.md lands its real export, without a rejected row."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polars as pl
import pytest
import yaml

from tests.support import NOW, SHARED, new_workspace
from transforms.masking import mask_expr
from transforms.turns import turns
from warehouse.config import VocConfig
from warehouse.landing import land
from warehouse.landing.records import day_state, read_day
from warehouse.store import Store
from warehouse.workspace import Workspace

DOCUMENT = Path(__file__).parents[2] / "warehouse" / "landing" / "EXAMPLES.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
EXAMPLES = {m.group(1): block for block in BLOCKS if (m := re.match(r"# file: (\S+)", block))}
# rows read, conversations, and the roles that speak in them
EXPECTED = {
    "chats/jddc_raw_dev.tsv": (6184, 505, {"customer", "agent"}),
    "chats/jddc_sessions_dev.parquet": (6184, 505, {"customer", "agent"}),
    "chats/twitter_support_dev.parquet": (300, 299, {"customer", "agent"}),
    "calls/insurance_calls_messages_dev.parquet": (8953, 51, {"customer", "agent"}),
    "calls/mobilecs_calls_dev.jsonl": (84, 5, {"customer", "agent"}),
    "tickets/bitext_support_intents_dev.parquet": (6397, 6397, {"customer"}),
}


def test_every_block_is_a_valid_configuration():
    assert set(EXAMPLES) == set(EXPECTED)
    for block in BLOCKS:
        VocConfig.model_validate(yaml.safe_load(block))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_export_lands(tmp_path, name):
    kind, file = name.split("/")
    if not (SHARED / file).exists():
        pytest.skip("the development data (../shared/data) is not here")
    home = new_workspace(tmp_path / "w", voc=EXAMPLES[name])
    shutil.copy(SHARED / file, home / "inbox" / kind)
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    (receipt,) = land(ws, store, as_of=NOW, mask=mask_expr).files
    rows, conversations, roles = EXPECTED[name]
    assert (receipt.rows_read, receipt.rows_landed, receipt.rows_rejected) == (rows, rows, 0), receipt
    made = pl.concat([turns(raw) for day in day_state(store) for raw in read_day(store, day)], how="diagonal")
    assert made["inquiry_id"].n_unique() == conversations
    assert set(made["role"]) == roles
    assert made["text"].null_count() == 0
