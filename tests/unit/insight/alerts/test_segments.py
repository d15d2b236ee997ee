import numpy as np
import polars as pl
import pytest

from insight.alerts.day import alerts_of_day
from insight.alerts.folding import Finding, fold_segments
from insight.alerts.limits import Limits
from insight.alerts.segments import CELL, FEWEST_CUSTOMERS, segment_counts, segment_shares
from insight.alerts.sentences import Labels

from .test_folding import finding, main_of
from .worlds import day_of, frames, world

AGES = {"18-34": 0.5, "35-59": 0.35, "60+": 0.15}
DEVICES = {"android": 0.6, "ios": 0.4}
LABELS = Labels({"p0": ("钱包", "Wallet")}, {("p0", "s1"): ("提现", "Withdraw")})
SCHEMA = dict.fromkeys(CELL, pl.String)


def groups_of(counts, *, steps=4, seed=5):
    """Step × attribute × value × day: undisturbed."""
    rng = np.random.default_rng(seed)
    made = {}
    for i, values in enumerate(counts):
        for name, shares in (("age_band", AGES), ("device", DEVICES)):
            drawn = rng.multinomial(values, list(shares.values()))
            for number, value in enumerate(shares):
                made[f"p{i // steps}", f"s{i}", name, value] = drawn[:, number].copy()
    return made


def segment_rows(made, *, customers=1.0):
    """`segment_daily` with its levels; `customers`: how many an inquiry."""
    rows = [
        {**dict(zip(CELL, key, strict=True)), "day": day_of(t), "inquiry_count": int(n)}
        for key, values in made.items()
        for t, n in enumerate(values)
        if n
    ]
    steps = pl.DataFrame(rows, schema_overrides=SCHEMA)
    products = steps.with_columns(step=pl.lit(None, pl.String))
    every = products.with_columns(product=pl.lit(None, pl.String))
    frame = pl.concat([steps, products, every]).group_by("day", *CELL).agg(pl.col("inquiry_count").sum())
    return frame.with_columns(customer_count=(pl.col("inquiry_count") * customers).ceil().cast(pl.Int64))


def told(counts, exposure, made, first, last, **how):
    """Alerts of the days first … last, told day by day."""
    history, exposures = frames(counts, exposure)
    rows = segment_rows(made, **how)
    episodes = models = None
    found = []
    for column in range(first, last + 1):
        day = day_of(column)
        result = alerts_of_day(
            history.filter(pl.col("day") <= day), exposures, day, labels=LABELS, episodes=episodes, models=models,
            segments=rows.filter(pl.col("day") <= day),
        )  # fmt: skip
        episodes, models = result.episodes, result.models
        found += result.alerts.to_dicts()
    return found, episodes


def outbreak(more, value="60+", name="age_band", days=(37, 38), size=120.0):
    """Only one group of one step asks more often."""
    counts, exposure = world(45, size=size, unrest=0.03, seed=3)
    made = groups_of(counts)
    rng = np.random.default_rng(9)
    for t in days:
        extra = round(made["p0", "s1", name, value][t] * more)
        counts[1, t] += extra
        made["p0", "s1", name, value][t] += extra
        other, shares = ("device", DEVICES) if name == "age_band" else ("age_band", AGES)
        for place, n in zip(shares, rng.multinomial(extra, list(shares.values())), strict=True):
            made["p0", "s1", other, place][t] += n
    return counts, exposure, made


def test_a_group_that_alone_triples_is_told_once_with_its_share():
    counts, exposure, made = outbreak(2.0)
    found, episodes = told(counts, exposure, made, 36, 40)
    assert [
        (row["level"], row["product"], row["step"], row["segment"], row["kind"], row["day"]) for row in found
    ] == [("segment", "p0", "s1", "age_band=60+", "rate_high", day_of(37))]
    row = found[0]
    n, known = made["p0", "s1", "age_band", "60+"][37], counts[1, 37]
    assert row["observed"] == pytest.approx(n, abs=2.5)  # rounded: it must not tell of hidden cells beside it
    assert row["observed"] % 5 == 0
    assert row["exposure"] == known
    assert row["expected"] == pytest.approx(0.15 * known, rel=0.15)
    assert f"占 {row['observed'] / known:.0%}" in row["explanation_zh"]
    assert row["explanation_zh"].startswith("提现（钱包）8月12日有约 ")
    assert "年龄段为“60+”的客户" in row["explanation_zh"]
    assert row["explanation_en"].startswith("Withdraw (Wallet): about ")
    assert "customers with age group “60+”" in row["explanation_en"]
    started = episodes.filter(pl.col("segment") == "age_band=60+", pl.col("step") == "s1")
    assert started["start_day"].to_list() == [day_of(37)]


def test_a_step_whose_rise_comes_from_a_group_says_so():
    counts, exposure, made = outbreak(12.0)
    found, _ = told(counts, exposure, made, 36, 40)
    assert [(row["level"], row["step"], row["day"]) for row in found] == [("step", "s1", day_of(37))]
    assert "其中年龄段为“60+”的客户多约" in found[0]["explanation_zh"]
    assert "of the rise from customers with age group “60+”" in found[0]["explanation_en"]


