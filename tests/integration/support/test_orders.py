"""The bus may deliver a standing and a correction in either order: the records of support end in the same state."""

import itertools
from typing import Any

import pytest

from contracts.standing import Standing
from regulations.library import Library, PackMissing
from tests.integration.one_service import Desk, standing
from tests.integration.support.lanes import (
    HEALTH,
    HOSPITAL,
    PROVIDER,
    at,
    done,
    in_need,
    published,
    referred,
    requested,
    taken,
)

pytestmark = pytest.mark.stack

GRANTED = ("SUPPORT_REQUESTED", "SUPPORT_DECIDED", "SUPPORT_REFERRED", "REFERRAL_ACCEPTED", "SUPPORT_DELIVERED")
REFUSED = ("SUPPORT_REQUESTED", "SUPPORT_REFUSED")
CHAINS = [GRANTED[:2], GRANTED[:4], GRANTED, REFUSED, ("SUPPORT_REFERRED", "REFERRAL_DECLINED")]
"""Steps of one kind of support that are recorded before the two events arrive."""


async def recorded(desk: Desk, steps: tuple[str, ...], day: int = 10) -> str:
    """A case in which these steps of medical support were recorded, two on each day."""
    case_id, request_id, referral_id = await in_need(desk, "medical"), "", ""
    for place, step in enumerate(steps):
        on = day + place // 2
        if step == "SUPPORT_REQUESTED":
            request_id = await requested(desk, case_id, "medical", day=on)
        elif step in ("SUPPORT_DECIDED", "SUPPORT_REFUSED"):
            outcome = "granted" if step == "SUPPORT_DECIDED" else "refused"
            path = f"/v1/requests/{request_id}/decision"
            await done(desk, HEALTH, path, occurred_at=at(on), outcome=outcome, reason="bịa")
        elif step == "SUPPORT_REFERRED":
            referral_id = await referred(desk, case_id, "medical", HOSPITAL, day=on)
        elif step == "SUPPORT_DELIVERED":
            await done(desk, PROVIDER, "/v1/deliveries", referral_id=referral_id, occurred_at=at(on))
        else:
            answer = {"accept": True} if step == "REFERRAL_ACCEPTED" else {"accept": False, "reason": "bịa"}
            await done(desk, PROVIDER, f"/v1/referrals/{referral_id}/answer", occurred_at=at(on), **answer)
    return case_id


def medical(state: str, since: int, reached_by: str | None = None, **given: Any) -> Standing:
    """A standing in which the lane of medical support has this state since a day of November, by this fact."""
    found = standing(**published("medical", state, **given)).model_dump(mode="json")
    found["lanes"]["support:medical"] |= {"since": at(since), "reached_by": reached_by}
    return Standing.model_validate(found)


async def record(desk: Desk, case_id: str) -> dict[str, list[Any]]:
    """The record of a case, without ids."""
    queries = {
        "lanes": "SELECT kind, state, occurred_at FROM support.lanes WHERE case_id = $1 ORDER BY kind",
        "requests": "SELECT state, occurred_at, decided_by, decided_at, decision_ref IS NULL AS bare"
        " FROM support.requests WHERE case_id = $1 ORDER BY occurred_at",
        "referrals": "SELECT state, occurred_at, answered_by, answered_at, answer_ref IS NULL AS bare, holds_place"
        " FROM support.referrals WHERE case_id = $1 ORDER BY seq",
    }
    return {name: [dict(row) for row in await desk.service.sql(query, case_id)] for name, query in queries.items()}


@pytest.mark.parametrize("status", ["victim", "closed"])
@pytest.mark.parametrize(("steps", "withdrawn"), [(steps, one) for steps in CHAINS for one in steps])
async def test_a_withdrawal_before_or_after_an_end_that_another_service_stated(
    desk: Desk, steps: tuple[str, ...], withdrawn: str, status: str
) -> None:
    found: list[dict[str, list[Any]]] = []
    before, ended = await taken(desk, HOSPITAL, "medical"), medical("SUPPORT_ENDED", 15, status=status)
    for standing_first in (True, False):
        case_id = await recorded(desk, steps)
        if standing_first:
            await desk.publish(case_id, 9, ended)
        await desk.correct(case_id, withdrawn)
        if not standing_first:
            await desk.publish(case_id, 9, ended)
        await desk.publish(case_id, 9, ended)  # the bus may deliver it again
        found.append(await record(desk, case_id))
        assert await taken(desk, HOSPITAL, "medical") == before
    assert found[0] == found[1]


