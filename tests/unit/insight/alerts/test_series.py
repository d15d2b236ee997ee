from datetime import date

import numpy as np
import polars as pl

from insight.alerts.series import KEY, exposures_of, history_of, matrices

DAY, NEXT = date(2026, 11, 4), date(2026, 11, 5)


def rates():
    columns = ["day", "product", "step", "channel", "source", "inquiry_count", "negative_count"]
    rows = [
        (DAY, "w", "pay", "app", "chats", 3, 1),
        (DAY, "w", "pay", "web", "chats", 2, 0),
        (DAY, "w", None, "phone", "calls", 4, 2),
        (DAY, None, None, "app", "chats", 5, 0),
        (NEXT, "w", "pay", "app", "chats", 7, 1),
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_marts_become_series():
    obstacles = pl.DataFrame(
        {"day": [DAY, DAY], "product": ["w", "w"], "step": ["pay", None], "topic_id": ["t", "t"],
         "inquiry_count": [2, 9], "negative_count": [1, 1]}
    )  # fmt: skip
    found = history_of(rates(), obstacles)
    given = {
        (tuple(v for v in row[:6] if v), row[6]): (row[7], row[8])
        for row in found.select(*KEY, "day", "inquiry_count", "negative_count").rows()
    }
    assert given == {
        ((), DAY): (14, 3),
        ((), NEXT): (7, 1),
        (("w",), DAY): (9, 3),
        (("w",), NEXT): (7, 1),
        (("w", "pay"), DAY): (5, 1),
        (("w", "pay"), NEXT): (7, 1),
        (("w", "pay", "t"), DAY): (2, 1),
        (("chats",), DAY): (10, 1),
        (("chats",), NEXT): (7, 1),
        (("calls",), DAY): (4, 2),
        (("app",), DAY): (8, 1),
        (("app",), NEXT): (7, 1),
        (("web",), DAY): (2, 0),
    }


def test_transactions_are_summed_over_channels_and_products():
    given = pl.DataFrame(
        {
            "day": [DAY] * 4,
            "product": ["w", "w", "w", "c"],
            "step": ["pay", "pay", None, None],
            "transaction_count": [3, 4, 100, 50],
        }
    )
    found = {
        row[:3]: row[3]
        for row in exposures_of(given).select("day", "product", "step", "transaction_count").rows()
    }
    assert found == {
        (DAY, "w", "pay"): 7,
        (DAY, "w", None): 100,
        (DAY, "c", None): 50,
        (DAY, None, None): 150,
    }


def test_matrices_fill_quiet_days_and_start_with_a_series():
    history = history_of(rates().vstack(rates().with_columns(day=pl.lit(date(2026, 11, 8)))))
    exposures = pl.DataFrame(
        {
            "day": [DAY, NEXT, date(2026, 11, 8)],
            "product": ["w"] * 3,
            "step": ["pay"] * 3,
            "transaction_count": [10, 20, 40],
        }
    )
    found = matrices(history, exposures, date(2026, 11, 8))
    row = int((found.keys["step"] == "pay").arg_max())
    assert found.counts[row].tolist() == [5, 7, 0, 0, 12]
    assert found.usable[row].tolist() == [True, True, False, False, True]  # no data at all on the 6th and 7th
    np.testing.assert_allclose(np.exp(found.log_exposure[row])[[0, 1, 4]], [10, 20, 40])
    total = int((found.keys["level"] == "total").arg_max())
    assert not found.exposed[total]
    assert found.log_exposure[total].tolist() == [0] * 5
    without = matrices(history, exposures, date(2026, 11, 8), [NEXT])
    assert without.usable[row].tolist() == [True, False, False, False, True]
    assert matrices(history, exposures, NEXT).keys["series_id"].to_list() == found.keys["series_id"].to_list()


def test_levels_are_told_by_what_is_named():
    levels = set(
        matrices(
            history_of(rates()),
            pl.DataFrame(
                schema={
                    "day": pl.Date,
                    "product": pl.String,
                    "step": pl.String,
                    "transaction_count": pl.Int64,
                }
            ),
            NEXT,
        ).keys["level"]
    )
    assert levels == {"total", "product", "step", "source", "channel"}
