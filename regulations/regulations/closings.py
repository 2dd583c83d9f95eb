"""What ends in a case when an office states an outcome, or a step with which the person leaves the procedure.

`endings.toml` of the pack names the duties and lanes that end. All other duties stay open. A case with an outcome is
closed when no duty and no gap is open, and no lane keeps it open. A duty that was late before it ended stays late.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulations.case import Clock, Fact, Gap, Lane, Opening
from regulations.clocks import Clocks
from regulations.composed import Composed
from regulations.endings import Ending, GoesOn, step_of
from regulations.folded_lane import FoldedLane
from regulations.legal_time import legal_date


@dataclass(frozen=True)
class Closing:
    """How far a case is closed, during its fold.

    Attributes:
        stated: the fact that states the outcome; None if none does.
        ended: lanes that the outcome ended. A later step in such a lane opens it again.
        outgrown: lanes for somebody younger than the person is, in which no duty is open. They count as ended.
    """

    stated: Fact | None = None
    ended: frozenset[str] = frozenset()
    outgrown: frozenset[str] = frozenset()

    @property
    def by_earlier_release(self) -> Fact | None:
        """The closing, if it is of an earlier release: it ended every lane at its instant, except those it names."""
        return None if self.stated is None or self.stated.ends_as_named else self.stated

    def left_open(self, lanes: Iterable[str]) -> list[str]:
        """The lanes of a case that a closing of an earlier release did not end."""
        closed = self.by_earlier_release
        return [lane for lane in lanes if closed is not None and lane in closed.leaves_open]

    def refuses(self, lane: str, lanes: Iterable[str]) -> bool:
        """Whether a closing of an earlier release ended the lane before its next step."""
        return self.by_earlier_release is not None and lane not in self.left_open(lanes)

    def shown(
        self,
        law: Composed,
        opening: Opening,
        folded: Mapping[str, FoldedLane],
        clocks: tuple[Clock, ...],
        gaps: Sequence[Gap],
        at: datetime,
    ) -> tuple[dict[str, Lane], tuple[Clock, ...], bool]:
        """The lanes as values, the clocks, and whether the case is closed.

        Only what the law asks for keeps a case or a lane open. What a local pack asks for ends with the case.
        """
        of_law = [clock for clock in clocks if clock.local is None]
        owed = {clock.lane for clock in of_law if clock.open}
        lanes = _shown(law, folded, owed, self.ended | self.outgrown)
        if self.stated is None or not self.stated.ends_as_named:
            return lanes, clocks, self.stated is not None
        if gaps or any(clock.open for clock in of_law):
            return lanes, clocks, False
        rows = _keeping_open(law, opening, folded, self.stated.state)
        closed = all(_has_ended(row, folded[code], lanes[code]) for code, row in rows)
        return lanes, tuple(_ended_with(clock, at) for clock in clocks) if closed else clocks, closed


def _ended_with(clock: Clock, at: datetime) -> Clock:
    """A clock of a case that closed at an instant; one that was late stays late."""
    return clock.model_copy(update={"void_at": at, "void_reason": "closed"}) if clock.open else clock


def stated(law: Composed, clocks: Clocks, lanes: Mapping[str, FoldedLane], fact: Fact, before: Closing) -> Closing:
    """Note an outcome. End the duties and lanes that its row names, and those of its own office if the outcome says so.

    Args:
        law: of the case. clocks: of the case. lanes: of the case.
        fact: states the outcome. before: how far the case was closed until then.
    """
    if not fact.ends_as_named:
        closing = Closing(fact)
        clocks.close(fact, closing.left_open(lanes))
        return closing
    clocks.end(fact, _ended_by(law, clocks, fact), "closed")
    rows = ((code, _outcome(law, lane.law.pack, fact.state)) for code, lane in lanes.items())
    ended = (code for code, row in rows if row is not None and _is_of_age(row, clocks, fact) and row.has_lane(code))
    return Closing(fact, before.ended.union(ended))


def _outcome(law: Composed, pack_id: str, outcome: str) -> Ending | None:
    """What an outcome ends in a lane or a clock, by the pack that governs it; else by the pack of the report."""
    pack = law.pack(pack_id)
    return (pack if outcome in pack.outcomes else law.procedure).endings.get(outcome)


def _ended_by(law: Composed, clocks: Clocks, fact: Fact) -> Callable[[Clock], bool]:
    own, on = law.procedure.outcomes[fact.state].ends_duties, legal_date(fact.occurred_at)

    def ends(clock: Clock) -> bool:
        pack = clocks.pack_of(clock)
        row = _outcome(law, pack.id, fact.state)
        if row is not None and not _is_of_age(row, clocks, fact):
            return False
        if row is not None and row.has(clock.lane, clock.rule):
            return True
        mine = fact.office in (clock.office, law.world.directory.living(clock.office, on))
        held = (one for one in pack.goes_on.values() if fact.state not in one.not_for)
        return own and mine and not any(one.has(clock.lane, clock.rule) for one in held)

    return ends


def _is_of_age(row: Ending, clocks: Clocks, fact: Fact) -> bool:
    """Whether the row holds for the age of the person at the fact; a child does not withdraw alone."""
    return row.age_from is None or not clocks.ages.is_under(row.age_from, fact.occurred_at)


def end_by_step(law: Composed, clocks: Clocks, lane: FoldedLane, fact: Fact) -> None:
    """End the duties that the row of a step names. If the person came back, the duties that it ended run on."""
    row = law.pack(lane.law.pack).endings.get(step_of(lane.code, lane.state))
    if row is None and lane.state != lane.stood:
        clocks.run_on(lane)
    elif row is not None and _is_of_age(row, clocks, fact):
        clocks.end(fact, lambda clock: clock.lane == lane.code and row.has(clock.lane, clock.rule), "ended")


def _shown(
    law: Composed, folded: Mapping[str, FoldedLane], owed: Collection[str], ended: frozenset[str]
) -> dict[str, Lane]:
    """The lanes as values. A lane whose person left counts as ended only when no duty is open in it."""
    packs = {code: law.pack(folded[code].law.pack) for code in sorted(folded)}
    found = {code: folded[code].value(pack) for code, pack in packs.items()}
    for code, lane in found.items():
        if code in ended:
            found[code] = lane.model_copy(update={"terminal": True, "ack_due_from": None})
        elif lane.terminal and code in owed and packs[code].lanes[code].by_code[lane.state].keeps_place:
            found[code] = lane.model_copy(update={"terminal": False})
    return found


def _keeping_open(
    law: Composed, opening: Opening, folded: Mapping[str, FoldedLane], outcome: str
) -> Iterator[tuple[str, GoesOn]]:
    """The lanes that keep a case with this outcome open until they have ended, with the row that says so."""
    for code, lane in folded.items():
        for row in law.pack(lane.law.pack).goes_on.values():
            keeps = code in row.keeps_open or (row.stays and row.has_lane(code))
            if keeps and outcome not in row.not_for and (row.companions or not opening.accompanies):
                yield code, row


def _has_ended(row: GoesOn, folded: FoldedLane, lane: Lane) -> bool:
    """Whether a lane does not keep the case open any more. One with `stays` also waits for its acknowledgement."""
    if any(folded.attributes.get(word) is True for word in row.ends_with):
        return True
    return lane.terminal and (not row.stays or lane.ack_due_from is None)
