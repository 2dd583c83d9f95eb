"""A restricted case through the API: asked and signed, closed in every operation, taken along, lifted (ADR 0040)."""

from typing import Any

import pytest

from casework import older_standings
from tests.integration.casework.amending import slug
from tests.integration.casework.in_process import COMMUNE, ELSEWHERE, GUARD, HEALTH, POLICE, CaseworkInProcess
from tests.integration.casework.people import HOA, LAN, MINH, TRUC, People
from tests.integration.casework.restricting import REASON, Desk, chair, kin, lan, restrict, without_kin
from tests.integration.casework.signing import AUTHORITY, DAY, running

pytestmark = pytest.mark.stack
UNKNOWN = "case_" + "z" * 26
NEXT = "2026-11-20T09:55:00+07:00"


def constant(answer: Any) -> tuple[int, dict[str, Any]]:
    """Status and body of a refusal, without what differs from call to call."""
    return answer.status_code, {
        name: one for name, one in answer.json().items() if name not in ("instance", "trace_id")
    }


async def test_who_is_shut_out_gets_the_same_answer_as_for_a_case_that_does_not_exist(cases: CaseworkInProcess) -> None:
    case_id = await without_kin(cases)
    fact = {"lane": "identification", "state": "INITIAL_CHECK_DONE", "occurred_at": NEXT}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("facts", fact),
        ("acknowledgements", {"lane": "identification"}),
        ("handovers", {"lane": "identification", "to": POLICE, "reason": "returns_home", "occurred_at": NEXT}),
        ("transfers", {"lanes": ["identification"], "to": ELSEWHERE, "reason": "returns_home", "occurred_at": NEXT}),
        ("clocks/pause", {"clock_id": "x"}),
        ("close", {"outcome": "withdrawn", "occurred_at": NEXT}),
        ("reopen", {"occurred_at": NEXT}),
        ("restrictions", {"reason": "x", "closes": True}),
    ]
    for person in (kin(cases), kin(cases, GUARD), Desk(cases, AUTHORITY, "kin", "head")):
        for path in ("", "/timeline", "/clocks/explanation?rule=B-SELF-04"):
            refused = await person.get(f"/v1/cases/{case_id}{path}")
            assert constant(refused) == constant(await person.get(f"/v1/cases/{UNKNOWN}{path}")), path
            assert refused.status_code == 404
        for path, body in steps:
            refused = await person.post(f"/v1/cases/{case_id}/{path}", **body)
            assert constant(refused) == constant(await person.post(f"/v1/cases/{UNKNOWN}/{path}", **body)), path
            assert refused.status_code == 404
        asked = await person.post("/v1/break-glass", case_id=case_id, reason="Nguy hiểm.")
        assert constant(asked) == constant(await person.post("/v1/break-glass", case_id=UNKNOWN, reason="Nguy hiểm."))
    assert (await lan(cases).get(f"/v1/cases/{case_id}")).status_code == 200
    assert cases.vault.sealed == [REASON], "nothing was sealed for whom it is closed to"


async def test_it_is_in_no_list_of_whom_it_shuts_out(cases: CaseworkInProcess) -> None:
    before = await running(cases)
    number = (await lan(cases).shown(f"/v1/cases/{before}"))["number"]
    linked = await running(cases)
    await cases.http.sql(
        "UPDATE casework.cases SET linked = jsonb_build_array($1::text) WHERE case_id = $2", before, linked
    )
    proposal = {"lane": "identification", "to": POLICE, "reason": "returns_home", "occurred_at": NEXT}
    await lan(cases).post(f"/v1/cases/{before}/handovers", **proposal)
    everything = ("/v1/work?limit=200", "/v1/handovers?direction=outgoing", "/v1/signings?direction=outgoing")
    for path in everything[:2]:
        assert before in str(await kin(cases).shown(path)), path
    count = (await kin(cases).shown("/v1/queue/count"))["total"]
    await restrict(cases, before, shut_out_persons=["kin"])
    for path in everything:
        assert before not in str(await kin(cases).shown(path)), path
    assert (await kin(cases).shown("/v1/queue/count"))["total"] < count
    assert (await kin(cases).get(f"/v1/cases?number={number}")).status_code == 404
    assert (await lan(cases).get(f"/v1/cases?number={number}")).status_code == 200
    shown = await kin(cases).shown(f"/v1/cases/{linked}")
    assert (shown["linked"], shown["linked_hidden"]) == ([], 1)
    for path in ("take", "return"):
        refused = await kin(cases).post(f"/v1/queue/{path}", case_id=before, lane="identification")
        assert refused.status_code in (409, 422), "no work of it, and none can be taken"
    assert before in str(await lan(cases).shown("/v1/work?limit=200"))


