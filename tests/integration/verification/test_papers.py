"""The papers of an identification: who issues and cancels them, what ends them, and when they are valid again."""

from datetime import timedelta

import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, lane, slug
from tests.integration.verification.files import (
    COMMUNE,
    GUARD,
    HEALTH,
    POLICE,
    ROLES,
    WARD,
    act,
    done,
    publish,
    requested,
)

pytestmark = pytest.mark.stack


async def test_after_the_former_law_ended_its_cases_have_the_papers_and_extensions_of_the_next_law(desk: Desk) -> None:
    case_id = await requested(desk, regime_procedure="law-66-2011")
    await done(desk, case_id, "verification-extensions", POLICE)
    prolonged = {"extent": "prolonged", "occurred_at": "2026-11-12T10:00:00+07:00"}
    await done(desk, case_id, "verification-extensions", POLICE, **prolonged)
    refused = await done(desk, case_id, "decisions", POLICE, outcome="not_confirmed", grounds=[])
    assert refused["paper_kind"] == "not_victim"
    cancelled = await done(desk, case_id, "paper-cancellations", POLICE, paper_id=refused["paper_id"])
    assert cancelled["stage"] == "cancelled"


@pytest.mark.parametrize("taken_back", [False, True])
async def test_a_wrong_paper_is_cancelled_and_issued_anew_and_both_are_kept(desk: Desk, taken_back: bool) -> None:
    case_id = await requested(desk)
    first = await done(desk, case_id, "decisions", POLICE)
    cancel = {"paper_id": first["paper_id"]}
    assert slug(await act(desk, case_id, "paper-cancellations", HEALTH, **cancel)) == (403, "not-your-case")
    assert slug(await act(desk, case_id, "paper-cancellations", POLICE)) == (409, "no-valid-paper")
    assert (await done(desk, case_id, "paper-cancellations", POLICE, **cancel))["stage"] == "cancelled"
    assert slug(await act(desk, case_id, "paper-cancellations", POLICE, **cancel)) == (409, "no-valid-paper")
    shown = {"number": first["paper_number"], "verification_code": first["verification_code"]}
    answer = await desk.service.post("/v1/papers/verify", COMMUNE, shown)
    assert answer.json() == {"valid": False, "genuine": False, "kind": None}
    if taken_back:
        await desk.correct(case_id, "CERTIFICATE_CANCELLED")
        assert (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["valid"] is True
        return
    anew = {"outcome": "not_confirmed", "grounds": [], "occurred_at": "2026-11-18T09:00:00+07:00"}
    second = await done(desk, case_id, "decisions", POLICE, **anew)
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", POLICE)).json()
    assert [(one["paper_id"], one["kind"], one["valid"]) for one in file["papers"]] == [
        (first["paper_id"], "victim", False),
        (second["paper_id"], "not_victim", True),
    ]
    assert [event["state"] for event in await desk.events(case_id)][2:] == [
        "VICTIM_CONFIRMED",
        "CERTIFICATE_CANCELLED",
        "NOT_CONFIRMED",
    ]
    assert (await desk.events(case_id))[-1]["attributes"] == {"certificate_issued": True}


async def test_after_a_cancelled_paper_the_support_agency_asks_the_police_anew(desk: Desk) -> None:
    case_id = await requested(desk)
    await done(desk, case_id, "verification-extensions", POLICE)
    first = await done(desk, case_id, "decisions", POLICE)
    await done(desk, case_id, "paper-cancellations", POLICE, paper_id=first["paper_id"])
    await done(desk, case_id, "verification-requests", HEALTH, occurred_at="2026-11-18T09:00:00+07:00")
    asked = {"occurred_at": "2026-11-18T10:00:00+07:00"}
    assert slug(await act(desk, case_id, "verification-requests", HEALTH, **asked)) == (409, "already-requested")
    extended = await done(desk, case_id, "verification-extensions", POLICE, occurred_at="2026-11-19T09:00:00+07:00")
    assert extended["stage"] == "extended"


async def test_the_police_of_a_commune_certifies_only_whom_it_rescued(desk: Desk) -> None:
    came_back = {"identification": lane("PERSON_PRESENT", WARD, *ROLES, "commune_police")}
    case_id = await desk.case(route="returned_via_mission", lanes=came_back, reporter=WARD)
    assert slug(await act(desk, case_id, "decisions", WARD)) == (403, "not-your-case")


@pytest.mark.parametrize(
    ("issuer", "by", "status"),
    [
        (WARD, WARD, 200),
        (WARD, POLICE, 200),
        (POLICE, WARD, 403),
        (GUARD, POLICE, 403),
        (GUARD, GUARD, 200),
    ],
)
async def test_a_paper_is_cancelled_by_its_issuer_or_by_the_office_above_it(
    desk: Desk, issuer: str, by: str, status: int
) -> None:
    rescued = {"identification": lane("RESCUED", GUARD, *ROLES, "border_guard", "commune_police")}
    case_id = await desk.case(route="rescued", lanes=rescued, reporter=issuer)
    if issuer == POLICE:
        await done(desk, case_id, "initial-check", HEALTH)
        await done(desk, case_id, "verification-requests", HEALTH)
    paper = await done(desk, case_id, "decisions", issuer)
    cancel = {"paper_id": paper["paper_id"]}
    before = await desk.stored()
    answer = await act(desk, case_id, "paper-cancellations", by, **cancel)
    assert answer.status_code == status, answer.text
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", HEALTH)).json()
    assert [one["valid"] for one in file["papers"]] == [status == 403]
    if status == 403:
        assert (slug(answer), await desk.stored()) == ((403, "not-your-case"), before)


async def test_a_certificate_that_was_stated_in_the_case_is_cancelled_here_too(desk: Desk) -> None:
    ended = {"identification": lane("VICTIM_CONFIRMED", HEALTH, *ROLES)}
    case_id = await desk.case(lanes=ended, status="victim")
    nothing = await desk.case(lanes={"identification": lane("POLICE_VERIFICATION", POLICE, *ROLES)})
    assert slug(await act(desk, nothing, "paper-cancellations", POLICE, paper_id=None)) == (409, "no-valid-paper")
    cancelled = await done(desk, case_id, "paper-cancellations", POLICE, paper_id=None)
    assert (cancelled["stage"], [one["state"] for one in await desk.events(case_id)]) == (
        "cancelled",
        ["CERTIFICATE_CANCELLED"],
    )
    kept = await requested(desk, status="victim")
    await done(desk, kept, "decisions", POLICE)
    assert slug(await act(desk, kept, "paper-cancellations", POLICE, paper_id=None)) == (409, "paper-not-named")


async def test_the_rescuers_own_certificate_needs_no_request(desk: Desk) -> None:
    rescued = {"identification": lane("RESCUED", GUARD, *ROLES, "border_guard")}
    case_id = await desk.case(route="rescued", lanes=rescued)
    certificate = await done(desk, case_id, "decisions", GUARD)
    assert certificate["paper_number"].startswith("NV-2026-")
    [event] = await desk.events(case_id)
    assert event["state"] == "VICTIM_PAPER_ISSUED"
    assert slug(await act(desk, case_id, "decisions", GUARD)) == (409, "already-decided")
    assert slug(await act(desk, case_id, "decisions", POLICE)) == (409, "no-open-request")


@pytest.mark.parametrize("taken_back", [False, True])
async def test_a_new_certificate_ends_the_one_that_it_contradicts(desk: Desk, taken_back: bool) -> None:
    rescued = {"identification": lane("RESCUED", GUARD, *ROLES, "border_guard")}
    case_id = await desk.case(route="rescued", lanes=rescued)
    first = await done(desk, case_id, "decisions", GUARD, occurred_at="2026-11-09T09:00:00+07:00")
    await done(desk, case_id, "initial-check", HEALTH)
    await done(desk, case_id, "verification-requests", HEALTH)
    second = await done(desk, case_id, "decisions", POLICE)
    desk.clock.advance(timedelta(minutes=1))
    await done(desk, case_id, "paper-cancellations", POLICE, paper_id=second["paper_id"])
    desk.clock.advance(timedelta(minutes=1))
    anew = {"outcome": "not_confirmed", "grounds": [], "occurred_at": "2026-11-18T09:00:00+07:00"}
    third = await done(desk, case_id, "decisions", GUARD, **anew)
    if taken_back:
        await desk.correct(case_id, "NOT_VICTIM_PAPER_ISSUED")
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", POLICE)).json()
    valid = {one["paper_id"] for one in file["papers"] if one["valid"]}
    assert valid == {first["paper_id"] if taken_back else third["paper_id"]}


async def test_a_certificate_needs_the_document_that_its_ground_asks_for(desk: Desk) -> None:
    rescued = {"identification": lane("RESCUED", GUARD, *ROLES, "border_guard")}
    case_id = await desk.case(route="rescued", lanes=rescued)
    ill = {"basis": "signs", "grounds": ["physical_or_mental_signs"]}
    assert slug(await act(desk, case_id, "decisions", GUARD, **ill)) == (409, "document-missing")
    await done(desk, case_id, "evidence", GUARD)
    assert (await done(desk, case_id, "decisions", GUARD, **ill))["paper_id"]


async def test_a_decision_taken_back_opens_the_file_and_ends_the_paper(desk: Desk) -> None:
    case_id = await requested(desk)
    paper = await done(desk, case_id, "decisions", POLICE)
    shown = {"number": paper["paper_number"], "verification_code": paper["verification_code"]}
    for version, state in ((5, "VICTIM_CONFIRMED"), (6, "POLICE_VERIFICATION"), (4, "VICTIM_CONFIRMED")):
        await publish(desk, case_id, version, state)
    await desk.correct(case_id, "VICTIM_CONFIRMED")
    assert (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["valid"] is False
    later = {"outcome": "not_confirmed", "grounds": [], "occurred_at": "2026-11-20T10:00:00+07:00"}
    assert (await done(desk, case_id, "decisions", POLICE, **later))["paper_kind"] == "not_victim"


async def test_a_decision_taken_back_ends_the_paper_in_every_order_of_standings(desk: Desk) -> None:
    case_id = await requested(desk)
    paper = await done(desk, case_id, "decisions", POLICE)
    shown = {"number": paper["paper_number"], "verification_code": paper["verification_code"]}
    for version, state in ((6, "POLICE_VERIFICATION"), (5, "VICTIM_CONFIRMED")):
        await publish(desk, case_id, version, state)
    await desk.correct(case_id, "VICTIM_CONFIRMED")
    assert (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["valid"] is False


@pytest.mark.parametrize("certificate_withdrawn", ["never", "before", "after"])
async def test_a_refusal_taken_back_makes_the_certificate_valid_again(desk: Desk, certificate_withdrawn: str) -> None:
    rescued = {"identification": lane("RESCUED", GUARD, *ROLES, "border_guard")}
    case_id = await desk.case(route="rescued", lanes=rescued)
    paper = await done(desk, case_id, "decisions", GUARD, occurred_at="2026-11-09T09:00:00+07:00")
    shown = {"number": paper["paper_number"], "verification_code": paper["verification_code"]}
    await done(desk, case_id, "initial-check", HEALTH)
    await done(desk, case_id, "verification-requests", HEALTH)
    desk.clock.advance(timedelta(minutes=1))
    await done(desk, case_id, "decisions", POLICE, outcome="not_confirmed", grounds=[])
    assert (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["valid"] is False
    desk.clock.advance(timedelta(minutes=1))
    if certificate_withdrawn == "before":
        await desk.correct(case_id, "VICTIM_PAPER_ISSUED")
    await desk.correct(case_id, "NOT_CONFIRMED")
    if certificate_withdrawn == "after":
        await desk.correct(case_id, "VICTIM_PAPER_ISSUED")
    valid = certificate_withdrawn == "never"
    assert (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["valid"] is valid


async def test_a_code_is_shown_once_and_kept_nowhere(desk: Desk) -> None:
    case_id = await requested(desk)
    key = new_id("key")
    first, again = [await act(desk, case_id, "decisions", POLICE, key) for _ in range(2)]
    code = first.json()["verification_code"]
    assert again.json() == {**first.json(), "verification_code": None}
    for table in ("papers", "steps", "idempotency", "outbox"):
        rows = await desk.service.sql(f"SELECT to_jsonb(t)::text AS row FROM verification.{table} t")
        assert code not in "".join(str(row["row"]) for row in rows)
