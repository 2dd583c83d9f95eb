"""Pause and resume with their basis; explanation; closing only where nothing is owed; reopening where it stood."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from tests.integration.casework.in_process import COMMUNE, GUARD, HEALTH, POLICE, CaseworkInProcess

pytestmark = pytest.mark.stack

TODAY = "2026-11-20T0{}:00:00+07:00"


async def running(cases: CaseworkInProcess) -> str:
    """A case of this morning whose three days have begun."""
    case_id = await cases.opened(TODAY.format(6))
    steps = ((COMMUNE, "AT_COMMUNE"), (COMMUNE, "SUPPORT_AGENCY_NOTIFIED"), (HEALTH, "SUPPORT_AGENCY_RECEIVED"))
    await cases.stated(case_id, *((who, state, TODAY.format(place)) for place, (who, state) in enumerate(steps, 7)))
    return case_id


async def clock(cases: CaseworkInProcess, case_id: str, rule: str = "B-SELF-04") -> dict[str, Any]:
    """A clock as the health authority sees it."""
    return (await cases.case(case_id, HEALTH))["clocks"][rule]


async def turn(cases: CaseworkInProcess, case_id: str, what: str, office: str = HEALTH, **body: str | None):
    """The answer to `pause_clock` or `resume_clock`."""
    usual = {"rule": "B-SELF-04", "basis": "force_majeure", "occurred_at": "2026-11-20T09:30:00+07:00"}
    ordered = {"decision": "15/QĐ-SYT"} if what == "pause" else {}
    return await cases.post(f"/v1/cases/{case_id}/clocks/{what}", office, **{**usual, **ordered, **body})


def slug(answer: Any) -> str:
    """The kind of a refusal."""
    return answer.json()["type"].rsplit("/", 1)[-1]


async def test_a_paused_clock_waits_and_runs_on_for_what_was_left(pausable: CaseworkInProcess) -> None:
    cases = pausable
    case_id = await running(cases)
    due = (await clock(cases, case_id))["due_at"]
    assert (await turn(cases, case_id, "pause")).status_code == 200
    paused = await clock(cases, case_id)
    assert (paused["state"], paused["due_at"]) == ("paused", None)
    [line] = [line for line in await cases.timeline(case_id, HEALTH) if line["kind"] == "clock_paused"]
    assert (line["rule"], line["details"]["basis"]) == ("B-SELF-04", "force_majeure")
    assert line["details"]["decision"] == "15/QĐ-SYT"
    assert not [wait for wait in (await cases.waits(case_id)).waits if wait.at.isoformat() == due]
    cases.clock.advance(timedelta(days=2))
    resumed = await turn(cases, case_id, "resume", occurred_at="2026-11-22T09:30:00+07:00")
    assert resumed.status_code == 200
    assert (await clock(cases, case_id))["state"] == "running"
    assert (await clock(cases, case_id))["due_at"] > due
    why = await cases.http.get(f"/v1/cases/{case_id}/clocks/explanation?rule=B-SELF-04", HEALTH)
    assert [(one["basis"], one["decision"]) for one in why.json()["pauses"]] == [("force_majeure", "15/QĐ-SYT")]
    assert why.json()["due_at"] == (await clock(cases, case_id))["due_at"]
    assert any(not day["counts"] for day in why.json()["counted"])


@pytest.mark.parametrize(
    ("office", "body", "status"),
    [
        (COMMUNE, {}, 403),
        (HEALTH, {"rule": "B-NOT-99"}, 422),
        (HEALTH, {"basis": "tired"}, 422),
        (HEALTH, {"clock_id": "clk_x"}, 422),
        (HEALTH, {"occurred_at": "2099-01-01T00:00:00+07:00"}, 422),
        (HEALTH, {"occurred_at": "2026-11-19T00:00:00+07:00"}, 409),
        (HEALTH, {"decision": "Theo lời chị A"}, 422),
        (HEALTH, {"decision": None}, 422),
    ],
)
async def test_a_wrong_pause_is_refused(
    pausable: CaseworkInProcess, office: str, body: dict[str, str | None], status: int
) -> None:
    cases = pausable
    case_id = await running(cases)
    before = await cases.rows(case_id)
    assert (await turn(cases, case_id, "pause", office, **body)).status_code == status
    assert await cases.rows(case_id) == before


async def test_no_text_stops_a_limit_of_the_law(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    before = await cases.rows(case_id)
    for basis in ("force_majeure", "suspended_by_decision", "awaiting_foreign_reply"):
        refused = await turn(cases, case_id, "pause", basis=basis)
        assert (refused.status_code, slug(refused)) == (409, "no-text-stops-it"), refused.text
        assert (refused.json()["rule"], refused.json()["basis"]) == ("B-SELF-04", basis)
        assert "Không có văn bản" in refused.json()["detail"]
    document = await turn(cases, case_id, "pause", decision=None, document="Quyết định tạm dừng (bịa ra).")
    assert (document.status_code, slug(document)) == (409, "no-text-stops-it")
    assert cases.vault.sealed == [], "what is refused anyway is not sealed"
    assert await cases.rows(case_id) == before


async def test_a_pause_names_its_decision_by_number_or_by_its_document(pausable: CaseworkInProcess) -> None:
    case_id = await running(pausable)
    refused = await turn(pausable, case_id, "pause", decision=None)
    assert (refused.status_code, slug(refused)) == (422, "decision-needed")
    document = "Quyết định tạm dừng (bịa ra)."
    assert (await turn(pausable, case_id, "pause", decision=None, document=document)).status_code == 200
    assert pausable.vault.sealed == [document]
    [row] = await pausable.http.sql("SELECT decision, documents FROM casework.pauses WHERE case_id = $1", case_id)
    assert row["decision"] is None
    assert "text_" in row["documents"]


async def test_a_pause_that_is_dated_back_does_not_undo_a_breach(pausable: CaseworkInProcess) -> None:
    cases = pausable
    case_id = await running(cases)
    await cases.pass_time(case_id, timedelta(days=60))
    assert (await clock(cases, case_id))["state"] == "breached"
    before = await cases.rows(case_id)
    refused = await turn(cases, case_id, "pause")
    assert (refused.status_code, slug(refused)) == (409, "breached-already")
    assert await cases.rows(case_id) == before


async def test_a_breach_stays_in_the_case_with_the_act_that_changed_it(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    due = (await clock(cases, case_id))["due_at"]
    await cases.pass_time(case_id, timedelta(days=5))
    [told] = [one for one in (await cases.case(case_id, HEALTH))["breaches"] if one["rule"] == "B-SELF-04"]
    assert (told["due_at"], told["told"], told["changed_at"], told["act"]) == (due, True, None, None)
    stated = await cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T09:50:00+07:00")
    assert stated.status_code == 200, stated.text
    after = await clock(cases, case_id)
    assert after["state"] == "met"
    [one] = after["breaches"]
    assert (one["due_at"], one["act"], one["changed_office"]) == (due, "fact", HEALTH)
    assert one["changed_by"] == stated.json()["fact_id"]
    why = await cases.http.get(f"/v1/cases/{case_id}/clocks/explanation?rule=B-SELF-04", HEALTH)
    assert why.json()["breaches"] == [one]


async def test_pausing_twice_and_resuming_what_runs_are_refused(pausable: CaseworkInProcess) -> None:
    cases = pausable
    case_id = await running(cases)
    assert (await turn(cases, case_id, "resume")).status_code == 409
    assert (await turn(cases, case_id, "pause")).status_code == 200
    assert (await turn(cases, case_id, "pause")).status_code == 409


async def test_an_unknown_clock_is_not_explained(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    path = f"/v1/cases/{case_id}/clocks/explanation"
    assert (await cases.http.get(f"{path}?rule=B-NOT-99", HEALTH)).status_code == 422
    assert (await cases.http.get(path, HEALTH)).status_code == 422


async def close(cases: CaseworkInProcess, case_id: str, office: str = HEALTH, **body: str):
    """The answer to `close_case`, or to its second signature."""
    usual = {"outcome": "duplicate", "occurred_at": "2026-11-20T09:45:00+07:00"}
    return await cases.signed(await cases.post(f"/v1/cases/{case_id}/close", office, **{**usual, **body}))


async def owing_nobody_else(cases: CaseworkInProcess) -> str:
    """A case in which only the health authority owes anything: it took the report itself. An outcome of a case that is
    a duplicate ends all of that."""
    return await cases.opened(TODAY.format(7), office=HEALTH, commune=None)


async def test_what_is_owed_keeps_a_case_open(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    assert (await close(cases, case_id, outcome="not_confirmed")).status_code == 200
    stated = await cases.case(case_id, HEALTH)
    assert (stated["status"], stated["outcome"]) == ("in_process", "not_confirmed")
    assert stated["clocks"]["B-SELF-04"]["state"] == "running"
    checked = await cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T09:50:00+07:00")
    assert checked.status_code == 200, checked.text


async def test_an_open_handover_is_answered_before_an_outcome(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    proposal = {"lane": "identification", "to": "health_authority/thai-nguyen", "reason": "safety"}
    proposal["occurred_at"] = "2026-11-20T09:40:00+07:00"
    assert (await cases.post(f"/v1/cases/{case_id}/handovers", HEALTH, **proposal)).status_code == 200
    refused = await close(cases, case_id)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "still-owed")
    assert len(refused.json()["handovers"]) == 1


async def test_a_case_in_which_nothing_is_owed_is_closed_at_once_and_goes_on_when_reopened(
    cases: CaseworkInProcess,
) -> None:
    case_id = await owing_nobody_else(cases)
    before = await cases.case(case_id, HEALTH)
    assert before["clocks"]["B-SELF-04"]["state"] == "running"
    assert (await close(cases, case_id, reason="Người đó xin dừng.")).status_code == 200
    closed = await cases.case(case_id, HEALTH)
    assert (closed["status"], closed["outcome"]) == ("closed", "duplicate")
    assert {one["state"] for one in closed["all_clocks"]} <= {"void", "met", "met_late"}
    assert not (await cases.waits(case_id)).waits
    assert not [line for line in await cases.work(HEALTH) if line["case_id"] == case_id]
    for office, path, body in (
        (HEALTH, "facts", {"lane": "identification", "state": "INITIAL_CHECK_DONE"}),
        (HEALTH, "close", {"outcome": "died"}),
    ):
        late = await cases.post(f"/v1/cases/{case_id}/{path}", office, occurred_at="2026-11-20T09:50:00+07:00", **body)
        assert late.status_code == 409
    again = {"reason": "Người đó trở lại.", "occurred_at": "2026-11-20T09:55:00+07:00"}
    assert (await cases.post(f"/v1/cases/{case_id}/reopen", HEALTH, **again)).status_code == 200
    reopened = await cases.case(case_id, HEALTH)
    assert reopened["lanes"] == before["lanes"]
    assert reopened["clocks"]["B-SELF-04"]["state"] == "running"
    assert reopened["status"] == "in_process"
    assert (await cases.post(f"/v1/cases/{case_id}/reopen", HEALTH, **again)).status_code == 409
    assert cases.vault.sealed == ["Người đó xin dừng.", "Người đó trở lại.", "Người đó trở lại."]


@pytest.mark.parametrize(
    ("office", "body", "status"),
    [
        (COMMUNE, {}, 403),
        (POLICE, {"outcome": "nonsense"}, 403),
        (HEALTH, {"outcome": "nonsense"}, 422),
        (HEALTH, {"occurred_at": "2026-11-20T06:30:00+07:00"}, 409),
    ],
)
async def test_a_wrong_closing_is_refused(
    cases: CaseworkInProcess, office: str, body: dict[str, str], status: int
) -> None:
    case_id = await cases.opened(TODAY.format(7), office=HEALTH, commune=None)
    before = await cases.rows(case_id)
    assert (await close(cases, case_id, office, **body)).status_code == status
    assert await cases.rows(case_id) == before


async def test_who_holds_only_the_shelter_does_not_end_the_case(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    placed = await cases.fact(case_id, POLICE, "IN_FACILITY", "2026-11-20T09:20:00+07:00", lane="shelter")
    assert placed.status_code == 200, placed.text
    assert (await close(cases, case_id, "facility/lao-cai")).status_code == 403
    assert (await close(cases, case_id, outcome="transferred")).status_code == 200
    owed = {one["rule"] for one in (await cases.case(case_id, "facility/lao-cai"))["all_clocks"] if not one["met_at"]}
    assert {"C-SOC-02", "C-SOC-03"} <= owed, "what the facility owes goes on"


async def test_what_another_office_owes_keeps_a_case_open_until_it_is_done(cases: CaseworkInProcess) -> None:
    case_id = await owing_nobody_else(cases)
    asked = await cases.fact(case_id, HEALTH, "EMERGENCY_NEED", "2026-11-20T09:20:00+07:00", lane="shelter")
    assert asked.status_code == 200, asked.text
    placed = await cases.fact(case_id, POLICE, "IN_FACILITY", "2026-11-20T09:30:00+07:00", lane="shelter")
    assert placed.status_code == 200, placed.text
    assert (await close(cases, case_id)).status_code == 200
    stated = await cases.case(case_id, HEALTH)
    assert (stated["status"], stated["outcome"]) == ("in_process", "duplicate")
    assert not (await cases.waits(case_id)).closed
    for state in ("FACILITY_DOSSIER_COMPLETE", "FACILITY_LEFT"):
        at = "2026-11-20T09:50:00+07:00"
        done = await cases.fact(case_id, "facility/lao-cai", state, at, lane="shelter")
        assert done.status_code == 200, done.text
    assert (await cases.case(case_id, HEALTH))["status"] == "closed", "by itself"
    told = {(one["kind"], one["office"]) for one in await cases.raised(case_id)}
    assert {("closed", "facility/lao-cai"), ("closed", "steering_committee/lao-cai")} <= told


async def test_crime_information_goes_on_when_the_person_withdraws(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    before = [one for one in (await cases.case(case_id, GUARD))["all_clocks"] if one["lane"] == "crime"]
    assert (await close(cases, case_id, outcome="withdrawn")).status_code == 200
    after = await cases.case(case_id, GUARD)
    assert [one for one in after["all_clocks"] if one["lane"] == "crime"] == before
    assert (after["status"], after["outcome"]) == ("in_process", "withdrawn")
    assert {line["lane"] for line in await cases.work(GUARD) if line["case_id"] == case_id} == {"crime"}
    assert not (await cases.waits(case_id)).closed
    done = await cases.fact(case_id, GUARD, "CRIME_INFO_CLASSIFIED", "2026-11-20T09:50:00+07:00", lane="crime")
    assert done.status_code == 200, done.text


async def test_every_present_holder_and_the_supervisor_are_told_of_an_outcome(cases: CaseworkInProcess) -> None:
    case_id = await running(cases)
    step = ("PROTECTION_REQUESTED", "2026-11-20T09:30:00+07:00", "protection")
    asked = await cases.fact(case_id, COMMUNE, *step)
    assert asked.status_code == 200, asked.text
    assert (await close(cases, case_id)).status_code == 200
    told = {(one["office"], one["lane"]) for one in await cases.raised(case_id) if one["kind"] == "outcome"}
    assert told == {(GUARD, "crime"), (POLICE, "protection"), ("steering_committee/lao-cai", "identification")}


async def test_every_present_holder_and_the_supervisor_are_told_that_an_identification_was_withdrawn(
    cases: CaseworkInProcess,
) -> None:
    case_id = await running(cases)
    steps = ((HEALTH, "INITIAL_CHECK_DONE"), (HEALTH, "POLICE_VERIFICATION"), (POLICE, "VICTIM_CONFIRMED"))
    at = "2026-11-20T09:0{}:00+07:00"
    facts = await cases.stated(case_id, *((who, state, at.format(n)) for n, (who, state) in enumerate(steps)))
    path = f"/v1/facts/{facts[-1]}/correction"
    stated = await cases.signed(await cases.post(path, POLICE, withdraw=True, reason="Nhầm hồ sơ (bịa ra)."))
    assert stated.status_code == 200, stated.text
    told = {one["office"] for one in await cases.raised(case_id) if one["kind"] == "identification_withdrawn"}
    assert told == {GUARD, HEALTH, "steering_committee/lao-cai"}, "also who loses its lane by it"
    earlier = await cases.fact(case_id, POLICE, "VICTIM_CONFIRMED", "2026-11-20T09:01:30+07:00")
    assert earlier.status_code == 200, "the true, earlier decision is free to be entered"
    assert (await cases.case(case_id, HEALTH))["status"] == "victim"


async def test_a_late_step_that_begins_a_verification_goes_on_after_the_outcome(cases: CaseworkInProcess) -> None:
    """The step was on the bus while the office that stated it stated the outcome."""
    case_id = await running(cases)
    stated = VerificationFactStated.model_validate(
        {
            "case_id": case_id,
            "fact_id": new_id("fact"),
            "lane": "identification",
            "state": "POLICE_VERIFICATION",
            "occurred_at": "2026-11-20T09:40:00+07:00",
            "recorded_at": "2026-11-20T09:40:00+07:00",
            "office": HEALTH,
            "actor": "actor-1",
        }
    )
    checked = await cases.fact(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-20T09:30:00+07:00")
    assert checked.status_code == 200, checked.text
    assert (await close(cases, case_id)).status_code == 200
    await cases.deliver(stated)
    seen = await cases.case(case_id, POLICE)
    assert seen["lanes"]["identification"]["holder"] == POLICE
    assert seen["clocks"]["B-SELF-06"]["state"] == "running"
    assert [line for line in await cases.work(POLICE) if line["rule"] == "B-SELF-06"]
