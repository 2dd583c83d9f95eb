"""Protections: who may order what, what is refused, and how little others see."""

import asyncio
from itertools import permutations
from typing import Any

import httpx
import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, down, lane, slug

pytestmark = pytest.mark.stack

HEALTH, POLICE, COMMUNE = "health_authority/lao-cai", "provincial_police/lao-cai", "commune/lao-cai"
GUARD, FACILITY = "border_guard/lao-cai", "facility/lao-cai"
REQUEST = {
    "risks": ["life", "retaliation"],
    "measures": ["guard", "shelter"],
    "urgent": False,
    "occurred_at": "2026-11-10T09:00:00+07:00",
}
AT = "2026-11-11T09:00:00+07:00"
LATER = "2026-11-12T09:00:00+07:00"
STEPS: dict[str, dict[str, Any]] = {
    "paper": {"occurred_at": AT},
    "start": {"occurred_at": AT},
    "decisions": {"outcome": "granted", "occurred_at": AT},
    "changes": {"measures": ["shelter"], "occurred_at": AT},
    "end": {"reason": "Lý do bịa.", "occurred_at": AT},
    "placements": {"facility": FACILITY, "address": "Địa chỉ bịa.", "occurred_at": AT},
}


async def ask(desk: Desk, case_id: str, office: str | None = POLICE, key: str = "", **changes: Any) -> httpx.Response:
    """A request for protection."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(f"/v1/cases/{case_id}/protections", office, REQUEST | changes, **headers)


async def act(
    desk: Desk, one: str, what: str, office: str | None = POLICE, key: str = "", **changes: Any
) -> httpx.Response:
    """One step of a protection."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.service.post(f"/v1/protections/{one}/{what}", office, STEPS[what] | changes, **headers)


async def asked(
    desk: Desk, office: str = POLICE, case: dict[str, Any] | None = None, **changes: Any
) -> tuple[str, str]:
    """(case, protection) of a request that must be accepted."""
    case_id = await desk.case(**(case or {}))
    answer = await ask(desk, case_id, office, **changes)
    assert answer.status_code == 200, answer.text
    return case_id, answer.json()["protection_id"]


