"""The questions that the pages ask of the published file. All counts are sums, all rates are taken last."""

from dashboards.questions.base import Question, ask, literal

__all__ = ["Question", "ask", "literal"]
