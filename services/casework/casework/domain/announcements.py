"""Who is told when somebody ends or unmakes something in a case: every present holder, whoever owes or owed something
until then, and the supervisor. Pure.

Announced are an outcome and the closing that follows from it, a step with which the person leaves the procedure, a
withdrawn identification, and a paper that was revoked.
"""

from collections.abc import Iterator
from datetime import date, datetime

from casework.domain.case_file import CaseFile, Change
from casework.domain.records import FactRecord
from contracts.events.casework import AttentionKind, AttentionRaised
from regulations import CaseState
from regulations.case import AS_NAMED
from regulations.endings import step_of
from regulations.legal_time import legal_date
from regulations.model import StateSpec

SUPERVISOR = "supervisor"
DECIDED = ("victim", "not_victim")
"""Status of a person whose identification has a result."""


def announcements(file: CaseFile, change: Change, state: CaseState, now: datetime) -> Iterator[AttentionRaised]:
    """The notices of a change, one for each office.

    Args:
        file: without the change. change: what is added. state: the fold with it. now: instant of recording.
    """
    stated = {*(one.fact_id for one in change.facts), *(one.correction_id for one in change.corrections)}
    for kind, about, office in _announced(file, change, state):
        # A case that closes by itself is announced to the office of the outcome, too.
        for told, lane in _told(file, state, office, legal_date(now), knows=about in stated):
            supervises = lane is None
            yield AttentionRaised(
                case_id=state.case_id,
                kind=kind,
                office=told,
                lane=lane or file.pack.identification_lane,
                wait_id=f"{about}:{SUPERVISOR if supervises else lane}",
                stage=kind,
                raised_at=now,
            )


def _announced(file: CaseFile, change: Change, state: CaseState) -> Iterator[tuple[AttentionKind, str, str]]:
    """(kind, id of the cause, office that did it) for everything in a change that is announced."""
    for fact in change.facts:
        kind = _of_fact(file, fact)
        if kind is not None and not (kind == "outcome" and state.is_over):
            yield kind, fact.fact_id, fact.office
    for one in change.corrections:
        fact = file.fact(one.fact_id) if one.withdrawn else None
        spec = _spec(file, fact) if fact is not None else None
        if spec is not None and spec.status in DECIDED:
            unmade: AttentionKind = "identification_withdrawn" if spec.moves else "paper_revoked"
            yield unmade, one.correction_id, one.office
    if state.is_over and not file.case.closed:
        closed = [one for one in (*file.stored.facts, *change.facts) if one.kind == "close"][-1:]
        for one in closed:
            if one.attributes.get(AS_NAMED) is True:
                yield "closed", one.fact_id, one.office


def _of_fact(file: CaseFile, fact: FactRecord) -> AttentionKind | None:
    if fact.kind == "close":
        return "outcome"
    spec = _spec(file, fact)
    if spec is not None and spec.cancels:
        return "paper_revoked"
    return "person_left" if step_of(fact.lane, fact.state) in file.pack.endings else None


def _spec(file: CaseFile, fact: FactRecord) -> StateSpec | None:
    lane = file.pack.lanes.get(fact.lane)
    return lane.by_code.get(fact.state) if lane is not None else None


def _told(file: CaseFile, state: CaseState, by: str, on: date, *, knows: bool) -> Iterator[tuple[str, str | None]]:
    """(office, its lane) for every holder and whoever owes something, and (the supervisor, None).

    An office that has several lanes is told once. `knows`: the office that did it knows it already.
    """
    directory = file.world.directory
    having = [*_holding(file, state), *_owing(file, state)]
    own = directory.living(by, on) or by
    known = {by, own} if knows else set[str]()
    for office, lane in having:
        living = directory.living(office, on)
        if living is not None and living not in known:
            known.add(living)
            yield living, lane
    above = directory.supervisor(own, on)
    if above is not None and above not in known:
        yield above, None


def _holding(file: CaseFile, state: CaseState) -> Iterator[tuple[str | None, str]]:
    """(holder, lane) after the change and before it, because an office may lose its lane by it.

    A lane that has ended counts no more, and its holder may have no part in the case any more. The lane that carries
    the case always counts.
    """
    carrying = file.pack.identification_lane
    for code, lane in state.lanes.items():
        if code == carrying or not (lane.terminal or state.has_ended(code)):
            yield lane.holder, code
    for code, body in file.stored.lanes.items():
        if code == carrying or not (body.get("terminal") or file.case.closed):
            yield body.get("holder"), code


def _owing(file: CaseFile, state: CaseState) -> Iterator[tuple[str | None, str]]:
    """(office, lane) of each clock that is open after the change or was open before it."""
    yield from ((clock.office, clock.lane) for clock in state.clocks if clock.open)
    for body in file.stored.clocks.values():
        if body.get("met_at") is None and body.get("void_at") is None:
            yield body.get("office"), body["lane"]
