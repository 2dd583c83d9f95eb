"""What follows in a case when its person proves to be another one: other clocks, and further lanes."""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping

from regulations.after_the_limit import too_late
from regulations.ages import Ages
from regulations.case import Clock, Fact, Opening, Pause
from regulations.composed import Composed
from regulations.folded_lane import IMPLIED, FoldedLane
from regulations.local import LocalState
from regulations.model import Applies, LaneSpec, StateSpec
from regulations.openings import opening_lanes
from regulations.pack import Pack
from regulations.person import Person
from regulations.stable_ids import clock_id_of
from regulations.turning import TurningClocks
from regulations.why_not import skipped


class LearningClocks(TurningClocks):
    """Clocks of a case whose route or nationality may become known, or change, with a fact; or who proves younger.

    `aged`: the age by which the clocks were counted until now.
    """

    def __init__(self, law: Composed, opening: Opening, pauses: Iterable[Pause]) -> None:
        super().__init__(law, opening, pauses)
        self.aged: Ages = self.ages

    def learnt(
        self, lanes: Mapping[str, FoldedLane], pending: Collection[str], fact: Fact, spec: StateSpec
    ) -> list[Fact]:
        """Count the person as another one from a fact on, if the fact says so.

        Args:
            lanes: the lanes of the case with this fact. pending: those that the report will open.
            fact: the fact of the identification lane. spec: its state.

        Returns:
            The facts of other lanes that follow from this one (`StateSpec.follows`), and the first facts of the lanes
            that the case has from now on.
        """
        if fact.lane != self.pack.identification_lane:
            return []
        before, aged, law = self.person, self.aged, self.law.procedure
        self.person, self.aged = before.after(law, self.opening, spec, lanes[fact.lane].seen.keys()), self.ages
        younger = self.ages.is_below(aged, fact.occurred_at)
        if self.person != before or younger:
            self._change(before, aged, lanes.values(), fact)
        found = [*_steps_that_follow(self.law, lanes, fact, spec)]
        if self.person.route != before.route or younger:
            known = {"route": self.person.route, "foreign": self.person.foreign}
            known |= {"age_band": self.ages.band(fact.occurred_at)}
            opened = _lanes_to_open(law, self.opening.model_copy(update=known), lanes, fact)
            found += [first for first in opened if not self._has_outgrown(first.lane)]
        return [first for first in found if first.lane not in pending]

    def _fits(self, applies: Applies) -> bool:
        """Whether the person meets the conditions of a rule about route, nationality and age."""
        return self.person.fits(applies) and self._of_age(applies)

    def _change(self, before: Person, aged: Ages, lanes: Iterable[FoldedLane], fact: Fact) -> None:
        """Void the clocks of rules that do not apply to the person any more, and start those of rules that do now.

        A clock that was breached before this fact was entered stays, and so does one that this fact meets. The clock of
        a rule that applies only now is the one that would run had the person been known all along, and starts with this
        fact: it is counted from the same step. None starts for a rule whose clock has stayed.
        """
        known, former = LearningClocks(self.law, self.opening, self._pauses), copy.copy(self)
        known.person, known.ages = self.person, self.ages
        former.person, former.ages = before, aged
        younger = self.ages.is_below(aged, fact.occurred_at)
        for lane in lanes:
            for place, clock in self._open(lane.code):
                rule = self.rule(clock)
                met = fact.lane == lane.code and fact.state in rule.stops
                fits = self._fits(rule.applies) if younger else self.person.fits(rule.applies)
                if not met and not fits and not too_late(clock, fact):
                    self._void(place, fact, "no-longer-applies")
            for clock in known.replayed(lane, fact):
                applies = self.rule(clock).applies
                stayed = any(one.rule == clock.rule for _, one in self._open(lane.code))
                held = former._fits(applies) and not former._has_outgrown(lane.code)
                if self._fits(applies) and not held and not stayed:
                    self._adopt(clock, known, fact)

    def replayed(self, lane: FoldedLane, until: Fact) -> list[Clock]:
        """The clocks of a lane that are open after everything that was done in it before a fact, under its law."""
        then = FoldedLane(lane.code, "", lane.holder, lane.place, lane.since, lane.last_recorded_at, lane.law)
        facts = {code: iter(done) for code, done in lane.seen.items()}
        states = self.law.pack(lane.law.pack).lanes[lane.code].by_code
        for code in lane.done:
            fact = next(facts[code])
            if fact.fact_id != until.fact_id and code in states:  # a step that only the former law knows starts nothing
                self.turn_to(lane.law, fact.occurred_at)
                then.note(fact, states[code])
                self.reached(then, code, fact)
        self.turn_to(lane.law, until.occurred_at)
        self.void_unreachable(lane, until, lane.gaps)
        found = [clock for _, clock in self._open(lane.code) if self._still_applies(clock, lane)]
        return [clock for clock in found if lane.gaps.keys().isdisjoint(self.rule(clock).stops)]

    def _adopt(self, clock: Clock, known: "LearningClocks", fact: Fact) -> None:
        n = len(self._of(clock.lane, (clock.rule,))) + 1
        clock_id = clock_id_of(self.opening.case_id, clock.lane, clock.rule, n)
        self._started_on[clock_id] = known._started_on[clock.clock_id]
        self._started_in[clock_id] = known._started_in[clock.clock_id]
        start = {"started_by": fact.fact_id, "opened_at": fact.occurred_at, "recorded_at": fact.recorded_at}
        self.all.append(self._timed(clock.model_copy(update={"clock_id": clock_id, "n": n, **start})))


