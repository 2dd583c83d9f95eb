"""The case went to another province: who reported it or once held it opens no lane, and may propose it."""

import json
from typing import Any

import httpx
import pytest

from casework import repository
from contracts.codes import SealGroup
from contracts.events.protection import ProtectionFactStated
from contracts.events.support import SupportFactStated
from contracts.ids import new_id
from contracts.problems import Refused
from contracts.standing import Standing
from kit.uow import UnitOfWork
from regulations.person import UNLIKE
from regulations.stating import may_state_by
from tests.integration.casework.in_process import COMMUNE, ELSEWHERE, HEALTH, POLICE, CaseworkInProcess
from tests.integration.casework.test_opening_and_succession import AT_COMMUNE, NOTIFIED, RECEIVED
from tests.integration.one_service import slug
from tests.library import LIBRARY, RIGHTS

pytestmark = pytest.mark.stack

DAY = "2026-11-{:02}T09:00:00+07:00"
FACILITY, NEW_POLICE = "facility/lao-cai", "provincial_police/thai-nguyen"
READS = ("vault.read_identity", "vault.read_text", "casework.get_case", "protection.get_protection")
LATER = ("protection.get_protection", "support.list_requests", "vault.access_log")
SUPPORT_ENDED = (
    (HEALTH, "support:medical", "SUPPORT_NEED_ASSESSED", DAY.format(17)),
    (HEALTH, "support:medical", "SUPPORT_DECLINED_BY_PERSON", DAY.format(17)),
)
CRIME_ENDED = (
    (POLICE, "crime", "CRIME_INFO_RECEIVED", DAY.format(16)),
    (POLICE, "crime", "CRIME_INFO_RESOLVED", DAY.format(17)),
)
ASKED = ("protection", "PROTECTION_REQUESTED")
NEEDED = ("support:medical", "SUPPORT_NEED_ASSESSED")


async def moved(cases: CaseworkInProcess, *before: tuple[str, str, str, str]) -> str:
    """The commune reported the person; the health authority then moved her to Thái Nguyên by a transfer.

    `before`: (office, lane, state, instant) of other steps before the move.
    """
    case_id = await cases.opened(office=COMMUNE)
    await cases.stated(case_id, NOTIFIED, RECEIVED)
    for office, lane, state, at in before:
        answer = await cases.fact(case_id, office, state, at, lane=lane)
        assert answer.status_code == 200, answer.text
    body = {"lanes": ["identification"], "to": ELSEWHERE, "reason": "safety", "occurred_at": DAY.format(17)}
    answer = await cases.post(f"/v1/cases/{case_id}/transfers", HEALTH, **body)
    assert answer.status_code == 200, answer.text
    path = f"/v1/transfers/{answer.json()['transfer_id']}"
    accepted = await cases.post(f"{path}/answer", ELSEWHERE, accept=True, occurred_at=DAY.format(18))
    assert accepted.status_code == 200, accepted.text
    await cases.post(f"{path}/person-moved", HEALTH, occurred_at=DAY.format(18))
    return case_id


async def standing(uow: UnitOfWork, case_id: str) -> Standing:
    """What every service is told."""
    async with uow() as tx:
        found = await repository.standings(tx.session, [case_id])
    return Standing.model_validate_json(found[case_id])


async def reads(cases: CaseworkInProcess, case_id: str, office: str) -> list[str]:
    """What an office may look at, by the decision that every service takes on the standing."""
    told = await standing(cases.uow, case_id)
    groups = ["text"] if RIGHTS.readable_groups(office, told) else []
    return [one for one in READS if RIGHTS.decide(office, one, told)] + groups


async def propose(
    cases: CaseworkInProcess, case_id: str, office: str, lane: str, state: str, day: int = 19
) -> httpx.Response:
    """The answer to a proposal of a first step."""
    body: dict[str, Any] = {"lane": lane, "state": state, "reason": "safety", "occurred_at": DAY.format(day)}
    return await cases.post(f"/v1/cases/{case_id}/proposals", office, **body)


