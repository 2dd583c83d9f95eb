"""A hand-over: proposed, declined, lapsed, accepted; the first valid answer wins; nothing is shown before it."""

import asyncio
from datetime import timedelta

import pytest

from tests.integration.casework.in_process import COMMUNE, ELSEWHERE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED

pytestmark = pytest.mark.stack

PROPOSED_AT, ANSWERED_AT = "2026-11-18T09:00:00+07:00", "2026-11-18T15:00:00+07:00"


async def received(cases: CaseworkInProcess) -> str:
    """A case that the health authority of Lào Cai holds."""
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    return case_id


async def propose(cases: CaseworkInProcess, case_id: str, office: str = HEALTH, **more: str):
    """The answer to a proposal to Thái Nguyên."""
    body = {"lane": "identification", "to": ELSEWHERE, "reason": "returns_home", "occurred_at": PROPOSED_AT, **more}
    return await cases.post(f"/v1/cases/{case_id}/handovers", office, **body)


async def answer(cases: CaseworkInProcess, handover_id: str, office: str = ELSEWHERE, **more: object):
    """The answer to an answer."""
    body = {"occurred_at": ANSWERED_AT, **more}
    return await cases.post(f"/v1/handovers/{handover_id}/answer", office, **body)


async def incoming(cases: CaseworkInProcess, office: str, handover_id: str) -> dict[str, object]:
    """A hand-over as its receiver sees it."""
    listed = await cases.http.get("/v1/handovers?direction=incoming", office)
    return next(one for one in listed.json()["items"] if one["handover_id"] == handover_id)


