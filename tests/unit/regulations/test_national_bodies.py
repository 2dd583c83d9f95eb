"""What the law gives to the Immigration Department is its own, and no office of a province has it in its stead."""

import pytest

from contracts.codes import Role
from regulations import CaseState
from regulations.model import Rule
from tests.library import LIBRARY
from tests.unit.regulations.conftest import Cases

DEPARTMENT, CONSULAR, GATE = "immigration_department/ha-noi", "consular/ha-noi", "immigration/lao-cai"
MISSION, GUARD, OTHER_MISSION = "mission/cambodia", "border_guard/lao-cai", "mission/thailand"
OUTSIDE = {"province": "abroad", "commune": "cambodia"}
BACK = "return"
EARLIER = "65c6bd12410f52b2527a6cd0b444dec174e2ca96aa8dab7951920ee9d24a3db3"
"""A version of the former law that the package keeps in `earlier.zip`."""


def given_to(pack: str) -> set[str]:
    """States of a pack that the Immigration Department holds."""
    states = LIBRARY.pack(pack).lanes[BACK].states
    return {state.code for state in states if state.holder == Role.IMMIGRATION_DEPARTMENT}


def test_what_each_law_gives_to_the_department() -> None:
    """By hand: TTLT 01/2014 Arts 4(1)-(4), 8(2)(d), 9(2); Law 53/2024 Arts 30(1), 31(5)."""
    assert given_to("law-66-2011") == {
        "VERIFICATION_REQUESTED_BY_MISSION",
        "VERIFICATION_ASSIGNED",
        "VERIFICATION_REPORTED",
        "ENTRY_ANNOUNCED",
        "BORDER_RECEPTION_PLANNED",
        "REPORTED_TO_QLXNC",
        "RETURN_AGREED_BY_FOREIGN_STATE",
    }
    assert given_to("law-53-2024") == {
        "VERIFICATION_REQUESTED_BY_MISSION",
        "ENTRY_ANNOUNCED",
        "RETURN_AGREED_BY_FOREIGN_STATE",
    }


def told(cases: Cases, *steps: tuple[str, str, str], reporter: str = MISSION, **more: str) -> CaseState:
    """A return through the mission under the former law: state, instant of March 2025, office."""
    facts = [
        cases.fact(n, (BACK, state, f"2025-03-{when}", office), kind="state" if state else "handover")
        for n, (state, when, office) in enumerate(steps, start=1)
    ]
    return cases.fold(cases.opening(reporter, "returned_via_mission", "2025-03-03T08:00", **more), facts)


ASKED = ("VERIFICATION_REQUESTED_BY_MISSION", "04T09:00", MISSION)
CHARGED = ("VERIFICATION_ASSIGNED", "04T10:00", DEPARTMENT)
TAKEN = ("", "05T10:00", GATE)
REPORTED = ("VERIFICATION_REPORTED", "10T10:00", GATE)
ANSWERED = ("VERIFICATION_ANSWERED", "11T10:00", DEPARTMENT)


def test_the_province_reports_to_the_department_and_the_department_answers_the_mission_that_asked(
    former: Cases,
) -> None:
    holders: list[str | None] = []
    for done in range(1, 6):
        state = told(former, *(ASKED, CHARGED, TAKEN, REPORTED, ANSWERED)[:done], **OUTSIDE)
        holders.append(state.lanes[BACK].holder)
    assert holders == [DEPARTMENT, DEPARTMENT, GATE, DEPARTMENT, MISSION]
    clocks = told(former, ASKED, CHARGED, TAKEN, REPORTED, **OUTSIDE).newest()
    assert (clocks["A-ABR-04"].office, clocks["A-ABR-05"].office) == (GATE, DEPARTMENT)


