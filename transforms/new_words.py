"""Words that a dictionary lacks, found in a workspace's own text.

A string of characters is a word when its parts stick together (cohesion: pointwise mutual information at its weakest
joint) and when it stands in many surroundings (freedom: entropy of its neighbours on the poorer side). Cohesion after
Church & Hanks 1990; branching entropy after Jin & Tanaka-Ishii 2006 (Unsupervised Segmentation of Chinese Text by Use
of Branching Entropy).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

LONGEST = 6  # characters
LEAST_COUNT = 8
LEAST_COHESION = 3.0  # in bits, at the weakest joint
LEAST_FREEDOM = 1.2  # in bits, on the poorer side
_HAN = (0x3400, 0x9FFF)
# Characters that begin or end phrases rather than words.
_EDGES = "的了是我你他她它们这那个吗呢啊吧么呀哦就都也还又再很太不没有在和与或被把给让到从对向要想会能可请问怎为什如何哪几多少一二三四五六七八九十年月日号元块钱"

SCHEMA = {
    "word": pl.String(),
    "count": pl.Int64(),
    "cohesion": pl.Float64(),
    "freedom": pl.Float64(),
    "example": pl.String(),
}


def new_words(texts: pl.Series, is_known: Callable[[str], bool] = lambda word: False) -> pl.DataFrame:
    """Candidates for the user dictionary, best first, in `SCHEMA`'s columns.

    Phrases of words that are known or candidates themselves (花呗分期 beside 花呗 and 分期) are left out.

    Args:
        texts: problems.
        is_known: whether the segmenter keeps a word whole already, or people refused it.
    """
    said = texts.drop_nulls().unique(maintain_order=True)
    codes = np.frombuffer("\n".join(said.to_list()).encode("utf-32-le"), np.uint32)
    if len(codes) < LEAST_COUNT:
        return pl.DataFrame(schema=SCHEMA)
    han = (codes >= _HAN[0]) & (codes <= _HAN[1])
    total = int(han.sum())
    counts: dict[int, pl.DataFrame] = {1: _grams(codes, han, 1)}
    found = []
    for length in range(2, LONGEST + 1):
        counts[length] = _grams(codes, han, length).filter(pl.col("count") >= LEAST_COUNT)
        found.append(_cohesive(counts, length, total))
    words = pl.concat(found)
    strict = words.filter(
        pl.col("cohesion") >= LEAST_COHESION,
        pl.col("freedom") >= LEAST_FREEDOM,
        ~pl.col("word").str.slice(0, 1).is_in(list(_EDGES)),
        ~pl.col("word").str.slice(-1).is_in(list(_EDGES)),
    )
    best = strict.sort(pl.col("count").log() * pl.col("freedom"), "word", descending=[True, False])
    return _with_examples(_simple(_whole(best), is_known), said).cast(SCHEMA)  # type: ignore[arg-type]


def _grams(codes: np.ndarray[tuple[int], np.dtype[np.uint32]], han: np.ndarray[tuple[int], np.dtype[np.bool_]], length: int) -> pl.DataFrame:  # fmt: skip
    """All strings of `length` Chinese characters: word, count, freedom (bits, poorer side)."""
    n = len(codes) - length + 1
    whole = np.ones(n, bool)
    for offset in range(length):
        whole &= han[offset : offset + n]
    places = np.flatnonzero(whole)
    if not len(places):
        return pl.DataFrame(schema={"word": pl.String, "count": pl.UInt32, "freedom": pl.Float64})
    # A gram is up to six characters of 21 bits: two integers of 64 bits name it.
    keys = [codes[places + offset].astype(np.uint64) for offset in range(length)]
    high, low = np.zeros(len(places), np.uint64), np.zeros(len(places), np.uint64)
    for offset, key in enumerate(keys):
        if offset < LONGEST // 2:
            high = (high << np.uint64(21)) | key
        else:
            low = (low << np.uint64(21)) | key
    before = np.where(places > 0, codes[np.maximum(places - 1, 0)], 0)
    after = codes[np.minimum(places + length, len(codes) - 1)]
    frame = pl.DataFrame({"high": high, "low": low, "before": before, "after": after, "place": places})
    grams = frame.group_by("high", "low").agg(pl.len().alias("count"), pl.col("place").min())
    sides = grams
    for side in ("before", "after"):
        entropy = (
            frame.join(
                grams.filter(pl.col("count") >= LEAST_COUNT).select("high", "low"),
                on=["high", "low"],
                how="semi",
            )
            .group_by("high", "low", side)
            .agg(pl.len().alias("n"))
            .group_by("high", "low")
            # The edge of a text is a new neighbour each time: each counts as one of its own.
            .agg(
                pl.when(pl.col(side) == 10).then(0.0).otherwise(pl.col("n")).sum().alias("inner"),
                (pl.col("n") * pl.col("n").log(2)).filter(pl.col(side) != 10).sum().alias("nlogn"),
                pl.col("n").sum().alias("all"),
            )
            .select("high", "low", (pl.col("all").log(2) - pl.col("nlogn") / pl.col("all")).alias(side))
        )
        sides = sides.join(entropy, on=["high", "low"], how="left")
    text = codes
    order = sides.sort("place")
    rows = order["place"].to_numpy()
    words = [text[place : place + length].tobytes().decode("utf-32-le") for place in rows.tolist()]
    return order.select(
        pl.Series("word", words), "count", pl.min_horizontal("before", "after").alias("freedom")
    )


def _cohesive(counts: dict[int, pl.DataFrame], length: int, total: int) -> pl.DataFrame:
    """word, count, freedom, cohesion: of all joints the weakest, log2 p(word) / (p(left) · p(right))."""
    words = counts[length]
    for joint in range(1, length):
        left = counts[joint].select(pl.col("word").alias("left"), pl.col("count").alias("left_count"))
        right = counts[length - joint].select(
            pl.col("word").alias("right"), pl.col("count").alias("right_count")
        )
        words = (
            words.with_columns(
                pl.col("word").str.slice(0, joint).alias("left"),
                pl.col("word").str.slice(joint).alias("right"),
            )
            .join(left, on="left", how="left")
            .join(right, on="right", how="left")
            .with_columns(
                (
                    pl.col("count").cast(pl.Float64)
                    * total
                    / (pl.col("left_count").cast(pl.Float64) * pl.col("right_count"))
                )
                .log(2)
                .alias(f"joint{joint}")
            )
            .drop("left", "right", "left_count", "right_count")
        )
    weakest = pl.min_horizontal(f"joint{joint}" for joint in range(1, length))
    return words.select("word", "count", "freedom", weakest.alias("cohesion"))


def _whole(words: pl.DataFrame) -> pl.DataFrame:
    """Without parts of longer candidates: 免密支 where nearly each of its uses is 免密支付."""
    longer = words.select(pl.col("word").alias("longer"), pl.col("count").alias("longer_count"))
    inside = (
        words.select("word", "count")
        .join(longer, how="cross")
        .filter(
            pl.col("longer").str.len_chars() > pl.col("word").str.len_chars(),
            pl.col("longer_count") >= 0.8 * pl.col("count"),
            pl.col("longer").str.contains(pl.col("word"), literal=True),
        )
        if words.height < 5_000
        else pl.DataFrame(schema={"word": pl.String})
    )
    return words.join(inside.select("word").unique(), on="word", how="anti", maintain_order="left")


def _simple(words: pl.DataFrame, is_known: Callable[[str], bool]) -> pl.DataFrame:
    """Words that are not known and not put together of such (用花呗付款 is 用, 花呗 and 付款)."""
    kept: set[str] = set()

    def whole(part: str) -> bool:
        return len(part) > 1 and (part in kept or is_known(part))

    def phrase(word: str, pieces: int = 0, single: int = 0) -> bool:
        if not word:
            return pieces > 1
        return any(
            (whole(word[:cut]) and phrase(word[cut:], pieces + 1, single))
            or (cut == 1 and not single and phrase(word[1:], pieces, 1))
            for cut in range(1, len(word) + 1)
        )

    for word in sorted(words["word"].to_list(), key=lambda w: (len(w), w)):
        if not is_known(word) and not phrase(word):
            kept.add(word)
    return words.filter(pl.col("word").is_in(list(kept)))


def _with_examples(words: pl.DataFrame, texts: pl.Series) -> pl.DataFrame:
    """The shortest of the first texts that hold each word."""
    some = texts.head(50_000).rename("example").to_frame()
    if words.is_empty():
        return words.with_columns(pl.lit(None, pl.String).alias("example")).select(list(SCHEMA))
    held = (
        some.with_columns(
            pl.col("example").str.extract_many(words["word"].to_list(), overlapping=True).alias("word")
        )
        .explode("word")
        .drop_nulls("word")
        .sort(pl.col("example").str.len_chars(), "example")
        .unique("word", keep="first", maintain_order=True)
    )
    return words.join(held, on="word", how="left", maintain_order="left").select(list(SCHEMA))
