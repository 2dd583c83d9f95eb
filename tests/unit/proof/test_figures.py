"""Figures of messages see what they are for: messages that change places, and floods."""

import pytest

from tests.load.figures import busiest_second, out_of_order

TOLD = [("a1", "A"), ("b1", "B"), ("a2", "A"), ("b2", "B"), ("a3", "A")]


@pytest.mark.parametrize(
    ("came", "turned"),
    [
        (["a1", "b1", "a2", "b2", "a3"], 0),
        (["b1", "b2", "a1", "a2", "a3"], 0),  # between cases there is no order
        (["a2", "a1", "a3"], 1),
        (["a3", "a2", "a1", "b2", "b1"], 3),
        (["a1", "a2", "a1", "a3"], 0),  # a repetition is no change of places
        (["a1", "a3"], 0),  # what is missing is counted elsewhere
        ([], 0),
    ],
)
def test_messages_that_change_places_within_a_case(came: list[str], turned: int) -> None:
    assert out_of_order(came, TOLD) == turned


@pytest.mark.parametrize(
    ("instants", "most"),
    [
        ([], 0),
        ([5.0], 1),
        ([0.0, 1.0, 2.0], 1),
        ([0.6, 0.9, 1.4, 1.5], 4),  # across the full second too
        ([3.0, 0.0, 3.1, 3.999, 4.0], 3),
    ],
)
def test_the_busiest_second_may_begin_at_any_instant(instants: list[float], most: int) -> None:
    assert busiest_second(instants) == most
