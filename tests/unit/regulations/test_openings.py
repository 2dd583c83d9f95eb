"""Every report opens a case that somebody holds, whoever took it."""

import itertools

import pytest

from regulations import opening_lanes
from tests.library import LIBRARY

PACK, DIRECTORY = LIBRARY.pack("law-53-2024"), LIBRARY.world.directory
OFFICES = [one.ref for one in DIRECTORY.offices() if one.valid_to is None and "lang-son" in one.ref]
BORDER, PRESENT = {"identification": "BORDER_RECEIVED"}, {"identification": "PERSON_PRESENT"}
RECEIVED = {"identification": "SUPPORT_AGENCY_RECEIVED"}
OFFICES += ["mission/abroad", "consular/abroad", "hotline_111/ha-noi", "coast_guard/quang-ngai"]


@pytest.mark.parametrize(("route", "office"), list(itertools.product(PACK.routes, OFFICES)))
def test_every_role_on_every_route_opens_an_identification_lane_that_has_a_holder(cases, route, office):
    for age in ("under_16", "adult", "unknown"):
        opening = cases.opening(office, route, "2026-10-05T08:00", province="lang-son", age_band=age)
        state = cases.told(opening)
        assert PACK.identification_lane in state.lanes
        assert all(lane.holder for lane in state.lanes.values())
        assert state.lanes.keys() == opening_lanes(PACK, opening).keys()


@pytest.mark.parametrize(
    ("reporter", "route", "lanes"),
    [
        ("border_guard/lang-son", "self_report", {"identification": "PERSON_PRESENT", "crime": "CRIME_INFO_RECEIVED"}),
        ("commune/lang-son", "self_report", {"identification": "AT_COMMUNE"}),
        ("commune_police/lang-son", "rescued", {"identification": "RESCUED", "crime": "CRIME_INFO_RECEIVED"}),
        ("health_authority/lang-son", "self_returned", {"identification": "SUPPORT_AGENCY_RECEIVED"}),
        ("border_guard/lang-son", "returned_via_mission", {**BORDER, "return": "BORDER_RECEIVED"}),
        ("commune/lang-son", "returned_via_mission", {"identification": "AT_COMMUNE", "return": "BORDER_RECEIVED"}),
        ("health_authority/lang-son", "returned_via_mission", {**RECEIVED, "return": "SUPPORT_AGENCY_RECEIVED"}),
        ("mission/abroad", "abroad", {"identification": "ABROAD_UNRESCUED", "return": "ABROAD_UNRESCUED"}),
        ("mission/abroad", "returned_via_mission", {"identification": "ABROAD_RESCUED", "return": "ABROAD_RESCUED"}),
        ("hotline_111/ha-noi", "abroad", {"identification": "INTAKE_REGISTERED", "return": "ABROAD_UNRESCUED"}),
        ("hotline_111/ha-noi", "hotline", {"identification": "INTAKE_REGISTERED"}),
        ("commune/lang-son", "hotline", {"identification": "FORWARDED_TO_HANDLER"}),
        ("facility/lang-son", "foreign_victim", {**PRESENT, "return": "FOREIGN_VICTIM_RECEIVED"}),
        ("procuracy/lang-son", "self_report", {"identification": "PERSON_PRESENT", "crime": "CRIME_INFO_RECEIVED"}),
    ],
)
def test_opens(cases, reporter, route, lanes):
    state = cases.told(cases.opening(reporter, route, "2026-10-05T08:00", province="lang-son"))
    assert {code: lane.state for code, lane in state.lanes.items()} == lanes


def test_handler_of_a_hotline_call_holds_it_itself(cases):
    state = cases.told(cases.opening("border_guard/lang-son", "hotline", "2026-10-05T08:00"))
    assert state.lanes["identification"].holder == "border_guard/lang-son"


def test_child_at_the_commune_is_with_the_commune_at_once(cases):
    child = {"age_band": "under_16"}
    state = cases.told(cases.opening("commune/lang-son", "self_report", "2026-10-05T08:00", **child))
    assert state.lanes["child"].state == "SENT_TO_COMMUNE"
    state = cases.told(cases.opening("facility/lang-son", "self_report", "2026-10-05T08:00", **child))
    assert state.lanes["child"].state == "INFO_RECEIVED"
