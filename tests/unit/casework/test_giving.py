"""Members give work by what they saw before: what somebody else changed meanwhile is not overwritten."""

import pytest

from casework.queue.giving import Decided, Holding, decide


@pytest.mark.parametrize(
    ("has", "in_queue", "expected", "to", "decided"),
    [
        (None, True, None, "lan", Decided("given", "lan", moves=True)),
        ("lan", True, "lan", None, Decided("given", None, moves=True)),
        ("lan", True, "lan", "lan", Decided("given", "lan")),
        ("lan", True, None, "minh", Decided("changed", "lan")),
        ("lan", True, None, "lan", Decided("changed", "lan")),
        (None, True, "lan", "minh", Decided("changed", None)),
        ("lan", False, "lan", "minh", Decided("gone", None)),
    ],
)
def test_what_becomes_of_a_line(
    has: str | None, in_queue: bool, expected: str | None, to: str | None, decided: Decided
) -> None:
    assert decide(Holding("case_a", "crime", has, in_queue), expected, to) == decided