@pytest.mark.parametrize(("lane", "state"), [ASKED, NEEDED])
@pytest.mark.parametrize("day", [16, 19])
async def test_the_first_reporter_cannot_give_the_old_province_a_lane(
    cases: CaseworkInProcess, lane: str, state: str, day: int
) -> None:
    case_id = await moved(cases)
    told, at = await standing(cases.uow, case_id), DAY.format(day)
    args = (LIBRARY.pack_of(told), LIBRARY.world.directory, told, COMMUNE, lane, state)
    assert not may_state_by(*args, cases.clock.now().date())  # so `request_protection` and `assess_needs` answer 403
    assert slug(await cases.fact(case_id, COMMUNE, state, at, lane=lane)) == (403, "case-elsewhere")
    given = {
        "case_id": case_id,
        "fact_id": new_id("fact"),
        "lane": lane,
        "state": state,
        "occurred_at": at,
        "recorded_at": at,
        "office": COMMUNE,
        "actor": "actor-1",
    }
    event = ProtectionFactStated if lane == "protection" else SupportFactStated
    with pytest.raises(Refused):  # another service took it before it heard of the move
        await cases.deliver(event.model_validate(given))
    assert await reads(cases, case_id, POLICE) == []
    assert (await cases.http.get(f"/v1/cases/{case_id}", POLICE)).status_code == 403


@pytest.mark.parametrize(("lane", "state"), [ASKED, NEEDED])
async def test_what_it_proposes_opens_where_the_case_is_once_that_office_accepts(
    cases: CaseworkInProcess, lane: str, state: str
) -> None:
    case_id = await moved(cases)
    proposed = await propose(cases, case_id, COMMUNE, lane, state)
    assert proposed.status_code == 200, proposed.text
    assert lane not in (await cases.case(case_id, ELSEWHERE))["lanes"]
    incoming = (await cases.http.get("/v1/handovers?direction=incoming", ELSEWHERE)).json()["items"]
    [mine] = [one for one in incoming if one["handover_id"] == proposed.json()["handover_id"]]
    assert (mine["from"], mine["lane"], mine["step"], mine["state"]) == (COMMUNE, lane, state, "proposed")
    path = f"/v1/handovers/{mine['handover_id']}/answer"
    assert (await cases.post(path, COMMUNE, accept=True, occurred_at=DAY.format(19))).status_code == 403
    answer = await cases.post(path, ELSEWHERE, accept=True, occurred_at=DAY.format(20))
    assert answer.status_code == 200, answer.text
    opened = (await standing(cases.uow, case_id)).lanes[lane]
    assert opened.place == "thai-nguyen"
    assert opened.holder == (NEW_POLICE if lane == "protection" else ELSEWHERE)
    assert await reads(cases, case_id, POLICE) == []
    assert lane not in (await cases.case(case_id, COMMUNE))["lanes"] or lane != "protection"


async def test_a_proposal_is_refused_or_void_where_nobody_can_accept_it(cases: CaseworkInProcess) -> None:
    case_id = await moved(cases)
    assert (await propose(cases, case_id, POLICE, *ASKED)).status_code == 403  # it has no part in the case
    assert slug(await propose(cases, case_id, ELSEWHERE, *NEEDED)) == (409, "nobody-to-ask")
    assert (await propose(cases, case_id, COMMUNE, "crime", "CRIME_INFO_RECEIVED")).status_code == 403
    assert slug(await propose(cases, case_id, COMMUNE, "protection", "NO_SUCH_STATE")) == (422, "unknown-state")
    assert (await propose(cases, case_id, COMMUNE, *NEEDED)).status_code == 200
    assert slug(await propose(cases, case_id, COMMUNE, *NEEDED)) == (409, "already-proposed")
    there = await cases.fact(case_id, ELSEWHERE, NEEDED[1], DAY.format(19), lane=NEEDED[0])
    assert there.status_code == 200, there.text
    assert slug(await propose(cases, case_id, COMMUNE, *NEEDED)) == (409, "lane-open")
    [one] = (await cases.case(case_id, ELSEWHERE))["handovers"][-1:]
    assert (one["step"], one["state"]) == (NEEDED[1], "void")


