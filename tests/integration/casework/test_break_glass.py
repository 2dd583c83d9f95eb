"""Break-glass through the API: asked, confirmed, told, over by itself, reviewed (ADR 0039)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.casework.amending import slug
from tests.integration.casework.in_process import HEALTH, CaseworkInProcess
from tests.integration.casework.restricting import Desk, chair, kin, lan, restrict
from tests.integration.casework.signing import AUTHORITY, running

pytestmark = pytest.mark.stack
CLINIC, ABOVE = "facility/thai-nguyen", "health_authority/thai-nguyen"
DANGER = "Người được đưa vào cấp cứu, nghi bị đầu độc (bịa ra)."
UNKNOWN = "case_" + "y" * 26


def doctor(cases: CaseworkInProcess) -> Desk:
    return Desk(cases, CLINIC, "doctor", "officer")


def nurse(cases: CaseworkInProcess) -> Desk:
    return Desk(cases, CLINIC, "nurse", "duty_officer")


def reviewer(cases: CaseworkInProcess) -> Desk:
    return Desk(cases, ABOVE, "reviewer", "head")


async def asked(cases: CaseworkInProcess, case_id: str) -> str:
    answer = await doctor(cases).post("/v1/break-glass", case_id=case_id, reason=DANGER)
    assert answer.status_code == 200, answer.text
    return answer.json()["break_glass_id"]


async def opened(cases: CaseworkInProcess, case_id: str) -> str:
    glass = await asked(cases, case_id)
    answer = await nurse(cases).post(f"/v1/break-glass/{glass}/confirm")
    assert answer.status_code == 200, answer.text
    return glass


async def to_review(cases: CaseworkInProcess, case_id: str) -> list[dict[str, Any]]:
    lines = (await reviewer(cases).shown("/v1/work?limit=200"))["items"]
    return [one for one in lines if (one["case_id"], one["kind"]) == (case_id, "review")]


async def test_two_persons_open_it_for_minutes_and_everybody_who_must_know_is_told(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    glass = await asked(cases, case_id)
    waiting = await doctor(cases).shown(f"/v1/break-glass/{glass}")
    assert (waiting["state"], waiting["case_id"], waiting["case"]) == ("asked", None, None)
    assert slug(await doctor(cases).post(f"/v1/break-glass/{glass}/confirm")) == (403, "same-person")
    assert (await cases.standing(case_id)).opened == ()
    answer = await nurse(cases).post(f"/v1/break-glass/{glass}/confirm")
    assert (answer.status_code, answer.json()["case_id"]) == (200, case_id)
    for person in (doctor(cases), nurse(cases)):
        shown = await person.shown(f"/v1/break-glass/{glass}")
        assert (shown["state"], shown["case"]["call"]) == ("open", HEALTH)
    colleague = await Desk(cases, CLINIC, "colleague", "head").shown(f"/v1/break-glass/{glass}")
    assert colleague["case"] is None
    assert (await doctor(cases).get(f"/v1/cases/{case_id}")).status_code == 403, "it opens the case no further"
    told = {(one["kind"], one["office"]) for one in await cases.raised(case_id) if one["kind"].startswith("break")}
    assert told >= {("break_glass", HEALTH), ("break_glass", AUTHORITY), ("break_glass_review", ABOVE)}
    kinds = [one["kind"] for one in (await lan(cases).shown(f"/v1/cases/{case_id}/timeline"))["items"]]
    assert [one for one in kinds if one.startswith("break")] == ["break_glass_asked", "break_glass_opened"]
    cases.clock.advance(timedelta(minutes=30))
    over = await doctor(cases).shown(f"/v1/break-glass/{glass}")
    assert (over["state"], over["case"]) == ("over", None), "it ended by itself"
    assert cases.vault.sealed == [DANGER]


async def test_the_review_stands_in_the_queue_until_it_is_given(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    glass = await opened(cases, case_id)
    [line] = await to_review(cases, case_id)
    assert line["break_glass_id"] == glass
    cases.clock.advance(timedelta(days=40))
    assert len(await to_review(cases, case_id)) == 1, "however long it takes"
    body = {"result": "justified", "note": "Đúng quy trình (bịa ra)."}
    for person, status in (
        (doctor(cases), 403),
        (nurse(cases), 403),
        (lan(cases), 403),
        (kin(cases, "commune/sa-pa"), 404),
    ):
        answer = await person.post(f"/v1/break-glass/{glass}/review", **body)
        assert answer.status_code == status, person
    answer = await reviewer(cases).post(f"/v1/break-glass/{glass}/review", **body)
    assert (answer.status_code, answer.json()["result"]) == (200, "justified"), answer.text
    assert await to_review(cases, case_id) == []
    assert slug(await reviewer(cases).post(f"/v1/break-glass/{glass}/review", **body)) == (409, "break-glass-ended")
    shown = await lan(cases).shown(f"/v1/break-glass/{glass}")
    assert (shown["state"], shown["result"], len(shown["documents"])) == ("reviewed", "justified", 2)


async def test_an_ask_that_nobody_confirms_in_time_opens_nothing(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    glass = await asked(cases, case_id)
    cases.clock.advance(timedelta(minutes=30))
    late = await nurse(cases).post(f"/v1/break-glass/{glass}/confirm")
    assert (slug(late), late.json()["state"]) == ((409, "break-glass-ended"), "lapsed")
    assert await to_review(cases, case_id) == []


async def test_by_its_number_and_nothing_is_learnt_of_what_is_not_there(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    number = (await lan(cases).shown(f"/v1/cases/{case_id}"))["number"]
    found = await doctor(cases).post("/v1/break-glass", number=number, reason=DANGER)
    assert found.status_code == 200, found.text
    assert case_id not in found.text
    for said in ({"number": "2222-2222-2"}, {"number": "not a number"}, {"case_id": UNKNOWN}):
        answer = await doctor(cases).post("/v1/break-glass", reason=DANGER, **said)
        assert answer.status_code == 404, said
    for said in ({}, {"number": number, "case_id": case_id}):
        assert (await doctor(cases).post("/v1/break-glass", reason=DANGER, **said)).status_code == 422
    assert (await doctor(cases).post("/v1/break-glass", case_id=case_id)).status_code == 422, "a reason is needed"


async def test_it_is_for_a_person_of_an_office_outside(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    cases.vault.sealed.clear()
    inside = await lan(cases).post("/v1/break-glass", case_id=case_id, reason=DANGER)
    assert slug(inside) == (409, "has-part")
    machine = await Desk(cases, CLINIC, "machine", "system").post("/v1/break-glass", case_id=case_id, reason=DANGER)
    assert machine.status_code == 403
    committee = await chair(cases).post("/v1/break-glass", case_id=case_id, reason=DANGER)
    assert committee.status_code == 403
    assert cases.vault.sealed == []
    glass = await asked(cases, case_id)
    assert (await Desk(cases, "facility/lao-cai", "nurse").post(f"/v1/break-glass/{glass}/confirm")).status_code == 404
    assert (await Desk(cases, CLINIC, "machine", "system").post(f"/v1/break-glass/{glass}/confirm")).status_code == 403


async def test_nobody_who_is_shut_out_uses_it(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    glass = await opened(cases, case_id)
    await restrict(cases, case_id, shut_out_persons=["doctor"], closes=True, members={HEALTH: ["lan", "minh"]})
    assert (await doctor(cases).get(f"/v1/break-glass/{glass}")).status_code == 404
    assert (await doctor(cases).post("/v1/break-glass", case_id=case_id, reason=DANGER)).status_code == 404
    unnamed = Desk(cases, HEALTH, "colleague", "officer")
    assert (await unnamed.post("/v1/break-glass", case_id=case_id, reason=DANGER)).status_code == 404, (
        "it is closed to her"
    )
    other = await nurse(cases).post("/v1/break-glass", case_id=case_id, reason=DANGER)
    assert other.status_code == 200, "a closing does not let anybody die"