async def done(desk: Desk, one: str, what: str, office: str = POLICE, **changes: Any) -> dict[str, Any]:
    """The answer to a step that must be accepted."""
    answer = await act(desk, one, what, office, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def states(desk: Desk, case_id: str) -> list[str]:
    """States that were stated about a case."""
    return [event["state"] for event in await desk.events(case_id)]


async def test_from_request_to_end(desk: Desk) -> None:
    case_id, one = await asked(desk)
    assert (await done(desk, one, "decisions"))["active"] is True
    await done(desk, one, "changes", measures=["secrecy_of_identity", "shelter"])
    await done(desk, one, "placements")
    await done(desk, one, "placements", occurred_at=LATER)  # a move states nothing
    assert (await done(desk, one, "end", occurred_at=LATER))["status"] == "ended"
    assert await states(desk, case_id) == [
        "PROTECTION_REQUESTED",
        "PROTECTION_DECIDED",
        "PROTECTION_ACTIVE",
        "PROTECTION_CHANGED",
        "IN_FACILITY",
        "PROTECTION_ENDED",
    ]
    assert (await ask(desk, case_id, occurred_at=LATER)).status_code == 200


async def test_measures_that_are_still_organised_start_later(desk: Desk) -> None:
    case_id, one = await asked(desk)
    assert (await done(desk, one, "decisions", in_force=False))["status"] == "granted"
    assert (await done(desk, one, "start"))["status"] == "active"
    assert await states(desk, case_id) == ["PROTECTION_REQUESTED", "PROTECTION_DECIDED", "PROTECTION_ACTIVE"]


async def test_urgent_first_paper_after(desk: Desk) -> None:
    case_id, one = await asked(desk, urgent=True)
    assert (await done(desk, one, "start"))["paper_due"] is True
    assert (await done(desk, one, "paper"))["paper_due"] is False
    assert (await done(desk, one, "decisions"))["status"] == "active"
    assert await states(desk, case_id) == ["PROTECTION_REQUESTED", "PROTECTION_ACTIVE", "PROTECTION_PAPER_FILED"]
    assert slug(await act(desk, one, "paper")) == (409, "no-paper-due")


async def test_the_paper_comes_from_who_asked_or_to_who_may_decide(desk: Desk) -> None:
    _, one = await asked(desk, COMMUNE, urgent=True)
    assert slug(await act(desk, one, "paper", HEALTH)) == (403, "not-competent")
    assert (await done(desk, one, "paper", COMMUNE))["paper_due"] is False
    _, other = await asked(desk, COMMUNE, urgent=True)
    assert (await done(desk, other, "paper", POLICE))["paper_due"] is False


async def test_urgently_in_force_and_then_refused_has_ended(desk: Desk) -> None:
    case_id, one = await asked(desk, urgent=True)
    await done(desk, one, "start")
    refused = {"outcome": "refused", "reason": "Lý do bịa."}
    assert (await done(desk, one, "decisions", **refused))["status"] == "ended"
    assert (await states(desk, case_id))[-1] == "PROTECTION_ENDED"


async def test_nothing_of_measures_or_places_leaves_the_service(desk: Desk) -> None:
    case_id, one = await asked(desk, reason="Mối nguy bịa.")
    await done(desk, one, "decisions")
    await done(desk, one, "placements")
    events = await desk.events(case_id)
    assert all(event["attributes"] == {} for event in events)
    assert "documents" not in events[-1] or events[-1]["documents"] == []
    assert not any(word in str(events) for word in ("guard", "facility", "retaliation"))
    assert {group for group, _ in desk.vault.sealed.values()} == {"protection"}
    dump = ""
    for table in ("protections", "acts", "outbox", "idempotency"):
        dump += "".join(
            row["row"] for row in await desk.service.sql(f"SELECT t::text AS row FROM protection.{table} t")
        )
    assert case_id in dump
    assert "bịa" not in dump


async def test_others_see_only_whether_it_is_active(desk: Desk) -> None:
    case_id, one = await asked(desk)
    path = f"/v1/cases/{case_id}/protection"
    assert (await desk.service.get(path, HEALTH)).json() == {"active": False, "protections": None}
    await done(desk, one, "decisions")
    await done(desk, one, "placements")
    assert (await desk.service.get(path, HEALTH)).json() == {"active": True, "protections": None}
    [shown] = (await desk.service.get(path, POLICE)).json()["protections"]
    assert [step["kind"] for step in shown["acts"]] == ["request", "decision", "placement"]
    assert shown["acts"][2]["facility"] == FACILITY
    for stranger in ("provincial_police/tay-ninh", "steering_committee/lao-cai", "provider/lao-cai"):
        assert slug(await desk.service.get(path, stranger)) == (403, "not-your-case")
    assert slug(await desk.service.get(f"/v1/cases/{new_id('case')}/protection", POLICE)) == (404, "not-found")


@pytest.mark.parametrize(
    ("before", "what", "changes", "slug_"),
    [
        ([], "start", {}, "not-decided"),
        ([], "changes", {}, "not-in-force"),
        ([], "placements", {}, "not-in-force"),
        ([], "paper", {}, "no-paper-due"),
        ([], "decisions", {"occurred_at": "2026-11-09T09:00:00+07:00"}, "out-of-order"),
        (["decisions"], "decisions", {}, "already-decided"),
        (["decisions"], "start", {}, "already-in-force"),
        (["decisions", "end"], "end", {}, "not-in-force"),
        (["decisions", "end"], "start", {}, "not-in-force"),
        (["decisions", "end"], "placements", {}, "not-in-force"),
        (["end"], "decisions", {}, "already-decided"),
    ],
)
async def test_wrong_order_is_refused_and_stores_nothing(
    desk: Desk, before: list[str], what: str, changes: dict[str, Any], slug_: str
) -> None:
    _, one = await asked(desk)
    for step in before:
        await done(desk, one, step)
    stored, sealed = await desk.stored(), len(desk.vault.sealed)
    assert slug(await act(desk, one, what, key=f"again-{one}", **changes)) == (409, slug_)
    assert (await desk.stored(), len(desk.vault.sealed)) == (stored, sealed)


async def test_shelter_only_where_it_is_ordered(desk: Desk) -> None:
    _, one = await asked(desk, measures=["guard"])
    await done(desk, one, "decisions")
    assert slug(await act(desk, one, "placements")) == (409, "shelter-not-ordered")


async def test_the_matrix_of_who_may_order_what(desk: Desk) -> None:
    held = {"identification": lane("AT_COMMUNE", COMMUNE, "commune", "health_authority", "provincial_police")}
    _, one = await asked(desk, case={"lanes": held})
    assert slug(await act(desk, one, "decisions", COMMUNE)) == (403, "not-competent")
    # in its territory, but the person was never with it
    assert slug(await act(desk, one, "decisions", HEALTH, measures=["shelter"])) == (403, "not-competent")
    assert (await act(desk, one, "decisions", COMMUNE, measures=["shelter"])).status_code == 200
    assert slug(await act(desk, one, "changes", COMMUNE, measures=["guard"])) == (403, "not-competent")


async def test_wrong_office_foreign_case_unknown_case(desk: Desk) -> None:
    case_id, one = await asked(desk)
    before = await desk.stored()
    assert slug(await ask(desk, case_id, None)) == (401, "unauthenticated")
    assert slug(await ask(desk, new_id("case"))) == (404, "not-found")
    for stranger in ("provincial_police/tay-ninh", "steering_committee/lao-cai", "provider/lao-cai"):
        assert slug(await ask(desk, case_id, stranger, risks="nonsense")) == (403, "not-your-case")
    for what in STEPS:
        assert slug(await act(desk, one, what, None)) == (401, "unauthenticated")
        assert slug(await act(desk, new_id("prot"), what)) == (404, "not-found")
        assert slug(await act(desk, "no_protection", what)) == (404, "not-found")
        assert slug(await act(desk, one, what, "provincial_police/tay-ninh", occurred_at=1)) == (403, "not-your-case")
    assert await desk.stored() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"risks": []},
        {"risks": ["no_such_risk"]},
        {"risks": ["life", "life"]},
        {"measures": ["no_such_measure"]},
        {"measures": []},
        {"urgent": "yes"},
        {"occurred_at": "2026-11-20T10:06:00+07:00"},
        {"name": "Lộ"},
    ],
)
async def test_bad_requests_are_422(desk: Desk, changes: dict[str, Any]) -> None:
    case_id = await desk.case()
    before = await desk.stored()
    answer = await ask(desk, case_id, key=case_id, **changes)
    assert answer.status_code == 422, answer.text
    assert "Lộ" not in answer.text
    assert await desk.stored() == before


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("decisions", {"outcome": "refused"}),
        ("decisions", {"outcome": "refused", "reason": "Bịa.", "measures": ["guard"]}),
        ("decisions", {"measures": ["relocation"]}),
        ("decisions", {"measures": ["no_such_measure"]}),
        ("decisions", {"outcome": "perhaps"}),
        ("changes", {"measures": ["relocation"]}),
        ("end", {"reason": ""}),
        ("placements", {"facility": "commune/lao-cai"}),
        ("placements", {"facility": "facility/atlantis"}),
        ("placements", {"address": " "}),
    ],
)
async def test_bad_steps_are_422(desk: Desk, what: str, changes: dict[str, Any]) -> None:
    _, one = await asked(desk)
    before = await desk.stored()
    assert slug(await act(desk, one, what, key=one, **changes)) == (422, "invalid")
    assert await desk.stored() == before


