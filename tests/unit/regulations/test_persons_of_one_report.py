"""A report may be about several persons: each has the lanes and the clocks of a report about this person alone."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain.case_file import CaseFile, Stored
from casework.service.incoming import opened_case
from contracts.events.intake import CaseOpened
from contracts.ids import new_id, role_of
from intake.errors import NoOpening
from intake.rules import judge
from intake.schemas import ReportIn
from intake.sealing import Sealed
from intake.service import openings, person_rows
from kit.auth import Principal
from tests.library import LIBRARY

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 7, 10, tzinfo=UTC)
DAYS = ["2026-07-01", "2025-03-03"]
OFFICES = ["commune/lang-son", "provincial_police/lang-son", "border_guard/lang-son", "hotline_111/ha-noi"]
ROUTES = ["self_report", "rescued", "self_returned", "foreign_victim", "foreign_unrescued", "hotline"]

persons = st.lists(
    st.fixed_dictionaries(
        {
            "nationality": st.sampled_from(["VN", "KH", "LA", "XX", "ZZ"]),
            "birth_year": st.sampled_from([1990, 2009, 2015]),
            "route": st.sampled_from([None, *ROUTES]),
        }
    ),
    min_size=2,
    max_size=4,
)


def told(day, office, route, several, version=None):
    """Lanes, clocks, status and nationality of each person of one report."""
    named = [{"ref": f"P{place}", "full_name": "Bịa Ra", "sex": "female", **one} for place, one in enumerate(several)]
    report = ReportIn.model_validate(
        {
            "channel": "in_person",
            "route": route,
            "occurred_at": datetime.fromisoformat(f"{day}T08:00+07:00"),
            "place": {"province": "lang-son"},
            "persons": named,
            "narrative": "Bịa ra để thử.",
            "indicators": [],
            "immediate_needs": [],
            "reporter": {"anonymous": True},
            "safe_contact": {"channels": ["in_person"]},
        }
    )
    pack = LIBRARY.pack(judge(LIBRARY, report, office, NOW), version)
    cases = {person.ref: new_id("case") for person in report.persons}
    rows = person_rows(new_id("rep"), report, cases, {case: Sealed({}, []) for case in cases.values()})
    events = openings(report, rows, Principal(office, role_of(office), "officer"), NOW)
    files = [CaseFile(opened_case(event, pack, 0), Stored(), pack, LIBRARY.world) for event in events]
    return [
        (
            file.state.lanes,
            [clock.model_dump(exclude={"clock_id"}) for clock in file.state.clocks],
            file.state.status,
            file.state.route,
            file.state.nationality,
        )
        for file in files
    ]


@given(st.sampled_from(DAYS), st.sampled_from(OFFICES), st.sampled_from(ROUTES), persons)
@settings(max_examples=40, deadline=None)
def test_each_person_has_what_a_report_about_her_alone_gives(day, office, route, several):
    alone = []
    for one in several:
        try:
            alone += told(day, office, one["route"] or route, [{**one, "route": None}])
        except NoOpening:
            return
    assert told(day, office, route, several) == alone


def test_a_mixed_rescue():
    """A Vietnamese woman, a foreign woman and a foreign child of eleven, rescued together."""
    three = [
        {"nationality": "VN", "birth_year": 1990},
        {"nationality": "KH", "birth_year": 1995, "route": "foreign_victim"},
        {"nationality": "KH", "birth_year": 2015, "route": "foreign_victim"},
    ]
    here, foreign, child = told("2026-07-01", "provincial_police/lang-son", "rescued", three)
    assert [set(one[0]) for one in (here, foreign, child)] == [
        {"identification", "crime"},
        {"identification", "crime", "return"},
        {"identification", "crime", "return", "child"},
    ]
    rules = [{clock["rule"] for clock in one[1]} for one in (here, foreign, child)]
    assert {"B-RES-01", "B-RES-02"} <= rules[0]
    assert {"B-FOR-03", "B-FOR-04"} <= rules[1] & rules[2]
    assert rules[0].isdisjoint({"B-FOR-03", "B-FOR-04"})
    assert (rules[1] | rules[2]).isdisjoint({"B-RES-01", "B-RES-02"})
    assert {"C-CHP-01"} <= rules[2] - rules[0]
    assert [one[4] for one in (here, foreign, child)] == ["vietnamese", "foreign", "foreign"]


def test_a_version_of_a_pack_that_does_not_know_a_route_opens_the_case_by_the_nearest():
    earlier = "0fd1a19d7af5ab1c4465c68192d8b473edbd5f00b528c4a356aed314587ecf20"
    one = [{"nationality": "KH", "birth_year": 1995}]
    [(lanes, _, _, route, _)] = told("2026-07-01", "hotline_111/ha-noi", "foreign_unrescued", one, earlier)
    assert (route, "identification" in lanes) == ("foreign_victim", True)


@pytest.mark.parametrize(("foreign", "nationality"), [(False, "vietnamese"), (True, "foreign")])
def test_an_event_of_an_older_release_is_read_as_it_was(foreign, nationality):
    golden = json.loads((ROOT / "contracts/examples/intake.case.opened.v1.json").read_text())["data"]
    older = {name: value for name, value in golden.items() if name != "nationality"}
    older |= {"foreign": foreign, "case_id": new_id("case")}
    pack = LIBRARY.pack("law-53-2024")
    file = CaseFile(opened_case(CaseOpened.model_validate(older), pack, 0), Stored(), pack, LIBRARY.world)
    assert (file.state.nationality, file.state.route) == (nationality, golden["route"])
