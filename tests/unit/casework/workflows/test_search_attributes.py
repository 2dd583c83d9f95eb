"""An upsert is an event: nothing is written that is there already."""

from datetime import UTC, datetime

from temporalio.common import TypedSearchAttributes

from casework.workflows.ports import Wait, WaitSet
from casework.workflows.search_attributes import CASE_ID, NEXT_AT, WAITS_VERSION, at_start, changes

CASE = "case_" + "a" * 26
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITS = WaitSet(case_id=CASE, version=3, waits=(Wait(wait_id="w", at=AT),))


def test_a_run_starts_with_all_of_them():
    started = at_start(WAITS)
    assert (started[CASE_ID], started[WAITS_VERSION], started[NEXT_AT]) == (CASE, 3, AT)


def test_without_waits_there_is_no_instant_to_show():
    assert at_start(WAITS.model_copy(update={"waits": ()})).get(NEXT_AT) is None


def test_nothing_changes_right_after_the_start():
    assert changes(at_start(WAITS), WAITS) == []


def test_only_what_differs_is_changed():
    (update,) = changes(at_start(WAITS), WAITS.model_copy(update={"version": 4}))
    assert (update.key, update.value) == (WAITS_VERSION, 4)


def test_an_instant_that_is_gone_is_removed():
    (update,) = changes(at_start(WAITS), WAITS.model_copy(update={"waits": ()}))
    assert (update.key, update.value) == (NEXT_AT, None)


def test_attributes_that_were_never_set_are():
    assert {update.key for update in changes(TypedSearchAttributes([]), WAITS)} == {WAITS_VERSION, NEXT_AT}