async def test_consent_on_record_allows_relocation(desk: Desk) -> None:
    _, one = await asked(desk)
    assert (await done(desk, one, "decisions", measures=["relocation"], consent=True))["active"] is True


async def test_a_repeated_request_acts_once(desk: Desk) -> None:
    case_id = await desk.case()
    first, again = [await ask(desk, case_id, key=case_id) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await desk.events(case_id)) == 1
    assert slug(await ask(desk, case_id, key=case_id, urgent=True)) == (422, "idempotency-key-reused")


async def test_vault_down_is_503_and_nothing_is_stored(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await done(desk, one, "decisions")
    fresh = await desk.case()
    before = await desk.stored()
    desk.vault.fault = down
    try:
        answers = [await ask(desk, fresh, key=fresh, reason="Bịa."), await act(desk, one, "placements", key=case_id)]
    finally:
        desk.vault.fault = lambda request: None
    assert [answer.status_code for answer in answers] == [503, 503]
    assert await desk.stored() == before
    assert (await ask(desk, fresh, key=fresh, reason="Bịa.")).status_code == 200
    assert (await act(desk, one, "placements", key=case_id)).status_code == 200


async def test_two_offices_at_once_one_wins(desk: Desk) -> None:
    case_id = await desk.case()
    answers = await asyncio.gather(*(ask(desk, case_id, office) for office in (POLICE, HEALTH, GUARD)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    [won] = [answer.json()["protection_id"] for answer in answers if answer.status_code == 200]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert slug(lost) == (409, "already-requested")
    assert lost.json()["last"]["kind"] == "request"
    answers = await asyncio.gather(
        act(desk, won, "decisions", POLICE), act(desk, won, "decisions", GUARD, outcome="refused", reason="Bịa.")
    )
    lost = next(answer for answer in answers if answer.status_code != 200)
    assert (slug(lost), lost.json()["last"]["kind"]) == ((409, "already-decided"), "decision")
    assert len(await desk.events(case_id)) in (2, 3)


async def test_what_was_asked_in_the_case_itself_counts(desk: Desk) -> None:
    case_id = await desk.case(lanes={"protection": lane("PROTECTION_REQUESTED", POLICE, "provincial_police")})
    assert slug(await ask(desk, case_id)) == (409, "already-requested")
    case_id = await desk.case(status="closed")
    assert slug(await ask(desk, case_id)) == (409, "case-closed")


async def test_the_runtime_role_cannot_change_an_act(desk: Desk) -> None:
    with pytest.raises(Exception, match="permission denied"):
        await desk.service.sql("UPDATE protection.acts SET office = 'x/y'", runtime=True)


async def seen(desk: Desk, case_id: str) -> dict[str, Any]:
    """The newest protection, as who did a step of it sees it."""
    answer = await desk.service.get(f"/v1/cases/{case_id}/protection", POLICE)
    return answer.json()["protections"][0]


async def test_a_request_taken_back_counts_no_longer(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await desk.correct(case_id, "PROTECTION_REQUESTED")
    assert (await seen(desk, case_id))["status"] == "withdrawn"
    assert slug(await act(desk, one, "decisions"))[0] == 409
    assert (await ask(desk, case_id)).status_code == 200


async def test_a_decision_taken_back_is_void(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await done(desk, one, "decisions", in_force=True)
    await desk.correct(case_id, "PROTECTION_DECIDED")
    shown = await seen(desk, case_id)
    assert (shown["status"], shown["decided_by"]) == ("requested", None)
    assert [step["withdrawn"] for step in shown["acts"]] == [False, True]
    assert (await done(desk, one, "decisions"))["status"] == "active"


async def test_an_end_taken_back_leaves_the_protection_in_force_unless_another_is_open(desk: Desk) -> None:
    case_id, one = await asked(desk)
    await done(desk, one, "decisions", in_force=True)
    await done(desk, one, "end", occurred_at=LATER)
    await desk.correct(case_id, "PROTECTION_ENDED")
    assert (await seen(desk, case_id))["status"] == "active"
    await done(desk, one, "end", occurred_at=LATER)
    assert (await ask(desk, case_id, occurred_at=LATER)).status_code == 200
    await desk.correct(case_id, "PROTECTION_ENDED")
    answer = (await desk.service.get(f"/v1/cases/{case_id}/protection", POLICE)).json()
    assert sorted(found["status"] for found in answer["protections"]) == ["ended", "requested"]


@pytest.mark.parametrize("order", list(permutations(("end", "decision", "request"))), ids="-".join)
async def test_corrections_of_two_protections_give_one_record_in_every_order(
    desk: Desk, order: tuple[str, ...]
) -> None:
    """The end and the decision of the first and the request of the second are withdrawn: the first is undecided."""
    case_id, one = await asked(desk)
    await done(desk, one, "decisions")
    await done(desk, one, "end", occurred_at=LATER)
    first = {event["state"]: event for event in await desk.events(case_id)}
    assert (await ask(desk, case_id, occurred_at=LATER)).status_code == 200
    second = (await desk.events(case_id))[-1]
    facts = {"end": first["PROTECTION_ENDED"], "decision": first["PROTECTION_DECIDED"], "request": second}
    for name in order:
        await desk.correct(case_id, facts[name]["state"], fact_id=facts[name]["fact_id"])
    answer = (await desk.service.get(f"/v1/cases/{case_id}/protection", POLICE)).json()
    found = {found["protection_id"] == one: (found["status"], found["decided_by"]) for found in answer["protections"]}
    assert found == {True: ("requested", None), False: ("withdrawn", None)}
    assert slug(await ask(desk, case_id, occurred_at=LATER)) == (409, "already-requested")


async def test_who_once_asked_or_sheltered_sees_no_later_step(desk: Desk) -> None:
    """The commune asked, the police placed her and moved her; commune and first facility see that it is active."""
    other, held = "facility/lang-son", lane("PROTECTION_ACTIVE", POLICE)
    case_id, one = await asked(desk, COMMUNE, {"reporter": COMMUNE})
    path = f"/v1/cases/{case_id}/protection"
    [shown] = (await desk.service.get(path, COMMUNE)).json()["protections"]
    assert [step["kind"] for step in shown["acts"]] == ["request"]
    roles = ("commune", "facility", "provincial_police")
    lanes = {"identification": lane("POLICE_VERIFICATION", COMMUNE, *roles), "protection": held}
    lanes["shelter"] = lane("IN_FACILITY", FACILITY)
    lanes["support:medical"] = lane("SUPPORT_REQUESTED", other, territory="lang-son")
    await desk.stand(case_id, 2, lanes=lanes, reporter=COMMUNE)
    await done(desk, one, "decisions")
    await done(desk, one, "placements")
    assert (await desk.service.get(path, FACILITY)).json()["protections"] is not None
    await done(desk, one, "placements", facility=other, occurred_at=LATER)
    for office in (COMMUNE, FACILITY):
        assert (await desk.service.get(path, office)).json() == {"active": True, "protections": None}
    for office in (POLICE, other):
        [shown] = (await desk.service.get(path, office)).json()["protections"]
        assert shown["acts"][-1]["facility"] == other


@pytest.mark.parametrize("filed", [False, True])
async def test_no_refusal_shows_a_later_step_to_who_first_reported_a_person_who_moved(desk: Desk, filed: bool) -> None:
    """The commune reported her and asked; the case moved, and others act there. It may still file its paper."""
    there, police = "thai-nguyen", "provincial_police/thai-nguyen"
    case_id, one = await asked(desk, COMMUNE, {"reporter": COMMUNE}, urgent=True)
    roles = ("commune", "facility", "provincial_police")
    lanes = {
        "identification": lane("AT_COMMUNE", f"health_authority/{there}", *roles, territory=there),
        "protection": lane("PROTECTION_REQUESTED", police, *roles, territory=there),
    }
    await desk.stand(case_id, 2, lanes=lanes, reporter=COMMUNE, past=[COMMUNE])
    await done(desk, one, "start", police, occurred_at=LATER)
    if filed:
        await done(desk, one, "paper", police, occurred_at=LATER)
    for what in STEPS:
        for at in (AT, LATER, "2026-11-13T09:00:00+07:00"):
            answer = await act(desk, one, what, COMMUNE, occurred_at=at)
            if what == "paper":
                assert slug(answer) == (409, "no-paper-due") if filed or at != AT else answer.status_code == 200
            else:
                assert answer.status_code == 403, answer.text
            assert not {"last", "status_now"} & answer.json().keys()
            assert there not in answer.text
    query = "SELECT count(*) AS n FROM protection.acts WHERE kind = 'paper' AND protection_id = $1"
    [paper] = await desk.service.sql(query, one)
    assert paper["n"] == 1
