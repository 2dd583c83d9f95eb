"""Two offices of one role in one province are strangers: a part of the one gives the other nothing, in no operation."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codes import Role, SealGroup
from contracts.standing import Standing
from regulations import Fact
from regulations.rights import OPERATIONS, Relation
from tests.library import RIGHTS, told
from tests.unit.regulations.test_properties import WORLD, Walk, walks

ROOT = Path(__file__).resolve().parents[3]
DIRECTORY, TODAY = WORLD.directory, date(2027, 7, 1)
NOTHING = [name for name, grant in OPERATIONS.items() if grant.relations]
"""Operations about a case."""
COMMUNES = [place.code for place in DIRECTORY.places.of_kind("commune") if place.valid_to is None]
OTHERS = {
    "commune": [f"commune/{code}" for code in COMMUNES if DIRECTORY.office(f"commune/{code}")],
    "commune_police": [f"commune_police/{code}" for code in COMMUNES if DIRECTORY.office(f"commune_police/{code}")],
    "border_guard": ["border_guard/ben-cau", "border_guard/moc-bai", "border_guard/dong-dang"],
    "facility": ["facility/lang-son-2", "facility/lang-son"],
    "provider": ["provider/lang-son-hospital", "provider/lang-son-hospital-2", "provider/lang-son-women"],
}
"""Role → offices of it that are not the ones with a part."""
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_stranger(office: str, standing: Standing) -> None:
    assert not RIGHTS.relations(office, standing)
    assert not RIGHTS.readable_groups(office, standing)
    assert not any(RIGHTS.decide(office, operation, standing) for operation in NOTHING)


@MANY
@given(walks(), st.data())
def test_an_office_of_another_place_and_without_a_part_may_do_nothing(walk: Walk, data: st.DataObject) -> None:
    state = walk.fold()
    standing = told(state, TODAY)
    role = data.draw(st.sampled_from(sorted(OTHERS)))
    for office in data.draw(st.lists(st.sampled_from(OTHERS[role]), min_size=13, max_size=20)):
        known = {state.opening.reporter, *state.past_holders, *(one.holder for one in state.lanes.values())}
        here = any(DIRECTORY.acts_at(office, one.place, TODAY) for one in state.lanes.values())
        if office not in known and not here:
            check_stranger(office, standing)


@pytest.mark.parametrize("one", ["commune/lao-cai", "commune_police/lao-cai"])
def test_the_neighbour_of_a_commune_has_no_part(cases: Any, one: str) -> None:
    """Every other commune of the province, for a case that the one reported."""
    role = one.partition("/")[0]
    report = cases.opening(one, "self_report", "2026-10-05T08:00", commune="bat-xat")
    standing = told(cases.fold(report, []), TODAY)
    assert Relation.REPORTER in RIGHTS.relations(one, standing)
    neighbours = [code for code in COMMUNES if DIRECTORY.province(code, TODAY) == "lao-cai" and code != "34-02683"]
    assert len(neighbours) > 90
    for code in neighbours:
        check_stranger(f"{role}/{code}", standing)


def handed(to: str, **attributes: str | bool | int) -> Fact:
    at = "2026-10-06T09:00:00+07:00"
    fields = {"fact_id": "fact_1", "seq": 1, "kind": "handover", "lane": "identification", "office": to}
    return Fact.model_validate({**fields, "occurred_at": at, "recorded_at": at, "attributes": attributes})


@pytest.fixture
def report(cases):
    return cases.opening("commune/lao-cai", "self_report", "2026-10-05T08:00", commune="bat-xat")


def test_a_hand_over_to_the_next_commune_takes_case_and_rights_there(cases, report):
    before = told(cases.fold(report, []), TODAY)
    assert RIGHTS.decide("commune/lao-cai", "vault.read_identity", before)
    assert not RIGHTS.relations("commune/34-03006", before)
    state = cases.fold(report, [handed("commune/34-03006")])
    after = told(state, TODAY)
    assert (state.lanes["identification"].place, after.left) == ("34-03006", True)
    assert RIGHTS.decide("commune/34-03006", "casework.acknowledge", after)
    assert not RIGHTS.decide("commune/lao-cai", "casework.acknowledge", after)
    assert not RIGHTS.decide("commune/lao-cai", "protection.get_protection", after)
    assert "health_authority/lao-cai" in after.lanes["identification"].acting


def test_a_shelter_never_moves_a_lane(cases, report):
    state = cases.fold(report, [handed("facility/thai-nguyen", place="thai-nguyen")])
    lane = state.lanes["identification"]
    assert (lane.holder, lane.place) == ("facility/thai-nguyen", "34-02683")


def test_a_move_to_another_facility_takes_the_lane_there(cases, report):
    """The facility that she left keeps the name, and no more; the one where she is holds the lane. Clocks run on."""

    def placed_in(seq: int, facility: str, day: int) -> Fact:
        step = ("shelter", "IN_FACILITY", f"2026-10-{day:02}T09:00", "health_authority/lao-cai")
        return cases.fact(seq, step, attributes={"taken_by": facility})

    first, second = "facility/lang-son", "facility/lang-son-2"
    once = cases.fold(report, [placed_in(1, first, 6)])
    state = cases.fold(report, [placed_in(1, first, 6), placed_in(2, second, 9), placed_in(3, second, 10)])
    lane, after = state.lanes["shelter"], told(state, TODAY)
    assert (lane.holder, lane.since, lane.place) == (second, once.lanes["shelter"].since, "34-02683")
    assert RIGHTS.decide(second, "protection.get_protection", after)
    assert not RIGHTS.decide(first, "protection.get_protection", after)
    assert RIGHTS.readable_groups(first, after) == {SealGroup.IDENTITY}
    clocks = [(one.clock_id, one.due_at, one.office) for one in once.clocks if one.lane == "shelter"]
    assert [(one.clock_id, one.due_at, one.office) for one in state.clocks if one.lane == "shelter"] == [
        (clock_id, due_at, second if office == first else office) for clock_id, due_at, office in clocks
    ]


@pytest.mark.parametrize("reporter", ["facility/lang-son-2", "provider/lang-son-hospital", "facility/lang-son"])
def test_a_lane_never_opens_at_the_place_of_a_shelter(cases, reporter):
    state = cases.fold(cases.opening(reporter, "self_report", "2026-10-05T08:00", province="lang-son"), [])
    assert {lane.place for lane in state.lanes.values()} == {"lang-son"}


def test_a_remote_commune_has_48_hours_and_an_unknown_one_says_so(cases):
    def clock(commune: str):
        report = cases.opening(
            "commune_police/lao-cai", "self_report", "2026-10-05T08:00", commune=commune, urgent=True
        )
        return next(one for one in cases.fold(report, []).clocks if one.rule in ("C-INF-06", "C-INF-07"))

    for commune, amount, unsure in [("y-ty", 48, ()), ("sa-pa", 24, ()), ("34-02686", 24, ("remote_commune",))]:
        assert (clock(commune).amount, clock(commune).unsure) == (amount, unsure)


def test_an_office_that_ended_reads_until_a_later_fact(former):
    """Late entry: the facts of May name it as holder; the fact of July does not."""
    report = former.opening("commune/thai-nguyen", "self_report", "2025-05-12T09:00", commune="phu-binh")
    labour = "labour_authority/thai-nguyen"
    notice = ("identification", "SUPPORT_AGENCY_NOTIFIED", "2025-05-12T09:30", "commune/thai-nguyen")
    checked = ("identification", "INITIAL_CHECK_DONE", "2025-07-03T09:30", "health_authority/thai-nguyen")
    standing = told(former.told(report, notice), TODAY)
    assert RIGHTS.decide(labour, "casework.get_case", standing)
    assert RIGHTS.decide(labour, "verification.record_initial_check", standing)
    later = told(former.told(report, notice, checked), TODAY)
    assert not RIGHTS.decide(labour, "casework.get_case", later)
    assert not RIGHTS.readable_groups(labour, later)
    assert RIGHTS.decide("health_authority/thai-nguyen", "casework.get_case", later)


def test_a_standing_of_an_older_release_opens_nothing_that_it_may_not() -> None:
    """It names territories. Until casework has written the case again, only its holders look at it."""
    old = {
        "reporter": "commune/lao-cai",
        "lanes": {
            "identification": {
                "state": "AT_COMMUNE",
                "holder": "commune/lao-cai",
                "territory": "lao-cai",
                "became": None,
            },
            "support:medical": {"state": "SUPPORT_ENDED", "holder": "facility/lao-cai", "territory": "lao-cai"},
        },
        "regime_procedure": "law-53-2024",
        "route": "self_report",
    }
    standing = Standing.model_validate(old)
    assert standing.lanes["identification"].place == "lao-cai"
    assert RIGHTS.decide("commune/lao-cai", "casework.get_case", standing)
    assert not RIGHTS.decide("facility/lao-cai", "protection.get_protection", standing)
    for role in sorted(Role):
        if role != Role.COMMUNE and role != Role.FACILITY:
            assert not RIGHTS.relations(f"{role}/lao-cai", standing)
    again = Standing.model_validate(Standing(**{**old, "left": False}).model_dump(mode="json"))
    assert again.lanes["identification"].model_dump(mode="json")["territory"] == "lao-cai"
