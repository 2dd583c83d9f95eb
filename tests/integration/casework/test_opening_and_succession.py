"""A case is opened by the bus, moves by facts, and its holder, clocks and standing follow in the same call."""

import asyncio
from typing import Any

import pytest

from contracts.events.facts import FactStated
from contracts.events.intake import CaseReportedAgain, CasesLinked, ScreeningRecorded
from contracts.events.protection import ProtectionFactStated
from contracts.events.support import SupportFactStated
from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from contracts.problems import Refused, Unavailable
from regulations import NoPack
from tests.integration.casework.in_process import COMMUNE, ELSEWHERE, GUARD, HEALTH, NOW, POLICE, CaseworkInProcess
from tests.library import place_of

pytestmark = pytest.mark.stack

AT_COMMUNE = (COMMUNE, "AT_COMMUNE", "2026-11-16T10:00:00+07:00")
NOTIFIED = (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "2026-11-16T11:00:00+07:00")
RECEIVED = (HEALTH, "SUPPORT_AGENCY_RECEIVED", "2026-11-16T14:00:00+07:00")


async def test_an_opened_case_has_lanes_holder_clocks_and_a_pinned_pack(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    shown = await cases.case(case_id, GUARD)
    assert (shown["status"], shown["regime_procedure"]) == ("in_process", "law-53-2024")
    lane = shown["lanes"]["identification"]
    assert (lane["state"], lane["holder"]) == ("PERSON_PRESENT", GUARD)
    clock = shown["clocks"]["B-SELF-01"]
    assert (clock["state"], clock["due_at"]) == ("running", "2026-11-16T02:00:00Z")
    [change] = await cases.changes(case_id)
    assert change["case_version"] == 1
    assert change["standing"]["reporter"] == GUARD
    [row] = await cases.http.sql("SELECT pack_hash FROM casework.cases WHERE case_id = $1", case_id)
    assert len(row["pack_hash"]) == 64


async def test_an_event_opens_a_case_once_however_often_it_comes(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    before = await cases.rows(case_id)
    again = {"case_id": case_id, "office": COMMUNE}
    await cases.opened(**again)
    assert (await cases.rows(case_id)) == before
    assert (await cases.case(case_id, GUARD))["lanes"]["identification"]["holder"] == GUARD


async def test_a_day_without_an_installed_pack_opens_nothing(cases: CaseworkInProcess) -> None:
    with pytest.raises(NoPack):
        await cases.opened("2001-01-01T08:00:00+07:00")


async def test_a_pack_that_is_not_as_it_was_stops_every_change(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.http.sql("UPDATE casework.cases SET pack_hash = 'other' WHERE case_id = $1", case_id)
    answer = await cases.fact(case_id, *AT_COMMUNE)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (503, "pack-differs")


async def test_a_step_moves_lane_holder_clocks_and_queue_in_one_call(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    shown = await cases.case(case_id, HEALTH)
    lane = shown["lanes"]["identification"]
    assert (lane["state"], lane["holder"], lane["acknowledged"]) == ("SUPPORT_AGENCY_NOTIFIED", HEALTH, False)
    assert {shown["clocks"][rule]["state"] for rule in ("B-SELF-01", "B-SELF-02")} == {"met"}
    assert shown["clocks"]["B-SELF-04"]["due_at"] == "2026-11-20T00:00:00+07:00"
    mine = [line for line in await cases.work(HEALTH) if line["case_id"] == case_id]
    assert {"B-SELF-03", "B-SELF-04"} <= {line["rule"] for line in mine}
    left = [line for line in await cases.work(GUARD) if line["case_id"] == case_id]
    assert "identification" not in {line["lane"] for line in left}


async def test_a_new_holder_acknowledges_once(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    path = f"/v1/cases/{case_id}/acknowledgements"
    assert (await cases.post(path, COMMUNE, lane="identification")).status_code == 403
    before = {wait.wait_id for wait in (await cases.waits(case_id)).waits}
    assert (await cases.post(path, HEALTH, lane="identification")).status_code == 200
    assert len(before - {wait.wait_id for wait in (await cases.waits(case_id)).waits}) >= 3  # it and its escalations
    assert (await cases.post(path, HEALTH, lane="identification")).status_code == 409
    assert not [
        line for line in await cases.work(HEALTH) if line["kind"] == "acknowledge" and line["case_id"] == case_id
    ]


async def test_a_step_that_jumps_leaves_a_gap_which_the_missing_step_fills(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, NOTIFIED)
    flag = "gap:identification:AT_COMMUNE"
    assert flag in (await cases.case(case_id, GUARD))["flags"]
    assert [line for line in await cases.work(GUARD) if line["case_id"] == case_id and line["kind"] == "gap"]
    await cases.stated(case_id, AT_COMMUNE)
    shown = await cases.case(case_id, GUARD)
    assert flag not in shown["flags"]
    assert shown["lanes"]["identification"]["state"] == "SUPPORT_AGENCY_NOTIFIED"
    kinds = [line["kind"] for line in await cases.timeline(case_id, GUARD)]
    assert kinds.index("flag_raised") < kinds.index("flag_cleared")


async def test_steps_entered_in_reverse_give_the_same_case(cases: CaseworkInProcess) -> None:
    straight, reverse = await cases.opened(), await cases.opened()
    await cases.stated(straight, AT_COMMUNE, NOTIFIED, RECEIVED)
    await cases.stated(reverse, RECEIVED, NOTIFIED, AT_COMMUNE)
    one, other = await cases.case(straight, HEALTH), await cases.case(reverse, HEALTH)
    assert one["lanes"] == other["lanes"]
    assert one["flags"] == other["flags"] == []
    for rule, clock in one["clocks"].items():
        same = ("state", "due_at", "started_at", "met_at", "office")
        assert {name: clock[name] for name in same} == {name: other["clocks"][rule][name] for name in same}


async def test_only_rows_that_changed_are_rewritten(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    statement = "SELECT clock_id, xmin::text AS written FROM casework.clocks WHERE case_id = $1"
    before = {row["clock_id"]: row["written"] for row in await cases.http.sql(statement, case_id)}
    await cases.stated(case_id, RECEIVED)
    after = {row["clock_id"]: row["written"] for row in await cases.http.sql(statement, case_id)}
    shown = (await cases.case(case_id, HEALTH))["clocks"]
    touched = {clock_id for clock_id, written in after.items() if before.get(clock_id) != written}
    assert shown["B-SELF-01"]["clock_id"] not in touched
    assert shown["B-SELF-03"]["clock_id"] in touched


async def test_linked_cases_know_each_other_and_a_screening_is_in_the_timeline(cases: CaseworkInProcess) -> None:
    one, other = await cases.opened(), await cases.opened()
    about = {"office": GUARD, "actor": "actor-1", "recorded_at": NOW}
    await cases.deliver(CasesLinked.model_validate({"case_id": one, "other_case_id": other, "same": True, **about}))
    for case_id, linked in ((one, other), (other, one)):
        shown = await cases.case(case_id, GUARD)
        assert (shown["linked"], shown["flags"]) == ([linked], ["same_person"])
    screening = {"case_id": one, "level": "high", "list_version": "2026-1", "occurred_at": NOW, **about}
    await cases.deliver(ScreeningRecorded.model_validate(screening))
    assert [line["details"]["level"] for line in await cases.timeline(one, GUARD) if line["kind"] == "screening"] == [
        "high"
    ]
    with pytest.raises(Unavailable):
        await cases.deliver(ScreeningRecorded.model_validate({**screening, "case_id": new_id("case")}))


async def test_a_timeline_is_read_in_pages(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED)
    whole, paged, cursor = await cases.timeline(case_id, GUARD), list[dict[str, Any]](), ""
    while cursor is not None:
        answer = await cases.http.get(f"/v1/cases/{case_id}/timeline?limit=3{cursor}", GUARD)
        page = answer.json()
        paged += page["items"]
        cursor = f"&cursor={page['next']}" if page["next"] is not None else None
    assert paged == whole
    assert (await cases.http.get(f"/v1/cases/{case_id}/timeline?limit=0", GUARD)).status_code == 422


async def test_a_linked_case_that_may_not_be_opened_is_only_counted(cases: CaseworkInProcess) -> None:
    one, other = await cases.opened(), await cases.opened(office=COMMUNE)
    assert (await cases.http.get(f"/v1/cases/{other}", GUARD)).status_code == 403
    about = {"office": GUARD, "actor": "actor-1", "recorded_at": NOW}
    await cases.deliver(CasesLinked.model_validate({"case_id": one, "other_case_id": other, "same": True, **about}))
    shown = await cases.case(one, GUARD)
    assert (shown["linked"], shown["linked_hidden"]) == ([], 1)
    lines = await cases.timeline(one, GUARD)
    assert [line["ref"] for line in lines if line["kind"] == "linked"] == [None]
    assert other not in str((shown, lines))
    shown = await cases.case(one, HEALTH)  # may open both
    assert (shown["linked"], shown["linked_hidden"]) == ([other], 0)
    assert [line["ref"] for line in await cases.timeline(one, HEALTH) if line["kind"] == "linked"] == [other]


async def test_changes_of_one_case_at_once_are_all_kept(cases: CaseworkInProcess) -> None:
    """Each waits for the one before it and then works on what that one left."""
    case_id, others = await cases.opened(), [await cases.opened() for _ in range(8)]
    about = {"office": GUARD, "actor": "actor-1", "recorded_at": NOW, "case_id": case_id, "same": True}
    links = [CasesLinked.model_validate({**about, "other_case_id": other}) for other in others]
    await asyncio.gather(*(cases.deliver(link) for link in links))
    assert sorted((await cases.case(case_id, GUARD))["linked"]) == sorted(others)
    assert await cases.shown(case_id) == list(range(1, 10))


def stated_elsewhere(case_id: str, office: str, state: str, at: str) -> VerificationFactStated:
    """A step as the verification service states it."""
    return VerificationFactStated.model_validate(
        {
            "case_id": case_id,
            "fact_id": new_id("fact"),
            "lane": "identification",
            "state": state,
            "occurred_at": at,
            "recorded_at": NOW,
            "office": office,
            "actor": "actor-1",
        }
    )


async def test_a_step_of_another_service_is_folded_once(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    event = stated_elsewhere(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-18T09:00:00+07:00")
    for _ in range(2):
        await cases.deliver(event)
    shown = await cases.case(case_id, HEALTH)
    assert shown["lanes"]["identification"]["state"] == "INITIAL_CHECK_DONE"
    assert (await cases.standing(case_id)).lanes["identification"].reached_by == event.fact_id
    assert shown["clocks"]["B-SELF-04"]["state"] == "met"
    assert (await cases.rows(case_id))["facts"] == 4


async def test_what_does_not_fit_yet_waits_and_in_the_end_is_parked_and_shown(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    early, event_id = stated_elsewhere(case_id, POLICE, "VICTIM_CONFIRMED", "2026-11-18T09:00:00+07:00"), new_id("evt")
    before = await cases.rows(case_id)
    with pytest.raises(Unavailable):
        await cases.deliver(early, event_id=event_id)
    assert await cases.rows(case_id) == before
    for _ in range(10):
        with pytest.raises(Unavailable):
            await cases.deliver(early, event_id=event_id)
    with pytest.raises(Refused):
        await cases.deliver(early, event_id=event_id)
    parked = [line for line in await cases.timeline(case_id, GUARD) if line["kind"] == "fact_parked"]
    assert [(line["state"], line["details"]["why"]) for line in parked] == [("VICTIM_CONFIRMED", "not-asked-for")]


async def test_many_deliveries_of_an_outage_do_not_park_a_step_that_overtook_its_cause(
    cases: CaseworkInProcess,
) -> None:
    case_id, event_id = await cases.opened(), new_id("evt")
    asked = stated_elsewhere(case_id, HEALTH, "POLICE_VERIFICATION", "2026-11-17T09:00:00+07:00")
    decided = stated_elsewhere(case_id, POLICE, "VICTIM_CONFIRMED", "2026-11-18T09:00:00+07:00")
    with pytest.raises(Unavailable):
        await cases.deliver(decided, event_id=event_id, deliveries=500)
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    await cases.deliver(asked)
    await cases.deliver(decided, event_id=event_id, deliveries=501)
    shown = await cases.case(case_id, HEALTH)
    assert shown["lanes"]["identification"]["state"] == "VICTIM_CONFIRMED"


async def test_a_step_taken_elsewhere_before_its_lane_was_handed_over_is_kept(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE, NOTIFIED, RECEIVED)
    at = "2026-11-19T09:00:00+07:00"
    asked = {"lane": "identification", "to": ELSEWHERE, "reason": "returns_home", "occurred_at": at}
    proposed = await cases.post(f"/v1/cases/{case_id}/handovers", HEALTH, **asked)
    path = f"/v1/handovers/{proposed.json()['handover_id']}/answer"
    assert (await cases.post(path, ELSEWHERE, accept=True, occurred_at=at)).status_code == 200
    await cases.deliver(stated_elsewhere(case_id, HEALTH, "INITIAL_CHECK_DONE", "2026-11-18T09:00:00+07:00"))
    lane = (await cases.case(case_id, ELSEWHERE))["lanes"]["identification"]
    assert (lane["state"], lane["holder"]) == ("INITIAL_CHECK_DONE", ELSEWHERE)
    with pytest.raises(Refused):  # of a time when it held the lane no more
        await cases.deliver(stated_elsewhere(case_id, HEALTH, "POLICE_VERIFICATION", "2026-11-19T10:00:00+07:00"))


async def test_what_the_reporter_of_another_province_asks_for_opens_its_lane_where_the_case_is(
    cases: CaseworkInProcess,
) -> None:
    case_id = await cases.opened(office="border_guard/lang-son")
    given = stated_elsewhere(case_id, "border_guard/lang-son", "x", "2026-11-18T09:00:00+07:00").model_dump()
    asked = {**given, "lane": "protection", "state": "PROTECTION_REQUESTED"}
    await cases.deliver(ProtectionFactStated.model_validate(asked))
    lane = (await cases.case(case_id, "border_guard/lang-son"))["lanes"]["protection"]
    assert (lane["state"], lane["territory"]) == ("PROTECTION_REQUESTED", place_of("bat-xat"))


@pytest.mark.parametrize(
    ("producer", "lane", "state"),
    [
        (VerificationFactStated, "crime", "CRIME_INFO_CLASSIFIED"),
        (VerificationFactStated, "protection", "PROTECTION_REQUESTED"),
        (SupportFactStated, "identification", "AT_COMMUNE"),
        (ProtectionFactStated, "support:vocational", "SUPPORT_REQUESTED"),
    ],
)
async def test_a_service_moves_no_lane_but_its_own(
    cases: CaseworkInProcess, producer: type[FactStated], lane: str, state: str
) -> None:
    case_id = await cases.opened()
    body = stated_elsewhere(case_id, GUARD, "x", "2026-11-18T09:00:00+07:00").model_dump()
    with pytest.raises(Refused):
        await cases.deliver(producer.model_validate({**body, "lane": lane, "state": state}))
    assert (await cases.rows(case_id))["facts"] == 0


async def test_a_step_that_the_office_may_not_state_is_parked_at_once(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    with pytest.raises(Refused):
        await cases.deliver(stated_elsewhere(case_id, COMMUNE, "VICTIM_CONFIRMED", "2026-11-18T09:00:00+07:00"))
    assert (await cases.rows(case_id))["facts"] == 0


async def test_the_holder_of_a_known_case_is_told_at_once_that_she_was_reported_anew(cases: CaseworkInProcess) -> None:
    case_id = await cases.opened()
    await cases.stated(case_id, AT_COMMUNE)
    event = CaseReportedAgain.model_validate({"case_id": case_id, "recorded_at": NOW})
    await cases.deliver(event, event_id="evt_" + "b" * 26)
    await cases.deliver(event, event_id="evt_" + "b" * 26, deliveries=2)
    told = [one for one in await cases.raised(case_id) if one["kind"] == "reported_again"]
    assert [(one["office"], one["lane"]) for one in told] == [(COMMUNE, "identification")]
    [line] = [one for one in await cases.timeline(case_id, COMMUNE) if one["kind"] == "reported_again"]
    assert (line["office"], line["ref"], line["details"]) == (None, None, {}), "neither where nor by whom"
    assert (await cases.case(case_id, COMMUNE))["linked_hidden"] == 0
    with pytest.raises(Unavailable):
        await cases.deliver(CaseReportedAgain.model_validate({"case_id": new_id("case"), "recorded_at": NOW}))
