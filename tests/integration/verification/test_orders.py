"""A false decision is withdrawn: the file ends in the same state in whatever order the events arrive.

Three events are delivered in every order: the standing after the false decision, the standing after its withdrawal, and
the correction of the fact. The true decision, a review of the signs, happened before the false one. It is recorded
either before the false decision or after the three events.
"""

from itertools import permutations, product
from typing import Any

import pytest

from tests.integration.one_service import Desk, slug
from tests.integration.verification.files import COMMUNE, HEALTH, POLICE, act, done, publish, requested

pytestmark = pytest.mark.stack

REVIEW = {"outcome": "signs_review", "basis": "signs", "grounds": [], "occurred_at": "2026-11-14T10:00:00+07:00"}
FALSE: dict[str, dict[str, Any]] = {
    "VICTIM_CONFIRMED": {"outcome": "confirmed"},
    "NOT_CONFIRMED": {"outcome": "not_confirmed", "grounds": []},
}
TRUE = {"basis": "signs", "grounds": ["found_with_victims"], "occurred_at": "2026-11-14T16:00:00+07:00"}
ORDERS = list(permutations(("decided", "withdrawn", "corrected")))


async def valid(desk: Desk, decided: dict[str, Any]) -> bool | None:
    """Whether the paper of a decision is in force; None for a decision without a paper."""
    if decided["paper_id"] is None:
        return None
    shown = {"number": decided["paper_number"], "verification_code": decided["verification_code"]}
    return (await desk.service.post("/v1/papers/verify", COMMUNE, shown)).json()["genuine"]


async def deliver(desk: Desk, case_id: str, event: str, false: str, reviewed: bool) -> None:
    """One of the three events; the lane falls back to the review where that was recorded already."""
    if event == "corrected":
        await desk.correct(case_id, false)
    elif event == "decided":
        await publish(desk, case_id, 5, false)
    else:
        await publish(desk, case_id, 6, "SIGNS_REVIEW" if reviewed else "POLICE_VERIFICATION")


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize(("false", "review_first"), list(product(FALSE, (True, False))))
async def test_a_file_ends_in_the_same_state_in_every_order(
    desk: Desk, order: tuple[str, ...], false: str, review_first: bool
) -> None:
    case_id = await requested(desk)
    if review_first:
        await done(desk, case_id, "decisions", POLICE, **REVIEW)
    wrong = await done(desk, case_id, "decisions", POLICE, **FALSE[false])
    assert slug(await act(desk, case_id, "decisions", POLICE, **REVIEW)) == (409, "already-decided")
    for event in order:
        await deliver(desk, case_id, event, false, review_first)
    if not review_first:
        await done(desk, case_id, "decisions", POLICE, **REVIEW)

    file = (await desk.service.get(f"/v1/cases/{case_id}/file", POLICE)).json()
    counted = [(step["kind"], step["outcome"]) for step in file["steps"] if not step["withdrawn"]]
    assert file["stage"] == "signs_review"
    assert counted == [("initial_check", None), ("request", None), ("decision", "signs_review")]
    assert not await valid(desk, wrong)

    # The true decision follows the review, and lies before the false one and before the day of its withdrawal.
    true = await done(desk, case_id, "decisions", POLICE, **TRUE)
    assert (true["stage"], await valid(desk, true), await valid(desk, wrong) or False) == ("decided", True, False)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_a_file_without_a_review_waits_for_its_decision_again(desk: Desk, order: tuple[str, ...]) -> None:
    case_id = await requested(desk)
    wrong = await done(desk, case_id, "decisions", POLICE)
    for event in order:
        await deliver(desk, case_id, event, "VICTIM_CONFIRMED", reviewed=False)
    file = (await desk.service.get(f"/v1/cases/{case_id}/file", HEALTH)).json()
    assert (file["stage"], await valid(desk, wrong)) == ("requested", False)
    true = {"outcome": "not_confirmed", "grounds": [], "occurred_at": "2026-11-14T10:00:00+07:00"}
    assert (await done(desk, case_id, "decisions", POLICE, **true))["stage"] == "decided"
