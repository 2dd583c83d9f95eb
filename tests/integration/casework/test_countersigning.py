"""Steps that need a second signature: held, signed, refused, taken back, void; counted at once; seen and escalated."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.events.protection import ProtectionFactStated
from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from tests.integration.casework.amending import slug
from tests.integration.casework.in_process import COMMUNE, GUARD, HEALTH, POLICE, CaseworkInProcess
from tests.integration.casework.signing import (
    AUTHORITY,
    CLOSING,
    ELSEWHERE,
    NATIONAL,
    SECOND,
    answered,
    closing,
    confirmed,
    kinds,
    running,
    told,
)

pytestmark = pytest.mark.stack


async def test_a_closing_that_ends_duties_counts_when_a_second_person_has_signed_it(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    signing_id = await closing(cases, case_id, reason="Người đó xin dừng.")
    open_case = await cases.case(case_id, HEALTH)
    assert (open_case["status"], open_case["outcome"]) == ("in_process", None)
    assert open_case["clocks"]["B-SELF-04"]["state"] == "running"
    [shown] = open_case["signings"]
    assert (shown["state"], shown["counts"], shown["asked"], shown["step"]) == (
        "waiting",
        False,
        AUTHORITY,
        "withdrawn",
    )
    [line] = [line for line in await cases.work(AUTHORITY) if line["case_id"] == case_id]
    assert (line["kind"], line["signing_id"]) == ("sign", signing_id)
    cases.clock.advance(timedelta(hours=2))
    answer = await answered(cases, signing_id, "sign", SECOND)
    assert (answer.status_code, answer.json()["state"]) == (200, "signed")
    after = await cases.case(case_id, HEALTH)
    assert (after["status"], after["outcome"]) == ("in_process", "withdrawn"), "the crime information goes on"
    [done] = after["signings"]
    assert (done["state"], done["answered_by"]) == ("signed", AUTHORITY)
    assert not [line for line in await cases.work(AUTHORITY) if line["case_id"] == case_id]
    assert await kinds(cases, case_id) == ["sign_asked", "sign_signed"]
    assert await told(cases, case_id) == [("sign", AUTHORITY), ("signed", HEALTH)]
    [fact] = await cases.http.sql(
        "SELECT f.office, f.actor, f.documents, c.answered_actor, c.body::text AS body "
        "FROM casework.facts f JOIN casework.countersignings c USING (fact_id) WHERE f.case_id = $1",
        case_id,
    )
    assert (fact["office"], fact["actor"], fact["answered_actor"]) == (HEALTH, "actor-1", "second")
    assert len(json.loads(fact["documents"])) == 1
    assert "xin dừng" not in fact["body"]


async def test_a_withdrawn_identification_counts_when_it_is_signed(cases: CaseworkInProcess) -> None:
    case_id, fact_id = await confirmed(cases)
    assert (await cases.case(case_id, HEALTH))["status"] == "victim"
    withdrawal = await cases.post(f"/v1/facts/{fact_id}/correction", POLICE, withdraw=True, reason="Nhầm hồ sơ.")
    signing_id = withdrawal.json()["signing_id"]
    again = await cases.post(f"/v1/facts/{fact_id}/correction", POLICE, withdraw=True, reason="Nhầm hồ sơ.")
    assert slug(again) == (409, "already-asked")
    assert again.json()["signing_id"] == signing_id
    assert (await cases.case(case_id, HEALTH))["status"] == "victim"
    assert slug(await answered(cases, signing_id, "sign", POLICE)) == (403, "same-person")
    assert (await answered(cases, signing_id, "sign", SECOND)).json()["state"] == "signed"
    after = await cases.case(case_id, HEALTH)
    assert (after["status"], after["lanes"]["identification"]["state"]) == ("in_process", "POLICE_VERIFICATION")
    corrected = await cases.http.sql(
        "SELECT data FROM casework.outbox WHERE type LIKE '%fact.corrected%' AND data->>'subject' = $1", case_id
    )
    assert len(corrected) == 1


async def test_a_cancelled_certificate_counts_at_once_and_is_signed_afterwards(cases: CaseworkInProcess) -> None:
    """Verification cancelled the paper, so the step counts before the second person has seen it."""
    case_id, _ = await confirmed(cases)
    at = "2026-11-20T09:50:00+07:00"
    cancelled = {"lane": "identification", "state": "CERTIFICATE_CANCELLED", "occurred_at": at}
    rows = await cases.rows(case_id)
    refused = await cases.post(f"/v1/cases/{case_id}/facts", POLICE, **cancelled)
    assert (slug(refused), refused.json()["operation"]) == ((422, "stated-elsewhere"), "verification.cancel_paper")
    assert await cases.rows(case_id) == rows, "stated here it would leave the paper valid"
    by = {"office": POLICE, "actor": "actor-1", "recorded_at": at}
    fact = {"case_id": case_id, "fact_id": new_id("fact"), **cancelled, **by}
    await cases.deliver(VerificationFactStated.model_validate(fact))
    after = await cases.case(case_id, POLICE)
    assert (after["status"], after["lanes"]["identification"]["state"]) == ("in_process", "CERTIFICATE_CANCELLED")
    [signing] = after["signings"]
    assert (signing["state"], signing["counts"], signing["step"]) == ("waiting", True, "CERTIFICATE_CANCELLED")
    assert (await answered(cases, signing["signing_id"], "sign", SECOND)).json()["state"] == "signed"


async def test_another_correction_and_another_step_need_no_second_signature(cases: CaseworkInProcess) -> None:
    case_id, fact_id = await confirmed(cases)
    moved = {"occurred_at": "2026-11-20T09:03:00+07:00", "reason": "Nhầm giờ."}
    answer = await cases.post(f"/v1/facts/{fact_id}/correction", POLICE, **moved)
    assert (answer.status_code, answer.json()["signing_id"]) == (200, None)
    assert (await cases.case(case_id, HEALTH))["signings"] == []


@pytest.mark.parametrize(
    "by",
    [HEALTH, f"{HEALTH}#second", f"{COMMUNE}#second", f"{POLICE}#second", f"{ELSEWHERE}#second", AUTHORITY],
)
async def test_nobody_else_signs(cases: CaseworkInProcess, by: str) -> None:
    """The author's own office has no list here, so the office above it signs; the author never does, wherever."""
    case_id = await running(cases)
    signing_id = await closing(cases, case_id)
    before = await cases.rows(case_id)
    assert (await answered(cases, signing_id, "sign", by)).status_code == 403
    assert (await answered(cases, signing_id, "refuse", by, reason="other")).status_code == 403
    assert await cases.rows(case_id) == before
    assert (await answered(cases, new_id("sign"), "sign", by)).status_code == 404


