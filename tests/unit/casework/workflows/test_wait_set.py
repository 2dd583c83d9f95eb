"""The pure decisions of the workflow: what is due, what comes next, whether anything is left."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from casework.workflows.calls import PATIENT_RETRY
from casework.workflows.ports import FIRST_PAUSE, LONGEST_PAUSE, Wait, WaitSet

CASE = "case_" + "a" * 26
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def waits(*minutes: int, version: int = 1, closed: bool = False) -> WaitSet:
    made = tuple(Wait(wait_id=f"w{n}", at=NOON + timedelta(minutes=n)) for n in minutes)
    return WaitSet(case_id=CASE, version=version, waits=made, closed=closed)


def test_the_next_instant_is_the_earliest_whatever_the_order():
    assert waits(9, 3, 5).next_at == NOON + timedelta(minutes=3)


def test_without_waits_there_is_no_next_instant():
    assert waits().next_at is None


def test_due_is_what_the_instant_has_reached_the_earliest_first():
    assert waits(9, 5, 0).due(NOON + timedelta(minutes=5)) == ("w0", "w5")


def test_a_microsecond_before_the_instant_nothing_is_due():
    assert waits(0).due(NOON - timedelta(microseconds=1)) == ()
    assert waits(0).due(NOON) == ("w0",)


@pytest.mark.parametrize(("left", "closed", "finished"), [((), True, True), ((1,), True, False), ((), False, False)])
def test_finished_is_closed_with_nothing_left(left: tuple[int, ...], closed: bool, finished: bool):
    assert waits(*left, closed=closed).finished is finished


def test_holds_any_looks_for_the_ids():
    assert waits(1, 2).holds_any(("w2", "w7"))
    assert not waits(1, 2).holds_any(("w7",))
    assert not waits().holds_any(())


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValidationError):
        Wait(wait_id="w", at=datetime(2026, 3, 2, 12))  # noqa: DTZ001  # the point of the test


def test_free_text_cannot_be_a_wait_or_a_case():
    with pytest.raises(ValidationError):
        Wait(wait_id="Nguyễn Thị Bịa", at=NOON)
    with pytest.raises(ValidationError):
        WaitSet(case_id="Nguyễn Thị Bịa", version=1)


def test_a_newer_field_is_no_obstacle_for_an_older_worker():
    told = waits(1).model_dump(mode="json") | {"added_later": 1}
    assert WaitSet.model_validate(told) == waits(1)


def test_a_wait_is_never_given_up():
    assert PATIENT_RETRY.maximum_attempts == 0
    assert PATIENT_RETRY.maximum_interval is not None
    assert PATIENT_RETRY.maximum_interval <= timedelta(seconds=5)
    assert FIRST_PAUSE < LONGEST_PAUSE