async def test_the_receiver_sees_the_proposal_and_nothing_of_the_file(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    proposed = await propose(cases, case_id)
    assert proposed.status_code == 200
    seen = await incoming(cases, ELSEWHERE, proposed.json()["handover_id"])
    assert (seen["from"], seen["to"], seen["lane"], seen["reason"]) == (
        HEALTH,
        ELSEWHERE,
        "identification",
        "returns_home",
    )
    assert (seen["age_band"], seen["state"], seen["case_id"]) == ("adult", "proposed", None)
    assert seen["answer_by"] == proposed.json()["answer_by"] is not None
    for path in ("", "/timeline", "/clocks/explanation?rule=B-SELF-04"):
        assert (await cases.http.get(f"/v1/cases/{case_id}{path}", ELSEWHERE)).status_code == 403
    assert not [line for line in await cases.work(ELSEWHERE) if line["case_id"] == case_id]


async def test_declined_then_proposed_again_and_accepted(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    first = (await propose(cases, case_id)).json()["handover_id"]
    assert (await propose(cases, case_id)).status_code == 409
    assert (await answer(cases, first, accept=False)).status_code == 422
    assert (await answer(cases, first, accept=False, reason="wrong_territory")).status_code == 200
    assert (await cases.case(case_id, HEALTH))["lanes"]["identification"]["holder"] == HEALTH
    second = (await propose(cases, case_id)).json()["handover_id"]
    assert (await answer(cases, second, accept=True)).status_code == 200
    shown = await cases.case(case_id, ELSEWHERE)
    lane = shown["lanes"]["identification"]
    assert (lane["holder"], lane["territory"], lane["acknowledged"]) == (ELSEWHERE, "thai-nguyen", True)
    assert [one["state"] for one in shown["handovers"]] == ["declined", "accepted"]
    assert shown["clocks"]["B-SELF-04"]["office"] == ELSEWHERE
    assert (await incoming(cases, ELSEWHERE, second))["case_id"] == case_id
    told = [line["kind"] for line in await cases.timeline(case_id, ELSEWHERE) if line["kind"].startswith("handover_")]
    assert told == ["handover_proposed", "handover_declined", "handover_proposed", "handover_accepted"]


async def test_the_next_office_is_one_of_the_receiver_s_place(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    await answer(cases, handover_id, accept=True)
    await cases.stated(case_id, (ELSEWHERE, "INITIAL_CHECK_DONE", "2026-11-19T09:00:00+07:00"))
    await cases.stated(case_id, (ELSEWHERE, "POLICE_VERIFICATION", "2026-11-19T10:00:00+07:00"))
    lane = (await cases.case(case_id, ELSEWHERE))["lanes"]["identification"]
    assert lane["holder"] == "provincial_police/thai-nguyen"
    # the sender's police may no longer decide: the lane is not theirs, and not where they act
    stale = await cases.fact(case_id, "provincial_police/lao-cai", "VICTIM_CONFIRMED", "2026-11-19T11:00:00+07:00")
    assert stale.status_code == 403


async def test_the_sender_keeps_its_hand_over_and_follows_nothing_after_it(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    await answer(cases, handover_id, accept=True)
    await cases.stated(case_id, (ELSEWHERE, "INITIAL_CHECK_DONE", "2026-11-19T09:00:00+07:00"))
    shown = await cases.case(case_id, HEALTH)
    assert "past" in shown["standing"]
    assert "identification" not in shown["lanes"]
    [given] = shown["handovers"]
    assert (given["handover_id"], given["to"], given["state"]) == (handover_id, ELSEWHERE, "accepted")
    assert all(clock["office"] == HEALTH for clock in shown["all_clocks"])
    await cases.stated(case_id, (ELSEWHERE, "POLICE_VERIFICATION", "2026-11-19T10:00:00+07:00"))
    theirs = [one for one in (await cases.case(case_id, GUARD))["all_clocks"] if one["office"] != HEALTH]
    assert theirs
    for clock in theirs:  # neither by its id nor by its rule
        for query in (f"clock_id={clock['clock_id']}", f"rule={clock['rule']}"):
            path = f"/v1/cases/{case_id}/clocks/explanation?{query}"
            assert (await cases.http.get(path, GUARD)).status_code == 200
            assert (await cases.http.get(path, HEALTH)).status_code == 422
    seen = await cases.timeline(case_id, HEALTH)
    assert not [line for line in seen if line["state"] == "INITIAL_CHECK_DONE"]
    assert [line for line in await cases.timeline(case_id, GUARD) if line["state"] == "INITIAL_CHECK_DONE"]


async def test_of_two_answers_at_once_one_wins(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    answers = await asyncio.gather(
        answer(cases, handover_id, accept=True), answer(cases, handover_id, accept=False, reason="no_capacity")
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    won = "accepted" if answers[0].status_code == 200 else "declined"
    assert (await incoming(cases, ELSEWHERE, handover_id))["state"] == won


async def test_a_lapse_names_the_fallback_and_can_still_be_answered(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    await cases.pass_time(case_id, timedelta(hours=48))
    told = {one["kind"]: one["office"] for one in await cases.raised(case_id)}
    assert told["answer"] == ELSEWHERE
    assert told["fallback"] not in (ELSEWHERE, None)
    seen = await incoming(cases, ELSEWHERE, handover_id)
    assert (seen["state"], seen["lapsed"]) == ("proposed", True)
    assert (await cases.case(case_id, HEALTH))["lanes"]["identification"]["holder"] == HEALTH
    assert (await answer(cases, handover_id, accept=True)).status_code == 200


async def test_a_proposal_is_void_when_the_lane_moves_on(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    await cases.stated(case_id, (HEALTH, "INITIAL_CHECK_DONE", "2026-11-19T09:00:00+07:00"))
    assert (await incoming(cases, ELSEWHERE, handover_id))["state"] == "proposed"  # the holder is the same
    await cases.stated(case_id, (HEALTH, "POLICE_VERIFICATION", "2026-11-19T10:00:00+07:00"))
    assert (await incoming(cases, ELSEWHERE, handover_id))["state"] == "void"
    assert "handover_void" in [line["kind"] for line in await cases.timeline(case_id, GUARD)]
    late = await answer(cases, handover_id, accept=True)
    assert (late.status_code, late.json()["type"].rsplit("/", 1)[-1]) == (409, "already-answered")


@pytest.mark.parametrize(
    ("office", "change", "status"),
    [
        (COMMUNE, {}, 403),
        (ELSEWHERE, {}, 403),
        (HEALTH, {"to": "health_authority/nowhere"}, 422),
        (HEALTH, {"to": HEALTH}, 422),
        (HEALTH, {"to": "labour_authority/thai-nguyen"}, 422),  # dissolved before that day
        (HEALTH, {"to": "steering_committee/ha-noi"}, 422),
        (HEALTH, {"reason": "because"}, 422),
        (HEALTH, {"occurred_at": "2099-01-01T00:00:00+07:00"}, 422),
    ],
)
async def test_a_wrong_proposal_is_refused_and_nothing_stored(
    cases: CaseworkInProcess, office: str, change: dict[str, str], status: int
) -> None:
    case_id = await received(cases)
    before = await cases.rows(case_id)
    assert (await propose(cases, case_id, office, **change)).status_code == status
    assert await cases.rows(case_id) == before


async def test_only_the_receiver_answers_and_not_before_the_proposal(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    handover_id = (await propose(cases, case_id)).json()["handover_id"]
    for office in (HEALTH, "health_authority/tay-ninh"):
        assert (await answer(cases, handover_id, office, accept=True)).status_code == 403
    early = await answer(cases, handover_id, accept=True, occurred_at="2026-11-17T09:00:00+07:00")
    assert early.status_code == 409
    assert (await answer(cases, "hand_" + "a" * 26, accept=True)).status_code == 404
