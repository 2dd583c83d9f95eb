"""Waits fire once; late entry is quiet for half an hour; what proves unfounded is withdrawn."""

import asyncio
from datetime import datetime, timedelta

import pytest

from casework.service.waits import earliest_waits, fire
from tests.integration.casework.in_process import HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED

pytestmark = pytest.mark.stack

IN_TIME = (HEALTH, "INITIAL_CHECK_DONE", "2026-11-19T16:00:00+07:00")
TOO_LATE = (HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T09:00:00+07:00")
QUIET = timedelta(minutes=30)


async def late(cases: CaseworkInProcess) -> str:
    """A case whose B-SELF-04 was over ten hours before it was entered."""
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    return case_id


async def claims(cases: CaseworkInProcess, case_id: str) -> list[tuple[str, str, bool, str | None]]:
    """(rule, stage, told, withdrawn by) of each claim of a breach in the lane."""
    statement = "SELECT * FROM casework.claims WHERE case_id = $1 AND stage = 'breach' AND lane = 'identification'"
    rows = await cases.http.sql(statement, case_id)
    return [(row["rule"], row["stage"], row["told_at"] is not None, row["withdrawn_by"]) for row in rows]


def breaches(told: list[dict[str, object]]) -> list[dict[str, object]]:
    """The breaches in the lane among what offices were told."""
    return [one for one in told if (one["kind"], one["lane"]) == ("breach", "identification")]


async def test_a_breach_past_at_entry_is_recorded_at_once_and_told_to_nobody(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    assert (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["state"] == "breached"
    assert await claims(cases, case_id) == [("B-SELF-04", "breach", False, None)]
    await cases.pass_time(case_id, timedelta(minutes=29))
    assert breaches(await cases.raised(case_id)) == []


@pytest.mark.parametrize(("step", "state"), [(IN_TIME, "met"), (TOO_LATE, "met_late")])
async def test_it_goes_unseen_when_the_meeting_fact_comes_meanwhile(
    cases: CaseworkInProcess, step: tuple[str, str, str], state: str
) -> None:
    case_id = await late(cases)
    cases.clock.advance(timedelta(minutes=10))
    [fact_id] = await cases.stated(case_id, step)
    assert await claims(cases, case_id) == [("B-SELF-04", "breach", False, fact_id)]
    await cases.pass_time(case_id, QUIET)
    assert breaches(await cases.raised(case_id)) == []
    assert (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["state"] == state


async def test_after_the_quiet_it_is_told_once(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    for _ in range(3):
        await cases.pass_time(case_id, QUIET)
    [told] = breaches(await cases.raised(case_id))
    assert (told["rule"], told["office"], told["stage"]) == ("B-SELF-04", HEALTH, "tell")


async def test_a_fact_in_time_that_is_entered_late_withdraws_the_told_breach(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    await cases.pass_time(case_id, QUIET)
    [fact_id] = await cases.stated(case_id, IN_TIME)
    assert (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["state"] == "met"
    [line] = [line for line in await cases.timeline(case_id, HEALTH) if line["kind"] == "withdrawn"]
    assert (line["details"]["by"], line["details"]["was_told"]) == (fact_id, True)


async def test_a_late_fact_leaves_the_told_breach_on_record(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    await cases.pass_time(case_id, QUIET)
    await cases.stated(case_id, TOO_LATE)
    assert await claims(cases, case_id) == [("B-SELF-04", "breach", True, None)]


async def test_a_breach_fires_at_its_instant_and_escalates(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened("2026-11-20T08:00:00+07:00")
    steps = (
        (step, state, f"2026-11-20T09:{minute}:00+07:00")
        for (step, state, _), minute in zip((AT_COMMUNE, NOTIFIED, RECEIVED), ("10", "20", "30"), strict=True)
    )
    await cases.stated(case_id, *steps)
    due = timedelta(days=3, hours=14)  # 24 November 00:00, three days after the 20th
    await cases.pass_time(case_id, due - timedelta(minutes=1))
    assert breaches(await cases.raised(case_id)) == []
    await cases.pass_time(case_id, timedelta(minutes=1))
    assert [one["stage"] for one in breaches(await cases.raised(case_id))] == ["breach"]
    await cases.pass_time(case_id, timedelta(hours=24))
    above = [one for one in await cases.raised(case_id) if one["kind"] == "escalation" and one["rule"] == "B-SELF-04"]
    assert [one["stage"] for one in above] == ["escalate-1"]
    assert above[0]["office"] != HEALTH


async def test_waits_fire_once_even_when_fired_at_once(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    cases.clock.advance(QUIET)
    due = (await cases.waits(case_id)).due(cases.clock.now())
    answers = await asyncio.gather(*(fire(cases.uow, cases.book, case_id, due) for _ in range(4)))
    assert len(breaches(await cases.raised(case_id))) == 1
    assert len({answer.version for answer in answers}) == 1
    again = await fire(cases.uow, cases.book, case_id, due)
    assert again == await cases.waits(case_id)


async def test_what_is_not_due_yet_stays(cases: CaseworkInProcess) -> None:
    case_id = await late(cases)
    before = await cases.rows(case_id)
    found = await cases.waits(case_id)
    assert await fire(cases.uow, cases.book, case_id, [wait.wait_id for wait in found.waits]) == found
    assert await cases.rows(case_id) == before


async def test_a_quiet_lane_comes_to_attention_again_and_again(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    for _ in range(12):
        await cases.pass_time(case_id, timedelta(days=7))
    stages = [
        one["stage"]
        for one in await cases.raised(case_id)
        if (one["kind"], one["lane"]) == ("attention", "identification")
    ]
    assert stages[:3] == ["attention-1", "attention-2", "attention-3"]
    assert len(stages) == len(set(stages)) > 3


async def test_the_sweep_sees_every_case_that_waits_page_by_page(cases: CaseworkInProcess) -> None:
    opened = {await cases.opened() for _ in range(5)}
    found: dict[str, datetime] = {}
    after = ""
    while page := await earliest_waits(cases.uow, after, 2):
        found.update(page)
        after = page[-1][0]
    assert opened <= found.keys()
    assert list(found) == sorted(found)
