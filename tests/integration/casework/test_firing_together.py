"""Waits of several cases that are due at one instant fire in one transaction, each as it would alone."""

import asyncio

import pytest

from casework.errors import UnknownCase
from casework.service import waits
from casework.service.files import lock
from casework.service.waits import Asked, fire
from contracts.ids import new_id
from tests.integration.casework.in_process import CaseworkInProcess
from tests.integration.casework.test_waits import QUIET, breaches, late

pytestmark = pytest.mark.stack


async def asked(cases: CaseworkInProcess, case_id: str) -> Asked:
    return Asked(case_id, (await cases.waits(case_id)).due(cases.clock.now()))


async def test_each_is_done_as_alone(cases: CaseworkInProcess) -> None:
    alone, *several = [await late(cases) for _ in range(4)]
    cases.clock.advance(QUIET)
    by_itself = await fire(cases.uow, cases.book, alone, (await asked(cases, alone)).wait_ids)
    answers = await waits.fire_together(cases.uow, cases.book, [await asked(cases, one) for one in several])
    for case_id, answer in zip(several, answers, strict=True):
        assert answer == await cases.waits(case_id)
        assert len(breaches(await cases.raised(case_id))) == 1
        assert await cases.rows(case_id) == await cases.rows(alone)
        assert len(answer.waits) == len(by_itself.waits)


async def test_again_and_twice_changes_nothing(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    cases.clock.advance(QUIET)
    one = await asked(cases, case_id)
    first, second = await waits.fire_together(cases.uow, cases.book, [one, one])
    assert first == second == (await waits.fire_together(cases.uow, cases.book, [one]))[0]
    assert len(breaches(await cases.raised(case_id))) == 1


async def test_an_unknown_case_is_its_own_trouble(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    cases.clock.advance(QUIET)
    unknown = Asked(new_id("case"), ("a",))
    wrong, answer = await waits.fire_together(cases.uow, cases.book, [unknown, await asked(cases, case_id)])
    assert isinstance(wrong, UnknownCase)
    assert answer == await cases.waits(case_id)
    assert len(breaches(await cases.raised(case_id))) == 1


async def test_a_case_that_is_being_changed_holds_nobody_up(cases: CaseworkInProcess) -> None:
    free, busy = await late(cases), await late(cases)
    cases.clock.advance(QUIET)
    both = [await asked(cases, busy), await asked(cases, free)]
    async with cases.uow() as tx:
        await lock(tx, cases.book, busy)
        firing = asyncio.create_task(waits.fire_together(cases.uow, cases.book, both))
        while not breaches(await cases.raised(free)):
            assert not firing.done()
        assert breaches(await cases.raised(busy)) == []
    assert [one == await cases.waits(case_id) for one, case_id in zip(await firing, (busy, free), strict=True)] == [
        True,
        True,
    ]
    assert len(breaches(await cases.raised(busy))) == 1


async def test_what_is_not_due_stays(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    before = await cases.rows(case_id)
    open_now = await cases.waits(case_id)
    every = Asked(case_id, tuple(wait.wait_id for wait in open_now.waits))
    assert await waits.fire_together(cases.uow, cases.book, [every]) == [open_now]
    assert await cases.rows(case_id) == before


async def test_a_wait_that_cannot_be_claimed_holds_back_no_other_case(
    cases: CaseworkInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> int:
        raise ValueError

    several = [await late(cases) for _ in range(2)]
    cases.clock.advance(QUIET)
    monkeypatch.setattr(waits, "claim_all", fails)
    asking = [await asked(cases, one) for one in several]
    answers = await waits.fire_for_all(cases.uow, cases.book, lambda: None, asking)
    assert answers == [await cases.waits(one) for one in several]
    assert [len(breaches(await cases.raised(one))) for one in several] == [1, 1]
