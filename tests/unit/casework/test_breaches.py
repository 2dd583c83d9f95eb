"""A recorded breach is never lost: whatever is entered later, the case shows it with the act that changed it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain.breaches import Breach, breaches, of_clock
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.fired_waits import limit_of
from casework.domain.records import CorrectionRecord
from casework.service import waits as service
from contracts.ids import new_id
from regulations import Clock, Fact
from tests.library import STOPPING
from tests.unit.casework.test_consequences import COMMUNE, GUARD, HEALTH, fact, opened
from tests.unit.casework.test_nothing_is_dropped import BUDGET, Case, disturb, record, stored
from tests.unit.casework.test_nothing_is_dropped import opened as opened_walk
from tests.unit.regulations.test_properties import Walk, walks

POLICE, RULE = "provincial_police/lao-cai", "B-SELF-04"
BEGAN = datetime(2026, 11, 16, 3, tzinfo=UTC)
DUE = datetime(2026, 11, 19, 17, tzinfo=UTC)
"""Notified on Monday 16 November: three days end on Thursday the 19th at 24:00, which is 17:00 UTC."""
LATER = datetime(2026, 11, 23, 3, tzinfo=UTC)
NOTIFIED = "fact_SUPPORT_AGENCY_NOTIFIED"


def began() -> CaseFile:
    """A case whose three days run; every step was entered when it happened."""
    file = stored(consequences_of(opened(recorded_at=BEGAN), Change(), BEGAN))
    for office, state, hour in ((GUARD, "AT_COMMUNE", 10), (COMMUNE, "SUPPORT_AGENCY_NOTIFIED", 11)):
        step = fact(file, office, state, f"2026-11-16T{hour}:00:00+07:00", recorded_at=BEGAN + timedelta(hours=1))
        file = stored(consequences_of(file, step, BEGAN + timedelta(hours=2)))
    return file


def fired(file: CaseFile, now: datetime) -> CaseFile:
    """The file after the worker did what is due."""
    due = service._due(file, list(file.stored.waits), now)  # pyright: ignore[reportPrivateUsage]
    told = tuple(service._fired_wait(file, wait, now) for wait in due)  # pyright: ignore[reportPrivateUsage]
    return stored(consequences_of(file, Change(fired_waits=told), now))


def breached() -> CaseFile:
    """The same case after its three days, of which the office was told."""
    return fired(began(), DUE + timedelta(seconds=1))


def correction(at: str | None) -> Change:
    """The instant of the commune's notice is corrected, or the notice is withdrawn."""
    fields: dict[str, Any] = {"correction_id": "corr_1", "case_id": began().case.case_id, "fact_id": NOTIFIED}
    fields |= {"occurred_at": at, "withdrawn": at is None, "reason_ref": None, "recorded_at": LATER}
    return Change(corrections=(CorrectionRecord(**fields, office=COMMUNE, actor="actor-1"),))


def checked(file: CaseFile, at: str) -> Change:
    """The initial check, entered on 23 November."""
    return fact(file, HEALTH, "INITIAL_CHECK_DONE", at, recorded_at=LATER)


def of_rule(file: CaseFile) -> list[Breach]:
    return [one for one in breaches(file) if one.rule == RULE]


def test_a_breach_that_holds_is_shown_without_an_act() -> None:
    [one] = of_rule(breached())
    assert (one.due_at, one.told, one.changed_at, one.act) == (DUE, True, None, None)
    assert of_rule(began()) == []


@pytest.mark.parametrize(
    ("change", "act", "by", "office"),
    [
        (checked(began(), "2026-11-18T09:00:00+07:00"), "fact", "fact_INITIAL_CHECK_DONE", HEALTH),
        (correction("2026-11-22T09:00:00+07:00"), "correction", "corr_1", COMMUNE),
        (correction(None), "withdrawal", "corr_1", COMMUNE),
    ],
)
@pytest.mark.parametrize("before", [breached, began], ids=["told", "before the worker saw it"])
def test_the_act_that_undoes_a_breach_is_named(before: Any, change: Change, act: str, by: str, office: str) -> None:
    after = stored(consequences_of(before(), change, LATER))
    assert not [clock for clock in after.state.clocks if clock.rule == RULE and clock.late_at(LATER)]
    [one] = of_rule(after)
    assert (one.due_at, one.changed_at, one.act, one.changed_by, one.changed_office) == (DUE, LATER, act, by, office)
    assert one.told is (before is breached)
    for clock in (clock for clock in after.state.clocks if clock.rule == RULE):
        assert of_clock(clock, breaches(after)) == [one]