async def test_it_holds_only_when_a_second_person_has_signed_it_and_warns_nobody(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    asked = await lan(cases).post(f"/v1/cases/{case_id}/restrictions", reason=REASON, shut_out_persons=["kin", "chief"])
    signing_id = asked.json()["signing_id"]
    assert slug(await lan(cases).post(f"/v1/cases/{case_id}/restrictions", reason=REASON, closes=True)) == (
        409,
        "already-asked",
    )
    seen = await kin(cases).shown(f"/v1/cases/{case_id}")
    assert (seen["signings"], seen["restrictions"]) == ([], []), "she still sees the case, and not what is asked"
    assert signing_id not in str(await kin(cases).shown(f"/v1/cases/{case_id}/timeline"))
    assert signing_id not in str(await kin(cases).shown("/v1/signings?direction=outgoing"))
    for person in (kin(cases), Desk(cases, HEALTH, "chief", "head"), Desk(cases, AUTHORITY, "kin", "head")):
        for verb, body in (("sign", {}), ("refuse", {"reason": "other"}), ("take-back", {})):
            answer = await person.post(f"/v1/signings/{signing_id}/{verb}", **body)
            assert answer.status_code == 404, verb
    assert slug(await lan(cases).post(f"/v1/signings/{signing_id}/sign")) == (403, "same-person")
    assert (await chair(cases).post(f"/v1/signings/{signing_id}/sign")).json()["state"] == "signed"
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 404
    [shown] = (await lan(cases).shown(f"/v1/cases/{case_id}"))["restrictions"]
    assert (shown["shut_out_persons"], len(shown["documents"])) == (["chief", "kin"], 1)
    assert REASON in cases.vault.sealed
    kinds = [one["kind"] for one in (await lan(cases).shown(f"/v1/cases/{case_id}/timeline"))["items"]]
    assert [one for one in kinds if one.startswith(("sign_", "restricted"))] == [
        "sign_asked",
        "sign_signed",
        "restricted",
    ]


async def test_a_refused_restriction_holds_nobody_out(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    asked = await lan(cases).post(f"/v1/cases/{case_id}/restrictions", reason=REASON, shut_out_persons=["kin"])
    await chair(cases).post(f"/v1/signings/{asked.json()['signing_id']}/refuse", reason="unfounded")
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 200
    assert await cases.http.sql("SELECT 1 FROM casework.restrictions WHERE case_id = $1", case_id) == []


async def test_it_is_lifted_the_same_way_and_does_not_show_itself_afterwards(cases: CaseworkInProcess) -> None:
    case_id = await without_kin(cases)
    [one] = (await lan(cases).shown(f"/v1/cases/{case_id}"))["restrictions"]
    path = f"/v1/restrictions/{one['restriction_id']}/lift"
    assert (await kin(cases).post(path, reason="x")).status_code == 404
    assert (await Desk(cases, COMMUNE, "anybody").post(path, reason="x")).status_code == 403
    asked = await lan(cases).post(path, reason="Không còn căn cứ (bịa ra).")
    assert asked.status_code == 200, asked.text
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 404, "until it is signed"
    assert (await kin(cases).post(f"/v1/signings/{asked.json()['signing_id']}/sign")).status_code == 404
    assert (await chair(cases).post(f"/v1/signings/{asked.json()['signing_id']}/sign")).json()["state"] == "signed"
    seen = await kin(cases).shown(f"/v1/cases/{case_id}")
    assert (seen["signings"], seen["restrictions"]) == ([], [])
    timeline = str(await kin(cases).shown(f"/v1/cases/{case_id}/timeline"))
    assert [word for word in ("restrict", one["restriction_id"]) if word in timeline] == []
    assert slug(await lan(cases).post(path, reason="x")) == (409, "restriction-ended")
    assert (await cases.standing(case_id)).restriction is None


@pytest.mark.parametrize(
    ("office", "status"), [(COMMUNE, 403), (GUARD, 403), (POLICE, 403), (AUTHORITY, 200), (HEALTH, 200)]
)
async def test_who_carries_the_case_or_supervises_it_restricts_it(
    cases: CaseworkInProcess, office: str, status: int
) -> None:
    case_id = await running(cases)
    cases.vault.sealed.clear()
    person = Desk(cases, office, "anybody", "head")
    answer = await person.post(f"/v1/cases/{case_id}/restrictions", reason=REASON, shut_out_persons=["kin"])
    assert answer.status_code == status, answer.text
    assert cases.vault.sealed == ([REASON] if status == 200 else [])


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({}, (422, "invalid")),
        ({"shut_out_persons": ["lan"]}, (422, "invalid")),
        ({"shut_out_offices": [HEALTH]}, (422, "invalid")),
        ({"shut_out_offices": ["commune/nowhere-at-all"]}, (422, "unknown-office")),
        ({"members": {"commune/nowhere-at-all": ["lan"]}}, (422, "unknown-office")),
        ({"closes": True, "members": {HEALTH: ["lan"]}, "shut_out_offices": [AUTHORITY]}, (409, "nobody-could-open")),
    ],
)
async def test_what_makes_no_sense_or_leaves_nobody_is_refused(
    cases: CaseworkInProcess, said: dict[str, Any], refusal: tuple[int, str]
) -> None:
    case_id = await running(cases)
    rows = await cases.rows(case_id)
    answer = await lan(cases).post(f"/v1/cases/{case_id}/restrictions", reason=REASON, **said)
    assert slug(answer) == refusal
    assert await cases.rows(case_id) == rows


