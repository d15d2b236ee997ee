"""Charts as Vega-Lite: rows in, specification out. Streamlit lays its theme around them."""

from dashboards.charts.counts import counts, emotion_days, shares
from dashboards.charts.maps import check_grid, heat, topic_map
from dashboards.charts.rates import rate_trend, waterfall

__all__ = ["check_grid", "counts", "emotion_days", "heat", "rate_trend", "shares", "topic_map", "waterfall"]
