"""The file of an identification: what is accepted, what is refused, and that a refusal leaves nothing behind."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, down, lane, slug
from tests.integration.verification.files import (
    COMMUNE,
    GUARD,
    HEALTH,
    POLICE,
    ROLES,
    STEPS,
    WARD,
    act,
    done,
    publish,
    requested,
)

pytestmark = pytest.mark.stack


async def test_from_check_to_paper(desk: Desk) -> None:
    case_id = await requested(desk)
    await done(desk, case_id, "verification-extensions", POLICE)
    await done(desk, case_id, "evidence", POLICE)
    decided = await done(desk, case_id, "decisions", POLICE)
    assert decided["stage"] == "decided"
    assert [event["state"] for event in await desk.events(case_id)] == [
        "INITIAL_CHECK_DONE",
        "POLICE_VERIFICATION",
        "POLICE_VERIFICATION_EXTENDED",
        "VICTIM_CONFIRMED",
    ]
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", HEALTH)).json()
    assert [step["kind"] for step in file["steps"]] == ["initial_check", "request", "extension", "decision"]
    assert [one["source"] for one in file["evidence"]] == ["b"]
    [paper] = file["papers"]
    assert paper["valid"] is True
    assert "verification_code" not in paper
    shown = {"number": decided["paper_number"], "verification_code": decided["verification_code"]}
    answer = await desk.service.post("/v1/papers/verify", "facility/ha-noi", shown)
    assert answer.json() == {"valid": True, "genuine": True, "kind": "victim"}


async def test_prolonged_after_complex_and_refused_with_a_paper(desk: Desk) -> None:
    case_id = await requested(desk)
    prolong = {"extent": "prolonged", "occurred_at": "2026-11-12T10:00:00+07:00"}
    assert slug(await act(desk, case_id, "verification-extensions", POLICE, **prolong)) == (409, "not-extended")
    await done(desk, case_id, "verification-extensions", POLICE)
    assert (await done(desk, case_id, "verification-extensions", POLICE, **prolong))["stage"] == "prolonged"
    assert slug(await act(desk, case_id, "verification-extensions", POLICE, **prolong)) == (409, "already-extended")
    refused = await done(desk, case_id, "decisions", POLICE, outcome="not_confirmed", grounds=[])
    assert refused["paper_kind"] == "not_victim"
    shown = {"number": refused["paper_number"], "verification_code": refused["verification_code"]}
    answer = await desk.service.post("/v1/papers/verify", COMMUNE, shown)
    assert answer.json() == {"valid": False, "genuine": True, "kind": "not_victim"}, "valid says that she is a victim"
    assert refused["paper_number"].startswith("KN-2026-")
    assert [event["state"] for event in await desk.events(case_id)][2:] == [
        "POLICE_VERIFICATION_EXTENDED",
        "POLICE_VERIFICATION_PROLONGED",
        "NOT_CONFIRMED",
    ]


async def test_the_former_law_has_no_paper_for_a_refusal_no_second_extension_and_no_cancelling(desk: Desk) -> None:
    case_id = await requested(desk, regime_procedure="law-66-2011")
    await done(desk, case_id, "verification-extensions", POLICE)
    assert slug(await act(desk, case_id, "verification-extensions", POLICE, extent="prolonged")) == (422, "invalid")
    refused = await done(desk, case_id, "decisions", POLICE, outcome="not_confirmed", grounds=[])
    assert (refused["paper_id"], refused["paper_kind"]) == (None, None)
    assert slug(await act(desk, case_id, "paper-cancellations", POLICE)) == (403, "not-your-case")


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


async def test_texts_are_in_the_vault_alone(desk: Desk) -> None:
    case_id = await requested(desk)
    [first, second] = await desk.events(case_id)
    assert desk.vault.sealed[first["documents"][0]] == ("statement", "Tóm tắt bịa để thử.")
    assert desk.vault.sealed[second["documents"][0]] == ("note", "Lý do bịa.")
    dump = ""
    for table in ("steps", "evidence", "papers", "outbox", "idempotency"):
        dump += "".join(
            row["row"] for row in await desk.service.sql(f"SELECT t::text AS row FROM verification.{table} t")
        )
    assert case_id in dump
    assert "bịa" not in dump


@pytest.mark.parametrize(
    ("before", "what", "changes", "slug_"),
    [
        ([], "verification-requests", {}, "no-initial-check"),
        ([], "verification-extensions", {}, "no-open-request"),
        ([], "decisions", {}, "no-open-request"),
        (["initial-check"], "initial-check", {}, "already-checked"),
        (["initial-check"], "decisions", {}, "no-open-request"),
        (["initial-check", "verification-requests"], "verification-requests", {}, "already-requested"),
        (["initial-check"], "verification-requests", {"occurred_at": "2026-11-09T09:00:00+07:00"}, "out-of-order"),
        (["initial-check", "verification-requests"], "decisions", {"basis": "signs"}, "signs-not-reviewed"),
        (
            ["initial-check", "verification-requests", "verification-extensions"],
            "verification-extensions",
            {},
            "already-extended",
        ),
        (["initial-check", "verification-requests", "decisions"], "decisions", {}, "already-decided"),
        (["initial-check", "verification-requests", "decisions"], "verification-requests", {}, "already-decided"),
    ],
)
async def test_wrong_order_is_refused_and_stores_nothing(
    desk: Desk, before: list[str], what: str, changes: dict[str, Any], slug_: str
) -> None:
    case_id = await desk.case()
    office_of = {"initial-check": HEALTH, "verification-requests": HEALTH}
    for step in before:
        await done(desk, case_id, step, office_of.get(step, POLICE))
    if what == "verification-requests" and before[-1:] == ["decisions"]:
        changes = {"occurred_at": "2026-11-16T09:00:00+07:00"}
    stored = await desk.stored()
    sealed = len(desk.vault.sealed)
    answer = await act(desk, case_id, what, office_of.get(what, POLICE), key="again", **changes)
    assert slug(answer) == (409, slug_)
    assert (await desk.stored(), len(desk.vault.sealed)) == (stored, sealed)


@pytest.mark.parametrize("what", STEPS)
async def test_wrong_office_foreign_case_unknown_case(desk: Desk, what: str) -> None:
    case_id = await desk.case()
    before = await desk.stored()
    assert slug(await act(desk, case_id, what, None)) == (401, "unauthenticated")
    assert slug(await act(desk, new_id("case"), what, POLICE)) == (404, "not-found")
    assert slug(await act(desk, "case_does_not_exist", what, POLICE)) == (404, "not-found")
    for stranger in ("provincial_police/tay-ninh", "health_authority/tay-ninh", "provider/lao-cai-hospital"):
        assert slug(await act(desk, case_id, what, stranger, occurred_at="nonsense")) == (403, "not-your-case")
    if what != "evidence":
        assert slug(await act(desk, case_id, what, COMMUNE)) == (403, "not-your-case")
    assert await desk.stored() == before


@pytest.mark.parametrize(
    ("what", "office", "changes"),
    [
        ("initial-check", HEALTH, {"holds_paper": "no"}),
        ("initial-check", HEALTH, {"summary": " "}),
        ("initial-check", HEALTH, {"summary": "x" * 70_000}),
        ("initial-check", HEALTH, {"occurred_at": "2026-11-20T10:06:00+07:00"}),
        ("initial-check", HEALTH, {"occurred_at": "1989-01-01T00:00:00+07:00"}),
        ("initial-check", HEALTH, {"name": "Lộ"}),
        ("evidence", POLICE, {"source": "z"}),
        ("evidence", POLICE, {"source": "aa"}),
        ("decisions", POLICE, {"outcome": "maybe"}),
        ("decisions", POLICE, {"basis": "feeling"}),
        ("decisions", POLICE, {"grounds": ["no_such_ground"]}),
        ("decisions", POLICE, {"grounds": []}),
        ("decisions", POLICE, {"grounds": ["sold", "sold"]}),
        ("decisions", POLICE, {"grounds": ["found_with_victims"]}),
    ],
)
async def test_bad_input_is_422(desk: Desk, what: str, office: str, changes: dict[str, Any]) -> None:
    case_id = await desk.case()
    before = await desk.stored()
    answer = await act(desk, case_id, what, office, key="bad", **changes)
    assert answer.status_code == 422, answer.text
    assert "Lộ" not in answer.text
    assert await desk.stored() == before


async def test_an_office_whose_part_is_over_sees_what_it_did_itself(desk: Desk) -> None:
    case_id = await requested(desk)
    await done(desk, case_id, "evidence", GUARD)
    police = lane("POLICE_VERIFICATION", POLICE, "provincial_police")
    await desk.stand(case_id, 2, lanes={"identification": police}, past=(HEALTH, "facility/lao-cai"))
    await done(desk, case_id, "decisions", POLICE)
    whole, own, none = [
        (await desk.service.get(f"/v1/cases/{case_id}/file", office)).json()
        for office in (POLICE, HEALTH, "facility/lao-cai")
    ]
    assert [len(whole[part]) for part in ("steps", "evidence", "papers")] == [3, 1, 1]
    assert [step["kind"] for step in own["steps"]] == ["initial_check", "request"]
    assert own["evidence"] == own["papers"] == none["steps"] == none["evidence"] == none["papers"] == []
    assert whole["stage"] == own["stage"] == none["stage"]


async def test_both_spellings_of_the_letter(desk: Desk) -> None:
    case_id = await desk.case()
    for letter in ("đ", "dd", "i"):
        await done(desk, case_id, "evidence", POLICE, source=letter)
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", POLICE)).json()
    assert [one["source"] for one in file["evidence"]].count("dd") == 2


async def test_a_repeated_request_acts_once(desk: Desk) -> None:
    case_id = await desk.case()
    first = await act(desk, case_id, "initial-check", HEALTH, key="k1")
    again = await act(desk, case_id, "initial-check", HEALTH, key="k1")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await desk.events(case_id)) == 1
    other = await act(desk, case_id, "initial-check", HEALTH, key="k1", holds_paper=True)
    assert slug(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    "fault", [down, lambda request: httpx.Response(503, json={}), lambda request: httpx.Response(500)]
)
async def test_vault_down_is_503_and_nothing_is_stored(desk: Desk, fault: Any) -> None:
    case_id = await desk.case()
    before = await desk.stored()
    desk.vault.fault = fault
    try:
        answer = await act(desk, case_id, "initial-check", HEALTH, key=case_id)
    finally:
        desk.vault.fault = lambda request: None
    assert (answer.status_code, await desk.stored()) == (503, before)
    assert int(answer.headers["retry-after"]) >= 1
    assert (await act(desk, case_id, "initial-check", HEALTH, key=case_id)).status_code == 200


async def test_two_offices_at_once_one_wins(desk: Desk) -> None:
    case_id = await requested(desk)
    answers = await asyncio.gather(
        act(desk, case_id, "decisions", POLICE, key="one"),
        act(desk, case_id, "decisions", POLICE, key="two", outcome="not_confirmed"),
    )
    [lost] = [answer for answer in answers if answer.status_code != 200]
    assert slug(lost) == (409, "already-decided")
    assert (lost.json()["last"]["kind"], lost.json()["last"]["office"]) == ("decision", POLICE)
    assert len(await desk.events(case_id)) == 3


async def test_signs_review_and_its_ways_out(desk: Desk) -> None:
    case_id = await requested(desk)
    review = {"outcome": "signs_review", "basis": "signs", "grounds": []}
    assert (await done(desk, case_id, "decisions", POLICE, **review))["stage"] == "signs_review"
    assert slug(await act(desk, case_id, "decisions", POLICE, **review)) == (409, "already-under-review")
    later = "2026-11-16T10:00:00+07:00"
    assert (await done(desk, case_id, "verification-requests", HEALTH, occurred_at=later))["stage"] == "requested"
    await done(desk, case_id, "decisions", POLICE, **review, occurred_at=later)
    ill = {"basis": "signs", "grounds": ["physical_or_mental_signs"], "occurred_at": later}
    assert slug(await act(desk, case_id, "decisions", POLICE, **ill)) == (409, "document-missing")
    on_signs = {"basis": "signs", "grounds": ["found_with_victims"], "occurred_at": later}
    assert (await done(desk, case_id, "decisions", POLICE, **on_signs))["paper_id"]


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


async def test_the_reporting_guard_does_not_decide_in_place_of_the_police(desk: Desk) -> None:
    case_id = await requested(desk)
    assert slug(await act(desk, case_id, "decisions", GUARD)) == (403, "not-your-case")


async def test_what_was_recorded_in_the_case_itself_counts(desk: Desk) -> None:
    asked = {"identification": lane("POLICE_VERIFICATION", POLICE, *ROLES)}
    case_id = await desk.case(lanes=asked)
    assert (await done(desk, case_id, "decisions", POLICE))["stage"] == "decided"
    ended = {"identification": lane("NOT_CONFIRMED", None, *ROLES)}
    case_id = await desk.case(lanes=ended)
    assert slug(await act(desk, case_id, "initial-check", HEALTH)) == (409, "already-checked")
    left = {"identification": lane("PERSON_WITHDREW", None, *ROLES)}
    case_id = await desk.case(lanes=left)
    assert (await done(desk, case_id, "initial-check", HEALTH))["stage"] == "checked"
    case_id = await desk.case(status="closed")
    for what, office in (("initial-check", HEALTH), ("evidence", POLICE)):
        assert slug(await act(desk, case_id, what, office)) == (409, "case-closed")


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


async def test_a_withdrawn_check_is_to_be_done_again(desk: Desk) -> None:
    case_id = await desk.case()
    await done(desk, case_id, "initial-check", HEALTH)
    await desk.correct(case_id, "INITIAL_CHECK_DONE")
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", HEALTH)).json()
    assert (file["stage"], [one["withdrawn"] for one in file["steps"]]) == ("opened", [True])
    assert slug(await act(desk, case_id, "verification-requests", HEALTH)) == (409, "no-initial-check")
    await done(desk, case_id, "initial-check", HEALTH)


async def test_a_corrected_check_is_shown_as_corrected(desk: Desk) -> None:
    case_id = await desk.case()
    await done(desk, case_id, "initial-check", HEALTH)
    await desk.correct(case_id, "INITIAL_CHECK_DONE", occurred_at="2026-11-09T09:00:00+07:00")
    [step] = (await desk.service.get(f"/v1/cases/{case_id}/file", HEALTH)).json()["steps"]
    assert (step["occurred_at"], step["withdrawn"]) == ("2026-11-09T02:00:00Z", False)
    earlier = {"occurred_at": "2026-11-09T10:00:00+07:00"}
    await done(desk, case_id, "verification-requests", HEALTH, **earlier)


async def test_the_runtime_role_cannot_change_a_step(desk: Desk) -> None:
    await requested(desk)
    for statement in ("UPDATE verification.steps SET office = 'x/y'", "DELETE FROM verification.evidence"):
        with pytest.raises(Exception, match="permission denied"):
            await desk.service.sql(statement, runtime=True)


async def test_a_code_is_shown_once_and_kept_nowhere(desk: Desk) -> None:
    case_id = await requested(desk)
    key = new_id("key")
    first, again = [await act(desk, case_id, "decisions", POLICE, key) for _ in range(2)]
    code = first.json()["verification_code"]
    assert again.json() == {**first.json(), "verification_code": None}
    for table in ("papers", "steps", "idempotency", "outbox"):
        rows = await desk.service.sql(f"SELECT to_jsonb(t)::text AS row FROM verification.{table} t")
        assert code not in "".join(str(row["row"]) for row in rows)


async def test_who_first_reported_a_person_who_moved_sees_no_later_step(desk: Desk) -> None:
    """The border guard reported her and added evidence; then the case went to Thái Nguyên."""
    case_id = await requested(desk)
    await done(desk, case_id, "evidence", GUARD)
    there = "provincial_police/thai-nguyen"
    moved = {"identification": lane("POLICE_VERIFICATION", there, *ROLES, place="thai-nguyen")}
    await desk.stand(case_id, 2, lanes=moved, left=True)
    await done(desk, case_id, "decisions", there)
    seen = (await desk.service.get(f"/v1/cases/{case_id}/file", GUARD)).json()
    assert [[one["office"] for one in seen[part]] for part in ("steps", "evidence", "papers")] == [[], [GUARD], []]