async def test_a_closed_case_goes_to_the_next_office_with_its_restriction(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    await restrict(cases, case_id, closes=True, members={HEALTH: ["lan", "minh"]}, shut_out_persons=["kin"])
    assert (await Desk(cases, HEALTH, "colleague", "officer").get(f"/v1/cases/{case_id}")).status_code == 404
    receiver = {
        one: Desk(cases, POLICE, one, position) for one, position in (("duty", "duty_officer"), ("chief", "head"))
    }
    proposal = {"lane": "identification", "to": POLICE, "reason": "returns_home", "occurred_at": NEXT}
    proposed = await lan(cases).post(f"/v1/cases/{case_id}/handovers", **proposal)
    assert proposed.status_code == 200, proposed.text
    handover_id = proposed.json()["handover_id"]
    assert handover_id in str(await receiver["duty"].shown("/v1/handovers?direction=incoming")), "never dropped"
    assert handover_id not in str(await kin(cases, POLICE).shown("/v1/handovers?direction=incoming"))
    answer = {"accept": True, "occurred_at": NEXT}
    assert (await kin(cases, POLICE).post(f"/v1/handovers/{handover_id}/answer", **answer)).status_code == 404
    accepted = await receiver["duty"].post(f"/v1/handovers/{handover_id}/answer", **answer)
    assert accepted.status_code == 200, accepted.text
    assert (await receiver["chief"].get(f"/v1/cases/{case_id}")).status_code == 200
    assert (await receiver["duty"].get(f"/v1/cases/{case_id}")).status_code == 404, "until its office names her"
    named = await receiver["chief"].post(
        f"/v1/cases/{case_id}/restrictions", reason="Phân công (bịa ra).", members={POLICE: ["duty", "chief"]}
    )
    assert named.status_code == 200, named.text
    assert (await chair(cases).post(f"/v1/signings/{named.json()['signing_id']}/sign")).json()["state"] == "signed"
    assert (await receiver["duty"].get(f"/v1/cases/{case_id}")).status_code == 200
    assert (await kin(cases, POLICE).get(f"/v1/cases/{case_id}")).status_code == 404


async def test_an_office_that_is_shut_out_is_asked_for_nothing_and_its_lane_waits_for_another(
    cases: CaseworkInProcess,
) -> None:
    case_id = await running(cases)
    holder = (await lan(cases).shown(f"/v1/cases/{case_id}"))["lanes"]["crime"]["holder"]
    assert holder not in (None, HEALTH), "another office has the information of a crime"
    await restrict(cases, case_id, shut_out_offices=[holder])
    proposal = {"lane": "identification", "to": holder, "reason": "returns_home", "occurred_at": NEXT}
    assert slug(await lan(cases).post(f"/v1/cases/{case_id}/handovers", **proposal)) == (422, "unknown-office")
    shown = await lan(cases).shown(f"/v1/cases/{case_id}")
    assert shown["lanes"]["crime"]["holder"] == holder
    assert "no-office:crime" in shown["flags"]
    lines = [one for one in (await chair(cases).shown("/v1/work?limit=200"))["items"] if one["case_id"] == case_id]
    assert {one["lane"] for one in lines if one["kind"] == "assign"} == {"crime"}
    assert case_id not in str(await Desk(cases, holder, "chief", "head").shown("/v1/work?limit=200"))
    given = {"lane": "crime", "occurred_at": NEXT}
    again = await chair(cases).post(f"/v1/cases/{case_id}/assignments", to=holder, **given)
    assert slug(again) == (422, "unknown-office")
    assigned = await chair(cases).post(f"/v1/cases/{case_id}/assignments", to=POLICE, **given)
    assert assigned.status_code == 200, assigned.text
    assert (await lan(cases).shown(f"/v1/cases/{case_id}"))["lanes"]["crime"]["holder"] == POLICE


async def test_work_of_whom_it_shuts_out_returns_to_the_team(people: People) -> None:
    await people.listed()
    [case_id] = await people.opened(1)
    taken = await people.take(MINH, case_id)
    assert taken.status_code == 200, taken.text
    asked = await people.post(HOA, f"/v1/cases/{case_id}/restrictions", reason=REASON, shut_out_persons=[MINH])
    assert asked.status_code == 200, asked.text
    await people.cases.signed(asked, "#chair")
    assert await people.has(case_id) == {case_id: None}
    assert case_id not in await people.seen(MINH, "team")
    refused = await people.give(TRUC, MINH, case_id)
    assert slug(refused) == (422, "cannot-have-work")
    assert (await people.give(TRUC, LAN, case_id)).json()["items"][0]["outcome"] == "given"


async def test_a_repetition_and_two_signers_restrict_once(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    body = {"reason": REASON, "shut_out_persons": ["kin"], "key": "k" * 20}
    first = await cases.post(f"/v1/cases/{case_id}/restrictions", f"{HEALTH}#lan", **body)
    again = await cases.post(f"/v1/cases/{case_id}/restrictions", f"{HEALTH}#lan", **body)
    assert first.json() == again.json()
    signing_id = first.json()["signing_id"]
    assert (await chair(cases).post(f"/v1/signings/{signing_id}/sign")).status_code == 200
    late = await Desk(cases, AUTHORITY, "other", "head").post(f"/v1/signings/{signing_id}/sign")
    assert slug(late) == (409, "signing-ended")
    assert len(await cases.http.sql("SELECT 1 FROM casework.restrictions WHERE case_id = $1", case_id)) == 1


async def test_what_was_closed_before_the_fold_of_a_correction_stays_closed(cases: CaseworkInProcess) -> None:
    case_id = await without_kin(cases)
    [fact] = await cases.http.sql(
        "SELECT fact_id FROM casework.facts WHERE case_id = $1 AND state = 'SUPPORT_AGENCY_RECEIVED'", case_id
    )
    moved = {"occurred_at": DAY.format(8), "reason": "Nhầm giờ (bịa ra)."}
    assert (await kin(cases).post(f"/v1/facts/{fact['fact_id']}/correction", **moved)).status_code == 404
    answer = await lan(cases).post(f"/v1/facts/{fact['fact_id']}/correction", **moved)
    assert answer.status_code == 200, answer.text
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 404


async def test_a_standing_that_an_older_process_wrote_gets_its_restriction_back(cases: CaseworkInProcess) -> None:
    case_id = await without_kin(cases)
    await older_standings.write_all(cases.uow, cases.book)
    lost = "UPDATE casework.projections SET body = body - 'restriction' WHERE kind = 'standing' AND key = $1"
    await cases.http.sql(lost, case_id)
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 200
    assert await older_standings.write_all(cases.uow, cases.book) == 1
    assert (await kin(cases).get(f"/v1/cases/{case_id}")).status_code == 404
    assert await older_standings.write_all(cases.uow, cases.book) == 0


async def test_a_slip_in_a_name_closes_no_case(people: People) -> None:
    await people.listed()
    [case_id] = await people.opened(1)
    named = {people.office: [LAN, "act_nobody"]}
    answer = await people.post(HOA, f"/v1/cases/{case_id}/restrictions", reason=REASON, closes=True, members=named)
    assert slug(answer) == (422, "invalid")
    named = {people.office: [LAN, MINH]}
    answer = await people.post(HOA, f"/v1/cases/{case_id}/restrictions", reason=REASON, closes=True, members=named)
    assert answer.status_code == 200, answer.text
