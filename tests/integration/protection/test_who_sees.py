"""How little of a protection others see, and that no refusal shows it either."""

import pytest

from contracts.ids import new_id
from tests.integration.one_service import Desk, lane, slug
from tests.integration.protection.steps import AT, COMMUNE, FACILITY, HEALTH, LATER, POLICE, STEPS, act, asked, done

pytestmark = pytest.mark.stack


async def test_of_measures_and_places_only_the_holder_of_the_shelter_lane_leaves_the_service(desk: Desk) -> None:
    case_id, one = await asked(desk, reason="Mối nguy bịa.")
    await done(desk, one, "decisions")
    await done(desk, one, "placements")
    events = await desk.events(case_id)
    assert all(event["attributes"] == {} for event in events[:-1])
    assert events[-1]["attributes"] == {"taken_by": FACILITY}  # who holds the shelter lane now, as its standing says
    assert "documents" not in events[-1] or events[-1]["documents"] == []
    assert not any(word in str(events) for word in ("guard", "retaliation"))
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
    for stranger in ("provincial_police/tay-ninh", "steering_committee/lao-cai", "provider/lao-cai-hospital"):
        assert slug(await desk.service.get(path, stranger)) == (403, "not-your-case")
    assert slug(await desk.service.get(f"/v1/cases/{new_id('case')}/protection", POLICE)) == (404, "not-found")


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
    lanes["support:medical"] = lane("SUPPORT_REQUESTED", other, place="lang-son")
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
        "identification": lane("AT_COMMUNE", f"health_authority/{there}", *roles, place=there),
        "protection": lane("PROTECTION_REQUESTED", police, *roles, place=there),
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
