"""A transfer between provinces: all lanes or none, each side asked for its step, undone where it came to nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from casework.service import transfers
from tests.integration.casework.in_process import ELSEWHERE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED
from tests.library import place_of

pytestmark = pytest.mark.stack

LANES = ["identification", "support:medical"]
DAY = "2026-11-{:02}T09:00:00+07:00"


async def received(cases: CaseworkInProcess) -> str:
    """A case in which the health authority of Lào Cai holds two lanes."""
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    answer = await cases.fact(case_id, HEALTH, "SUPPORT_NEED_ASSESSED", DAY.format(17), lane="support:medical")
    assert answer.status_code == 200, answer.text
    return case_id


async def propose(cases: CaseworkInProcess, case_id: str, office: str = HEALTH, **more: object):
    """The answer to a proposal to Thái Nguyên."""
    body = {"lanes": LANES, "to": ELSEWHERE, "reason": "returns_home", "occurred_at": DAY.format(18), **more}
    return await cases.post(f"/v1/cases/{case_id}/transfers", office, **body)


async def step(cases: CaseworkInProcess, transfer_id: str, what: str, office: str, day: int = 19, **more: object):
    """The answer to a step: `answer`, `person-moved`, `file-received`, `close`."""
    return await cases.post(f"/v1/transfers/{transfer_id}/{what}", office, occurred_at=DAY.format(day), **more)


async def proposed(cases: CaseworkInProcess, *, accepted: bool = False) -> tuple[str, str]:
    """(case, transfer), proposed or accepted."""
    case_id = await received(cases)
    answer = await propose(cases, case_id)
    assert answer.status_code == 200, answer.text
    transfer_id = answer.json()["transfer_id"]
    if accepted:
        assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)).status_code == 200
    return case_id, transfer_id


async def listed(cases: CaseworkInProcess, transfer_id: str, office: str = HEALTH, direction: str = "outgoing") -> Any:
    """A transfer as one side sees it in its list."""
    answer = await cases.http.get(f"/v1/transfers?direction={direction}", office)
    return next(one for one in answer.json()["items"] if one["transfer_id"] == transfer_id)


async def holders(cases: CaseworkInProcess, case_id: str, office: str = GUARD) -> list[str]:
    """Who holds the two lanes."""
    lanes = (await cases.case(case_id, office))["lanes"]
    return [lanes[lane]["holder"] for lane in LANES]


async def fire(cases: CaseworkInProcess, transfer_id: str, hours: float) -> None:
    """Let time pass, and fire what is due then, as the transfer's workflow would."""
    cases.clock.advance(timedelta(hours=hours))
    waits = await transfers.wait_set(cases.uow, transfer_id)
    assert waits is not None
    after = await transfers.fire(cases.uow, cases.book, transfer_id, waits.due(cases.clock.now()))
    assert after == await transfers.wait_set(cases.uow, transfer_id)
    assert not after.due(cases.clock.now())


async def raised(cases: CaseworkInProcess, case_id: str) -> list[tuple[str, str, str]]:
    """(kind, stage, office) of every notice that a transfer led to."""
    found = [(one["kind"], one["stage"], one["office"]) for one in await cases.raised(case_id)]
    return [one for one in found if "transfer" in one[1] or one[0] == "escalation"]


async def test_five_steps_move_all_lanes_and_each_names_who_owes_the_next(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases)
    assert await holders(cases, case_id) == [HEALTH, HEALTH]
    owed = [(await listed(cases, transfer_id))["owed_by"]]
    steps = (
        ("answer", ELSEWHERE, {"accept": True}),
        ("person-moved", HEALTH, {}),
        ("file-received", ELSEWHERE, {}),
        ("close", HEALTH, {}),
    )
    for what, office, body in steps:
        answer = await step(cases, transfer_id, what, office, **body)
        assert answer.status_code == 200, answer.text
        owed.append((await listed(cases, transfer_id))["owed_by"])
    assert owed == [ELSEWHERE, HEALTH, ELSEWHERE, HEALTH, None]
    assert await holders(cases, case_id) == [ELSEWHERE, ELSEWHERE]
    seen = await listed(cases, transfer_id, ELSEWHERE, "incoming")
    assert (seen["case_id"], seen["state"], seen["next_at"]) == (case_id, "sender_closed", None)
    lines = [line["kind"] for line in await cases.timeline(case_id, ELSEWHERE) if line["kind"].startswith("transfer_")]
    assert lines == [f"transfer_{one['state']}" for one in seen["steps"]]
    waits = await transfers.wait_set(cases.uow, transfer_id)
    assert waits is not None
    assert waits.finished


