"""What ends in a case when an office states an outcome, or a step with which the person leaves the procedure.

`endings.toml` of the pack names what ends. Everything else goes on, and the case closes when nothing is owed in it any
more. A duty that was late before it ended stays late.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from regulations.case import Clock, Fact, Gap, Lane, Opening
from regulations.clocks import Clocks
from regulations.directory import Directory
from regulations.endings import step_of
from regulations.folded_lane import FoldedLane
from regulations.legal_time import legal_date
from regulations.openings import is_under
from regulations.pack import Pack


@dataclass(frozen=True)
class Closing:
    """How far a case is closed, during its fold.

    Attributes:
        stated: the fact that states the outcome; None if none does.
        ended: lanes that the outcome ended, as long as no step comes in them.
    """

    stated: Fact | None = None
    ended: frozenset[str] = frozenset()

    @property
    def by_earlier_release(self) -> Fact | None:
        """A closing that ended everything at its instant, except the lanes that it names."""
        return None if self.stated is None or self.stated.ends_as_named else self.stated

    def left_open(self, lanes: Iterable[str]) -> list[str]:
        """The lanes of a case that a closing of an earlier release did not end."""
        closed = self.by_earlier_release
        return [lane for lane in lanes if closed is not None and lane in closed.leaves_open]

    def refuses(self, lane: str, lanes: Iterable[str]) -> bool:
        """Whether a closing of an earlier release ended the lane before its next step."""
        return self.by_earlier_release is not None and lane not in self.left_open(lanes)

    def shown(
        self, pack: Pack, folded: Mapping[str, FoldedLane], clocks: Sequence[Clock], gaps: Sequence[Gap]
    ) -> tuple[dict[str, Lane], bool]:
        """The lanes as values, and whether the case is closed."""
        lanes = _shown(pack, folded, clocks, self.ended)
        if self.stated is None or not self.stated.ends_as_named:
            return lanes, self.stated is not None
        return lanes, _nothing_is_owed(pack, lanes, clocks, gaps)


def stated(
    pack: Pack, directory: Directory, clocks: Clocks, lanes: Iterable[str], fact: Fact, before: Closing
) -> Closing:
    """End what an outcome names, and what its own office owes if the outcome says so.

    Args:
        pack: the pinned pack. directory: of offices. clocks: of the case. lanes: of the case.
        fact: states the outcome. before: how far the case was closed until then.
    """
    if not fact.ends_as_named:
        closing = Closing(fact)
        clocks.close(fact, closing.left_open(lanes))
        return closing
    clocks.end(fact, _ended_by(pack, directory, fact), "closed")
    row = pack.endings.get(fact.state)
    return Closing(fact, before.ended.union(lane for lane in pack.lanes if row is not None and row.has_lane(lane)))


def _ended_by(pack: Pack, directory: Directory, fact: Fact) -> Callable[[Clock], bool]:
    row, own, on = pack.endings.get(fact.state), pack.outcomes[fact.state].ends_duties, legal_date(fact.occurred_at)

    def ends(clock: Clock) -> bool:
        if row is not None and row.has(clock.lane, clock.rule):
            return True
        mine = fact.office in (clock.office, directory.living(clock.office, on))
        return own and mine and not any(one.has(clock.lane, clock.rule) for one in pack.goes_on.values())

    return ends


def end_by_step(pack: Pack, opening: Opening, clocks: Clocks, lane: FoldedLane, fact: Fact) -> None:
    """End what a step of a lane names; or let run on what such a step ended, if the person came back."""
    row = pack.endings.get(step_of(lane.code, lane.state))
    if row is None and lane.state != lane.stood:
        clocks.run_on(lane)
    elif row is not None and (row.age_from is None or not is_under(opening.age_band, row.age_from)):
        clocks.end(fact, lambda clock: clock.lane == lane.code and row.has(clock.lane, clock.rule), "ended")


def _shown(
    pack: Pack, folded: Mapping[str, FoldedLane], clocks: Iterable[Clock], ended: frozenset[str]
) -> dict[str, Lane]:
    """A lane that the person left has not ended as long as anything is owed in it."""
    owed = {clock.lane for clock in clocks if clock.open}
    found = {code: lane.value(pack) for code, lane in sorted(folded.items())}
    for code, lane in found.items():
        if code in ended:
            found[code] = lane.model_copy(update={"terminal": True, "ack_due_from": None})
        elif lane.terminal and code in owed and pack.lanes[code].by_code[lane.state].keeps_place:
            found[code] = lane.model_copy(update={"terminal": False})
    return found


def _nothing_is_owed(pack: Pack, lanes: Mapping[str, Lane], clocks: Sequence[Clock], gaps: Sequence[Gap]) -> bool:
    """Nobody owes a duty or the record of a step, and the lanes that no outcome ends have ended by their steps."""
    if gaps or any(clock.open for clock in clocks):
        return False
    staying = [lane for one in pack.goes_on.values() if one.stays for code, lane in lanes.items() if one.has_lane(code)]
    return all(lane.terminal and lane.ack_due_from is None for lane in staying)
