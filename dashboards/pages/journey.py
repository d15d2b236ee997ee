"""产品体验地图 Journey: the steps of a product in order, each with rate, trend, feelings and its main obstacle."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.compare import direction
from dashboards.pages.parts.context import Context, change, go
from dashboards.pages.parts.layout import chart, day_text, empty, header, section
from dashboards.questions import journey


def page(c: Context) -> None:
    """Draw the page."""
    header(c, c.w("journey.title"), c.w("journey.lead"))
    f = replace(c.filters, product=None, step=None)  # a journey is shown whole, beside the others
    steps = c.ask(journey.steps(f))
    if steps.is_empty():
        empty(c.w("empty.steps"), c.w("empty.steps_todo"))
        return
    products = steps["product"].unique(maintain_order=True).to_list()
    product = c.view.product if c.view.product in products else _busiest(steps)
    if len(products) > 1:
        st.session_state["journey_product"] = product
        st.segmented_control(
            c.w("filter.product"), products, format_func=c.names.product, key="journey_product",
            label_visibility="collapsed", on_change=_choose,
        )  # fmt: skip
    own = replace(f, product=product)
    days = c.ask(journey.step_days(own))
    felt = {r["step"]: r for r in c.ask(journey.emotions(own)).iter_rows(named=True)}
    since = {r["step"]: r for r in c.ask(journey.outbreaks(own)).iter_rows(named=True)}
    section(
        c,
        c.names.product(product),
        journey.steps(own),
        journey.step_days(own),
        journey.emotions(own),
        journey.outbreaks(own),
        hint=c.w("journey.hint"),
    )
    rows = steps.filter(pl.col("product") == product).to_dicts()
    wide = 3 if -len(rows) % 3 < -len(rows) % 4 else 4  # the fewest places left empty in the last row
    for begin in range(0, len(rows), wide):
        columns = st.columns(wide, gap="small")
        for column, row in zip(columns, rows[begin : begin + wide], strict=False):
            with column:
                trend = days.filter(pl.col("step") == row["step"])["rate"].drop_nulls().to_list()
                _step(c, row, trend, felt.get(row["step"], {}), since.get(row["step"]))
    _heat(c, own, days)


def _choose() -> None:
    chosen = st.session_state.get("journey_product")
    if chosen:
        change(product=chosen, step=None)


def _busiest(steps: pl.DataFrame) -> str:
    totals = (
        steps.group_by("product")
        .agg(pl.col("inquiries").sum())
        .sort("inquiries", "product", descending=[True, False])
    )
    return str(totals["product"][0])


def _step(
    c: Context, row: dict[str, Any], trend: list[float], felt: dict[str, Any], since: dict[str, Any] | None
) -> None:
    moved = direction(
        row["inquiries"],
        row["transactions"],
        row["inquiries_before"],
        row["transactions_before"],
        row["dispersion"],
    )
    relative = formats.change(row["rate"], row["rate_before"])
    with st.container(border=True, height="stretch"):
        number = f"{row['step_no']}. " if row["step_no"] is not None else ""
        st.metric(
            f"{number}{c.names.step(row['product'], row['step'])}",
            formats.rate(row["rate"]),
            delta=None if relative is None else formats.percent(relative),
            delta_color="gray" if moved == "same" else "red" if moved == "up" else "green",
            delta_arrow="off" if relative is None else "up" if relative > 0 else "down",
            delta_description=c.w("against"),
            chart_data=trend or None,
            chart_type="area",
        )
        counted = c.w("counts_note", n=formats.count(row["inquiries"]), t=formats.count(row["transactions"]))
        if row["rate"] is None:
            lines = [c.w("no_rate_n", n=formats.count(row["inquiries"]))]
        else:
            lines = [c.w("interval_of", interval=formats.interval(row["low"], row["high"])), counted]
        lines.append(
            c.w("journey.feeling", share=formats.share(row["negative_share"]), emotion=_strongest(c, felt))
        )
        if row["obstacle_id"]:
            lines.append(
                c.w(
                    "journey.obstacle",
                    what=c.names.matter(row["topic_id"], row["cause"]),
                    n=formats.count(row["obstacle_inquiries"]),
                )
            )
        text = "".join(f"<p class='voc-note'>{escape(line)}</p>" for line in lines)
        if since is not None:
            key = "since.short" if since["lasts"] else "since.short_over"
            text += f"<p class='voc-note voc-up'>{escape(c.w(key, since=day_text(c, since['since']), until=day_text(c, since['until'])))}</p>"
        st.html(text)
        if st.button(c.w("journey.open"), key=f"step_{row['product']}_{row['step']}", width="stretch"):
            go("obstacles", product=row["product"], step=row["step"])


def _strongest(c: Context, felt: dict[str, Any]) -> str:
    """The most frequent emotion that is not calm, with its share."""
    counted = {name: felt[name] for name in c.p.emotions if name not in ("calm",) and felt.get(name)}
    if not counted or not felt.get("inquiries"):
        return c.w("emotion.calm")
    name = max(counted, key=lambda key: counted[key])
    return f"{c.w.of('emotion', name)} {formats.share(counted[name] / felt['inquiries'])}"


def _heat(c: Context, f: Any, days: pl.DataFrame) -> None:
    section(c, c.w("journey.heat"), journey.step_days(f), hint=c.w("journey.heat_hint"))
    rated = days.filter(pl.col("transactions") > 0)
    if rated.is_empty():
        empty(c.w("empty.rates"), c.w("empty.rates_todo"))
        return
    mean = pl.col("inquiries").sum().over("step") / pl.col("transactions").sum().over("step") * 10_000
    rows = rated.with_columns(
        pl.struct("product", "step")
        .map_elements(lambda r: c.names.step(r["product"], r["step"]), return_dtype=pl.String)
        .alias("name"),
        # A day without an inquiry has no logarithm; half an inquiry stands for it.
        ratio=pl.max_horizontal(pl.col("rate"), 5_000 / pl.col("transactions")) / mean,
    ).filter(pl.col("ratio").is_finite())
    order = [c.names.step(f.product, step) for step in c.names.steps(f.product)]
    order = [name for name in order if name in set(rows["name"])]
    chart(
        charts.heat(
            rows.select("day", "name", "ratio", "rate", "inquiries"), c.p, c.language, c.labels, order
        ),
        alt=c.w("journey.heat"),
    )
