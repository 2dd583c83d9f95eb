"""Whoever wakes first claims what is due in all cases; their folds follow, and nothing is early, missing or twice."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.claims import claim, fold, repository
from casework.domain.case_file import CaseFile
from casework.service import waits
from casework.service.files import lock
from casework.service.waits import Asked, fire
from casework.workflows.ports import WaitSet
from contracts.problems import Unavailable
from regulations import Wait
from tests.integration.casework.amending import DUE, LATER, STEPS, Amending
from tests.integration.casework.in_process import ELSEWHERE, HEALTH, CaseworkInProcess

pytestmark = pytest.mark.stack

DAYS = timedelta(days=3, hours=14)
"""After it the breach of B-SELF-04 is due, with warnings and escalations before it."""
UNLIKE = ("version", "outbox", "idempotency")


def nothing() -> None:
    """The fold follows when a test says so."""


async def woke(cases: CaseworkInProcess, *case_ids: str) -> list[WaitSet | Exception]:
    """The workflows of these cases wake now."""
    asked = [Asked(one, (await cases.waits(one)).due(cases.clock.now())) for one in case_ids]
    return await waits.fire_for_all(cases.uow, cases.book, nothing, asked)


async def folded(cases: CaseworkInProcess) -> None:
    assert not await fold.fold_all(cases.uow, cases.book)


async def owed(cases: CaseworkInProcess) -> int:
    (row,) = await cases.http.sql("SELECT count(*) AS n FROM casework.waits WHERE claimed_at IS NOT NULL")
    return row["n"]


async def told(cases: CaseworkInProcess, case_id: str) -> Counter[tuple[str, str | None, str]]:
    """What offices were notified of by a wait: (kind, rule, stage). Without what the reporter is told of its report."""
    raised = (one for one in await cases.raised(case_id) if one["kind"] != "received")
    return Counter((one["kind"], one["rule"], one["stage"]) for one in raised)


async def counts(cases: CaseworkInProcess, case_id: str) -> dict[str, int]:
    return {name: number for name, number in (await cases.rows(case_id)).items() if name not in UNLIKE}


async def lines(cases: CaseworkInProcess, case_id: str) -> list[tuple[str, ...]]:
    """The timeline, with every fact's id made the same."""
    names = ("kind", "lane", "state", "rule", "office", "details", "occurred_at")
    found = [tuple(str(one.get(name)) for name in names) for one in await cases.timeline(case_id, HEALTH)]
    return sorted(tuple(re.sub(r"fact_\w+", "a fact", text) for text in line) for line in found)


async def test_the_first_that_wakes_claims_for_all_and_each_is_as_if_alone(law: Amending) -> None:
    cases = law.cases
    alone, first, *others = [await law.running() for _ in range(6)]
    cases.clock.advance(DAYS)
    async with cases.uow() as tx:
        await lock(tx, cases.book, alone)  # the claims pass it over
        await woke(cases, first)
    by_itself = await fire(cases.uow, cases.book, alone, (await cases.waits(alone)).due(cases.clock.now()))
    assert await owed(cases) > 0
    for case_id in others:
        assert await told(cases, case_id) >= Counter({("breach", "B-SELF-04", "breach"): 1}), "nobody else woke yet"
    for case_id in (first, *others):
        (answer,) = await woke(cases, case_id)
        assert answer == await cases.waits(case_id)
        assert isinstance(answer, WaitSet)
        assert answer.next_at == by_itself.next_at
    await folded(cases)
    assert await owed(cases) == 0
    for case_id in (first, *others):
        assert await told(cases, case_id) == await told(cases, alone)
        assert await counts(cases, case_id) == await counts(cases, alone)
        assert await lines(cases, case_id) == await lines(cases, alone)
        assert len((await cases.waits(case_id)).waits) == len(by_itself.waits)


async def test_those_that_wake_later_read_and_change_nothing(law: Amending) -> None:
    cases = law.cases
    first, later = [await law.running() for _ in range(2)]
    cases.clock.set(datetime.fromisoformat(DUE) - timedelta(microseconds=1))
    await woke(cases, first, later)  # what is due before
    held = await cases.waits(later)
    cases.clock.advance(timedelta(microseconds=1))
    asked = Asked(later, held.due(cases.clock.now()))
    assert asked.wait_ids
    await woke(cases, first)
    before = await cases.rows(later)
    (answer,) = await waits.fire_for_all(cases.uow, cases.book, nothing, [asked])
    assert isinstance(answer, WaitSet)
    assert not answer.holds_any(asked.wait_ids)
    assert answer.version > held.version
    assert await cases.rows(later) == before


