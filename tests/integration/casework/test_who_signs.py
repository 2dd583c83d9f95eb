"""Who is asked for the second signature, and who may give it."""

import json

import pytest

from regulations import Library
from regulations.four_eyes import FourEyes
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import HEALTH, CaseworkInProcess
from tests.integration.casework.signing import DAY, NATIONAL, answered, closing, running
from tests.library import decided

pytestmark = pytest.mark.stack


OFFICE, ABOVE = "health_authority/lang-son", "steering_committee/lang-son"


async def listed(cases: CaseworkInProcess, office: str, **positions: str) -> None:
    """Set the list of an office: subject → position."""
    members = [{"subject": subject, "name": "Người Mẫu", "position": word} for subject, word in positions.items()]
    above = {OFFICE: ABOVE, ABOVE: NATIONAL}[office]
    answer = await cases.post(f"/v1/offices/{office}/members", f"{above}#admin", members=members, complete=True)
    assert answer.status_code == 200, answer.text


async def closing_of(cases: CaseworkInProcess, author: str) -> tuple[str, str]:
    """(signing, office that is asked) of a closing that a person of the office stated."""
    case_id = await cases.opened(DAY.format(7), office=OFFICE, territory="lang-son", commune=None)
    signing_id = await closing(cases, case_id, f"{OFFICE}#{author}", outcome="entered_in_error")
    [shown] = (await cases.case(case_id, OFFICE))["signings"]
    return signing_id, shown["asked"]


async def test_a_head_of_the_office_signs_and_the_office_above_may_too(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, officer="officer", head="head", auditor="auditor", machine="system")
    for by in (f"{OFFICE}#head", f"{ABOVE}#anybody"):
        signing_id, asked = await closing_of(cases, "officer")
        assert asked == OFFICE
        for other in ("officer", "auditor", "machine"):
            assert (await answered(cases, signing_id, "sign", f"{OFFICE}#{other}")).status_code == 403
        assert (await answered(cases, signing_id, "sign", by)).json()["state"] == "signed"


async def test_what_the_only_head_states_goes_to_the_office_above(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, officer="officer", head="head")
    await listed(cases, ABOVE, chair="head", clerk="officer")
    signing_id, asked = await closing_of(cases, "head")
    assert asked == ABOVE
    for other in (f"{OFFICE}#officer", f"{ABOVE}#clerk"):
        assert (await answered(cases, signing_id, "sign", other)).status_code == 403
    assert (await answered(cases, signing_id, "sign", f"{ABOVE}#chair")).json()["state"] == "signed"


async def test_the_office_of_one_is_signed_above_and_a_system_is_not_its_own_second(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, only="officer", machine="system")
    await listed(cases, ABOVE, chair="officer", machine2="system")
    signing_id, asked = await closing_of(cases, "machine")
    assert asked == ABOVE
    assert slug(await answered(cases, signing_id, "sign", f"{OFFICE}#machine")) == (403, "same-person")
    assert (await answered(cases, signing_id, "sign", f"{OFFICE}#only")).status_code == 403, "no head"
    assert (await answered(cases, signing_id, "sign", f"{ABOVE}#machine2")).status_code == 403, "no person"
    assert (await answered(cases, signing_id, "sign", f"{ABOVE}#chair")).json()["state"] == "signed"


async def test_a_head_does_not_choose_the_second_person_by_an_absence(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, head="head", officer="officer")
    signing_id, asked = await closing_of(cases, "head")
    assert asked == ABOVE
    away = {"valid_from": "2026-11-20", "valid_to": "2026-11-25", "deputy": "officer"}
    stated = await cases.post(f"/v1/offices/{OFFICE}/absences", f"{OFFICE}#head", **away)
    assert stated.status_code == 200, stated.text
    assert (await answered(cases, signing_id, "sign", f"{OFFICE}#officer")).status_code == 403


async def test_who_deputises_for_the_absent_head_signs(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, officer="officer", deputy="officer", head="head")
    away = {"valid_from": "2026-11-20", "valid_to": "2026-11-25", "deputy": "deputy"}
    assert (await cases.post(f"/v1/offices/{OFFICE}/absences", f"{OFFICE}#head", **away)).status_code == 200
    signing_id, asked = await closing_of(cases, "officer")
    assert asked == OFFICE
    assert (await answered(cases, signing_id, "sign", f"{OFFICE}#deputy")).json()["state"] == "signed"


async def test_an_office_lists_what_it_is_to_sign_and_what_it_stated(law: Amending) -> None:
    cases = law.cases
    ids = {(await closing_of(cases, "officer"))[0] for _ in range(3)}
    for office, direction in ((ABOVE, "incoming"), (OFFICE, "outgoing")):
        seen, cursor = set[str](), ""
        while True:
            page = (await cases.http.get(f"/v1/signings?direction={direction}&limit=2{cursor}", office)).json()
            seen |= {one["signing_id"] for one in page["items"]}
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == ids
    assert (await cases.http.get("/v1/signings?direction=incoming", OFFICE)).json()["items"] == []


async def test_any_step_that_the_file_names_waits_with_all_that_was_stated(law: Amending) -> None:
    """A step with a text and an attribute: the text is sealed when it is stated, and the step is done as stated."""
    cases, library = law.cases, decided(Library())
    row = {"lane": "identification", "state": "INITIAL_CHECK_DONE"}
    step = {"operation": "casework.record_fact", "if": row, "why": "of this test"}
    library.four_eyes = FourEyes.model_validate({"answer_hours": 1, "step": [step]})
    cases.use_library(library)
    case_id = await running(cases)
    at = "2026-11-20T09:30:00+07:00"
    stated = await cases.fact(case_id, HEALTH, row["state"], at, note="Lời khai rõ.", attributes={"holds_paper": True})
    assert stated.status_code == 200, stated.text
    assert (await cases.case(case_id, HEALTH))["lanes"]["identification"]["state"] == "SUPPORT_AGENCY_RECEIVED"
    twice = await cases.fact(case_id, HEALTH, row["state"], at)
    assert slug(twice) == (409, "already-asked")
    assert (await cases.signed(stated)).json()["state"] == "signed"
    [fact] = [one for one in await cases.timeline(case_id, HEALTH) if one["ref"] == stated.json()["fact_id"]]
    assert (fact["kind"], fact["state"], len(fact["details"]["documents"])) == ("fact", row["state"], 1)
    [kept] = await cases.http.sql(
        "SELECT attributes::text AS said FROM casework.facts WHERE fact_id = $1", stated.json()["fact_id"]
    )
    assert json.loads(kept["said"]) == {"holds_paper": True}


async def test_a_step_to_sign_is_not_the_work_of_who_has_the_lane(law: Amending) -> None:
    cases = law.cases
    await listed(cases, OFFICE, officer="officer", head="head")
    case_id = await cases.opened(DAY.format(7), office=OFFICE, territory="lang-son", commune=None)
    line_of_lane = {"case_id": case_id, "lane": "identification"}
    taken = await cases.post("/v1/queue/take", f"{OFFICE}#officer", **line_of_lane)
    assert taken.status_code == 200, taken.text
    await closing(cases, case_id, f"{OFFICE}#officer", outcome="entered_in_error")
    mine = await cases.work(f"{OFFICE}#officer", "?whose=mine")
    assert {one["kind"] for one in mine} == {"clock"}
    [line] = [one for one in await cases.work(f"{OFFICE}#head", "?whose=unassigned") if one["kind"] == "sign"]
    assert (line["case_id"], line["assignee"]) == (case_id, None)
