"""Work ahead by one item in another thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items of an iterator, each made while the one before is in use.

    Polars releases the interpreter while it works, so making and using keep both cores busy. An error of
    the iterator comes where its item would have come.
    """
    with ThreadPoolExecutor(max_workers=1) as maker:
        following = maker.submit(next, items, _END)
        while (item := following.result()) is not _END:
            following = maker.submit(next, items, _END)
            yield item  # type: ignore[misc]
