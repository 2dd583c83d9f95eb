"""Judging a report: the pack of its date, every wrong at its place, nothing repeated."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.problems import Invalid
from intake.errors import NoOpening
from intake.rules import judge
from intake.schemas import ReportIn
from tests.library import LIBRARY

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
COMMUNE = "commune/lao-cai"
PERSON = {"ref": "A", "full_name": "Thử Thị Mẫu", "sex": "female", "birth_year": 1999, "nationality": "VN"}


def report(**changes: Any) -> ReportIn:
    """A report of the right shape, with some members changed."""
    usual: dict[str, Any] = {
        "channel": "in_person",
        "route": "self_report",
        "occurred_at": "2026-11-20T09:00:00+07:00",
        "place": {"province": "lao-cai"},
        "persons": [PERSON],
        "narrative": "Bịa ra để thử.",
        "indicators": [],
        "immediate_needs": [],
        "reporter": {"anonymous": True},
        "safe_contact": {"channels": ["sms"]},
    }
    return ReportIn.model_validate_json(json.dumps(usual | changes))


def wrongs(**changes: Any) -> list[str]:
    """Places of what is wrong."""
    with pytest.raises(Invalid) as refusal:
        judge(LIBRARY, report(**changes), COMMUNE, NOW)
    assert "Thử" not in str(refusal.value.extra)
    return [error["loc"] for error in refusal.value.extra["errors"]]


def test_the_pack_follows_from_the_date_of_the_report() -> None:
    assert judge(LIBRARY, report(), COMMUNE, NOW) == "law-53-2024"


@pytest.mark.parametrize("commune", [None, "bat-xat"])
def test_a_place_may_leave_the_commune_open(commune: str | None) -> None:
    assert judge(LIBRARY, report(place={"province": "lao-cai", "commune": commune}), COMMUNE, NOW)


@pytest.mark.parametrize(
    ("province", "commune", "day"),
    [
        ("cao-bang", "trung-khanh", "2026-10-09"),
        ("lao-cai", "34-03006", "2026-10-09"),
        ("lao-cai", "63-03001", "2025-06-30"),
        ("yen-bai", None, "2025-06-30"),
        ("tay-ninh", "post-moc-bai", "2026-10-09"),
        ("abroad", "cambodia", "2026-10-09"),
        ("abroad", "phnom-penh", "2026-10-09"),
        ("abroad", None, "2026-10-09"),
    ],
)
def test_places_of_the_day_of_the_report(province: str, commune: str | None, day: str) -> None:
    told = {"occurred_at": f"{day}T09:00:00+07:00", "place": {"province": province, "commune": commune}}
    assert judge(LIBRARY, report(**told), COMMUNE, NOW)


@pytest.mark.parametrize(
    ("province", "commune", "day", "place", "why"),
    [
        ("lang-son", "sa-pa", "2026-10-09", "commune", "not in this province"),
        ("lao-cai", "34-03006", "2025-06-30", "commune", "did not exist on this day"),
        ("lao-cai", "63-03001", "2025-07-01", "commune", "did not exist on this day"),
        ("lao-cai", "atlantis", "2026-10-09", "commune", "no commune"),
        ("lao-cai", "lang-son", "2026-10-09", "commune", "no commune"),
        ("lao-cai", "cambodia", "2026-10-09", "commune", "not in this province"),
        ("abroad", "sa-pa", "2026-10-09", "commune", "not in this province"),
        ("vn", None, "2026-10-09", "province", "no province"),
        ("cambodia", None, "2026-10-09", "province", "no province"),
        ("sa-pa", None, "2026-10-09", "province", "no province"),
        ("yen-bai", None, "2025-07-01", "province", "part of lao-cai"),
    ],
)
def test_a_place_that_is_none_of_that_day_is_refused_with_the_reason(
    province: str, commune: str | None, day: str, place: str, why: str
) -> None:
    told = {"occurred_at": f"{day}T09:00:00+07:00", "place": {"province": province, "commune": commune}}
    with pytest.raises(Invalid) as refusal:
        judge(LIBRARY, report(**told), COMMUNE, NOW)
    [error] = refusal.value.extra["errors"]
    assert error["loc"] == f"place.{place}"
    assert why in error["msg"]


@pytest.mark.parametrize(("day", "is_one"), [("2025-06-30", True), ("2025-07-01", False)])
def test_a_former_province_is_a_place_of_its_own_days_only(day: str, is_one: bool) -> None:
    told = {"occurred_at": f"{day}T09:00:00+07:00", "place": {"province": "yen-bai"}}
    if is_one:
        assert judge(LIBRARY, report(**told), COMMUNE, NOW) == "law-66-2011"
    else:
        assert wrongs(**told) == ["place.province"]


def test_every_wrong_is_named_at_its_place() -> None:
    child = {**PERSON, "birth_year": 2015}
    people = [
        {**PERSON, "accompanies": "B"},
        {**child, "ref": "B", "accompanies": "Z", "phone": "0000"},
    ]
    people[1]["phone"] = "0000 000"
    assert wrongs(
        place={"province": "lao-cai", "commune": "sa-huynh"},
        persons=people,
        reporter={"anonymous": True, "name": "Thử"},
        safe_contact={"channels": ["sms", "sms"], "quiet_from": "10:00"},
    ) == [
        "place.commune",
        "persons.0.accompanies",
        "persons.1.phone",
        "persons.1.accompanies",
        "safe_contact.channels",
        "safe_contact",
        "reporter",
    ]


@pytest.mark.parametrize(
    ("birth", "accepted"),
    [
        ({"birth_year": 2008}, True),  # 31 December: not yet 18 on the day
        ({"birth_year": 2007}, False),
        ({"birth_year": 2008, "birth_month": 11}, True),
        ({"birth_year": 2008, "birth_month": 10}, False),
        ({"birth_unknown": True}, True),
    ],
)
def test_whoever_may_be_a_minor_may_accompany(birth: dict[str, Any], accepted: bool) -> None:
    adult = {**PERSON, "birth_year": 1980}
    minor = {name: value for name, value in PERSON.items() if name != "birth_year"}
    persons = [adult, {**minor, "ref": "B", "accompanies": "A", **birth}]
    if accepted:
        assert judge(LIBRARY, report(persons=persons), COMMUNE, NOW)
    else:
        assert wrongs(persons=persons) == ["persons.1.accompanies"]


def test_an_unknown_office_takes_no_report() -> None:
    with pytest.raises(Invalid):
        judge(LIBRARY, report(), "commune/atlantis", NOW)


def test_a_route_that_opens_no_lane_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.rules.opening_lanes", lambda pack, opening: {})
    with pytest.raises(NoOpening):
        judge(LIBRARY, report(), COMMUNE, NOW)
