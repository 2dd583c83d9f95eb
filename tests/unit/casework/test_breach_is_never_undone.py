"""A breach that anybody could see is seen for ever: as the state of its clock, or in the history with the act."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain.breaches import Breach, breaches
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.fired_waits import limit_of
from casework.domain.records import CorrectionRecord
from contracts.ids import new_id, role_of
from regulations import Clock, Fact
from regulations.case import AS_NAMED
from tests.library import STOPPING
from tests.unit.casework.test_breaches import BEGAN, DUE, LATER, RULE, began, breached, fired, of_rule
from tests.unit.casework.test_consequences import GUARD, HEALTH, fact, opened
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, disturb, record, stored

MISSED = ("breached", "met_late")
NATIONALITY = ["NATIONALITY_FOREIGN", "NATIONALITY_VIETNAMESE", "NATIONALITY_STATELESS"]


def limit(one: Clock | Breach) -> Any:
    lane, rule, due_at = limit_of(one) if isinstance(one, Clock) else (one.lane, one.rule, one.due_at)
    return lane, rule, due_at and due_at.astimezone(UTC)


def missed(case: Case) -> set[Any]:
    """The limits whose clock says that it was missed."""
    return {limit(clock) for clock in case.file.state.clocks if clock.state_at(case.now) in MISSED}


def seen(case: Case) -> set[Any]:
    """The limits that are missed, or that the history shows with the act after which they are not any more."""
    return missed(case) | {limit(one) for one in breaches(case.file) if one.changed_by and one.act}


def codes(case: Case, lane: str) -> list[str]:
    """The steps that may come in a lane; those that lengthen or void a limit that runs stand in the list more often."""
    pack, state = case.file.pack, case.file.state
    here = state.lanes[lane]
    running = [pack.rules[clock.rule] for clock in state.clocks if clock.open and clock.lane == lane]
    ids = {rule.id for rule in running}
    ends = [code for rule in running for code in rule.voids_on]
    ends += [rule.starts[0] for rule in pack.rules.values() if ids & {*rule.replaces} and lane in rule.lanes]
    ends += NATIONALITY if lane == pack.identification_lane else []
    duties = [spec.code for spec in pack.lanes[lane].states if not spec.moves]
    return [*(ends * 3), *sorted(pack.graphs[lane].reach(here.state)), *duties]


def stated(case: Case, kind: str, lane: str, code: str, at: datetime, office: str, **more: Any) -> Change:
    row = {"fact_id": new_id("fact"), "seq": 0, "lane": lane, "state": code, "office": office, "kind": kind}
    one = Fact(**row, occurred_at=at, recorded_at=case.now, **more)
    return Change(facts=(record(one, case.file, case.now),))


def act(draw: Any, case: Case) -> None:
    """One act of any office, dated back or not; or the worker acts."""
    what = draw(st.sampled_from(["step"] * 6 + ["fire", "handover", "close", "reopen", "move", "withdraw", "disturb"]))
    at = max(case.now - timedelta(hours=draw(st.sampled_from([0, 0, 1, 100, 600, 3000]))), BEGAN)
    lanes = case.file.state.lanes
    lane = draw(st.sampled_from(sorted(lanes)))
    office = lanes[lane].holder or GUARD
    known = [one for one in case.file.stored.facts if not case.file.withdrawn(one.fact_id)]
    if what == "step":
        case.take(stated(case, "state", lane, draw(st.sampled_from(codes(case, lane))), at, office))
    elif what == "fire":
        case.fire()
    elif what == "handover":
        case.take(stated(case, "handover", lane, "", at, f"{role_of(office)}/lang-son"))
    elif what == "close":
        outcome = draw(st.sampled_from(sorted(case.file.pack.outcomes)))
        case.take(stated(case, "close", "", outcome, at, office, attributes={AS_NAMED: True}))
    elif what == "reopen":
        case.take(stated(case, "reopen", "", "", at, office))
    elif what in ("move", "withdraw") and known:
        one = draw(st.sampled_from(known))
        fields = {"correction_id": new_id("corr"), "case_id": one.case_id, "fact_id": one.fact_id, "reason_ref": None}
        fields |= {"occurred_at": at if what == "move" else None, "withdrawn": what == "withdraw"}
        fields |= {"recorded_at": case.now, "office": one.office}
        case.take(Change(corrections=(CorrectionRecord(**fields, actor="actor-1"),)))
    else:
        disturb(draw, case)


@given(st.data())
@settings(BUDGET, max_examples=40)
def test_a_breach_stays_visible_for_ever_with_the_act_that_changed_it(data: Any) -> None:
    """Steps of every lane, extensions, nationalities, hand-overs, endings, corrections and withdrawals in any order."""
    more = {"age_band": data.draw(st.sampled_from(["under_16", "adult"])), "route": "self_report"}
    file = opened(case_id=new_id("case"), recorded_at=BEGAN, **more)
    case = Case(replace(file, pack=STOPPING.pack(file.pack.id)), BEGAN)
    assert case.take(Change())
    ever = set[Any]()
    for minutes in data.draw(st.lists(st.integers(1, 40_000), min_size=6, max_size=18)):
        case.now += timedelta(minutes=minutes)
        ever |= missed(case)
        act(data.draw, case)
        assert ever <= seen(case)


def handed(file: CaseFile, at: datetime) -> CaseFile:
    """The support agency of another province takes the case over."""
    give = fact(file, "health_authority/lang-son", "", at.isoformat(), kind="handover", fact_id="fact_over")
    return stored(consequences_of(file, give, at))


def test_a_breach_stays_with_the_office_that_missed_it() -> None:
    """Three days from Monday 16 November end on Thursday the 19th at 24:00; handed over on the 23rd at 10:00."""
    for before in (breached(), began()):  # told, or before the worker saw it
        after = handed(before, LATER)
        [clock] = [one for one in after.state.clocks if one.rule == RULE]
        assert (clock.office, clock.missed_by, clock.due_at) == ("health_authority/lang-son", HEALTH, DUE)
        assert [one.office for one in of_rule(fired(after, LATER))] == [HEALTH]


def test_the_history_names_it_also_where_a_later_act_changes_the_breach() -> None:
    """Handed over on the 23rd; then the check of the 18th is entered, in time: the breach no longer holds."""
    after = handed(began(), LATER)
    done = fact(after, HEALTH, "INITIAL_CHECK_DONE", "2026-11-18T09:00:00+07:00", recorded_at=LATER)
    [one] = of_rule(stored(consequences_of(after, done, LATER + timedelta(minutes=1))))
    assert (one.office, one.changed_by) == (HEALTH, "fact_INITIAL_CHECK_DONE")