async def test_a_refused_step_is_not_done_and_its_office_learns_why(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    signing_id = await closing(cases, case_id)
    assert (await answered(cases, signing_id, "refuse", SECOND, reason="because")).status_code == 422
    assert (await answered(cases, signing_id, "refuse", SECOND, reason="incomplete")).json()["state"] == "refused"
    shown = await cases.case(case_id, HEALTH)
    assert (shown["status"], shown["signings"][0]["reason"]) == ("in_process", "incomplete")
    assert await told(cases, case_id) == [("sign", AUTHORITY), ("sign_refused", HEALTH)]
    for verb, body in (("sign", {}), ("refuse", {"reason": "other"})):
        assert slug(await answered(cases, signing_id, verb, SECOND, **body)) == (409, "signing-ended")
    assert await closing(cases, case_id), "it may be stated again"


async def test_the_office_takes_its_step_back(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    signing_id = await closing(cases, case_id)
    assert (await answered(cases, signing_id, "take-back", SECOND)).status_code == 403
    assert (await answered(cases, signing_id, "take-back", f"{HEALTH}#colleague")).json()["state"] == "void"
    assert slug(await answered(cases, signing_id, "sign", SECOND)) == (409, "signing-ended")
    assert await kinds(cases, case_id) == ["sign_asked", "sign_void"]
    assert (await cases.case(case_id, HEALTH))["status"] == "in_process"


async def test_what_no_longer_fits_when_it_is_signed_is_void(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    signing_id = await closing(cases, case_id)
    proposal = {"lane": "identification", "to": "health_authority/thai-nguyen", "reason": "safety"}
    proposal["occurred_at"] = "2026-11-20T09:50:00+07:00"
    assert (await cases.post(f"/v1/cases/{case_id}/handovers", HEALTH, **proposal)).status_code == 200
    answer = (await answered(cases, signing_id, "sign", SECOND)).json()
    assert (answer["state"], answer["reason"]) == ("void", "still-owed")
    assert (await cases.case(case_id, HEALTH))["status"] == "in_process"
    assert await told(cases, case_id) == [("sign", AUTHORITY), ("sign_void", HEALTH)]


async def test_an_outcome_takes_nothing_from_what_waits_for_a_signature(cases: CaseworkInProcess) -> None:
    case_id, fact_id = await confirmed(cases)
    withdrawal = await cases.post(f"/v1/facts/{fact_id}/correction", POLICE, withdraw=True, reason="Nhầm hồ sơ.")
    signing_id = withdrawal.json()["signing_id"]
    end = {"outcome": "support_declined", "occurred_at": "2026-11-20T09:55:00+07:00"}
    assert (await cases.post(f"/v1/cases/{case_id}/close", HEALTH, **end)).json()["signing_id"] is None
    [shown] = (await cases.case(case_id, POLICE))["signings"]
    assert shown["state"] == "waiting"
    assert (await answered(cases, signing_id, "sign", SECOND)).json()["state"] == "signed"


async def test_of_two_who_sign_at_once_one_does_and_the_step_is_done_once(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    signing_id = await closing(cases, case_id)
    answers = await asyncio.gather(*(answered(cases, signing_id, "sign", f"{AUTHORITY}#p{n}") for n in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    facts = await cases.http.sql("SELECT 1 FROM casework.facts WHERE case_id = $1 AND kind = 'close'", case_id)
    assert len(facts) == 1


async def test_a_repeated_call_asks_once(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    first, again = [await cases.post(f"/v1/cases/{case_id}/close", HEALTH, key="once-closed", **CLOSING) for _ in "12"]
    assert first.json() == again.json()
    assert (await cases.rows(case_id))["countersignings"] == 1


# due at once


async def sheltered(cases: CaseworkInProcess) -> str:
    """A case in which the police owes shelter at once."""
    case_id = await running(cases)
    asked = await cases.fact(case_id, POLICE, "EMERGENCY_NEED", "2026-11-20T09:30:00+07:00", lane="shelter")
    assert asked.status_code == 200, asked.text
    return case_id


async def not_taken(cases: CaseworkInProcess, case_id: str) -> dict[str, Any]:
    """The answer to the step that ends the duty to shelter, although nobody has sheltered the person."""
    answer = await cases.fact(case_id, POLICE, "SHELTER_NOT_TAKEN", "2026-11-20T09:50:00+07:00", lane="shelter")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_step_that_is_due_at_once_counts_unsigned_and_is_signed_later(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    stated = await not_taken(cases, case_id)
    unsigned = await cases.case(case_id, POLICE)
    assert unsigned["lanes"]["shelter"]["state"] == "SHELTER_NOT_TAKEN"
    assert unsigned["clocks"]["C-SOC-01"]["met_by"] == stated["fact_id"]
    [mark] = unsigned["signings"]
    assert (mark["state"], mark["counts"], mark["fact_id"]) == ("waiting", True, stated["fact_id"])
    [line] = [one for one in await cases.timeline(case_id, POLICE) if one["kind"] == "sign_asked"]
    assert line["details"]["counts"] is True
    assert slug(await answered(cases, stated["signing_id"], "take-back", POLICE)) == (409, "counts-already")
    before = await cases.rows(case_id)
    cases.clock.advance(timedelta(hours=5))
    assert (await answered(cases, stated["signing_id"], "sign", SECOND)).json()["state"] == "signed"
    after, rows = await cases.case(case_id, POLICE), await cases.rows(case_id)
    assert (after["signings"][0]["state"], after["lanes"]) == ("signed", unsigned["lanes"])
    assert (rows["facts"], rows["countersignings"]) == (before["facts"], 1)


async def test_who_withdraws_the_need_of_shelter_needs_a_second_person(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    query = "SELECT fact_id FROM casework.facts WHERE case_id = $1 AND state = 'EMERGENCY_NEED'"
    [need] = await cases.http.sql(query, case_id)
    withdrawal = await cases.post(f"/v1/facts/{need['fact_id']}/correction", POLICE, withdraw=True, reason="Nhầm.")
    assert withdrawal.json()["signing_id"] is not None
    assert (await cases.case(case_id, POLICE))["clocks"]["C-SOC-01"]["state"] == "running"


@pytest.mark.parametrize("state", ["PERSON_WITHDREW", "PERSON_DIED", "PERSON_UNTRACEABLE", "PERSON_MOVED_ABROAD"])
async def test_an_identification_ends_without_a_result_only_by_two(cases: CaseworkInProcess, state: str) -> None:
    case_id = await running(cases)
    answer = await cases.fact(case_id, HEALTH, state, "2026-11-20T09:50:00+07:00")
    assert answer.json()["signing_id"] is not None, answer.text
    assert (await cases.case(case_id, HEALTH))["lanes"]["identification"]["state"] == "SUPPORT_AGENCY_RECEIVED"
    assert (await cases.case(case_id, HEALTH))["clocks"]["B-SELF-04"]["state"] == "running"


async def test_who_refuses_to_sign_what_counts_takes_nothing_back(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    stated = await not_taken(cases, case_id)
    before = (await cases.case(case_id, POLICE))["lanes"]
    assert (await answered(cases, stated["signing_id"], "refuse", SECOND, reason="unfounded")).status_code == 200
    after = await cases.case(case_id, POLICE)
    assert (after["lanes"], after["signings"][0]["state"]) == (before, "refused")
    assert await told(cases, case_id) == [("sign", AUTHORITY), ("sign_refused", POLICE)]


async def test_the_mark_goes_with_the_step_when_it_is_withdrawn(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    stated = await not_taken(cases, case_id)
    await cases.post(f"/v1/facts/{stated['fact_id']}/correction", POLICE, withdraw=True, reason="Nhầm.")
    [mark] = (await cases.case(case_id, POLICE))["signings"]
    assert (mark["state"], mark["reason"]) == ("void", "already-withdrawn")


async def test_a_step_that_another_service_recorded_counts_and_is_marked(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    stated = ProtectionFactStated(
        case_id=case_id, fact_id=new_id("fact"), lane="shelter", state="SHELTER_NOT_TAKEN",
        occurred_at=datetime.fromisoformat("2026-11-20T09:50:00+07:00"), recorded_at=cases.clock.now(),
        office=POLICE, actor="actor-1",
    )  # fmt: skip
    for _ in range(2):
        await cases.deliver(stated)
    [mark] = (await cases.case(case_id, POLICE))["signings"]
    assert (mark["counts"], mark["fact_id"], mark["state"]) == (True, stated.fact_id, "waiting")


async def test_who_does_not_see_the_shelter_sees_nothing_of_its_signature(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    await not_taken(cases, case_id)
    assert (await cases.case(case_id, GUARD))["signings"] == []
    assert await kinds(cases, case_id, GUARD) == []
    assert [one["lane"] for one in (await cases.case(case_id, AUTHORITY))["signings"]] == ["shelter"], "it is to sign"


# waits


async def test_what_nobody_signs_is_asked_again_and_escalates_once(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    before = await cases.http.sql("SELECT wait_id FROM casework.waits WHERE case_id = $1", case_id)
    await closing(cases, case_id)
    others = {row["wait_id"] for row in before}
    found: list[list[tuple[str, str]]] = []
    for hours in (23, 1, 24, 48, 100):
        await cases.pass_time(case_id, timedelta(hours=hours))
        lines = await cases.timeline(case_id, HEALTH)
        found.append([(line["details"]["stage"], line["office"]) for line in lines if _fired(line, others)])
    again, first, second = ("sign", AUTHORITY), ("escalate-1", NATIONAL), ("escalate-2", NATIONAL)
    assert found == [[], [again], [again, first], [again, first, second], [again, first, second]]


def _fired(line: dict[str, Any], others: set[str]) -> bool:
    """Whether a line says that a wait for a signature fired: it has no clock, and came with the closing."""
    if line["kind"] != "raised" or line["rule"] is not None or line["ref"] in others:
        return False
    return line["details"]["kind"] in ("sign", "escalation")


async def test_an_open_signature_of_what_counts_escalates_after_the_case_was_closed(cases: CaseworkInProcess) -> None:
    case_id = await sheltered(cases)
    stated = await not_taken(cases, case_id)
    end = {**CLOSING, "occurred_at": "2026-11-20T09:55:00+07:00"}
    done = await cases.signed(await cases.post(f"/v1/cases/{case_id}/close", HEALTH, **end))
    assert (done.status_code, done.json()["state"]) == (200, "signed")
    waiting = "SELECT 1 FROM casework.waits WHERE case_id = $1 AND body->>'kind' = 'sign'"
    assert len(await cases.http.sql(waiting, case_id)) == 1
    assert (await answered(cases, stated["signing_id"], "sign", SECOND)).status_code == 200
    assert not await cases.http.sql(waiting, case_id)