def test_of_two_missions_the_one_that_had_the_journey_last_has_the_answer(former: Cases) -> None:
    handed, back = ("", "03T09:00", OTHER_MISSION), ("", "03T10:00", MISSION)
    state = told(former, handed, back, ASKED, CHARGED, TAKEN, REPORTED, ANSWERED, **OUTSIDE)
    assert state.lanes[BACK].holder == MISSION
    state = told(former, handed, ASKED, CHARGED, TAKEN, REPORTED, ANSWERED, **OUTSIDE)
    assert state.lanes[BACK].holder == OTHER_MISSION


@pytest.mark.parametrize(("receiver", "certifies"), [(DEPARTMENT, DEPARTMENT), (GUARD, GATE)])
def test_the_department_certifies_at_an_airport_and_the_immigration_police_of_the_province_elsewhere(
    former: Cases, receiver: str, certifies: str
) -> None:
    """TTLT 01/2014 Art 4(3)(a), 4(4)(d)."""
    report = {"reporter": receiver, "province": "lao-cai"}
    assert told(former, **report).newest()["A-MIS-02"].office == certifies
    state = told(former, ("RETURN_CERTIFIED", "20T11:00", certifies), **report)
    assert (state.lanes[BACK].holder, state.newest()["A-MIS-04"].office) == (certifies, certifies)


def test_exit_papers_are_the_departments_and_the_gate_is_the_provinces(cases: Cases) -> None:
    """Law 53/2024 Art 31(4)-(6): the Department issues and tells the immigration police of the province."""
    report = cases.opening("commune/lao-cai", "foreign_victim", "2026-03-02T08:00", foreign=True)
    agreed = (BACK, "RETURN_AGREED_BY_FOREIGN_STATE", "2026-03-09T08:00", CONSULAR)
    issued = (BACK, "EXIT_DOCUMENTS_ISSUED", "2026-03-10T08:00", DEPARTMENT)
    state = cases.told(report, agreed)
    assert (state.lanes[BACK].holder, state.newest()["B-FOR-01"].office) == (DEPARTMENT, DEPARTMENT)
    assert cases.told(report, agreed, issued).lanes[BACK].holder == GATE


def test_only_the_duties_of_who_received_at_the_gate_stay_with_the_department() -> None:
    rules: list[Rule] = [rule for pack in LIBRARY.packs().values() for rule in pack.rules.values() if rule.kept_by]
    assert {rule.id: (rule.holder_role, rule.kept_by) for rule in rules} == dict.fromkeys(
        ("A-MIS-02", "A-MIS-04"), ("immigration", ("immigration_department",))
    )


@pytest.mark.parametrize("role", ["hotline_111", "consular", "immigration_department", "ministry"])
def test_a_national_body_has_its_role_everywhere_and_its_office_is_at_the_nation(role: str) -> None:
    directory, on = LIBRARY.world.directory, LIBRARY.pack("law-53-2024").valid_from
    found = {directory.at(role, place, on) for place in ("bat-xat", "lao-cai", "tay-ninh", "cambodia", "vn")}
    (office,) = found
    assert office is not None
    assert directory.place_of(office) == "vn"


def test_every_province_has_a_body_for_foreign_affairs() -> None:
    directory, on = LIBRARY.world.directory, LIBRARY.pack("law-53-2024").valid_from
    assert all(
        directory.at("foreign_affairs", one, on) == f"foreign_affairs/{one}" for one in directory.provinces_on(on)
    )
    assert directory.at("foreign_affairs", "cambodia", on) is None


def test_a_case_under_an_earlier_version_stays_with_the_office_that_stood_for_the_department() -> None:
    """Versions of before 28 November 2026 name one role for both; abroad the capital's office acts for the nation."""
    earlier = Cases(LIBRARY.pack("law-66-2011", EARLIER), LIBRARY.world)
    state = told(earlier, ASKED, ("VERIFICATION_ASSIGNED", "04T10:00", "immigration/ha-noi"), **OUTSIDE)
    assert (state.lanes[BACK].holder, state.newest()["A-ABR-04"].office) == ("immigration/ha-noi", "immigration/ha-noi")
