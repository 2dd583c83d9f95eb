"""Endings, what is learnt of a person, and local packs in a case that two laws touch. Dates reckoned by hand."""

from datetime import date

import pytest

from regulations import fold
from regulations.case import AS_NAMED
from tests.unit.regulations.test_local import TEST
from tests.unit.regulations.test_two_laws import (
    AFTER,
    COMMUNE,
    FORMER,
    HEALTH,
    ID,
    IN_PROCESS,
    JOBS,
    NOTICE,
    PRESENT,
    WORLD,
    Told,
)

ASKED_FOR = (JOBS, "SUPPORT_REQUESTED", "2025-07-14T09:00", COMMUNE)
FOREIGN = (ID, "NATIONALITY_FOREIGN", "2025-07-16T09:00", HEALTH)


@pytest.fixture
def told(former):
    return lambda *steps, **report: Told(former, *steps, **report)


def ends(former, case, outcome, when, **attributes):
    """The case with an outcome, and the same after a reopening five months later."""
    stated = former.fact(90, ("", outcome, when, COMMUNE), kind="close", attributes=attributes)
    again = former.fact(91, ("", "", "2025-12-01T09:00", COMMUNE), kind="reopen")
    told = ([*case.facts, stated], [*case.facts, stated, again])
    return [fold(FORMER, WORLD, case.opening, facts, (), PRESENT) for facts in told]


def test_an_outcome_ends_the_support_of_the_law_that_governs_it(told, former):
    case = told(*IN_PROCESS, AFTER, ASKED_FOR)
    ended, again = ends(former, case, "died", "2025-07-16T09:00", **{AS_NAMED: True})
    clock = ended.newest()["B-SUP-01"]
    assert (clock.law.pack, clock.void_reason, ended.lanes[JOBS].terminal) == (PRESENT.id, "closed", True)
    assert again.newest()["B-SUP-01"].open


def test_who_grew_up_while_the_case_was_closed_is_no_child_when_it_is_reopened(told, former):
    # The report of 2 June 2025, 09:00, gives the commune twelve hours. Closed at noon, sixteen on 1 September 2025.
    child = told(NOTICE, age_band="under_16", turns_18_on=date(2027, 9, 1))
    running = {clock.rule for clock in child.state.clocks if clock.open and clock.lane == "child"}
    ended, again = ends(former, child, "withdrawn", "2025-06-02T12:00")
    assert running
    assert ended.closed
    assert not [clock for clock in again.clocks if clock.open and clock.lane == "child"]


def test_what_is_learnt_of_a_person_leaves_each_lane_under_its_law(told):
    case = told(*IN_PROCESS, AFTER, ASKED_FOR, FOREIGN)
    assert case.state.nationality == "foreign"
    assert (case.law(ID), case.law(JOBS)) == (("law-66-2011", "report"), ("law-53-2024", "identified"))
    assert case.may("vocational", "2025-07-17T09:00") == PRESENT.entitlements["vocational"].by_status.foreign
    for clock in case.state.clocks:
        assert clock.citation == (PRESENT if clock.law else FORMER).rules[clock.rule].citation


def test_local_packs_change_no_clock_of_either_law(told):
    case = told(*IN_PROCESS, AFTER, ASKED_FOR)
    packs = TEST.pack(FORMER.id), TEST.pack(PRESENT.id)
    state = fold(packs[0], WORLD, case.opening, case.facts, (), packs[1])
    assert [clock for clock in state.clocks if clock.local is None] == list(case.state.clocks)
