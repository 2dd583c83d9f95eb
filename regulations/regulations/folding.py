"""A fold that can go on: the next step of a case then costs one fact, not all its facts again."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulations.case import CaseState, Fact, Opening, Pause
from regulations.companions import ADULT_IDENTIFIED
from regulations.composed import Composed
from regulations.fold import FoldedCase
from regulations.pack import Pack
from regulations.world import World


@dataclass(frozen=True)
class Folding:
    """Folded facts, which others can follow. It never changes.

    Attributes:
        state: of the case after these facts.
        last: the latest instant at which one of them occurred.
    """

    state: CaseState
    last: datetime
    _case: FoldedCase

    @classmethod
    def of(
        cls,
        pack: Pack,
        world: World,
        opening: Opening,
        facts: Iterable[Fact],
        pauses: Sequence[Pause] = (),
        beside: Pack | None = None,
    ) -> "Folding":
        """As `fold`, with the same arguments and the same state."""
        given = list(facts)
        case = FoldedCase(Composed(pack, world, beside), opening, pauses).folded(given)
        return cls(_copy(case).result(), max([opening.occurred_at, *(fact.occurred_at for fact in given)]), case)

    def followed_by(self, fact: Fact) -> "Folding | None":
        """The fold of the same facts and this one; None if all must be folded again.

        They must if the fact did not occur after all others, because those after it may then mean something else. They
        also must after a hand-over or an assignment, because it may change where a lane opened, and after one that says
        when the adult of a minor was identified, because it counts for those before. Raises as `fold` does.
        """
        if fact.occurred_at <= self.last or fact.is_move or ADULT_IDENTIFIED in fact.attributes:
            return None
        case = _copy(self._case)
        case.apply(fact)
        return Folding(_copy(case).result(), fact.occurred_at, case)


def _copy(case: FoldedCase) -> FoldedCase:
    """A case that changes without the other from here on."""
    made = copy.copy(case)
    made.clocks, made.pending = case.clocks.copy(), {**case.pending}
    made.lanes = {code: lane.copy() for code, lane in case.lanes.items()}
    made.course = case.course.copy()
    return made
