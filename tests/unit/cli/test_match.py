"""The subset rules of a scenario's `answer`."""

import pytest

from neove.player.match import ABSENT, Mismatch, mismatches, pick

HOLDS = [
    ({}, {"a": 1}),
    ({"a": {"b": "x"}}, {"a": {"b": "x", "c": 1}, "d": 2}),
    ({"a": None}, {}),
    ({"a": None}, {"a": None}),
    ({"a": "/met/"}, {"a": "met_late"}),
    ({"a": "/^[0-9]{3}$/"}, {"a": 123}),
    ({"a": "/needle/"}, {"a": {"b": ["a needle"]}}),
    ({"a": "2026-10-13T00:00:00+07:00"}, {"a": "2026-10-12T17:00:00Z"}),
    ({"a": "2026-10-13T00:00:00+07:00"}, {"a": "2026-10-12T17:00:00.000000+00:00"}),
    ({"a": ["x"]}, {"a": ["y", "x"]}),
    ({"a": []}, {"a": ["y"]}),
    ({"a": [{"id": "2"}]}, {"a": [{"id": "1"}, {"id": "2", "state": "declined"}]}),
    ({"a": "true"}, {"a": True}),
    ({"a": "9"}, {"a": 9}),
    ({"a": "9.50"}, {"a": 9.5}),
    ({"a": "9"}, {"a": "9"}),
    ({"a": "yes"}, {"a": "yes"}),
    ({"a": 7}, {"a": 7}),
    (["x"], ["x"]),
    ({"a": "/"}, {"a": "/"}),
    ({"a": "2026-13-45T00:00:00Z"}, {"a": "2026-13-45T00:00:00Z"}),
]

FAILS = [
    ({"a": "x"}, {}),
    ({"a": "x"}, None),
    ({"a": None}, {"a": False}),
    ({"a": None}, {"a": ""}),
    ({"a": "/met/"}, {"a": None}),
    ({"a": "/^met$/"}, {"a": "met_late"}),
    ({"a": "2026-10-13T00:00:00+07:00"}, {"a": "2026-10-13T00:00:00Z"}),
    ({"a": ["x"]}, {"a": ["y"]}),
    ({"a": ["x"]}, {"a": "x"}),
    ({"a": {"b": "x"}}, {"a": ["b"]}),
    ({"a": "yes"}, {"a": True}),
    ({"a": "1"}, {"a": True}),
    ({"a": "nine"}, {"a": 9}),
    ({"a": "x"}, {"a": {"x": 1}}),
    ({"a": 1}, {"a": True}),
]


@pytest.mark.parametrize(("expected", "actual"), HOLDS)
def test_holds(expected: object, actual: object) -> None:
    assert mismatches(expected, actual) == []


@pytest.mark.parametrize(("expected", "actual"), FAILS)
def test_does_not_hold(expected: object, actual: object) -> None:
    assert mismatches(expected, actual)


def test_names_every_place_that_differs() -> None:
    expected = {"lanes": {"crime": {"state": "OPEN"}}, "flags": ["gap"], "status": "victim"}
    actual = {"lanes": {"crime": {"state": "CLOSED"}}, "flags": ["other"], "status": "victim"}
    assert mismatches(expected, actual) == [
        Mismatch("lanes.crime.state", "OPEN", "CLOSED"),
        Mismatch("flags[0]", "gap", ["other"]),
    ]


def test_says_that_nothing_is_there() -> None:
    assert mismatches({"a": {"b": "x"}}, {"a": {}}) == [Mismatch("a.b", "x", ABSENT)]


@pytest.mark.parametrize(
    ("path", "found"),
    [("cases.A", "case_1"), ("items.1.id", 2), ("items.9.id", ABSENT), ("cases.B", ABSENT), ("cases.A.x", ABSENT)],
)
def test_picks_by_dotted_path(path: str, found: object) -> None:
    assert pick({"cases": {"A": "case_1"}, "items": [{"id": 1}, {"id": 2}]}, path) == found
