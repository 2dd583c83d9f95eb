"""A case on the day on which its law ends: what runs on, what begins, which steps go. Dates reckoned by hand."""

from datetime import date

import pytest

from tests.unit.regulations.test_two_laws import (
    AFTER,
    BEFORE,
    COMMUNE,
    FACILITY,
    FOOD,
    HEALTH,
    IN_PROCESS,
    JOBS,
    SHELTER,
    Told,
)

TALKS = "support:psychological"
REQUEST = (JOBS, "SUPPORT_REQUESTED", "2025-06-18T09:00", COMMUNE)
TOLD = (SHELTER, "RELATIVES_NOTIFIED", "2025-07-05T09:00", FACILITY)
DAYS = ("2025-06-24T12:00", "2025-06-26", "2025-07-01", "2025-08-01")
MOVED_IN = (SHELTER, "IN_FACILITY", "2025-05-15T10:00", FACILITY)


@pytest.fixture
def told(former):
    return lambda *steps, **report: Told(former, *steps, **report)


@pytest.mark.parametrize("minor", [{}, {"age_band": "under_18", "turns_18_on": date(2025, 6, 30)}])
def test_the_notice_that_was_late_when_the_law_ended_is_still_owed(told, minor):
    """A-MIN-02, before the end of the sixty days: the law ends, or the person turns eighteen."""
    # 15 May + 60 days = Monday 14 July 2025, so due on 15 July 00:00. Twenty days before: due on 25 June 00:00.
    young = minor or {"age_band": "under_18"}
    case = told(*IN_PROCESS, MOVED_IN, TOLD, **young)
    notice = case.state.newest()["A-MIN-02"]
    assert (notice.due_at, notice.void_at) == (case.at("2025-06-25"), None)
    assert (notice.met_at, notice.state_at(case.at("2025-08-01"))) == (case.at("2025-07-05T09:00"), "met_late")
    states = [told(*IN_PROCESS, MOVED_IN, **young).state.newest()["A-MIN-02"].state_at(case.at(day)) for day in DAYS]
    assert states == ["running", "breached", "breached", "breached"]


def test_an_application_that_was_late_stays_late_when_the_other_office_decides(told):
    # Wednesday 18 June; three working days are 19, 20 and 23 June: A-SUP-02 is due on 24 June 00:00.
    case = told(*IN_PROCESS, REQUEST, AFTER, (JOBS, "SUPPORT_DECIDED", "2025-07-30T09:00", HEALTH))
    commune = case.state.newest()["A-SUP-02"]
    assert (commune.due_at, commune.state_at(case.at("2025-08-01"))) == (case.at("2025-06-24"), "breached")


def test_an_application_that_waits_when_the_law_ends_has_the_limit_of_the_next_law(told):
    # Nine working days from Tuesday 1 July 2025: 2-4, 7-11 and 14 July: due on 15 July 00:00.
    case = told(*IN_PROCESS, REQUEST, AFTER)
    limit = case.state.newest()["B-SUP-01"]
    assert (limit.started_at, limit.due_at, limit.office) == (case.at("2025-07-01"), case.at("2025-07-15"), HEALTH)
    assert (limit.confidence, limit.reminder, limit.law.ground) == ("inferred", True, "day")
    decided = told(*IN_PROCESS, REQUEST, AFTER, (JOBS, "SUPPORT_DECIDED", "2025-07-14T09:00", HEALTH))
    assert decided.state.newest()["B-SUP-01"].state_at(case.at("2025-08-01")) == "met"


def test_an_application_of_who_was_identified_before_goes_on_as_it_was(told):
    case = told(*IN_PROCESS, REQUEST, BEFORE)
    assert "B-SUP-01" not in case.state.newest()


def test_a_decided_application_has_no_further_limit(told):
    case = told(*IN_PROCESS, REQUEST, (JOBS, "SUPPORT_REFUSED", "2025-06-20T09:00", COMMUNE))
    assert "B-SUP-01" not in case.state.newest()


@pytest.mark.parametrize("day", ["2025-06-03", "2025-06-10", "2025-06-30"])
@pytest.mark.parametrize(("lane", "rule", "due"), [(TALKS, "B-SUP-07", "2025-10-02"), (FOOD, "B-SUP-02", "2025-10-30")])
def test_a_ceiling_of_the_next_law_counts_from_its_first_day_and_only_reminds(told, lane, rule, due, day):
    # Three months from 1 July: 1 October. 120 days from 1 July: 29 October. A later delivery does not begin it anew.
    case = told(
        *IN_PROCESS,
        (lane, "SUPPORT_DELIVERED", f"{day}T09:30", FACILITY),
        (lane, "SUPPORT_DELIVERED", "2025-07-05T09:00", FACILITY),
    )
    [limit] = [clock for clock in case.state.clocks if clock.rule == rule]
    assert (limit.due_at, limit.confidence, limit.reminder) == (case.at(due), "inferred", True)
