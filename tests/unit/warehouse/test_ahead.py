import threading

import pytest

from warehouse.ahead import ahead


def test_items_come_in_order_and_one_ahead():
    made = []

    def items():
        for n in range(4):
            made.append((n, threading.current_thread() is threading.main_thread()))
            yield n

    assert list(ahead(items())) == [0, 1, 2, 3]
    assert made == [(n, False) for n in range(4)]


def test_nothing_and_none_are_items_like_others():
    assert list(ahead(iter([]))) == []
    assert list(ahead(iter([None, 0]))) == [None, 0]


def test_an_error_comes_in_its_place():
    def items():
        yield 1
        raise ValueError("broken")

    found = []
    with pytest.raises(ValueError, match="broken"):
        for item in ahead(items()):
            found.append(item)
    assert found == [1]
