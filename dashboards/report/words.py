"""The report's words in both languages."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "求助日报 {day}",
        "total": "当日求助 {n} 条，一周前同日 {before} 条；负面 {negative} 条；未归到环节 {unmapped} 条。",
        "partial": "注意：当日数据不全，比率可能偏低。",
        "worst": "近 7 日万求率最高的环节（万求率：每万笔交易的求助数）",
        "columns": "产品|环节|求助|交易|万求率|95% 区间|前 7 日",
        "words": "客户原话",
        "none": "没有带交易数的环节，无法计算万求率。",
        "made": "数据截至 {day}，发布版本 {version}。每个数都能用 data/ 里的 CSV 或发布库里的 SQL 复算。",
    },
    "en": {
        "title": "Inquiries of {day}",
        "total": "{n} inquiries; {before} on the same day a week before; {negative} negative; {unmapped} not mapped to a step.",
        "partial": "Note: the day's data are incomplete, so rates may be too low.",
        "worst": "Steps with the most inquiries per 10,000 transactions, last 7 days",
        "columns": "Product|Step|Inquiries|Transactions|Per 10k|95 % interval|7 days before",
        "words": "In the customers' words",
        "none": "No step has transactions, so there are no rates.",
        "made": "Data up to {day}, published version {version}. Every number can be recomputed from data/*.csv or the published file.",
    },
}