def test_a_step_that_rises_as_a_whole_is_no_matter_of_groups():
    counts, exposure = world(45, size=90.0, seed=3)
    counts[1, 37:39] *= 3
    found, _ = told(counts, exposure, groups_of(counts), 36, 40)
    assert [(row["level"], row["step"], row["day"]) for row in found] == [("step", "s1", day_of(37))]
    assert "客户" not in found[0]["explanation_zh"]


def test_quiet_weeks_bring_no_group():
    counts, _ = world(50, size=60.0)
    rows = segment_rows(groups_of(counts))
    flagged = [
        segment_shares(rows.filter(pl.col("day") <= day_of(t)), day_of(t), Limits())
        .filter("is_flagged")
        .height
        for t in range(16, 50)
    ]
    assert sum(flagged) == 0


def test_a_group_is_not_told_of_because_the_others_stay_away():
    counts, _ = world(45, size=90.0)
    made = groups_of(counts)
    made["p0", "s1", "age_band", "60+"][37] = 16  # a little more than usual
    for value in ("18-34", "35-59"):
        made["p0", "s1", "age_band", value][37] //= 8
    found = segment_shares(segment_rows(made).filter(pl.col("day") <= day_of(37)), day_of(37), Limits())
    assert not found["is_flagged"].any()
    assert (
        found.filter(pl.col("segment") == "age_band=60+", pl.col("step") == "s1")["q_value"].item() < 0.0125
    )  # far out, and not flagged


def test_a_new_file_of_customers_moves_no_share():
    counts, _ = world(45, size=90.0)
    rows = segment_rows(groups_of(counts))
    few = rows.with_columns(
        pl.when(pl.col("day") < day_of(37)).then(pl.col("inquiry_count") // 2).otherwise("inquiry_count").alias("inquiry_count")
    )  # fmt: skip
    found = segment_shares(few.filter(pl.col("day") <= day_of(37)), day_of(37), Limits())
    assert not found["is_flagged"].any()


@pytest.mark.parametrize(("customers", "shown"), [(FEWEST_CUSTOMERS, 1), (FEWEST_CUSTOMERS - 1, 0)])
def test_groups_of_few_customers_are_never_told(customers, shown):
    _, _, made = outbreak(2.0)
    rows = segment_rows(made).filter(pl.col("day") <= day_of(37), pl.col("step") == "s1")
    rows = rows.with_columns(
        pl.when(pl.col("value") == "60+").then(customers).otherwise("customer_count").alias("customer_count")
    )
    assert segment_shares(rows, day_of(37), Limits()).filter("is_flagged").height == shown
    lonely = rows.with_columns(  # all but a few of the step's customers: the few others could be told from it
        pl.when(pl.col("value") == "60+").then(50).otherwise(customers // 2).alias("customer_count")
    )
    assert segment_shares(lonely, day_of(37), Limits()).filter("is_flagged").height == shown


def test_counts_are_of_steps_products_and_everything_and_of_known_customers():
    placed = pl.DataFrame(
        {
            "customer_key": ["a", "a", "b", "c", "d", None, "b"],
            "product": ["w", "w", "w", "w", "w", "w", None],
            "step": ["pay", "pay", "pay", None, "pay", "pay", None],
        }
    )
    customers = pl.DataFrame(
        {
            "customer_key": ["a", "b", "c", "d"],
            "attributes": ['{"age":"60+","os":"x"}', '{"age":"60+"}', '{"age":"60+"}', '{"age":" "}'],
        }
    )
    found = segment_counts(placed, customers, ["age", "absent"])
    assert found.rows() == [
        (None, None, "age", "60+", 5, 3),
        ("w", None, "age", "60+", 4, 3),
        ("w", "pay", "age", "60+", 3, 2),
    ]
    assert segment_counts(placed, customers.clear(), ["age"]).is_empty()
    assert segment_counts(placed, customers, []).columns == found.columns


def test_the_clearest_of_several_groups_is_told():
    def group(p, observed, expected, **key):
        one = finding(observed, expected, product=key.get("product"), step=key.get("step"))
        one.data |= {
            "level": "segment",
            "segment": key["segment"],
            "p_value": p,
            "series_id": f"{key['segment']}{key.get('step')}",
        }
        return one

    old = group(1e-9, 60, 20, product="w", step="a", segment="age=60+")
    along = group(1e-4, 70, 40, product="w", step="a", segment="tenure=>3y")
    diluted = group(1e-5, 160, 120, product="w", segment="age=60+")
    elsewhere = group(1e-6, 60, 20, product="v", step="c", segment="device=ios")
    assert main_of(fold_segments([along, diluted, elsewhere, old], [])) == {"age=60+a", "device=iosc"}
    wide = group(1e-12, 160, 100, product="w", segment="age=60+")
    assert main_of(fold_segments([wide, Finding(dict(old.data))], [])) == {"age=60+a"}
    everywhere = group(1e-12, 260, 100, product="w", segment="age=60+")
    assert main_of(fold_segments([everywhere, Finding(dict(old.data))], [])) == {"age=60+None"}
    step = finding(150, 100, product="w", step="a")
    again = [Finding(dict(one.data)) for one in (old, along, diluted, elsewhere)]
    assert main_of(fold_segments(again, [step])) == {"device=iosc"}
    assert [part["segment"] for part in step.parts] == ["age=60+", "tenure=>3y", "age=60+"]
    open_one = Finding(dict(old.data))
    assert main_of(fold_segments([Finding(dict(along.data))], [], [open_one])) == set()
