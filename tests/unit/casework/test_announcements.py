"""Who is told of an ending: offices that hold a lane which goes on, and those whose duty is open or ends by it."""

from dataclasses import replace
from typing import Any

from casework.domain.case_file import CaseFile, Change
from casework.domain.closing import late_notices
from casework.domain.consequences import consequences_of
from regulations.legal_time import legal_date
from tests.unit.casework.test_consequences import COMMUNE, GUARD, HEALTH, NOW, fact, opened, written

POLICE, LANE = "provincial_police/lao-cai", "protection"
WITHDREW = (COMMUNE, "PERSON_WITHDREW", "2026-11-16T13:00:00+07:00")


def after_crime(*states: str) -> CaseFile:
    """A case whose person waits for the health authority, with these steps in the crime lane of the border guard."""
    file = written(consequences_of(opened(reporter_known=False), Change(), NOW))
    steps = [(COMMUNE, "AT_COMMUNE", "identification"), (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", "identification")]
    for hour, (office, state, lane) in enumerate([*steps, *((GUARD, state, "crime") for state in states)], 7):
        step = fact(file, office, state, f"2026-11-16T{hour + 2:02}:00:00+07:00", lane=lane)
        file = written(consequences_of(file, step, NOW))
    return file


def told(file: CaseFile, step: tuple[str, str, str] = WITHDREW) -> set[str]:
    """The offices that are told that the person left."""
    return {one.office for one in consequences_of(file, fact(file, *step), NOW).notices if one.kind == "person_left"}


def with_clock(file: CaseFile, rule: str, **changed: Any) -> CaseFile:
    """The file with a changed row of the one clock of a rule."""
    rows = {key: {**row, **changed} if row["rule"] == rule else row for key, row in file.stored.clocks.items()}
    return replace(file, stored=file.stored.model_copy(update={"clocks": rows}))


def test_the_holder_of_a_lane_that_goes_on_is_told() -> None:
    assert told(after_crime()) == {HEALTH, GUARD}


def test_the_holder_of_a_lane_that_ended_before_is_not_told() -> None:
    file = after_crime("CRIME_INFO_RESOLVED")
    assert file.state.lanes["crime"].holder == GUARD
    assert GUARD not in told(file)


def test_who_loses_a_duty_by_the_step_is_told_also_if_it_holds_no_lane() -> None:
    assert POLICE in told(with_clock(after_crime(), "B-SELF-03", office=POLICE))


def test_who_lost_a_duty_earlier_is_not_told() -> None:
    earlier = {"office": POLICE, "void_at": "2026-11-16T12:00:00+07:00", "void_reason": "closed"}
    assert POLICE not in told(with_clock(after_crime(), "B-SELF-03", **earlier))


def test_nobody_is_told_that_a_case_is_closed_which_a_late_step_opened_again() -> None:
    file = written(consequences_of(opened(reporter=HEALTH), Change(), NOW))
    closing = fact(file, HEALTH, "withdrawn", "2026-11-16T13:00:00+07:00", kind="close", lane="")
    before = written(consequences_of(file, closing, NOW))
    after = before.with_change(fact(before, POLICE, "PROTECTION_REQUESTED", "2026-11-16T12:00:00+07:00", lane=LANE))
    assert after.state.closed
    assert [one.office for one in late_notices(before, after, legal_date(NOW))] == [POLICE]
    opened_again = after.with_change(Change())
    opened_again.__dict__["state"] = after.state.model_copy(update={"closed": False, "closed_at": None})
    assert late_notices(before, opened_again, legal_date(NOW)) == []
