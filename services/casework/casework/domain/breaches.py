"""The breaches that were recorded in a case. Whatever changes the clock later, the record stays and names that act.

A breach is recorded when its wait fires, or when it is past already at entry (`fired_waits`). A record that no longer
holds keeps the instant and the id of the act that changed it: a step entered late, a correction, a withdrawal, a pause
or an amendment of the law.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import AwareDatetime

from casework.domain.case_file import CaseFile
from casework.domain.fired_waits import limit_of
from casework.domain.records import FiredWait, Instant, Record
from contracts.times import LEGAL_TIME
from regulations import Clock

BREACH = "breach"
Act = Literal["fact", "correction", "withdrawal", "pause", "amendment"]


class Breach(Record):
    """One recorded breach.

    `office`: it owed the duty when the limit ran out; a hand-over after that does not move the breach to the receiver.
    `due_at`: the limit that was missed. `recorded_at`: when the breach was recorded. `told`: whether the office was
    notified. `changed_at`, `act`, `changed_by`, `changed_office`: the act after which it no longer holds; None while it
    holds. `act_lane`: the lane of the step that the act states or corrects.
    """

    clock_id: str | None
    rule: str | None
    lane: str
    office: str | None
    due_at: AwareDatetime | None
    recorded_at: Instant
    told: bool
    changed_at: Instant | None = None
    act: Act | None = None
    changed_by: str | None = None
    changed_office: str | None = None
    act_lane: str | None = None


def breaches(file: CaseFile) -> list[Breach]:
    """Every recorded breach of a case, in the order of its limits."""
    missed = {limit_of(clock): clock.missed_by for clock in file.state.clocks if clock.held}
    fired = (one for one in file.stored.fired_waits if one.stage == BREACH)
    found = [_breach(file, one, missed.get(limit_of(one), one.office)) for one in fired]
    return sorted(found, key=lambda one: (one.due_at or one.recorded_at, one.recorded_at))


def of_clock(clock: Clock, found: Iterable[Breach]) -> list[Breach]:
    """Those of one clock. A late entry may have changed its number, and an act its due instant."""
    return [
        one for one in found if one.clock_id == clock.clock_id or (one.lane, one.rule, one.due_at) == limit_of(clock)
    ]


def _breach(file: CaseFile, one: FiredWait, missed_by: str | None) -> Breach:
    act, office, lane = _act(file, one)
    return Breach(
        clock_id=one.clock_id,
        rule=one.rule,
        lane=one.lane,
        office=missed_by,
        due_at=one.due_at and one.due_at.astimezone(LEGAL_TIME),
        recorded_at=one.claimed_at,
        told=one.told_at is not None,
        changed_at=one.withdrawn_at,
        act=act,
        changed_by=one.withdrawn_by,
        changed_office=office,
        act_lane=lane,
    )


def _act(file: CaseFile, one: FiredWait) -> tuple[Act | None, str | None, str | None]:
    """What kind of act changed a breach, by which office, and in which lane.

    An earlier release named a correction by the fact that it corrects.
    """
    stored, by = file.stored, one.withdrawn_by
    if one.withdrawn_at is None or by is None:
        return None, None, None
    for correction in stored.corrections:
        if by == correction.correction_id or (by == correction.fact_id and correction.recorded_at >= one.withdrawn_at):
            about = file.fact(correction.fact_id)
            return "withdrawal" if correction.withdrawn else "correction", correction.office, about and about.lane
    if fact := file.fact(by):
        return "fact", fact.office, fact.lane
    paused = next((pause for pause in stored.pauses if pause.pause_id == by), None)
    return ("pause", paused.office, paused.lane) if paused else ("amendment", None, None)
