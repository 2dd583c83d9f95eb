"""A step is one read and one write. What comes in between is found by the write, and the step is done again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from casework.amendments import refold
from casework.amendments.book import LawBook
from casework.domain.case_file import CaseFile
from casework.service import files
from contracts.events.intake import CaseOpened
from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from contracts.topology import STANDINGS
from kit import direct
from kit.idempotency import NO_KEY, Once
from kit.uow import Tx
from tests.integration.casework.amending import LATER, Amending, slug
from tests.integration.casework.in_process import GUARD, HEALTH, POLICE, CaseworkInProcess

pytestmark = pytest.mark.stack

Between = Callable[[Callable[[], Awaitable[object]]], list[bool]]
RECEIVED = (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-16T11:00:00+07:00")
NOTIFIED = (GUARD, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T10:00:00+07:00")
CHECKED = (HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T09:40:00+07:00")


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Lets something happen after the first read of a step; gives whether each read of the step took the lock."""

    def happen(what: Callable[[], Awaitable[object]]) -> list[bool]:
        real, locked = files.take, list[bool]()

        async def take(tx: Tx, book: LawBook, case_id: str, once: Once = NO_KEY) -> CaseFile:
            file = await real(tx, book, case_id, once)
            locked.append(tx.locks)
            if len(locked) == 1:
                monkeypatch.setattr(files, "take", real)
                await what()
                monkeypatch.setattr(files, "take", take)
            return file

        monkeypatch.setattr(files, "take", take)
        return locked

    return happen


async def law_of(law: Amending, case_id: str) -> int:
    [row] = await law.cases.http.sql("SELECT law_seq FROM casework.cases WHERE case_id = $1", case_id)
    return row["law_seq"]


async def test_a_step_alone_takes_no_lock(cases: CaseworkInProcess, between: Between) -> None:
    case_id = await cases.opened()

    async def nothing() -> None:
        pass

    locked = between(nothing)
    assert (await cases.fact(case_id, *NOTIFIED)).status_code == 200
    assert locked == [False]


async def test_a_step_is_two_statements(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, NOTIFIED)
    with statements(cases) as over_the_api:
        answer = await cases.fact(case_id, POLICE, "CRIME_INFO_CLASSIFIED", NOTIFIED[2], "crime", key=new_id("key"))
        assert answer.status_code == 200
    with statements(cases) as by_event:
        await cases.deliver(received(cases, case_id))
    with statements(cases) as opening:
        await cases.opened()
    assert over_the_api == by_event == opening == ["direct", "direct"]


@contextmanager
def statements(cases: CaseworkInProcess) -> Iterator[list[str]]:
    """What casework sends while the block runs, and by which way; none of it begins or ends a transaction."""
    engine, seen, real = cases.http.engine.sync_engine, list[str](), direct.fetch

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        assert connection.get_execution_options()["isolation_level"] == "AUTOCOMMIT"
        seen.append(f"SQLAlchemy: {statement}")

    async def fetch(connection: AsyncConnection, *more: Any) -> Any:
        options = connection.sync_connection.get_execution_options()
        assert options["isolation_level"] == "AUTOCOMMIT"
        seen.append("direct")
        return await real(connection, *more)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(direct, "fetch", fetch)
            yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def received(cases: CaseworkInProcess, case_id: str) -> VerificationFactStated:
    return VerificationFactStated(
        case_id=case_id,
        fact_id=new_id("fact"),
        lane="identification",
        state="SUPPORT_AGENCY_RECEIVED",
        occurred_at=cases.clock.now(),
        recorded_at=cases.clock.now(),
        office=HEALTH,
        actor="actor-1",
    )


async def test_an_amendment_signed_between_read_and_write_holds(law: Amending, between: Between) -> None:
    case_id = await law.running()
    locked = between(law.signed)
    assert (await law.cases.fact(case_id, *CHECKED)).status_code == 200
    assert locked == [False, True]
    assert await law.stored_due(case_id) == [LATER]
    assert await law_of(law, case_id) == 1


async def test_a_refold_between_read_and_write_is_not_undone(law: Amending, between: Between) -> None:
    case_id = await law.cases.opened("2026-11-16T08:00:00+07:00")  # no clock of it moves: its version stays

    async def amended() -> None:
        await law.signed()
        while await refold.take_batch(law.cases.uow, law.cases.book, 2):
            pass

    between(amended)
    assert (await law.cases.fact(case_id, *NOTIFIED)).status_code == 200
    assert await law_of(law, case_id) == 1


