"""Why a clock is due when it is: each date that counts or does not count, and the text by which the end moved."""

from contracts.problems import NotFound
from regulations.case import CaseState, Explanation
from regulations.clocks import due_of
from regulations.composed import Composed
from regulations.lane_law import LaneLaw
from regulations.pack import Pack
from regulations.world import World


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
    end = due_of(pack, world, clock, {other.clock_id: other for other in state.clocks})
    return Explanation(
        rule=clock.rule,
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
        note=Composed(pack, world, beside).pack(law.pack).rules[clock.rule].note,
        unsure=clock.unsure,
        law=law,
        law_citation=ground.citation if ground else pack.title.en,
        law_confidence=ground.confidence if ground else clock.confidence,
    )