def _steps_that_follow(law: Composed, lanes: Mapping[str, FoldedLane], fact: Fact, spec: StateSpec) -> Iterator[Fact]:
    """The steps of other lanes that a fact implies. One that its lane cannot take, or has taken, does not follow."""
    for code, state in spec.follows.items():
        lane = lanes.get(code)
        pack = law.pack(lane.law.pack) if lane else None
        if lane is None or pack is None or pack.lanes[code].by_code[lane.stood].terminal or lane.state == state:
            continue
        step = fact.model_copy(update={"lane": code, "state": state, "attributes": {IMPLIED: True}})
        if skipped(pack, lane, step, pack.lanes[code].by_code[state]) is not None:
            yield step


def _lanes_to_open(pack: Pack, as_known: Opening, lanes: Mapping[str, FoldedLane], fact: Fact) -> Iterator[Fact]:
    """The first fact of each lane that a report about this person opens and that the case does not have, or whose round
    has ended and may begin again. It happens with the fact by which the person became known.
    """
    for code, rule in opening_lanes(pack, as_known).items():
        states, lane = pack.lanes[code].by_code, lanes.get(code)
        spec, stands = states[rule.state], states.get(lane.state) if lane else None
        ended = stands is not None and stands.terminal
        if (lane is None and spec.entry) or (ended and spec.again and code != pack.identification_lane):
            yield fact.model_copy(update={"lane": code, "state": rule.state, "attributes": {IMPLIED: True}})


def stated_lane(lanes: dict[str, FoldedLane], fact: Fact, spec: LaneSpec) -> FoldedLane | None:
    """The lane of a fact; None if the fact opens it. `spec`: of the lane.

    A lane that no office stated yet is deleted, because the fact is its true beginning. Example: the nationality
    opened the return lane, and now an office states the first step of that lane.
    """
    lane = lanes.get(fact.lane)
    if lane is None or not spec.by_code[fact.state].entry or lane.attributes.get(IMPLIED) is not True:
        return lane
    done = [code for code in lane.done if not isinstance(spec.by_code.get(code), LocalState)]
    if len(done) > 1 or len(lane.holders) > 1:
        return lane
    del lanes[fact.lane]
    return None