async def test_two_workers_at_once_claim_each_wait_once(law: Amending) -> None:
    cases = law.cases
    several = [await law.running() for _ in range(8)]
    cases.clock.advance(DAYS)
    await asyncio.gather(*(woke(cases, one) for one in several), *(claim.claim_all(cases.uow, {}) for _ in range(4)))
    await asyncio.gather(*(fold.fold_all(cases.uow, cases.book) for _ in range(2)))
    await folded(cases)
    for case_id in several:
        found = await told(cases, case_id)
        assert found[("breach", "B-SELF-04", "breach")] == 1
        assert set(found.values()) == {1}
        assert not (await cases.waits(case_id)).due(cases.clock.now())


async def test_nothing_is_early(law: Amending) -> None:
    cases = law.cases
    case_id = await law.running()
    cases.clock.set(datetime.fromisoformat(DUE) - timedelta(microseconds=1))
    await claim.claim_all(cases.uow, {})
    assert ("breach", "B-SELF-04", "breach") not in await told(cases, case_id)
    cases.clock.advance(timedelta(microseconds=1))
    await claim.claim_all(cases.uow, {})
    assert (await told(cases, case_id))[("breach", "B-SELF-04", "breach")] == 1


async def test_a_process_that_ends_before_the_fold_loses_nothing(law: Amending) -> None:
    cases = law.cases
    case_id = await law.running()
    cases.clock.advance(DAYS)
    await claim.claim_all(cases.uow, {})
    next_process = asyncio.create_task(fold.FoldsAfterClaims(cases.uow, cases.book).run())
    async with asyncio.timeout(20):
        while await owed(cases):
            assert not next_process.done()
    next_process.cancel()
    assert (await told(cases, case_id))[("breach", "B-SELF-04", "breach")] == 1


async def test_a_defective_case_keeps_no_other_from_its_fold(law: Amending) -> None:
    cases = law.cases
    defective, *_ = [await law.running() for _ in range(3)]
    cases.clock.advance(DAYS)
    await claim.claim_all(cases.uow, {})
    await cases.http.sql("UPDATE casework.facts SET kind = kind || '?' WHERE case_id = $1", defective)
    try:
        assert await fold.fold_all(cases.uow, cases.book), "the defective one is left"
        left = await cases.http.sql("SELECT DISTINCT case_id FROM casework.waits WHERE claimed_at IS NOT NULL")
        assert [row["case_id"] for row in left] == [defective]
    finally:
        await cases.http.sql("UPDATE casework.facts SET kind = rtrim(kind, '?') WHERE case_id = $1", defective)
    await folded(cases)


async def test_a_closed_case_is_folded_also_after_an_amendment(law: Amending) -> None:
    """The re-fold passes closed cases over, and a closed case may still wait, for example in a lane of support."""
    cases = law.cases
    case_id = await law.running()
    cases.clock.advance(DAYS)
    await claim.claim_all(cases.uow, {})
    await cases.http.sql("UPDATE casework.cases SET closed = true WHERE case_id = $1", case_id)
    await law.signed()
    await folded(cases)
    assert await owed(cases) == 0


async def test_a_step_between_the_claim_and_its_fold_is_the_fold(law: Amending) -> None:
    cases = law.cases
    case_id = await law.running()
    cases.clock.advance(DAYS)
    await claim.claim_all(cases.uow, {})
    assert await owed(cases) > 0
    await cases.stated(case_id, (HEALTH, "INITIAL_CHECK_DONE", "2026-11-23T16:00:00+07:00"))
    assert await owed(cases) == 0
    statement = (
        "SELECT withdrawn_by FROM casework.claims WHERE case_id = $1 AND stage = 'breach' AND rule = 'B-SELF-04'"
    )
    [row] = await cases.http.sql(statement, case_id)
    assert row["withdrawn_by"] is not None, "the step had been done in time and was entered late"


