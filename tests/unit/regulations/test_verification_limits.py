"""How long the police may verify, when the certificate is due, and how a wrong one is replaced.

By hand, for a request that the police receives on Wednesday 1 July 2026 (its day does not count):

- 20 days: 2 July is the first, 21 July (a Tuesday) the twentieth. Too late from 22 July 00:00.
- 02 months in all: the same date two months later is Tuesday 1 September, a day off, as is 2 September. So Thursday
  3 September is the last day. Too late from 4 September 00:00.
- 04 months in all: Sunday 1 November, so Monday 2 November is the last day. Too late from 3 November 00:00.

The certificate is due at once when the limit runs out, whichever of the three it is then.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations import Contradiction, explain, may_state, waits
from regulations.model import AS_ENACTED
from regulations.rights import ISSUERS

COMMUNE, HEALTH, POLICE = "commune/lang-son", "health_authority/lang-son", "provincial_police/lang-son"
GUARD, MISSION, DEPARTMENT = "border_guard/lang-son", "mission/abroad", "immigration_department/ha-noi"
PROCURACY = "procuracy/lang-son"
ID, LATER = "identification", "2027-06-01"
IN_20_DAYS, IN_2_MONTHS, IN_4_MONTHS = "2026-07-22", "2026-09-04", "2026-11-03"


def on(state, when, office=POLICE):
    return (ID, state, f"2026-{when}", office)


CHECKED = on("INITIAL_CHECK_DONE", "06-30T15:00", HEALTH)
ASKED = on("POLICE_VERIFICATION", "07-01T09:00", HEALTH)
COMPLEX = on("POLICE_VERIFICATION_EXTENDED", "07-20T09:00")
PROLONGED = on("POLICE_VERIFICATION_PROLONGED", "08-28T09:00")


@pytest.fixture
def told(cases):
    def tell(*steps, reporter=HEALTH, route="self_report", **more):
        return cases.told(cases.opening(reporter, route, "2026-06-30T08:00", **more), *steps)

    return tell


@pytest.mark.parametrize(
    ("decisions", "rule", "due_at"),
    [
        ([], "B-SELF-06", IN_20_DAYS),
        ([COMPLEX], "B-SELF-07", IN_2_MONTHS),
        ([COMPLEX, PROLONGED], "B-SELF-08", IN_4_MONTHS),
    ],
)
def test_the_limit_is_a_total_and_the_certificate_is_due_at_its_end(cases, told, decisions, rule, due_at):
    state = told(CHECKED, ASKED, *decisions)
    limit, certificate = state.newest()[rule], state.newest()["B-SELF-09a"]
    assert (limit.due_at, limit.confidence, limit.office) == (cases.at(due_at), AS_ENACTED, POLICE)
    assert (certificate.due_at, certificate.immediate, certificate.before) == (cases.at(due_at), True, limit.clock_id)
    assert {one.rule for one in state.clocks if one.open and one.rule.startswith("B-SELF")} == {rule, "B-SELF-09a"}
    assert (limit.state_at(cases.at("2026-07-02")), limit.state_at(cases.at(due_at))) == ("running", "breached")
    assert explain(cases.pack, cases.world, state, certificate.clock_id).counted, "it shows how the limit was counted"


def test_as_enacted_warns_breaches_and_climbs_and_the_certificate_is_called_for_after_the_end(cases, told):
    state = told(CHECKED, ASKED)
    found = waits(cases.pack, cases.world, state, [], cases.at("2026-07-01T12:00"))
    of_limit = {wait.stage: wait.at for wait in found if wait.rule == "B-SELF-06"}
    assert of_limit == {
        "warning": cases.at("2026-07-01T09:00") + (cases.at(IN_20_DAYS) - cases.at("2026-07-01T09:00")) * 0.75,
        "breach": cases.at(IN_20_DAYS),
        "escalate-1": cases.at("2026-07-23"),
        "escalate-2": cases.at("2026-07-25"),
    }
    (call,) = [wait for wait in found if wait.rule == "B-SELF-09a"]
    assert (call.kind, call.at, call.office) == ("warning", cases.at("2026-07-22T02:00"), POLICE)


@pytest.mark.parametrize("review", [False, True])
def test_asking_again_or_reviewing_signs_gives_no_more_time(cases, told, review):
    steps = [CHECKED, ASKED, on("SIGNS_REVIEW", "07-10T09:00")]
    steps += [] if review else [on("POLICE_VERIFICATION", "07-15T09:00", HEALTH)]
    state = told(*steps)
    assert state.newest()["B-SELF-06"].due_at == cases.at(IN_20_DAYS)
    later = on("POLICE_VERIFICATION_EXTENDED", "07-20T09:00")
    longer = told(*steps, later)
    assert longer.newest()["B-SELF-07"].due_at == cases.at(IN_2_MONTHS)
    again = told(*steps, later, on("SIGNS_REVIEW", "08-01T09:00"), on("POLICE_VERIFICATION", "08-02T09:00", HEALTH))
    assert [one.rule for one in again.clocks if one.open and one.amount] == ["B-SELF-07"], "no new twenty days"
    last = on("POLICE_VERIFICATION_PROLONGED", "08-28T09:00")
    assert told(*steps, later, on("SIGNS_REVIEW", "08-01T09:00"), last).newest()["B-SELF-08"].due_at == cases.at(
        IN_4_MONTHS
    )


def test_only_a_complex_case_is_prolonged_and_none_after_the_end(told):
    for steps in ([CHECKED, ASKED, PROLONGED], [CHECKED, ASKED, on("VICTIM_CONFIRMED", "07-10T09:00"), COMPLEX]):
        with pytest.raises(Contradiction):
            told(*steps)


def test_a_decision_after_the_limit_extends_nothing_and_undoes_no_breach(cases, told):
    """On 22 July at 00:00 the certificate is due; that somebody finds the case complex later does not change it."""
    late = on("POLICE_VERIFICATION_EXTENDED", "07-22T00:00")
    state = told(CHECKED, ASKED, late)
    assert state.lanes[ID].state == "POLICE_VERIFICATION_EXTENDED", "what was done is recorded"
    assert state.newest()["B-SELF-06"].state_at(cases.at("2026-07-23")) == "breached"
    assert ("B-SELF-07" in state.newest(), state.newest()["B-SELF-09a"].due_at) == (False, cases.at(IN_20_DAYS))
    in_time = on("POLICE_VERIFICATION_EXTENDED", "07-21T23:59")
    assert told(CHECKED, ASKED, in_time).newest()["B-SELF-06"].void_reason == "replaced"


@pytest.mark.parametrize("outcome", ["VICTIM_CONFIRMED", "NOT_CONFIRMED"])
def test_either_certificate_meets_both(cases, told, outcome):
    state = told(CHECKED, ASKED, on(outcome, "07-21T23:59"))
    assert {rule: state.newest()[rule].state_at(cases.at(LATER)) for rule in ("B-SELF-06", "B-SELF-09a")} == {
        "B-SELF-06": "met",
        "B-SELF-09a": "met",
    }
    late = told(CHECKED, ASKED, on(outcome, "07-22T00:00"))
    assert late.newest()["B-SELF-06"].state_at(cases.at(LATER)) == "met_late"


def test_a_result_makes_the_certificate_due_at_once_and_does_not_end_the_limit(cases, told):
    answered = on("VERIFICATION_RESULT", "07-10T09:00")
    state = told(CHECKED, ASKED, answered)
    certificate, limit = state.newest()["B-SELF-09"], state.newest()["B-SELF-06"]
    assert (certificate.due_at, certificate.immediate, certificate.open) == (cases.at("2026-07-10T09:00"), True, True)
    assert (limit.open, state.newest()["B-SELF-09a"].void_reason) == (True, "no-longer-applies")
    done = told(CHECKED, ASKED, answered, on("VICTIM_CONFIRMED", "07-10T10:00"))
    assert not [one.rule for one in done.clocks if one.open]


@pytest.mark.parametrize(
    ("reporter", "route", "rule"),
    [(POLICE, "rescued", "B-RES-03"), (HEALTH, "self_report", "B-SELF-06")],
)
def test_after_a_rescue_the_same_limits_hold(cases, told, reporter, route, rule):
    received = [on("SUPPORT_AGENCY_RECEIVED", "06-30T12:00", HEALTH)] if route == "rescued" else []
    state = told(*received, CHECKED, ASKED, reporter=reporter, route=route)
    assert state.newest()[rule].due_at == cases.at(IN_20_DAYS)
    longer = told(*received, CHECKED, ASKED, COMPLEX, PROLONGED, reporter=reporter, route=route)
    assert longer.newest()["B-SELF-08"].due_at == cases.at(IN_4_MONTHS)


@pytest.mark.parametrize("route", ["self_returned", "returned_via_mission", "hotline"])
def test_who_came_back_has_the_limits_as_a_reading_of_ours(cases, told, route):
    clocks = told(CHECKED, ASKED, route=route).newest()
    for rule in ("B-SELF-06", "B-SELF-09a", *(["B-SRT-01"] if route == "self_returned" else [])):
        assert (clocks[rule].confidence, clocks[rule].reminder) == ("inferred", True)
    assert clocks["B-SELF-06"].due_at == clocks["B-SELF-09a"].due_at == cases.at(IN_20_DAYS)


@pytest.mark.parametrize(
    "route", ["self_report", "rescued", "self_returned", "returned_via_mission", "abroad", "hotline"]
)
def test_on_every_route_of_citizens_the_certificate_has_an_instant(told, route):
    steps = [on("SUPPORT_AGENCY_RECEIVED", "06-30T12:00", HEALTH), CHECKED, ASKED]
    state = told(*steps, reporter="commune/lang-son", route=route)
    assert all(one.due_at for one in state.clocks if one.rule == "B-SELF-09a")
    assert "B-SELF-09a" in state.newest()


def test_a_foreign_person_has_no_limit_of_these(cases, told):
    clocks = told(CHECKED, ASKED, route="foreign_victim", foreign=True).newest()
    assert clocks.keys().isdisjoint({"B-SELF-06", "B-RES-03", "B-SELF-09a"})
    assert (clocks["B-FOR-03a"].due_at, clocks["B-FOR-03a"].state_at(cases.at(LATER))) == (None, "reminder")


def test_verification_at_home_for_a_person_who_is_still_abroad(cases):
    """Art 29(3). Asked on 1 July; found complex on 20 July."""
    report = cases.opening(MISSION, "abroad", "2026-06-30T08:00")
    rescued = on("ABROAD_RESCUED", "06-30T12:00", MISSION)
    asked = on("HOME_VERIFICATION_REQUESTED", "07-01T09:00", MISSION)
    state = cases.told(report, rescued, asked)
    assert (state.lanes[ID].holder, state.newest()["B-ABR-03"].due_at) == (DEPARTMENT, cases.at(IN_20_DAYS))
    assert state.newest()["B-SELF-09a"].due_at == cases.at(IN_20_DAYS)
    longer = cases.told(report, rescued, asked, on("RECEIVER_VERIFICATION_EXTENDED", "07-20T09:00", DEPARTMENT))
    assert (longer.lanes[ID].holder, longer.newest()["B-MIS-02a"].due_at) == (DEPARTMENT, cases.at(IN_2_MONTHS))
    certified = cases.told(report, rescued, asked, on("VICTIM_PAPER_ISSUED", "07-10T09:00", DEPARTMENT))
    assert (certified.status, certified.newest()["B-ABR-03"].state_at(cases.at(LATER))) == ("victim", "met")


def test_the_receiving_body_verifies_within_the_same_limits(cases):
    """Art 30(2). Received at the border on 1 July, and counted from there."""
    report = cases.opening(GUARD, "returned_via_mission", "2026-07-01T08:00")
    verifies = on("RECEIVER_VERIFICATION", "07-02T09:00", GUARD)
    state = cases.told(report, verifies)
    assert (state.lanes[ID].holder, state.newest()["B-MIS-02"].due_at) == (GUARD, cases.at(IN_20_DAYS))
    steps = (on("RECEIVER_VERIFICATION_EXTENDED", "07-20T09:00", GUARD),)
    assert cases.told(report, verifies, *steps).newest()["B-MIS-02a"].due_at == cases.at(IN_2_MONTHS)
    steps += (on("RECEIVER_VERIFICATION_PROLONGED", "08-28T09:00", GUARD),)
    assert cases.told(report, verifies, *steps).newest()["B-MIS-02b"].due_at == cases.at(IN_4_MONTHS)
    brought = cases.told(report, verifies, on("SUPPORT_AGENCY_RECEIVED", "07-02T15:00", HEALTH))
    assert (brought.newest()["B-MIS-02"].open, brought.newest()["B-MIS-02"].office) == (True, GUARD)
    refused = on("NOT_VICTIM_PAPER_ISSUED", "07-10T09:00", GUARD)
    ended = cases.told(report, verifies, refused, on("NOT_VICTIM_BY_PAPER", "07-11T09:00", HEALTH))
    assert (ended.status, ended.lanes[ID].terminal) == ("not_victim", True)
    assert not [one.rule for one in ended.clocks if one.open and one.lane == ID]


# Cancelling and issuing anew


def test_a_wrong_certificate_is_cancelled_and_issued_anew(cases, told):
    confirmed = on("VICTIM_CONFIRMED", "07-10T09:00")
    cancelled = on("CERTIFICATE_CANCELLED", "08-03T09:00")
    state = told(CHECKED, ASKED, confirmed, cancelled)
    assert (state.status, state.identified_at, state.lanes[ID].terminal) == ("in_process", None, False)
    clock = state.newest()["B-PAP-03"]
    assert (clock.due_at, clock.office, clock.state_at(cases.at(LATER))) == (None, POLICE, "reminder")
    again = told(CHECKED, ASKED, confirmed, cancelled, on("NOT_CONFIRMED", "08-03T09:00"))
    assert (again.status, again.newest()["B-PAP-03"].state_at(cases.at(LATER))) == ("not_victim", "met")
    assert again.newest()["B-SELF-06"].state_at(cases.at(LATER)) == "met", "what was met in July stays met"
    assert [one for one in again.lanes[ID].done if "CONFIRMED" in one or "CANCELLED" in one] == [
        "VICTIM_CONFIRMED",
        "CERTIFICATE_CANCELLED",
        "NOT_CONFIRMED",
    ]


def test_who_was_wrongly_refused_is_identified_on_the_day_of_the_new_certificate(cases, told):
    steps = (on("NOT_CONFIRMED", "07-10T09:00"), on("CERTIFICATE_CANCELLED", "08-03T09:00", PROCURACY))
    state = told(CHECKED, ASKED, *steps, on("VICTIM_CONFIRMED", "08-05T09:00"))
    assert (state.status, state.identified_at) == ("victim", cases.at("2026-08-05T09:00"))


def test_a_companion_whose_own_certificate_is_cancelled_is_a_companion_again(told):
    steps = (on("VICTIM_CONFIRMED", "07-10T09:00"), on("CERTIFICATE_CANCELLED", "08-03T09:00"))
    assert told(CHECKED, ASKED, *steps, accompanies=True, age_band="under_18").status == "accompanying_u18"


def test_the_certificate_of_a_rescuing_force_is_cancelled_before_the_lane_has_ended(cases, told):
    certified = on("VICTIM_PAPER_ISSUED", "06-30T09:00", GUARD)
    cancelled = on("CERTIFICATE_CANCELLED", "07-02T09:00", GUARD)
    state = told(certified, cancelled, reporter=GUARD, route="rescued")
    assert (state.status, state.identified_at, state.lanes[ID].holder) == ("in_process", None, GUARD)
    anew = told(
        certified, cancelled, on("NOT_VICTIM_PAPER_ISSUED", "07-02T10:00", GUARD), reporter=GUARD, route="rescued"
    )
    assert (anew.status, anew.newest()["B-PAP-03"].open) == ("not_victim", False)


def test_a_refusal_recorded_without_its_certificate_leaves_the_certificate_owed(cases, told):
    """Reality comes before order: the refusal is recorded, and the police owes the paper until it is stated."""
    refused = on("NOT_CONFIRMED", "07-10T09:00")
    state = told(CHECKED, ASKED, refused)
    owed = state.newest()["B-PAP-01a"]
    assert (owed.open, owed.immediate, owed.office, owed.started_at) == (
        True,
        True,
        POLICE,
        cases.at("2026-07-10T09:00"),
    )
    state = told(CHECKED, ASKED, refused, on("NOT_VICTIM_PAPER_ISSUED", "07-13T09:00"))
    assert state.newest()["B-PAP-01a"].state_at(cases.at(LATER)) == "met"
    assert state.status == "not_victim"


def test_a_refusal_with_its_certificate_owes_nothing(cases, told):
    """Also where a force certified before, and not after the certificate was cancelled."""
    opening, steps = told(CHECKED, ASKED).opening, cases.facts(CHECKED, ASKED, on("NOT_CONFIRMED", "07-10T09:00"))
    with_paper = steps[-1].model_copy(update={"attributes": {"certificate_issued": True}})
    assert "B-PAP-01a" not in cases.fold(opening, [*steps[:-1], with_paper]).newest()
    later = [on("CERTIFICATE_CANCELLED", "08-03T09:00"), on("NOT_CONFIRMED", "08-04T09:00")]
    again = [cases.fact(seq, step) for seq, step in enumerate(later, start=9)]
    assert cases.fold(opening, [*steps[:-1], with_paper, *again]).newest()["B-PAP-01a"].open


def test_nothing_is_cancelled_where_nothing_was_certified(told):
    for steps in ([CHECKED, ASKED], [CHECKED, ASKED, on("PERSON_DIED", "07-02T09:00", HEALTH)]):
        with pytest.raises(Contradiction):
            told(*steps, on("CERTIFICATE_CANCELLED", "08-03T09:00"))


def test_only_the_issuers_of_the_law_certify(cases, told):
    state = told(CHECKED, ASKED)
    certificates = ("VICTIM_PAPER_ISSUED", "NOT_VICTIM_PAPER_ISSUED", "CERTIFICATE_CANCELLED")
    for code in certificates:
        stating = {role for role in cases.world.directory.roles if may_state(cases.pack, state, ID, code, role)}
        assert stating <= ISSUERS
        assert stating.isdisjoint({"commune", "health_authority", "facility"})
    for code in ("VICTIM_CONFIRMED", "NOT_CONFIRMED"):
        assert cases.pack.graphs[ID].stated_by(code) == ("provincial_police",)


# Requests about own data


def test_requests_about_own_data_follow_the_law_of_their_day(cases):
    report = cases.opening(HEALTH, "self_report", "2025-12-01T08:00")
    before = cases.told(report, (ID, "DATA_REQUEST_RECEIVED", "2025-12-31T09:00", HEALTH)).newest()
    assert (before["C-DAT-03"].due_at, "C-DAT-03b" in before) == (cases.at("2026-01-03T09:00"), False)
    # Saturday 10 January 2026 is worked, for Friday 2 January: two working days from the 8th are the 9th and the 10th
    received = (ID, "DATA_REQUEST_RECEIVED", "2026-01-08T09:00", HEALTH)
    since = cases.told(report, received).newest()
    assert "C-DAT-03" not in since
    assert (since["C-DAT-03a"].due_at, since["C-DAT-03a"].reminder) == (cases.at("2026-01-11"), True)
    # ten days: 18 January is a Sunday, so Monday 19 January; fifteen: Friday 23; twenty: Wednesday 28 January
    assert since["C-DAT-03b"].due_at == cases.at("2026-01-20")
    limits = cases.told(report, received, (ID, "DATA_REQUEST_TO_LIMIT", "2026-01-09T09:00", HEALTH)).newest()
    assert (limits["C-DAT-03c"].due_at, limits["C-DAT-03b"].void_reason) == (cases.at("2026-01-24"), "replaced")
    erases = cases.told(report, received, (ID, "DATA_REQUEST_TO_ERASE", "2026-01-09T09:00", HEALTH)).newest()
    assert erases["C-DAT-03d"].due_at == cases.at("2026-01-29")


# Whatever is done on the way

WORDS = ["POLICE_VERIFICATION", "SIGNS_REVIEW", "POLICE_VERIFICATION_EXTENDED", "POLICE_VERIFICATION_PROLONGED"]
WORDS += ["VERIFICATION_RESULT", "DATA_REQUEST_RECEIVED"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 60_000)), max_size=8))
def test_no_step_but_a_certificate_ends_the_limit_or_gives_more_than_four_months(cases, steps):
    """Requests, reviews, extensions and results in any order, minutes apart."""
    opening = cases.opening(HEALTH, "self_report", "2026-06-30T08:00")
    facts, at = cases.facts(CHECKED, ASKED), cases.at("2026-07-01T09:00")
    for seq, (state, minutes) in enumerate(steps, start=3):
        at += timedelta(minutes=minutes)
        fact = cases.fact(seq, (ID, state, LATER, POLICE)).model_copy(update={"occurred_at": at})
        with suppress(Contradiction):
            cases.fold(opening, [*facts, fact])
            facts.append(fact)
    state = cases.fold(opening, facts)
    [limit] = [one for one in state.clocks if one.open and one.rule in ("B-SELF-06", "B-SELF-07", "B-SELF-08")]
    assert limit.due_at in {cases.at(due) for due in (IN_20_DAYS, IN_2_MONTHS, IN_4_MONTHS)}
    breached = [one for one in state.clocks if one.void_reason == "replaced" and one.lane == ID and one.void_at]
    assert all(one.void_at < one.due_at for one in breached if one.rule.startswith("B-SELF")), "none was late already"
    called = [one for one in state.clocks if one.open and one.rule in ("B-SELF-09", "B-SELF-09a")]
    assert called
    assert all(one.due_at <= limit.due_at or one.rule == "B-SELF-09" for one in called)
