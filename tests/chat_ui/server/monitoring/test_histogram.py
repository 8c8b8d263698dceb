"""Counting values by size."""

from chat_ui.server.monitoring.histogram import Histogram


def test_each_value_is_in_the_bucket_that_it_fits() -> None:
    values = Histogram(0.1, 1, 10)
    assert values.cumulative() == [0, 0, 0, 0]
    for each in (0.05, 0.1, 0.11, 1, 5, 11, 1000):
        values.add(each)
    assert values.cumulative() == [2, 4, 5, 7]
    assert values.total == sum((0.05, 0.1, 0.11, 1, 5, 11, 1000))


def test_what_a_clock_set_back_gives_is_nothing() -> None:
    values = Histogram(1)
    values.add(-5)
    assert (values.cumulative(), values.total) == ([1, 1], 0)