def test_a_step_done_too_late_leaves_the_breach_as_it_is() -> None:
    after = stored(consequences_of(breached(), checked(breached(), "2026-11-20T09:00:00+07:00"), LATER))
    [one] = of_rule(after)
    [clock] = [clock for clock in after.state.clocks if clock.rule == RULE]
    assert (one.changed_at, clock.state_at(LATER)) == (None, "met_late")


def missed(case: Case) -> set[Any]:
    """The limits that the case shows as missed now, open or met too late."""
    return {_limit(clock) for clock in case.file.state.clocks if clock.late_at(case.now) and not clock.reminder}


def _limit(one: Clock | Breach) -> Any:
    lane, rule, due_at = limit_of(one) if isinstance(one, Clock) else (one.lane, one.rule, one.due_at)
    return lane, rule, due_at and due_at.astimezone(UTC)


def shows(case: Case, ever: set[Any]) -> None:
    """Every limit that was seen as missed is still shown so, or in the history with the act that changed it."""
    history = {_limit(one) for one in breaches(case.file) if one.changed_by and one.act}
    assert ever <= missed(case) | history


STEPS = (
    ("identification", "AT_COMMUNE", COMMUNE),
    ("identification", "SUPPORT_AGENCY_NOTIFIED", COMMUNE),
    ("identification", "INITIAL_CHECK_DONE", HEALTH),
    ("identification", "POLICE_VERIFICATION", HEALTH),
    ("identification", "VICTIM_CONFIRMED", POLICE),
)


def act(draw: Any, case: Case, steps: list[Any]) -> None:
    """The next step, dated back or not; another instant of a step, its withdrawal, or a pause; or the worker acts."""
    what = draw(st.sampled_from(["step", "step", "fire", "move", "withdraw", "disturb"]))
    hours = timedelta(hours=draw(st.integers(0, 900)))
    known = [one for one in case.file.stored.facts if not case.file.withdrawn(one.fact_id)]
    if what == "step" and steps:
        lane, state, office = steps.pop(0)
        at = max(case.now - hours, BEGAN)
        row = {"fact_id": new_id("fact"), "seq": 0, "lane": lane, "state": state, "office": office, "kind": "state"}
        case.take(Change(facts=(record(Fact(**row, occurred_at=at, recorded_at=case.now), case.file, case.now),)))
    elif what == "fire":
        case.fire()
    elif what in ("move", "withdraw") and known:
        one = draw(st.sampled_from(known))
        at = None if what == "withdraw" else max(case.now - hours, BEGAN)
        fields = {"correction_id": new_id("corr"), "case_id": one.case_id, "fact_id": one.fact_id, "reason_ref": None}
        fields |= {"occurred_at": at, "withdrawn": at is None, "recorded_at": case.now, "office": one.office}
        case.take(Change(corrections=(CorrectionRecord(**fields, actor="actor-1"),)))
    else:
        disturb(draw, case)


@given(st.data())
@settings(BUDGET, max_examples=60)
def test_no_step_correction_withdrawal_or_pause_takes_a_breach_out_of_the_case(data: Any) -> None:
    """Whoever looks at the case at any time finds what anybody saw as breached before, or the act that changed it."""
    file = opened(case_id=new_id("case"), recorded_at=BEGAN, age_band="under_16")
    case = Case(replace(file, pack=STOPPING.pack(file.pack.id)), BEGAN)
    assert case.take(Change())
    ever, steps = set[Any](), list(STEPS)
    for minutes in data.draw(st.lists(st.integers(1, 20_000), min_size=4, max_size=14)):
        case.now += timedelta(minutes=minutes)
        ever |= missed(case)
        act(data.draw, case, steps)
        shows(case, ever)


@given(walks(), st.data())
@BUDGET
def test_the_same_holds_on_every_route(walk: Walk, data: Any) -> None:
    case = Case(opened_walk(walk), walk.opening.recorded_at.astimezone(UTC))
    assert case.take(Change())
    ever: set[Any] = set()
    for step in data.draw(st.permutations(walk.facts)):
        later = timedelta(minutes=data.draw(st.integers(0, 20_000)))
        case.now = max(case.now, step.occurred_at.astimezone(UTC)) + later
        ever |= missed(case)
        case.take(Change(facts=(record(step, case.file, case.now),)))
        shows(case, ever)
        ever |= missed(case)
        disturb(data.draw, case)
        shows(case, ever)
