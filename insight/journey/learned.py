"""What is learned from inquiries whose step is known: given by the source, or corrected by a person. Nothing else.

`learn` makes one immutable, versioned artifact; `save_learned` and `load_learned` keep it as a folder of JSON, Parquet
and npz (no pickle: reading it runs nothing). It holds

- pieces: forms with weights, like those of the examples in journeys.yaml, for steps with a few known inquiries,
- a linear classifier (`linear.py`), once there are enough of them,
- how sure the evidence from journeys.yaml turned out to be here (`calibration.py`).

It keeps no whole text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from insight.journey.calibration import DEFAULT, Calibration, fit_calibration
from insight.journey.evidence import SCHEMA, evidence_of, pieces_of
from insight.journey.linear import BUCKETS, Linear, train
from insight.journey.scoring import best_steps
from warehouse.config import Journeys
from warehouse.errors import VocError
from warehouse.hashing import content_hash

ENOUGH_TEXTS, ENOUGH_A_STEP = 100, 5  # known inquiries before a classifier is trained; of a step to be in it
MOST_A_STEP = (
    400  # newest known inquiries of a step that are learned from: the fit takes as long as there are texts
)
_PIECES_A_STEP = 50
_CORRECTED_WEIGHT = 3.0  # a person looked; a source's field is often a menu's default
_FORMAT = 1


@dataclass(frozen=True)
class Learned:
    """Version (a hash of what it was learned from); pieces (`evidence.SCHEMA`); classifier; calibration; counts.

    `counts`: product, step, given, corrected: known inquiries that were learned from.
    """

    version: str
    pieces: pl.DataFrame
    model: Linear | None
    calibration: Calibration
    counts: pl.DataFrame


def learn(known: pl.DataFrame, journeys: Journeys) -> Learned | None:
    """The artifact; None where nothing is known.

    Args:
        known: inquiry_id, product, step (ids), problem, method (given · corrected), oldest first. Rows without
            product, step or problem, and those of steps that journeys.yaml does not have, are left out.
        journeys: journeys.yaml.
    """
    steps = journeys.step_table().select("product", "step")
    usable = (
        known.select("inquiry_id", "product", "step", "problem", "method")
        .filter(pl.col("problem").str.len_chars() > 0)
        .join(steps, on=["product", "step"], how="semi", maintain_order="left")
        .unique("inquiry_id", keep="last", maintain_order=True)
        .filter(pl.int_range(pl.len(), 0, -1).over("product", "step") <= MOST_A_STEP)
    )
    if usable.is_empty():
        return None
    sample = usable.filter(pl.int_range(pl.len(), 0, -1).over("product", "step") <= _PIECES_A_STEP)
    pieces = pieces_of(sample.select("product", "step", pl.col("problem").alias("text")), journeys, minimum=2)
    return Learned(
        version=f"{_FORMAT}-{content_hash(usable) & 0xFFFFFFFFFFFF:012x}",
        pieces=pieces,
        model=_model(usable),
        calibration=_calibration(usable, journeys),
        counts=usable.group_by("product", "step")
        .agg(
            (pl.col("method") == "given").sum().alias("given"),
            (pl.col("method") == "corrected").sum().alias("corrected"),
        )
        .sort("product", "step"),
    )


def _model(usable: pl.DataFrame) -> Linear | None:
    enough = usable.filter(pl.len().over("product", "step") >= ENOUGH_A_STEP)
    pairs = sorted(set(enough.select("product", "step").iter_rows()))
    if enough.height < ENOUGH_TEXTS or len(pairs) < 2:
        return None
    classes = pl.DataFrame(pairs, schema=["product", "step"], orient="row").with_row_index("label")
    labelled = enough.join(classes, on=["product", "step"], how="left", maintain_order="left")
    weights = labelled.select(
        pl.when(pl.col("method") == "corrected").then(_CORRECTED_WEIGHT).otherwise(1.0)
    ).to_series()
    return train(
        labelled["problem"],
        labelled["label"].cast(pl.Int64).to_numpy(),
        tuple((product, step) for product, step in pairs),
        weights.to_numpy(),
    )


def _calibration(usable: pl.DataFrame, journeys: Journeys) -> Calibration:
    """How often the evidence of journeys.yaml alone found the known step, by its score and margin."""
    texts = usable.select(pl.col("problem").alias("text"), "product", "step").with_row_index("n")
    best = best_steps(texts.select("n", "text"), evidence_of(journeys))
    compared = best.join(texts.select("n", _p="product", _s="step"), on="n").select(
        "score",
        "margin",
        "own",
        ((pl.col("product") == pl.col("_p")) & (pl.col("step") == pl.col("_s")))
        .fill_null(False)
        .alias("right"),
    )
    return fit_calibration(compared)


def save_learned(learned: Learned, folder: Path) -> Path:
    """Write the artifact into `folder`/<version>, and return that folder."""
    target = folder / learned.version
    target.mkdir(parents=True, exist_ok=True)
    learned.pieces.write_parquet(target / "pieces.parquet")
    learned.counts.write_parquet(target / "counts.parquet")
    about: dict[str, object] = {
        "format": _FORMAT,
        "version": learned.version,
        "calibration": list(learned.calibration),
    }
    if learned.model is not None:
        model = learned.model
        used = np.flatnonzero(np.abs(model.coefficients).sum(axis=1))
        np.savez_compressed(
            target / "model.npz",
            used=used.astype(np.int32),
            coefficients=model.coefficients[used],
            intercepts=model.intercepts,
        )
        about["classes"] = [list(pair) for pair in model.classes]
        about["temperature"] = model.temperature
    (target / "about.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def load_learned(folder: Path) -> Learned:
    """Read an artifact that `save_learned` wrote.

    Raises:
        VocError: the folder holds none, or one of another format.
    """
    path = folder / "about.json"
    if not path.exists():
        raise VocError(
            f"{folder} holds nothing learned", expected="about.json, pieces.parquet", hint="learn again"
        )
    about: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    if about.get("format") != _FORMAT:
        raise VocError(
            f"{path}: format {about.get('format')} is not known",
            expected=f"format {_FORMAT}",
            hint="learn again",
        )
    model = None
    if "classes" in about:
        with np.load(folder / "model.npz", allow_pickle=False) as stored:
            table = np.zeros((BUCKETS, len(stored["intercepts"])), np.float32)
            table[stored["used"]] = stored["coefficients"]
            model = Linear(
                tuple((pair[0], pair[1]) for pair in about["classes"]),  # type: ignore[attr-defined]
                table,
                stored["intercepts"],
                float(about["temperature"]),  # type: ignore[arg-type]
            )
    calibration = about.get("calibration")
    return Learned(
        version=str(about["version"]),
        pieces=pl.read_parquet(folder / "pieces.parquet").select(list(SCHEMA)),
        model=model,
        calibration=Calibration(*calibration) if isinstance(calibration, list) else DEFAULT,
        counts=pl.read_parquet(folder / "counts.parquet"),
    )
