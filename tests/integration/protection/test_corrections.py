"""Steps of a protection that are taken back: what counts then, in whatever order corrections arrive."""

from itertools import permutations
from typing import Any

import pytest

from tests.integration.one_service import Desk, slug
from tests.integration.protection.steps import LATER, POLICE, act, ask, asked, done

pytestmark = pytest.mark.stack


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