@pytest.mark.parametrize("standing_first", [True, False])
async def test_a_refusal_that_was_withdrawn_does_not_end_the_request(desk: Desk, standing_first: bool) -> None:
    """The standing still shows the refusal when the correction arrives."""
    case_id = await recorded(desk, REFUSED)
    await desk.publish(case_id, 8, medical("SUPPORT_REFUSED", 10))
    if standing_first:
        await desk.publish(case_id, 9, medical("SUPPORT_REQUESTED", 10))
    await desk.correct(case_id, "SUPPORT_REFUSED")
    if not standing_first:
        await desk.publish(case_id, 9, medical("SUPPORT_REQUESTED", 10))
    assert [one["state"] for one in (await record(desk, case_id))["requests"]] == ["requested"]


async def test_a_request_at_the_instant_of_the_refusal_before_it_goes_on(desk: Desk) -> None:
    """Casework publishes the refusal after the person has made the next request."""
    case_id = await recorded(desk, REFUSED)
    await requested(desk, case_id, "medical", day=10)
    await desk.publish(case_id, 8, medical("SUPPORT_REFUSED", 10))
    states = [one["state"] for one in (await record(desk, case_id))["requests"]]
    assert sorted(states) == ["refused", "requested"]


@pytest.mark.parametrize("status", ["victim", "closed"])
@pytest.mark.parametrize("standing_first", [True, False])
async def test_a_request_that_was_made_before_the_end_after_all(desk: Desk, standing_first: bool, status: str) -> None:
    """It was entered for the sixteenth, and is corrected to the twelfth; the lane ended on the fifteenth."""
    case_id = await recorded(desk, ("SUPPORT_REQUESTED",), day=16)
    ended = medical("SUPPORT_ENDED", 15, status=status)
    if standing_first:
        await desk.publish(case_id, 9, ended)
    await desk.correct(case_id, "SUPPORT_REQUESTED", occurred_at=at(12))
    if not standing_first:
        await desk.publish(case_id, 9, ended)
    kept = await record(desk, case_id)
    assert [one["state"] for one in kept["requests"]] == ["ended"]
    assert [one["state"] for one in kept["lanes"]] == ["SUPPORT_ENDED"]


ORDERS = list(itertools.permutations(("ends later", "goes on", "corrected", "withdrawn")))
"""Of the standings after a correction and a withdrawal, and of these two. Each event may be delivered late."""


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_an_end_stated_here_that_was_corrected_and_then_withdrawn(desk: Desk, order: tuple[str, ...]) -> None:
    """It was stated for the fourteenth; the person asked again on the sixteenth; it is corrected to the eighteenth."""
    case_id, before = await recorded(desk, GRANTED), await taken(desk, HOSPITAL, "medical")
    await done(desk, HEALTH, "/v1/endings", case_id=case_id, kind="medical", occurred_at=at(14), reason="bịa")
    end = (await desk.events(case_id))[-1]["fact_id"]
    await desk.publish(case_id, 8, medical("SUPPORT_ENDED", 14, end))
    await requested(desk, case_id, "medical", day=16)
    for event in order:
        if event == "ends later":
            await desk.publish(case_id, 9, medical("SUPPORT_ENDED", 18, end))
        elif event == "goes on":
            await desk.publish(case_id, 10, medical("SUPPORT_REQUESTED", 16, "fact_" + "a" * 26))
        elif event == "corrected":
            await desk.correct(case_id, "SUPPORT_ENDED", minute=1, occurred_at=at(18))
        else:
            await desk.correct(case_id, "SUPPORT_ENDED", minute=2)
    kept = await record(desk, case_id)
    assert [one["state"] for one in kept["lanes"]] == ["SUPPORT_REQUESTED"]
    assert [one["state"] for one in kept["requests"]] == ["ended", "requested"]
    assert [one["state"] for one in kept["referrals"]] == ["ended"]
    assert await taken(desk, HOSPITAL, "medical") == before


async def test_an_end_waits_for_a_pack_that_is_not_installed_yet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bus delivers the event again until the lane has ended."""
    case_id, before = await recorded(desk, GRANTED[:4]), await taken(desk, HOSPITAL, "medical")
    missing = medical("SUPPORT_ENDED", 15).model_copy(update={"pack_hash": "0" * 64})
    with pytest.raises(PackMissing):
        await desk.publish(case_id, 9, missing)
    assert await taken(desk, HOSPITAL, "medical") == before
    # The whole method: what `pack` reads stays in the library that all tests of a run share.
    of_package = Library.pack
    monkeypatch.setattr(Library, "pack", lambda self, pack_id, wanted=None: of_package(self, pack_id))
    await desk.publish(case_id, 9, missing)
    assert await taken(desk, HOSPITAL, "medical") == before - 1
