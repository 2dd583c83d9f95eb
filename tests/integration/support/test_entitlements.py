"""Who may have which support: by status, nationality, place and law, at the instant of the step."""

from typing import Any

import pytest

from contracts.codes import SupportKind
from contracts.standing import StatusPeriod
from tests.integration.one_service import Desk, lane, slug
from tests.integration.support.lanes import (
    COMMUNE,
    HEALTH,
    ROLES,
    at,
    done,
    post,
    requested,
    victim,
)

pytestmark = pytest.mark.stack

NO, YES, PERHAPS = "no", "yes", "as_the_case_may_be"
KINDS = tuple(SupportKind)
# By hand from the law's table: one letter a kind, in the order of the code list; y yes, - no, p as the case may be.
MATRIX: list[tuple[str, dict[str, Any], str]] = [
    ("victim", {"status": "victim"}, "yyyyyyyyyyy"),
    ("minor with a victim", {"status": "accompanying_u18"}, "yyyyyyyy---"),
    ("in process", {"status": "in_process", "regime_support": None}, "yyyyyyy----"),
    ("in process abroad", {"status": "in_process", "regime_support": None, "abroad": True}, "yyyy-------"),
    ("foreign victim", {"status": "victim", "foreign": True}, "ppppp-p----"),
    ("foreign in process", {"status": "in_process", "foreign": True, "regime_support": None}, "ppppp-p----"),
    ("suspected", {"status": "suspected", "regime_support": None}, "ppp---p----"),
    ("no victim", {"status": "not_victim", "regime_support": None}, "-----------"),
    ("closed", {"status": "closed"}, "-----------"),
]
WORDS = {"y": YES, "-": NO, "p": PERHAPS}


def person(given: dict[str, Any]) -> dict[str, Any]:
    """Members of a standing; `abroad` puts the identification outside the country."""
    made = victim(**{name: value for name, value in given.items() if name != "abroad"})
    if given.get("abroad"):
        identification = lane("ABROAD_UNRESCUED", "mission/abroad", "mission", place="abroad")
        made |= {"lanes": {"identification": identification}, "reporter": HEALTH, "route": "abroad"}
    return made


async def case_of(desk: Desk, given: dict[str, Any]) -> str:
    """A case of such a person; a minor who accompanies somebody came with a victim, who has a case too."""
    made = person(given)
    if given["status"] == "accompanying_u18":
        made |= {"accompanies": await desk.case(**victim())}
    return await desk.case(**made)


@pytest.mark.parametrize(
    ("given", "row"), [(given, row) for _, given, row in MATRIX], ids=[name for name, _, _ in MATRIX]
)
async def test_who_may_have_what(desk: Desk, given: dict[str, Any], row: str) -> None:
    case_id = await case_of(desk, given)
    answer = (await desk.service.get(f"/v1/cases/{case_id}/entitlements", HEALTH)).json()
    assert {kind: one["entitled"] for kind, one in answer["entitlements"].items()} == {
        kind: WORDS[letter] for kind, letter in zip(KINDS, row, strict=True)
    }
    assert all(one["citation"] and one["confidence"] for one in answer["entitlements"].values())
    assert answer["regime"] == "law-53-2024"
    ceiling = answer["entitlements"]["essential_needs"]["ceiling"]
    assert (ceiling["rule"], ceiling["amount"], ceiling["unit"]) == ("B-SUP-02", 120, "day")


@pytest.mark.parametrize(
    ("given", "row"), [(given, row) for _, given, row in MATRIX[:-1]], ids=[m[0] for m in MATRIX[:-1]]
)
async def test_what_is_plainly_not_provided_cannot_be_requested(desk: Desk, given: dict[str, Any], row: str) -> None:
    case_id = await case_of(desk, given)
    for kind, letter in zip(KINDS, row, strict=True):
        asks = "mission/abroad" if given.get("abroad") else HEALTH  # an office where the case is
        answer = await post(desk, asks, f"/v1/cases/{case_id}/requests", kind=kind)
        if given["status"] == "closed":
            assert slug(answer) == (409, "case-closed")
        elif letter == "-":
            assert slug(answer) == (409, "not-entitled"), kind
            assert answer.json()["citation"]
        elif not given.get("abroad"):
            assert answer.json()["entitled"] == WORDS[letter], kind