async def test_an_amendment_signed_between_read_and_write_holds(law: Amending, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = law.cases
    several = [await law.running() for _ in range(3)]
    proposed = await law.propose()
    cases.clock.advance(DAYS)
    read, reads = repository.due, 0

    async def then_it_is_signed(session: Any, case_ids: Sequence[str], now: datetime) -> list[tuple[str, Wait]]:
        nonlocal reads
        found = await read(session, case_ids, now)
        reads += 1
        if reads == 1:
            assert (await law.sign(proposed)).status_code == 200
        return found

    monkeypatch.setattr(repository, "due", then_it_is_signed)
    assert await claim.claim_all(cases.uow, {}) == 0
    await woke(cases, *several)
    await law.applied(proposed)
    await claim.claim_all(cases.uow, {})
    await folded(cases)
    for case_id in several:
        assert ("breach", "B-SELF-04", "breach") not in await told(cases, case_id)
        assert await law.stored_due(case_id) == [LATER]


async def test_an_amendment_signed_while_one_case_acts_for_itself_holds(
    law: Amending, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = law.cases
    case_id = await law.running()
    proposed = await law.propose()
    cases.clock.advance(DAYS)
    read, reads = waits.lock_free, 0

    async def then_it_is_signed(*given: Any) -> dict[str, CaseFile]:
        nonlocal reads
        found = await read(*given)
        reads += 1
        if reads == 1:
            assert (await law.sign(proposed)).status_code == 200
        return found

    monkeypatch.setattr(waits, "lock_free", then_it_is_signed)
    asked = [Asked(case_id, (await cases.waits(case_id)).due(cases.clock.now()))]
    with pytest.raises(Unavailable):
        await waits.fire_together(cases.uow, cases.book, asked)
    await waits.fire_together(cases.uow, cases.book, asked)
    assert ("breach", "B-SELF-04", "breach") not in await told(cases, case_id)


async def test_a_case_behind_the_law_goes_by_the_fold(law: Amending) -> None:
    cases = law.cases
    case_id = await law.running()
    await law.signed()
    cases.clock.advance(DAYS)
    assert await claim.claim_all(cases.uow, {}) == 0
    (answer,) = await woke(cases, case_id)
    assert isinstance(answer, WaitSet)
    assert not answer.due(cases.clock.now())
    assert ("breach", "B-SELF-04", "breach") not in await told(cases, case_id)


async def test_a_case_that_is_being_changed_is_claimed_when_it_wakes(law: Amending) -> None:
    cases = law.cases
    busy, free = [await law.running() for _ in range(2)]
    before = await told(cases, busy)
    cases.clock.advance(DAYS)
    async with cases.uow() as tx:
        await lock(tx, cases.book, busy)
        await woke(cases, free)
        assert await told(cases, busy) == before
    await woke(cases, busy)
    assert await told(cases, busy) == await told(cases, free)


async def test_what_only_a_fold_can_do_goes_by_the_fold(law: Amending) -> None:
    """A hand-over that nobody answered lapses, and the fallback office is notified."""
    cases = law.cases
    case_id = await cases.opened("2026-11-20T08:00:00+07:00")
    await cases.stated(case_id, *STEPS[:2])  # the health authority holds the lane, and has not acknowledged it
    at = "2026-11-20T09:40:00+07:00"
    body = {"lane": "identification", "to": ELSEWHERE, "reason": "returns_home", "occurred_at": at}
    answer = await cases.post(f"/v1/cases/{case_id}/handovers", HEALTH, **body)
    assert answer.status_code in (200, 201), answer.text
    stages = {"acknowledge", "answer"}
    statement = "SELECT body->>'stage' AS stage, at FROM casework.waits WHERE case_id = $1"
    open_now = await cases.http.sql(statement, case_id)
    assert stages <= {row["stage"] for row in open_now}
    cases.clock.set(max(row["at"] for row in open_now if row["stage"] in stages))
    await claim.claim_all(cases.uow, {})
    assert not stages & {one["stage"] for one in await cases.raised(case_id)}
    await woke(cases, case_id)
    assert stages <= {one["stage"] for one in await cases.raised(case_id)}
    [row] = await cases.http.sql("SELECT lapsed_at FROM casework.handovers WHERE case_id = $1", case_id)
    assert row["lapsed_at"] is not None


async def test_the_fold_after_a_claim_needs_no_signal(law: Amending) -> None:
    cases = law.cases
    several = [await law.running() for _ in range(2)]
    cases.clock.set(datetime.fromisoformat(DUE))
    await woke(cases, *several)
    before = {one: len(await cases.changes(one)) for one in several}
    given = {one: (await cases.waits(one)).next_at for one in several}
    await folded(cases)
    for case_id in several:
        assert not [one for one in (await cases.changes(case_id))[before[case_id] :] if one["arms"]]
        assert (await cases.waits(case_id)).next_at == given[case_id]