async def test_a_case_whose_identification_has_ended_goes_where_the_person_goes(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened(office=COMMUNE)
    await cases.stated(case_id, NOTIFIED, RECEIVED)
    need = await cases.fact(case_id, HEALTH, NEEDED[1], DAY.format(17), lane=NEEDED[0])
    assert need.status_code == 200, need.text
    await cases.stated(
        case_id,
        (HEALTH, "INITIAL_CHECK_DONE", DAY.format(17)),
        (HEALTH, "POLICE_VERIFICATION", DAY.format(17)),
        (POLICE, "VICTIM_CONFIRMED", DAY.format(18)),
    )
    body = {"lanes": [NEEDED[0]], "to": ELSEWHERE, "reason": "safety", "occurred_at": DAY.format(18)}
    answer = await cases.post(f"/v1/cases/{case_id}/transfers", HEALTH, **body)
    assert answer.status_code == 200, answer.text
    path = f"/v1/transfers/{answer.json()['transfer_id']}/answer"
    assert (await cases.post(path, ELSEWHERE, accept=True, occurred_at=DAY.format(19))).status_code == 200
    assert slug(await cases.fact(case_id, COMMUNE, ASKED[1], DAY.format(19), lane="protection"))[0] == 403
    asked = await cases.fact(case_id, "commune/thai-nguyen", ASKED[1], DAY.format(19), lane="protection")
    assert asked.status_code == 200, asked.text
    assert (await standing(cases.uow, case_id)).lanes["protection"].holder == NEW_POLICE


async def test_a_lane_that_ended_before_the_move_opens_nothing_later(cases: CaseworkInProcess) -> None:
    case_id = await moved(cases, *SUPPORT_ENDED)
    told = await standing(cases.uow, case_id)
    assert RIGHTS.readable_groups(HEALTH, told) == {SealGroup.IDENTITY}  # it handed the person over
    assert not [one for one in LATER if RIGHTS.decide(HEALTH, one, told)]
    assert await reads(cases, case_id, POLICE) == []  # it never had a part
    assert (await cases.http.get(f"/v1/cases/{case_id}", POLICE)).status_code == 403


async def test_what_is_still_owed_in_a_lane_left_behind_can_be_entered(cases: CaseworkInProcess) -> None:
    case_id = await moved(cases, *CRIME_ENDED)
    [due] = [one for one in await cases.work(POLICE) if one["rule"] == "C-INF-18"]
    path = f"/v1/cases/{case_id}/clocks/explanation?clock_id={due['clock_id']}"
    assert (await cases.http.get(path, POLICE)).status_code == 200
    told = await cases.fact(case_id, POLICE, "REPORTER_NOTIFIED_OF_RESULT", DAY.format(19), lane="crime")
    assert told.status_code == 200, told.text
    assert not [one for one in await cases.work(POLICE) if one["rule"] == "C-INF-18"]


async def test_who_first_reported_sees_no_later_place(cases: CaseworkInProcess) -> None:
    case_id = await moved(cases)
    asked = await cases.fact(case_id, ELSEWHERE, NEEDED[1], DAY.format(19), lane=NEEDED[0])
    assert asked.status_code == 200, asked.text
    told = await standing(cases.uow, case_id)
    assert RIGHTS.readable_groups(COMMUNE, told) == {SealGroup.IDENTITY}
    assert not [one for one in LATER if RIGHTS.decide(COMMUNE, one, told)]
    shown, lines = await cases.case(case_id, COMMUNE), await cases.timeline(case_id, COMMUNE)
    assert "thai-nguyen" not in json.dumps([shown, lines])
    assert [one["kind"] for one in lines][:2] == ["opened", "lane"]  # what was before the case left is still shown
    whole = await cases.case(case_id, ELSEWHERE)
    assert shown["transfers"] == [] != whole["transfers"]
    assert NEEDED[0] in whole["lanes"]


async def test_a_reporter_that_gave_the_case_away_sees_it_until_it_left(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened(office=FACILITY)
    await cases.stated(case_id, AT_COMMUNE)
    body = {"lane": "identification", "to": ELSEWHERE, "reason": "safety", "occurred_at": DAY.format(17)}
    before = await cases.timeline(case_id, FACILITY)
    proposed = await cases.post(f"/v1/cases/{case_id}/handovers", COMMUNE, **body)
    path = f"/v1/handovers/{proposed.json()['handover_id']}/answer"
    assert (await cases.post(path, ELSEWHERE, accept=True, occurred_at=DAY.format(18))).status_code == 200
    lines = await cases.timeline(case_id, FACILITY)
    assert lines[: len(before)] == before
    assert "thai-nguyen" not in json.dumps([await cases.case(case_id, FACILITY), lines])


async def listed(cases: CaseworkInProcess, case_id: str, direction: str, office: str) -> dict[str, Any]:
    """The hand-over of a case in the list of an office."""
    items = (await cases.http.get(f"/v1/handovers?direction={direction}", office)).json()["items"]
    return next(one for one in items if one["case_id"] == case_id)


async def test_a_proposal_does_not_show_whom_it_went_to(cases: CaseworkInProcess) -> None:
    case_id = await moved(cases)
    assert (await propose(cases, case_id, COMMUNE, *NEEDED)).status_code == 200
    mine = await listed(cases, case_id, "outgoing", COMMUNE)
    assert (mine["from"], mine["to"], mine["step"], mine["state"]) == (COMMUNE, None, NEEDED[1], "proposed")
    [same] = (await cases.case(case_id, COMMUNE))["handovers"]
    assert (same["handover_id"], same["to"]) == (mine["handover_id"], None)
    listed_there = (await cases.http.get("/v1/handovers?direction=incoming", ELSEWHERE)).json()["items"]
    assert [one["to"] for one in listed_there if one["handover_id"] == mine["handover_id"]] == [ELSEWHERE]
    path = f"/v1/handovers/{mine['handover_id']}/answer"
    refused = await cases.post(path, ELSEWHERE, accept=False, reason="incomplete", occurred_at=DAY.format(20))
    assert refused.status_code == 200, refused.text
    answered = await listed(cases, case_id, "outgoing", COMMUNE)
    assert (answered["to"], answered["state"], answered["answer_reason"]) == (None, "declined", "incomplete")
    assert "thai-nguyen" not in json.dumps(await cases.timeline(case_id, COMMUNE))


async def test_who_signs_elsewhere_is_not_shown_and_a_step_may_be_proposed_after_an_outcome(
    cases: CaseworkInProcess,
) -> None:
    case_id = await moved(cases, CRIME_ENDED[0])
    closing = {"outcome": "withdrawn", "occurred_at": DAY.format(19)}
    stated = await cases.post(f"/v1/cases/{case_id}/close", ELSEWHERE, **{**closing, "outcome": "untraceable"})
    back = f"/v1/signings/{stated.json()['signing_id']}/take-back"
    assert (await cases.post(back, ELSEWHERE)).status_code == 200
    stated = await cases.post(f"/v1/cases/{case_id}/close", ELSEWHERE, **closing)
    assert (await cases.signed(stated)).status_code == 200
    seen = [await cases.timeline(case_id, COMMUNE), (await cases.case(case_id, COMMUNE))["signings"]]
    assert "thai-nguyen" not in json.dumps(seen), "nor who signed there"
    assert (await propose(cases, case_id, COMMUNE, *NEEDED)).status_code == 200, "the crime information keeps it open"


async def test_what_became_known_of_the_person_after_the_move_is_not_shown_to_who_gave_the_case_away(
    cases: CaseworkInProcess,
) -> None:
    case_id = await moved(cases)
    stated = await cases.fact(case_id, ELSEWHERE, "NATIONALITY_UNKNOWN", DAY.format(19))
    assert stated.status_code == 200, stated.text
    now, before = await cases.case(case_id, ELSEWHERE), await cases.case(case_id, COMMUNE)
    assert now["nationality"] == "unknown"
    assert "nationality-unknown" in now["flags"]
    assert (before["nationality"], before["route"]) == ("vietnamese", "self_report")
    assert not set(UNLIKE) & set(before["flags"])
