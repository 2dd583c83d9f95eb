"""A step says in its event whether the workflow of its case must be sent its waits; most need not."""

import pytest

from casework.service.waits import WAKES, wait_set
from tests.integration.casework.amending import STEPS
from tests.integration.casework.in_process import CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED

pytestmark = pytest.mark.stack


async def wakes_at(cases: CaseworkInProcess, case_id: str):
    (row,) = await cases.http.sql("SELECT wakes_at FROM casework.cases WHERE case_id = $1", case_id)
    return row["wakes_at"]


async def arms(cases: CaseworkInProcess, case_id: str) -> list[bool]:
    return [one["arms"] for one in await cases.changes(case_id)]


async def test_only_a_step_that_brings_an_earlier_instant_arms(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    first = await wakes_at(cases, case_id)
    assert first == (await cases.waits(case_id)).next_at
    assert await arms(cases, case_id) == [True]
    for step in (AT_COMMUNE, NOTIFIED, RECEIVED):
        before = await wakes_at(cases, case_id)
        await cases.stated(case_id, step)
        earliest = min(wait.at for wait in (await cases.waits(case_id)).waits if wait.wait_id != WAKES)
        assert (await arms(cases, case_id))[-1] == (earliest < before)
        assert await wakes_at(cases, case_id) == min(before, earliest)


async def test_a_workflow_wakes_at_the_instant_it_holds_and_is_given_the_newest_set(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened("2026-11-20T08:00:00+07:00")
    await cases.stated(case_id, *STEPS[:2])
    held = (await cases.waits(case_id)).next_at
    assert held is not None
    await cases.stated(case_id, STEPS[2])
    assert not (await arms(cases, case_id))[-1], "what takes a wait away needs no signal"
    told = await cases.waits(case_id)
    assert told.waits[0].wait_id == WAKES
    assert told.next_at == held, "a set that is read for another reason does not move the wake later"
    cases.clock.set(held)
    answer = await cases.pass_time(case_id)
    assert answer.next_at is not None
    assert answer.next_at > held
    assert WAKES not in {wait.wait_id for wait in answer.waits}


async def test_waits_that_fire_need_no_event(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    before = len(await cases.changes(case_id))
    earliest = (await cases.waits(case_id)).next_at
    assert earliest is not None
    cases.clock.set(earliest)
    answer = await cases.pass_time(case_id)
    assert await wakes_at(cases, case_id) == answer.next_at
    assert len(await cases.changes(case_id)) == before


async def test_reading_changes_nothing(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    before = await cases.rows(case_id), await wakes_at(cases, case_id)
    await wait_set(cases.uow, case_id)
    assert (await cases.rows(case_id), await wakes_at(cases, case_id)) == before
