"""Names of products, steps, topics and obstacles in one language."""

from __future__ import annotations

from dashboards.data import Warehouse
from dashboards.questions.base import ask
from dashboards.words import Words

# The newest row of a step first: names hold as they are now.
_STEPS = ask(
    """
    SELECT product, step, step_no, product_name_zh, product_name_en, step_name_zh, step_name_en
    FROM core.steps
    QUALIFY row_number() OVER (PARTITION BY product, step ORDER BY valid_to DESC NULLS FIRST) = 1
    ORDER BY product, step_no
    """
)
_TOPICS = ask("SELECT topic_id, label FROM insight.topics")
# Products and steps that only the data know have no names of their own.
_SEEN = ask(
    "SELECT DISTINCT product, step FROM mart.inquiry_rate_daily WHERE product IS NOT NULL ORDER BY ALL"
)
_PAIRS = ask("SELECT DISTINCT channel, source FROM mart.inquiry_rate_daily ORDER BY ALL")


class Names:
    """Names in the language of the words.

    Args:
        warehouse: where they stand.
        words: the glossary.
    """

    def __init__(self, warehouse: Warehouse, words: Words) -> None:
        self._words = words
        place = "en" if words.language == "en" else "zh"
        self._products: dict[str, str] = {}
        self._steps: dict[tuple[str, str], str] = {}
        for row in warehouse.frame(_STEPS).iter_rows(named=True):
            self._products[row["product"]] = row[f"product_name_{place}"]
            self._steps[row["product"], row["step"]] = row[f"step_name_{place}"]
        for product, step in warehouse.frame(_SEEN).iter_rows():
            self._products.setdefault(product, product)
            if step is not None:
                self._steps.setdefault((product, step), step)
        self._topics: dict[str, str] = dict(warehouse.frame(_TOPICS).iter_rows())
        pairs = warehouse.frame(_PAIRS)
        self.channels: list[str] = pairs["channel"].drop_nulls().unique().sort().to_list()
        self.sources: list[str] = pairs["source"].drop_nulls().unique().sort().to_list()

    @property
    def products(self) -> list[str]:
        """Ids of all products."""
        return list(self._products)

    def steps(self, product: str) -> list[str]:
        """Ids of a product's steps, in the order of its journey."""
        return [step for owner, step in self._steps if owner == product]

    def product(self, product: str | None) -> str:
        """Name of a product."""
        return self._words("unmapped") if product is None else self._products.get(product, product)

    def step(self, product: str | None, step: str | None) -> str:
        """Name of a step."""
        if step is None:
            return self._words("no_step")
        return self._steps.get((product or "", step), step)

    def place(self, product: str | None, step: str | None) -> str:
        """Product and step in one."""
        if product is None:
            return self._words("unmapped")
        return f"{self.product(product)} · {self.step(product, step)}"

    def step_first(self, product: str | None, step: str | None) -> str:
        """Step, then product: where a narrow column may cut the end."""
        if product is None:
            return self._words("unmapped")
        return f"{self.step(product, step)} · {self.product(product)}"

    def topic(self, topic: str | None) -> str:
        """Label of a topic."""
        return self._words("no_topic") if topic is None else self._topics.get(topic, topic)

    def topics(self) -> dict[str, str]:
        """Id -> label of all topics, groups left out."""
        return {topic: label for topic, label in self._topics.items() if not topic.startswith("g_")}

    def cause(self, cause: str | None) -> str:
        """A cause in words."""
        return self._words("unknown") if cause is None else self._words.of("cause", cause)

    def matter(self, topic: str | None, cause: str | None) -> str:
        """What an obstacle is about: its topic, else its cause."""
        return self.cause(cause) if topic is None else f"{self.topic(topic)} · {self.cause(cause)}"

    def channel(self, channel: str | None) -> str:
        """A channel in words; companies have their own."""
        return self._words.of("channel", channel)