async def test_the_receiver_sees_the_proposal_and_nothing_of_the_file(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases)
    seen = await listed(cases, transfer_id, ELSEWHERE, "incoming")
    assert (seen["from"], seen["lanes"], seen["reason"], seen["age_band"]) == (HEALTH, LANES, "returns_home", "adult")
    assert seen["case_id"] is None
    for path in ("", "/timeline", "/clocks/explanation?rule=B-SELF-04"):
        assert (await cases.http.get(f"/v1/cases/{case_id}{path}", ELSEWHERE)).status_code == 403
    handovers = (await cases.http.get("/v1/handovers?direction=incoming", ELSEWHERE)).json()["items"]
    mine = [one for one in handovers if one["transfer_id"] == transfer_id]
    assert [one["case_id"] for one in mine] == [None, None]
    alone = await cases.post(
        f"/v1/handovers/{mine[0]['handover_id']}/answer", ELSEWHERE, accept=True, occurred_at=DAY.format(19)
    )
    assert (alone.status_code, alone.json()["type"].rsplit("/", 1)[-1]) == (409, "part-of-transfer")


async def test_declined_everything_stays_and_it_can_be_proposed_again(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases)
    assert (await propose(cases, case_id)).json()["lanes"] == LANES  # one at a time
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=False)).status_code == 422
    declined = await step(cases, transfer_id, "answer", ELSEWHERE, accept=False, reason="no_capacity")
    assert declined.status_code == 200
    assert await holders(cases, case_id, HEALTH) == [HEALTH, HEALTH]
    shown = (await cases.case(case_id, HEALTH))["transfers"]
    assert [(one["state"], one["steps"][-1]["reason"]) for one in shown] == [("declined", "no_capacity")]
    assert (await cases.http.get(f"/v1/cases/{case_id}", ELSEWHERE)).status_code == 403
    late = await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)
    assert (late.status_code, late.json()["state"]) == (409, "declined")
    assert (await propose(cases, case_id)).status_code == 200


async def test_nobody_answers_so_it_is_asked_escalated_and_undone(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases)
    await fire(cases, transfer_id, 48)
    assert await raised(cases, case_id) == [("answer", "transfer-accepted", ELSEWHERE)]
    await fire(cases, transfer_id, 24)
    (*_, (_, stage, supervisor)) = await raised(cases, case_id)
    assert stage == "escalate-1"
    assert supervisor not in (ELSEWHERE, HEALTH)
    await fire(cases, transfer_id, 96)
    assert ("fallback", "transfer-lapse", HEALTH) in await raised(cases, case_id)
    assert (await listed(cases, transfer_id))["state"] == "lapsed"
    assert await holders(cases, case_id, HEALTH) == [HEALTH, HEALTH]
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)).status_code == 409
    handovers = (await cases.case(case_id, HEALTH))["handovers"]
    assert {(one["state"], one["lapsed"]) for one in handovers} == {("void", True)}


async def test_each_side_is_asked_for_its_own_step_and_then_its_supervisor(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases, accepted=True)
    await fire(cases, transfer_id, 168)
    assert await raised(cases, case_id) == [("reminder", "transfer-person_moved", HEALTH)]
    await fire(cases, transfer_id, 24)
    assert (await raised(cases, case_id))[-1][1] == "escalate-1"
    assert (await step(cases, transfer_id, "person-moved", ELSEWHERE)).status_code == 200  # it is there: either says so
    await fire(cases, transfer_id, 72)
    assert (await raised(cases, case_id))[-1] == ("reminder", "transfer-file_received", ELSEWHERE)
    assert (await step(cases, transfer_id, "file-received", ELSEWHERE)).status_code == 200
    await fire(cases, transfer_id, 72)
    assert (await raised(cases, case_id))[-1] == ("reminder", "transfer-sender_closed", HEALTH)
    before = await raised(cases, case_id)
    await fire(cases, transfer_id, 0)
    assert await raised(cases, case_id) == before


async def test_the_person_does_not_move_after_all_and_every_lane_comes_back(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases, accepted=True)
    assert (await step(cases, transfer_id, "close", HEALTH, outcome="cancelled")).status_code == 422
    cancelled = await step(cases, transfer_id, "close", HEALTH, 20, outcome="cancelled", reason="safety")
    assert cancelled.status_code == 200, cancelled.text
    assert await holders(cases, case_id) == [HEALTH, HEALTH]
    lane = (await cases.case(case_id, HEALTH))["lanes"]["identification"]
    assert lane["territory"] == place_of(
        "bat-xat"
    )  # the commune of the report, and not the place of the health authority
    moved = await step(cases, transfer_id, "person-moved", HEALTH, 20)
    assert (moved.status_code, moved.json()["state"]) == (409, "cancelled")


