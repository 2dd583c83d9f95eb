"""Why a clock is due when it is: each date that counts or does not count, and the text by which the end moved."""

from datetime import datetime

from pydantic import Field

from contracts.problems import NotFound
from regulations.case import CaseState, Counted, Frozen, Pause
from regulations.clocks import due_of
from regulations.composed import Composed
from regulations.lane_law import LaneLaw
from regulations.legal_time import legal_date
from regulations.local import LocalUse, told
from regulations.model import Confidence, Label, Unit
from regulations.pack import Pack
from regulations.world import World


class Explanation(Frozen):
    """Why a clock is due when it is."""

    rule: str
    title: Label | None = None
    started_by: str
    started_at: datetime
    amount: int | None
    unit: Unit
    counted: tuple[Counted, ...]
    pauses: tuple[Pause, ...]
    rolled_by: str | None
    due_at: datetime | None
    citation: str
    confidence: Confidence
    calendar_version: str
    note: str
    unsure: tuple[str, ...] = ()
    local: LocalUse | None = None
    told: tuple[str, ...] = Field(default=(), description="Offices that a local rule says are to be told.")
    law: LaneLaw
    law_citation: str = Field(description="Why this law governs the clock.")
    law_confidence: Confidence


def explain(pack: Pack, world: World, state: CaseState, clock_id: str, beside: Pack | None = None) -> Explanation:
    """The counting behind the due instant of one clock.

    Args:
        pack: the pack that the case is pinned to.
        world: calendar and directory.
        state: the folded case.
        clock_id: of the clock.
        beside: the pack beside it with which the case was folded.

    Raises:
        NotFound: the case has no such clock.
    """
    clock = state.clock(clock_id)
    if clock is None:
        raise NotFound(clock=clock_id)
    law = clock.law or LaneLaw(pack=pack.id, ground="report", since=state.opening.occurred_at)
    ground = world.composition.why(law.ground)
    governing = Composed(pack, world, beside).pack(law.pack)
    rule = governing.rules[clock.rule]
    end = due_of(governing, world, clock, {other.clock_id: other for other in state.clocks})
    named = told(rule, world.directory, clock.local, legal_date(clock.opened_at))
    return Explanation(
        rule=clock.rule,
        title=rule.title,
        started_by=clock.started_by,
        started_at=clock.started_at,
        amount=clock.amount,
        unit=clock.unit,
        counted=end.counted,
        pauses=clock.pauses,
        rolled_by=clock.rolled_by,
        due_at=clock.due_at,
        citation=clock.citation,
        confidence=clock.confidence,
        calendar_version=clock.calendar_version,
        note=rule.note,
        unsure=clock.unsure,
        local=clock.local,
        told=tuple(office for office in named if office != clock.office),
        law=law,
        law_citation=ground.citation if ground else pack.title.en,
        law_confidence=ground.confidence if ground else clock.confidence,
    )
