"""The place of a lane: where a report begins, where a hand-over or transfer takes it, and who may act there then."""

import json
from typing import Any

import pytest

from casework import older_standings
from tests.integration.casework.in_process import COMMUNE, ELSEWHERE, GUARD, HEALTH, CaseworkInProcess
from tests.integration.casework.test_handovers import answer, propose, received
from tests.integration.casework.test_opening_and_succession import NOTIFIED
from tests.integration.casework.test_transfers import step
from tests.library import place_of

pytestmark = pytest.mark.stack

SA_PA, THIRD = f"commune/{place_of('sa-pa')}", f"commune/{place_of('muong-khuong')}"
DAY = "2026-11-{:02}T09:00:00+07:00"


async def place(cases: CaseworkInProcess, case_id: str) -> str:
    """Where the identification lane is."""
    return (await cases.standing(case_id)).lanes["identification"].place


def slug(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rsplit("/", 1)[-1]


async def at_commune(cases: CaseworkInProcess) -> str:
    """A case that the commune of Bát Xát reported and holds."""
    return await cases.opened(office=COMMUNE)


async def test_a_case_begins_at_the_commune_of_the_report(cases: CaseworkInProcess) -> None:
    assert await place(cases, await cases.opened()) == place_of("bat-xat")
    assert await place(cases, await cases.opened(commune=None)) == "lao-cai"
    assert await place(cases, await cases.opened(commune=None, office=COMMUNE)) == place_of("bat-xat")


async def test_a_hand_over_between_two_communes_of_a_province_takes_the_lane_along(cases: CaseworkInProcess) -> None:
    case_id = await at_commune(cases)
    proposed = await propose(cases, case_id, COMMUNE, to=SA_PA)
    assert proposed.status_code == 200, proposed.text
    assert (await answer(cases, proposed.json()["handover_id"], SA_PA, accept=True)).status_code == 200
    assert await place(cases, case_id) == place_of("sa-pa")
    assert (await cases.case(case_id, SA_PA))["lanes"]["identification"]["territory"] == place_of("sa-pa")
    for stranger in (COMMUNE, THIRD):
        refused = await cases.fact(case_id, stranger, "SUPPORT_AGENCY_NOTIFIED", DAY.format(19))
        assert slug(refused) == (403, "not-your-case"), stranger
    assert (await cases.http.get(f"/v1/cases/{case_id}", THIRD)).status_code == 403
    await cases.stated(case_id, (SA_PA, "SUPPORT_AGENCY_NOTIFIED", DAY.format(19)))
    assert (await cases.case(case_id, HEALTH))["lanes"]["identification"]["holder"] == HEALTH


async def test_a_hand_over_within_the_place_leaves_it_as_it_is(cases: CaseworkInProcess) -> None:
    case_id = await at_commune(cases)
    proposed = await propose(cases, case_id, COMMUNE, to=HEALTH)
    assert (await answer(cases, proposed.json()["handover_id"], HEALTH, accept=True)).status_code == 200
    assert await place(cases, case_id) == place_of("bat-xat")


async def test_a_shelter_never_moves_a_lane(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    proposed = await propose(cases, case_id, to="facility/thai-nguyen")
    handover_id = proposed.json()["handover_id"]
    assert (await answer(cases, handover_id, "facility/thai-nguyen", accept=True)).status_code == 200
    assert await place(cases, case_id) == place_of("bat-xat")


@pytest.mark.parametrize(
    ("to", "word"),
    [
        (ELSEWHERE, "atlantis"),
        (ELSEWHERE, "sa-pa"),  # of the sender's province
        (ELSEWHERE, "vn"),
        ("commune/thai-nguyen", "dai-tu"),  # of another commune of the receiver's province
        ("facility/thai-nguyen", "phu-binh"),  # a shelter takes no lane along
    ],
)
async def test_a_place_that_the_receiver_does_not_serve_is_refused(
    cases: CaseworkInProcess, to: str, word: str
) -> None:
    case_id = await received(cases)
    before = await cases.rows(case_id)
    assert slug(await propose(cases, case_id, to=to, place=word)) == (422, "unknown-place")
    body = {"lanes": ["identification"], "to": to, "reason": "safety", "occurred_at": DAY.format(18), "place": word}
    assert slug(await cases.post(f"/v1/cases/{case_id}/transfers", HEALTH, **body)) == (422, "unknown-place")
    assert await cases.rows(case_id) == before


async def test_the_place_that_a_hand_over_names_is_that_of_the_lane(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    proposed = await propose(cases, case_id, place="dai-tu")
    handover_id = proposed.json()["handover_id"]
    [seen] = [
        one
        for one in (await cases.http.get("/v1/handovers?direction=incoming", ELSEWHERE)).json()["items"]
        if one["handover_id"] == handover_id
    ]
    assert seen["place"] == place_of("dai-tu")
    assert (await answer(cases, handover_id, accept=True)).status_code == 200
    assert await place(cases, case_id) == place_of("dai-tu")
    acting = (await cases.standing(case_id)).lanes["identification"].acting
    assert f"commune/{place_of('dai-tu')}" in acting
    assert not {"commune/thai-nguyen", COMMUNE} & {*acting}


async def test_a_transfer_takes_a_lane_elsewhere_and_back_to_where_it_was(cases: CaseworkInProcess) -> None:
    case_id = await received(cases)
    body = {"lanes": ["identification"], "reason": "safety", "occurred_at": DAY.format(18)}
    path = f"/v1/cases/{case_id}/transfers"
    within = await cases.post(path, HEALTH, to="provincial_police/lao-cai", **body)
    assert slug(within) == (422, "unknown-office")
    made = await cases.post(path, HEALTH, to=ELSEWHERE, place="dai-tu", **body)
    transfer_id = made.json()["transfer_id"]
    assert (await step(cases, transfer_id, "answer", ELSEWHERE, accept=True)).status_code == 200
    assert await place(cases, case_id) == place_of("dai-tu")
    back = await step(cases, transfer_id, "close", HEALTH, 20, outcome="cancelled", reason="safety")
    assert back.status_code == 200, back.text
    assert await place(cases, case_id) == place_of("bat-xat")


async def test_a_standing_of_an_older_release_is_written_again(cases: CaseworkInProcess) -> None:
    """It names a territory and roles. Until then its reporter looks at nothing; the holder goes on."""
    case_id = await cases.opened(office=COMMUNE)
    await cases.stated(case_id, NOTIFIED)
    wanted = await cases.standing(case_id)
    versions = await cases.shown(case_id)
    lane = wanted.lanes["identification"]
    old = {"state": lane.state, "holder": lane.holder, "territory": "lao-cai", "may_act": ["commune"]}
    body = wanted.model_dump(mode="json") | {"lanes": {"identification": old}}
    del body["left"], body["support"], body["dissolved"]
    statement = "UPDATE casework.projections SET body = $2::text::jsonb WHERE kind = 'standing' AND key = $1"
    await cases.http.sql(statement, case_id, json.dumps(body))
    assert "holder" in (await cases.case(case_id, HEALTH))["standing"]
    assert "reporter" not in (await cases.case(case_id, COMMUNE))["standing"]
    assert await older_standings.write_all(cases.uow, cases.book) >= 1
    assert await cases.standing(case_id) == wanted
    assert len(await cases.shown(case_id)) == len(versions) + 1
    assert "reporter" in (await cases.case(case_id, COMMUNE))["standing"]
    assert await older_standings.write_all(cases.uow, cases.book) == 0


async def test_a_standing_of_the_release_before_ends_the_part_of_the_reporter_when_it_is_written_again(
    cases: CaseworkInProcess,
) -> None:
    """It does not say that the health authority has the case, so the guard that reported it looks on until then."""
    case_id = await received(cases)
    wanted = await cases.standing(case_id)
    assert wanted.received_at is not None
    body = wanted.model_dump(mode="json")
    del body["received_at"], body["proposed_since"], body["lanes"]["identification"]["tenures"]
    statement = "UPDATE casework.projections SET body = $2::text::jsonb WHERE kind = 'standing' AND key = $1"
    await cases.http.sql(statement, case_id, json.dumps(body))
    assert "reporter" in (await cases.case(case_id, GUARD))["standing"]
    assert await older_standings.write_all(cases.uow, cases.book) >= 1
    assert await cases.standing(case_id) == wanted
    shown = await cases.case(case_id, GUARD)
    assert ("reporter" in shown["standing"], shown["received_at"] is not None) == (False, True)
    assert await older_standings.write_all(cases.uow, cases.book) == 0


async def test_a_breached_limit_that_an_older_release_replaced_is_owed_again(cases: CaseworkInProcess) -> None:
    """There a longer limit, decided after the end, took its place. It is folded again once."""
    case_id = await received(cases)
    before = (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]
    gone = "body || jsonb_build_object('void_reason', 'replaced', 'void_at', body->>'due_at')"
    statement = f"UPDATE casework.clocks SET body = {gone} WHERE case_id = $1 AND rule = 'B-SELF-04'"
    await cases.http.sql(statement, case_id)
    assert await older_standings.write_all(cases.uow, cases.book) == 1
    assert (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"] == before
    left = "SELECT 1 FROM casework.clocks WHERE case_id = $1 AND body->>'void_reason' = 'replaced'"
    assert await cases.http.sql(left, case_id) == []
    assert await older_standings.write_all(cases.uow, cases.book) == 0