async def test_a_lane_that_ends_meanwhile_does_not_hold_the_others_back(cases: CaseworkInProcess) -> None:
    case_id, transfer_id = await proposed(cases)
    # the lane goes to the police of the same province before the receiver answers
    await cases.stated(case_id, (HEALTH, "INITIAL_CHECK_DONE", DAY.format(18)))
    await cases.stated(case_id, (HEALTH, "POLICE_VERIFICATION", DAY.format(18)))
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)).status_code == 200
    assert await holders(cases, case_id) == ["provincial_police/lao-cai", ELSEWHERE]


async def test_an_outcome_alone_does_not_end_a_transfer(cases: CaseworkInProcess) -> None:
    """The case stays open with the crime information, so whoever has the transfer ends it."""
    case_id, transfer_id = await proposed(cases, accepted=True)
    end = {"outcome": "died", "occurred_at": DAY.format(20)}
    stated = await cases.signed(await cases.post(f"/v1/cases/{case_id}/close", ELSEWHERE, **end))
    assert stated.status_code == 200, stated.text
    assert (await listed(cases, transfer_id))["state"] == "accepted"


async def test_of_two_words_at_once_one_wins_and_the_other_learns_what_changed(cases: CaseworkInProcess) -> None:
    _, transfer_id = await proposed(cases)
    answers = await asyncio.gather(
        step(cases, transfer_id, "answer", ELSEWHERE, accept=False, reason="no_capacity"),
        step(cases, transfer_id, "close", HEALTH, outcome="cancelled", reason="other"),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    lost = next(one for one in answers if one.status_code == 409)
    assert lost.json()["state"] == (await listed(cases, transfer_id))["state"]


async def test_the_same_proposal_with_the_same_key_is_one_transfer(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    first, second = [await propose(cases, case_id, key="once") for _ in range(2)]
    assert first.json() == second.json()
    assert len((await cases.case(case_id, HEALTH))["transfers"]) == 1


@pytest.mark.parametrize(
    ("office", "change", "status"),
    [
        (GUARD, {}, 403),
        (ELSEWHERE, {}, 403),
        (HEALTH, {"to": "commune/lao-cai"}, 422),  # not another province: a hand-over
        (HEALTH, {"to": "health_authority/nowhere"}, 422),
        (HEALTH, {"lanes": []}, 422),
        (HEALTH, {"lanes": ["no-such-lane"]}, 422),
        (HEALTH, {"lanes": [*LANES, "crime"]}, 403),  # another office holds it
        (HEALTH, {"reason": "because"}, 422),
        (HEALTH, {"occurred_at": "2099-01-01T00:00:00+07:00"}, 422),
        (HEALTH, {"note": "Nguyễn Văn Ví Dụ"}, 422),
    ],
)
async def test_a_wrong_proposal_is_refused_and_nothing_stored(
    cases: CaseworkInProcess, office: str, change: dict[str, object], status: int
) -> None:
    case_id = await received(cases)
    before = await cases.rows(case_id)
    assert (await propose(cases, case_id, office, **change)).status_code == status
    assert await cases.rows(case_id) == before


async def test_a_step_of_another_office_or_out_of_turn_is_refused(cases: CaseworkInProcess) -> None:
    _, transfer_id = await proposed(cases)
    for office in (HEALTH, GUARD, "health_authority/tay-ninh"):
        assert (await step(cases, transfer_id, "answer", office, accept=True)).status_code == 403
    assert (await step(cases, transfer_id, "person-moved", HEALTH)).status_code == 409
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, 17, accept=True)).status_code == 409
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)).status_code == 200
    assert (await step(cases, transfer_id, "file-received", ELSEWHERE)).status_code == 409
    assert (await step(cases, transfer_id, "person-moved", GUARD)).status_code == 403
    assert (await step(cases, transfer_id, "person-moved", HEALTH)).status_code == 200
    assert (await step(cases, transfer_id, "file-received", HEALTH)).status_code == 403
    assert (await step(cases, transfer_id, "close", ELSEWHERE)).status_code == 403
    assert (await step(cases, transfer_id, "close", HEALTH, outcome="cancelled", reason="other")).status_code == 409
    assert (await step(cases, "transfer_" + "a" * 26, "close", HEALTH)).status_code == 404
