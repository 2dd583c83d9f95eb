"""A commune is dissolved and nobody follows it: its lanes are listed, assigned once, the new holder is told once."""

import asyncio
from typing import Any

import pytest

from contracts.events.casework import AmendmentApplied
from tests.integration.casework.amending import Amending, slug
from tests.integration.casework.in_process import GUARD, HEALTH, POLICE
from tests.integration.casework.test_amended_offices import EVE, ID, NEW, OLD, OTHER, deciding, opened, page
from tests.library import place_of

pytestmark = pytest.mark.stack

COMMITTEE, NEIGHBOUR = "steering_committee/lao-cai", "steering_committee/lang-son"
GONE = {"kind": "dissolved", "office": OLD, "on": "2026-11-20"}
NOW = "2026-11-20T09:30:00+07:00"


async def left_alone(law: Amending) -> str:
    """A case of a commune that has ended, under the signed change."""
    case_id = await opened(law, OLD, "sa-pa")
    await law.applied(await law.signed(**deciding(changes=[GONE])))
    return case_id


async def assign(law: Amending, case_id: str, to: str = NEW, office: str = COMMITTEE, **more: Any):
    """The answer to an assignment."""
    body = {"lane": ID, "to": to, "occurred_at": NOW, **more}
    return await law.cases.post(f"/v1/cases/{case_id}/assignments", office, **body)


async def test_the_preview_shows_what_is_to_be_assigned_and_the_authority_is_told_once(law: Amending) -> None:
    cases = {await opened(law, OLD, "sa-pa") for _ in range(2)}
    amendment = await law.propose(**deciding(changes=[GONE]))
    seen = [one for one in (await page(law, amendment))["offices"] if one["to_office"] == COMMITTEE]
    assert {(one["case_id"], one["what"], one["from_office"]) for one in seen} == {(one, "work", OLD) for one in cases}
    assert (await law.sign(amendment)).status_code == 200
    await law.applied(amendment)
    told = [one for one in await law.events(AmendmentApplied.event_type()) if one["office"] == COMMITTEE]
    assert [(one["moved"], one["cases"]) for one in told] == [(2, 2)]


async def test_the_lane_is_listed_assigned_and_gone_from_the_list(law: Amending) -> None:
    case_id = await left_alone(law)
    (line,) = await law.cases.work(COMMITTEE)
    assert (line["case_id"], line["lane"], line["kind"], line["state"]) == (case_id, ID, "assign", "assign")
    assert f"no-office:{ID}" in (await law.cases.case(case_id, COMMITTEE))["flags"]
    before = len(await law.cases.changes(case_id))
    answer = await assign(law, case_id)
    assert answer.status_code == 200, answer.text
    standing = await law.cases.standing(case_id)
    assert [lane.holder for lane in standing.lanes.values() if lane.holder] == [NEW]
    assert await law.cases.work(COMMITTEE) == []
    assert {line["case_id"] for line in await law.cases.work(NEW)} == {case_id}
    told = (await law.cases.changes(case_id))[before:]
    assert [one["standing"]["lanes"][ID]["holder"] for one in told] == [NEW], "one event, so one notice"
    (stated,) = [one for one in await law.cases.timeline(case_id, NEW) if one["kind"] == "fact_assign"]
    assert (stated["office"], stated["details"], stated["ref"]) == (COMMITTEE, {"to": NEW}, answer.json()["fact_id"])
    assert (await law.cases.post(f"/v1/cases/{case_id}/acknowledgements", NEW, lane=ID)).status_code == 200
    await law.cases.stated(case_id, (NEW, "SUPPORT_AGENCY_NOTIFIED", "2026-11-20T09:40:00+07:00"))
    assert (await law.cases.case(case_id, HEALTH))["lanes"][ID]["holder"] == HEALTH


async def test_a_second_assignment_is_too_late_and_a_repeated_request_gets_its_answer(law: Amending) -> None:
    case_id = await left_alone(law)
    first = await assign(law, case_id, key="k-1")
    again = await assign(law, case_id, key="k-1")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    rows = await law.cases.rows(case_id)
    assert slug(await assign(law, case_id, OTHER)) == (409, "lane-held")
    assert await law.cases.rows(case_id) == rows
    assert (await law.cases.standing(case_id)).lanes[ID].holder == NEW


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"to": "commune/atlantis"}, (422, "unknown-office")),
        ({"to": OLD}, (422, "unknown-office")),
        ({"to": f"commune/63-{place_of('sa-pa').split('-')[1]}"}, (422, "unknown-office")),
        ({"to": "commune/thai-nguyen"}, (422, "may-not-have-lane")),
        ({"to": "provider/lao-cai"}, (422, "may-not-have-lane")),
        ({"to": COMMITTEE}, (422, "may-not-have-lane")),
        ({"lane": "crime"}, (422, "unknown-state")),
        ({"occurred_at": "2026-12-20T09:30:00+07:00"}, (422, "in-the-future")),
        ({"occurred_at": "2026-11-18T09:30:00+07:00"}, (409, "not-asked-for")),  # before the report
        ({"occurred_at": "2026-11-19T20:00:00+07:00"}, (409, "out-of-order")),  # an office held the lane then
        ({"office": NEIGHBOUR}, (403, "not-your-case")),
        ({"office": HEALTH}, (403, "not-your-case")),
        ({"office": NEW}, (403, "not-your-case")),
    ],
)
async def test_what_is_refused_has_a_reason_and_stores_nothing(
    law: Amending, more: dict[str, Any], wanted: tuple[int, str]
) -> None:
    case_id = await left_alone(law)
    rows = await law.cases.rows(case_id)
    assert slug(await assign(law, case_id, **more)) == wanted
    assert await law.cases.rows(case_id) == rows
    assert (await law.cases.standing(case_id)).lanes[ID].holder is None


async def test_a_lane_with_a_holder_is_not_assigned(law: Amending) -> None:
    case_id = await opened(law, NEW, "muong-khuong")
    assert slug(await assign(law, case_id)) == (403, "not-your-case")
    assert (await law.cases.standing(case_id)).lanes[ID].holder == NEW


async def test_two_assignments_at_once_make_one_holder(law: Amending) -> None:
    case_id = await left_alone(law)
    answers = await asyncio.gather(*(assign(law, case_id, to) for to in (NEW, OTHER, POLICE)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    standing = await law.cases.standing(case_id)
    assert standing.lanes[ID].holder in (NEW, OTHER, POLICE)
    facts = await law.cases.http.sql("SELECT kind FROM casework.facts WHERE case_id = $1", case_id)
    assert [row["kind"] for row in facts] == ["assign"]


async def test_a_proposal_of_the_office_that_ended_goes_with_the_assignment(law: Amending) -> None:
    """Whoever acts first has the lane: the receiver that was asked before the end, or whom the authority names."""
    case_id = await opened(law, OLD, "sa-pa")
    body = {"lane": ID, "to": OTHER, "reason": "returns_home", "occurred_at": EVE}
    proposed = await law.cases.post(f"/v1/cases/{case_id}/handovers", OLD, **body)
    await law.applied(await law.signed(**deciding(changes=[GONE])))
    assert (await assign(law, case_id)).status_code == 200
    handover = f"/v1/handovers/{proposed.json()['handover_id']}/answer"
    assert slug(await law.cases.post(handover, OTHER, accept=True, occurred_at=NOW)) == (409, "already-answered")
    assert (await law.cases.standing(case_id)).lanes[ID].holder == NEW
    assert GUARD not in (await law.cases.standing(case_id)).holders()