async def test_a_step_between_read_and_write_is_not_lost(cases: CaseworkInProcess, between: Between) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, NOTIFIED)
    before = await cases.rows(case_id)
    locked = between(lambda: cases.fact(case_id, *RECEIVED))
    assert (await cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-16T12:00:00+07:00")).status_code == 200
    after = await cases.rows(case_id)
    assert locked == [False, True]
    assert (after["facts"], after["version"]) == (before["facts"] + 2, before["version"] + 2)


async def test_a_step_that_no_longer_fits_is_refused_and_stores_nothing(
    cases: CaseworkInProcess, between: Between
) -> None:
    case_id = await cases.opened(office=HEALTH, commune=None)  # nobody else owes anything, so the closing ends the case
    closing = {"outcome": "duplicate", "occurred_at": "2026-11-16T12:00:00+07:00"}
    stated = await cases.post(f"/v1/cases/{case_id}/close", HEALTH, **closing)
    locked = between(lambda: cases.signed(stated))
    answer = await cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-16T12:00:00+07:00")
    assert slug(answer) == (409, "case-closed")
    assert locked == [False, True]
    assert (await cases.rows(case_id))["facts"] == 1, "the closing"


async def test_one_key_sent_many_times_at_once_is_one_step(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    key = new_id("key")
    answers = await asyncio.gather(*(cases.fact(case_id, *NOTIFIED, key=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["fact_id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count("true") == 5
    assert len({answer.headers[STANDINGS.version_header] for answer in answers}) == 1, "a repetition says it too"
    assert (await cases.rows(case_id))["facts"] == 1


async def test_one_key_for_two_cases_at_once_is_one_step(cases: CaseworkInProcess) -> None:
    both, key = [await cases.opened() for _ in range(2)], new_id("key")
    answers = await asyncio.gather(*(cases.fact(case_id, *NOTIFIED, key=key) for case_id in both))
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert sum([(await cases.rows(case_id))["facts"] for case_id in both]) == 1


async def test_steps_of_one_case_at_the_same_time_are_all_stored(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    [first] = await cases.stated(case_id, NOTIFIED)
    before = await cases.rows(case_id)
    earlier = {"occurred_at": "2026-11-16T09:50:00+07:00", "reason": "Nhập nhầm giờ."}
    answers = await asyncio.gather(
        cases.fact(case_id, *RECEIVED),
        cases.fact(case_id, POLICE, "CRIME_INFO_CLASSIFIED", "2026-11-16T12:00:00+07:00", "crime"),
        cases.post(f"/v1/facts/{first}/correction", GUARD, **earlier),
    )
    assert [answer.status_code for answer in answers] == [200] * 3, [answer.text for answer in answers]
    after = await cases.rows(case_id)
    assert (after["facts"], after["corrections"]) == (before["facts"] + 2, 1)
    assert after["version"] == before["version"] + 3
    assert cases.vault.sealed == [earlier["reason"]], "a step that is done again seals once"


async def test_a_fact_delivered_twice_at_once_is_stored_once(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, NOTIFIED)
    fact = received(cases, case_id)
    before = await cases.rows(case_id)
    await asyncio.gather(*(cases.deliver(fact) for _ in range(4)))
    after = await cases.rows(case_id)
    assert (after["facts"], after["version"]) == (before["facts"] + 1, before["version"] + 1)


async def test_a_case_that_is_opened_twice_at_once_is_one_case(cases: CaseworkInProcess) -> None:
    opened = CaseOpened(
        case_id=new_id("case"),
        report_id=new_id("report"),
        route="self_report",
        channel="in_person",
        office=GUARD,
        actor="actor-1",
        territory="lao-cai",
        commune="bat-xat",
        age_band="adult",
        occurred_at=cases.clock.now(),
        recorded_at=cases.clock.now(),
    )
    await asyncio.gather(*(cases.deliver(opened) for _ in range(4)))
    assert (await cases.rows(opened.case_id))["version"] == 1
    assert len(await cases.changes(opened.case_id)) == 1