async def test_an_office_elsewhere_opens_no_lane_and_stores_nothing(desk: Desk) -> None:
    """The case went to Thái Nguyên; the commune that reported it is asked to propose what it asks for."""
    there = lane("SUPPORT_AGENCY_RECEIVED", "health_authority/thai-nguyen", *ROLES, place="thai-nguyen")
    case_id = await desk.case(**victim(reporter=COMMUNE, lanes={"identification": there}))
    before = await desk.stored()
    for what, body in (("needs", {"needs": ["medical"]}), ("requests", {"kind": "medical"})):
        answer = await post(desk, COMMUNE, f"/v1/cases/{case_id}/{what}", **body)
        assert slug(answer) == (403, "case-elsewhere"), what
    assert await desk.stored() == before
    given = await post(desk, "commune/thai-nguyen", f"/v1/cases/{case_id}/needs", needs=["medical"])
    assert given.status_code == 200, given.text


async def test_the_old_law_keeps_its_own_matrix(desk: Desk) -> None:
    case_id = await desk.case(**victim(regime_procedure="law-53-2024", regime_support="law-66-2011"))
    answer = (await desk.service.get(f"/v1/cases/{case_id}/entitlements", HEALTH)).json()
    assert answer["regime"] == "law-66-2011"
    assert answer["entitlements"]["interpreter"]["entitled"] == NO
    assert answer["entitlements"]["vocational"]["entitled"] == PERHAPS


@pytest.mark.parametrize(("adult", "row"), [("in_process", "yyyyyyy----"), ("not_victim", "-----------")])
async def test_a_companion_has_the_rights_of_the_adult(desk: Desk, adult: str, row: str) -> None:
    adult_id = await desk.case(**victim(status=adult, regime_support=None))
    child = await desk.case(**victim(status="accompanying_u18", regime_support=None, accompanies=adult_id))
    answer = (await desk.service.get(f"/v1/cases/{child}/entitlements", HEALTH)).json()
    assert [answer["entitlements"][kind]["entitled"] for kind in KINDS] == [WORDS[letter] for letter in row]
    assert answer["status"] == "accompanying_u18"


def lived(*periods: tuple[str, str, str | None]) -> tuple[StatusPeriod, ...]:
    """The periods of a standing: (since, status, identified)."""
    names = ("since", "status", "identified_at")
    return tuple(StatusPeriod.model_validate(dict(zip(names, one, strict=True))) for one in periods)


async def test_a_grant_needs_the_right_of_its_instant(desk: Desk) -> None:
    """Confirmed on the fourth, not any more on the twelfth: granted for the eleventh, refused for the thirteenth."""
    confirmed = (at(4), "victim", at(4))
    case_id = await desk.case(**victim(periods=lived(confirmed)))
    asked = {kind: await requested(desk, case_id, kind, 9) for kind in ("vocational", "loan")}
    await desk.stand(case_id, 2, **victim(status="not_victim", periods=lived(confirmed, (at(12), "not_victim", None))))
    refused = await post(desk, HEALTH, f"/v1/requests/{asked['loan']}/decision", outcome="granted", occurred_at=at(13))
    assert slug(refused) == (409, "not-entitled")
    path = f"/v1/requests/{asked['vocational']}/decision"
    assert (await done(desk, HEALTH, path, outcome="granted", occurred_at=at(11)))["state"] == "granted"
    path = f"/v1/requests/{asked['loan']}/decision"
    declined = {"outcome": "refused", "reason": "Lý do bịa.", "occurred_at": at(13)}
    assert (await done(desk, HEALTH, path, **declined))["state"] == "refused"


async def test_the_law_of_the_day_gives_a_person_in_process_her_support(desk: Desk) -> None:
    """Reported under the former law and not identified: Law 53 Article 37(3)."""
    former = victim(regime_procedure="law-66-2011", status="in_process", regime_support=None)
    case_id = await desk.case(**former)
    given = {"kind": "interpreter", "occurred_at": "2025-07-03T09:00:00+07:00"}
    assert (await done(desk, HEALTH, f"/v1/cases/{case_id}/requests", **given))["entitled"] == YES
    answer = (await desk.service.get(f"/v1/cases/{case_id}/entitlements", HEALTH)).json()
    assert (answer["regime"], answer["entitlements"]["medical"]["entitled"]) == ("law-53-2024", YES)
