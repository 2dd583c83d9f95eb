"""The fold: facts in order of occurrence, with the pinned pack, give the state of the case. Pure and deterministic.

Reality comes before order. If a fact skips a step that the law expects, the fold accepts it and leaves a gap. When the
missing fact is entered, everything is folded again and the gap is gone. The fold refuses facts that contradict others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from contracts.ids import role_of
from contracts.standing import Status
from regulations import closings
from regulations.case import IN_STEAD, OPENING_FACT, CaseState, Fact, Gap, Opening, Pause
from regulations.composed import Composed
from regulations.course import Course
from regulations.flags import flags
from regulations.folded_lane import FoldedLane, in_order
from regulations.identifying import Identified, identified_by, status_after
from regulations.learning import LearningClocks, stated_lane
from regulations.legal_time import legal_date
from regulations.model import REPORTER, RETURNS, STATING, STAYS, StateSpec
from regulations.openings import opening_facts, opening_lanes
from regulations.pack import Pack
from regulations.refusals import (
    AfterTheEnd,
    AlreadyThere,
    Contradiction,
    NotAskedFor,
    OutOfOrder,
    UnknownState,
)
from regulations.stating import known_state, opens
from regulations.why_not import contradiction, lacks_own_step, missing_before, skipped, why_not
from regulations.world import World


def fold(
    pack: Pack,
    world: World,
    opening: Opening,
    facts: Iterable[Fact],
    pauses: Sequence[Pause] = (),
    beside: Pack | None = None,
) -> CaseState:
    """The state of a case.

    Args:
        pack: the pinned pack of the procedure.
        world: calendar and directory.
        opening: the accepted report; it states the first state of each lane that it opens.
        facts: every fact that is not withdrawn, in any order; a corrected fact has its corrected instant.
        pauses: suspensions of clocks. A pause without a running round leaves a flag and has no other effect.
        beside: the pack of the law after it, which may govern some lanes (`regulations.composed`).

    Returns:
        The same value for every permutation of `facts`.

    Raises:
        Contradiction: the first fact, in order of occurrence, that cannot be true beside those before it.
        UnknownState: a fact names a lane, state or outcome that the pack does not know.
        UnknownRoute: the pack does not know the route of the report.
    """
    return FoldedCase(Composed(pack, world, beside), opening, pauses).folded(facts).result()


class FoldedCase:
    """A case during the fold. After `result` it takes no further facts, because its clocks are finished.

    `pack` is the pack that governs the fact that is being folded.
    """

    def __init__(self, law: Composed, opening: Opening, pauses: Sequence[Pause]) -> None:
        self.law, self.world, self.opening = law, law.world, opening
        self.pack, self.course = law.procedure, Course.of(law, opening)
        self.clocks = LearningClocks(law, opening, pauses)
        self.to_open = opening_lanes(self.pack, opening)
        self.pending = {lane: rule.state for lane, rule in self.to_open.items()}
        self.lanes: dict[str, FoldedLane] = {}
        self.moves: list[Fact] = []
        self.status: Status = "accompanying_u18" if opening.accompanies else "in_process"
        self.identified = Identified()
        self.newest_at = opening.occurred_at
        self.closing = closings.Closing()

    def folded(self, facts: Iterable[Fact]) -> "FoldedCase":
        """This case, after all its facts."""
        ordered = in_order(self.law.procedure, [*opening_facts(self.opening, self.to_open), *facts])
        self.course.begin_with(ordered)
        carrying = self.pack.identification_lane
        self.moves = [fact for fact in ordered if fact.is_move and fact.lane == carrying]
        for fact in ordered:
            self.apply(fact)
        return self

    def apply(self, fact: Fact) -> None:
        """Take the next fact in order."""
        self.pack = self.course.turn_to(fact, self.lanes, self.clocks, self.identified.at)
        self._take(fact)
        carrier = self.lanes.get(self.pack.identification_lane)
        place = carrier.place if carrier else self.clocks.begun_at
        over, foreign = self.closing.stated is not None, self.clocks.person.foreign
        self.course.note(fact, self.status, self.identified.at, place, foreign=foreign, over=over)

    def _take(self, fact: Fact) -> None:
        self.newest_at = max(self.newest_at, fact.occurred_at)
        if fact.kind == "ack":
            self._acknowledge(fact)
        elif fact.kind == "reopen":
            self._reopen(fact)
        elif self.closing.refuses(fact.lane, self.lanes):
            raise self._contradiction(AfterTheEnd if fact.kind != "close" else AlreadyThere, fact)
        elif fact.kind == "close":
            self._close(fact)
        elif fact.is_move:
            self._give(fact)
        else:
            self._state(fact)

    # states and duties

    def _state(self, fact: Fact) -> None:
        if not known_state(self.pack, fact.lane, fact.state):
            raise UnknownState(lane=fact.lane, state=fact.state)
        spec = self.pack.lanes[fact.lane].by_code[fact.state]
        if fact.fact_id == OPENING_FACT:
            self.pending.pop(fact.lane, None)
        elif fact.lane in self.pending:
            self._leads_to_opening(fact, spec)
        lane = stated_lane(self.lanes, fact, self.pack.lanes[fact.lane])
        if lane is not None:
            self._succeed(lane, fact)
            if lacks_own_step(self.world.directory, lane, fact, spec):
                raise self._contradiction(NotAskedFor, fact)
        if lane is None:
            self._open(fact, spec)
        elif not spec.moves:
            self._duty(lane, fact, spec)
        elif lane.state == spec.code and fact.taken_by is not None and role_of(fact.taken_by) == spec.holder:
            self._pass_on(lane, fact, fact.taken_by)
        elif lane.state == spec.code and (fact.fact_id == OPENING_FACT or lane.implied):
            lane.note(fact, spec)  # a fact from before the report, or of another lane, already reached this state
        else:
            self._move(lane, fact, spec)

    def _leads_to_opening(self, fact: Fact, spec: StateSpec) -> None:
        """Refuse a fact before the report unless it leads to the state that the report opens the lane in."""
        target = self.pending[fact.lane]
        graph = self.pack.graphs[fact.lane]
        if not spec.moves or (spec.code != target and graph.path(spec.code, target, frozenset()) is None):
            raise self._contradiction(OutOfOrder, fact)

    def _open(self, fact: Fact, spec: StateSpec) -> None:
        leads_in = fact.fact_id == OPENING_FACT or fact.lane in self.pending
        if not spec.moves or not (spec.entry or leads_in):
            raise self._contradiction(NotAskedFor, fact)
        place = self.clocks.begun_at if leads_in else self._place(fact)
        lane = FoldedLane(fact.lane, spec.code, None, place, fact.occurred_at, fact.recorded_at, self.course.governed)
        self.lanes[fact.lane] = lane
        self._enter(lane, fact, spec)

    def _place(self, fact: Fact) -> str:
        """The place at which this fact opens a lane: where the case is, not where the stating office is.

        The case is where its identification lane is. A fact that was entered after a hand-over of that lane opens its
        lane at the new place even if it happened before, so that nobody reads at the place that the person has left.
        """
        carrier = self.lanes.get(self.pack.identification_lane)
        place = carrier.place if carrier else self.clocks.begun_at
        for move in self.moves:
            is_ahead = (move.occurred_at, move.seq) > (fact.occurred_at, fact.seq)
            if is_ahead and move.recorded_at < fact.recorded_at:
                place = self._moved(place, move)
        return place

    def _moved(self, place: str, move: Fact) -> str:
        if move.goes_back:  # who reported from elsewhere, or a shelter, does not serve the place where the lane was
            return move.place or place
        return self.world.directory.moved(place, move.receiver, legal_date(move.occurred_at), move.place)

    def _move(self, lane: FoldedLane, fact: Fact, spec: StateSpec) -> None:
        path = skipped(self.pack, lane, fact, spec)
        if path is None:
            raise self._contradiction(why_not(self.pack, lane, spec.code), fact)
        if opens(self.pack, lane.code, lane.state, spec.code) and lane.place != (place := self._place(fact)):
            lane.place, lane.holder = place, None  # the new round does not belong to the former holder elsewhere
        self._jump(lane, fact, path)
        self._enter(lane, fact, spec)

    def _pass_on(self, lane: FoldedLane, fact: Fact, office: str) -> None:
        """Another office of the role takes the person in the same state. The clocks of the state run on."""
        holder = self._living(office, fact)
        self.clocks.hand_over(lane.code, lane.holder, holder)
        lane.pass_to(holder, fact)
        lane.last_recorded_at = max(lane.last_recorded_at, fact.recorded_at)

    def _jump(self, lane: FoldedLane, fact: Fact, path: Sequence[str]) -> None:
        """Leave a gap for each skipped state. The office that would have held the lane owes it."""
        owing = lane.holder
        for code in path:
            gap = Gap(lane=lane.code, state=code, office=owing, since_recorded_at=fact.recorded_at)
            lane.gaps.setdefault(code, gap)
            self.clocks.jumped(lane, code, fact)
            holder = self.pack.lanes[lane.code].by_code[code].holder
            owing = self._resolve(lane, holder, fact) if not holder.startswith("@") else owing

    def _enter(self, lane: FoldedLane, fact: Fact, spec: StateSpec) -> None:
        lane.enter(fact, spec, self.course.governed)
        lane.note(fact, spec)
        lane.pass_to(self._living(self._holder(lane, fact, spec), fact), fact)
        self._effects(lane, fact, spec)
        closings.end_by_step(self.law, self.clocks, lane, fact)
        self.clocks.void_unreachable(lane, fact, lane.gaps)
        self.closing = replace(self.closing, ended=self.closing.ended - {lane.code})

    def _effects(self, lane: FoldedLane, fact: Fact, spec: StateSpec) -> None:
        for first in self.clocks.learnt(self.lanes, self.pending, fact, spec):
            self._follow(first, fact)
        self.clocks.reached(lane, spec.code, fact)
        if spec.status is None or lane.code != self.pack.identification_lane:
            return
        self.identified = self.identified.after(spec, identified_by(fact, self.world.composition.package.by_paper))
        self.status = status_after(self.status, spec, accompanies=self.opening.accompanies)

    def _follow(self, first: Fact, fact: Fact) -> None:
        """Take the first fact of a lane that follows from a fact. The lane has a law of its own."""
        for one in (first, fact):
            self.pack = self.course.turn_to(one, self.lanes, self.clocks, self.identified.at)
            if one is first:
                self._state(first)

    def _succeed(self, lane: FoldedLane, fact: Fact) -> None:
        """Give lane and open clocks to the successor of a dissolved holder; without one to nobody, which is a flag."""
        successor = self._living(lane.holder, fact)
        if lane.holder is not None and successor != lane.holder:
            self.clocks.hand_over(lane.code, lane.holder, successor)
            lane.pass_to(successor, fact)

    def _living(self, holder: str | None, fact: Fact) -> str | None:
        """The holder on the day of a fact, or its successor if it is dissolved on that day."""
        return self.world.directory.living(holder, legal_date(fact.occurred_at))

    def _holder(self, lane: FoldedLane, fact: Fact, spec: StateSpec) -> str | None:
        word = spec.holder
        if fact.fact_id == OPENING_FACT and lane.code in self.to_open:
            word = self.to_open[lane.code].holder or word
        if word == STATING:
            return self._stating_holder(lane, fact)
        if word == REPORTER:
            return self.opening.reporter
        if word == STAYS:
            return lane.holder or self._stating_holder(lane, fact)
        if word == RETURNS:
            before = next((office for office in reversed(lane.holders) if office != lane.holder), lane.holder)
            return before if before is None or self._serves(before, lane, fact) else self._here(before, lane, fact)
        return self._resolve(lane, word, fact)

    def _serves(self, office: str, lane: FoldedLane, fact: Fact) -> bool:
        """Whether an office acts at the place of a lane on the day of a fact."""
        return self.world.directory.acts_at(office, lane.place, legal_date(fact.occurred_at))

    def _here(self, office: str, lane: FoldedLane, fact: Fact) -> str | None:
        """The holder in place of an office elsewhere: the office of the same role here, else the present holder."""
        return self._at(role_of(office), lane, fact) or lane.holder

    def _at(self, role: str, lane: FoldedLane, fact: Fact) -> str | None:
        return self.world.directory.at(role, lane.place, legal_date(fact.occurred_at))

    def _stating_holder(self, lane: FoldedLane, fact: Fact) -> str | None:
        """The holder of a lane after a step that gives the lane to the office that states it.

        The stating office becomes the holder if it acts at the place of the lane, holds the lane already, or carries
        the case. Any other office is from elsewhere and does not become the holder: the lane keeps its holder.
        A lane without one goes to the office of the same role here, else to the office that carries the case.
        """
        carrier = self.lanes.get(self.pack.identification_lane)
        carried_by = self._living(carrier.holder, fact) if carrier else None
        own = (self._living(lane.holder, fact), carried_by)
        leads_in = fact.lane in self.pending and fact.office == self.opening.reporter
        if fact.fact_id == OPENING_FACT or leads_in or fact.office in own:
            return fact.office
        if self._serves(fact.office, lane, fact):
            return fact.office
        return lane.holder or self._here(fact.office, lane, fact) or carried_by

    def _resolve(self, lane: FoldedLane, role: str, fact: Fact) -> str | None:
        """The office of a role that gets the lane: the one that the step names, else the one that holds the lane, else
        the one that states the step and acts there, else the mission that had the lane, else the one that has the role
        at the place of the lane.
        """
        if fact.taken_by is not None and role_of(fact.taken_by) == role:
            return fact.taken_by
        if lane.holder and role_of(lane.holder) == role:
            return lane.holder
        if role_of(fact.office) == role and self._serves(fact.office, lane, fact):
            return fact.office
        return self._living(lane.mission(self.world.directory, role), fact) or self._at(role, lane, fact)

    def _duty(self, lane: FoldedLane, fact: Fact, spec: StateSpec) -> None:
        graph = self.pack.graphs[lane.code]
        before = graph.after(spec.code)
        if lane.seen.keys().isdisjoint(before):
            missing = missing_before(self.pack, lane, before)
            if missing is None:
                raise self._contradiction(NotAskedFor, fact)
            self._jump(lane, fact, missing)
        waited = any(spec.code in self.clocks.rule(one).stops for one in self.clocks.all if one.open and not one.local)
        if spec.code in lane.seen and not (spec.repeatable or waited):
            raise self._contradiction(AlreadyThere, fact)
        lane.note(fact, spec)
        lane.pass_to(lane.holder, fact)
        self._effects(lane, fact, spec)

    def _contradiction(self, kind: type[Contradiction], fact: Fact) -> Contradiction:
        return contradiction(kind, self.pack, self.lanes.get(fact.lane), fact)

    # hand-overs, acknowledgements, closing and reopening

    def _give(self, fact: Fact) -> None:
        """Give a lane to the office that accepted it, or to which it was assigned because nobody could act for it.

        An assignment has no effect if a late entry made an office the holder by then. Its receiver must acknowledge.
        """
        lane = self.lanes.get(fact.lane)
        if lane is None or fact.lane in self.pending:
            raise self._contradiction(NotAskedFor, fact)
        if fact.kind == "assign":
            self._succeed(lane, fact)
            if lane.holder is not None and lane.holder != fact.attributes.get(IN_STEAD):
                return
        if lane.holder == fact.receiver:
            raise self._contradiction(AlreadyThere, fact)
        self.clocks.hand_over(lane.code, lane.holder, fact.receiver)
        lane.place = self._moved(lane.place, fact)
        lane.pass_to(fact.receiver, fact)
        lane.last_recorded_at = max(lane.last_recorded_at, fact.recorded_at)

    def _acknowledge(self, fact: Fact) -> None:
        """Note that the holder has seen the lane; without effect if a late entry made another office the holder."""
        lane = self.lanes.get(fact.lane)
        if lane is None:
            return
        owed_from = lane.ack_due_from
        self._succeed(lane, fact)
        if owed_from is None or lane.holder != fact.office:
            return
        acknowledged = fact.recorded_at >= owed_from
        lane.ack_due_from = None if acknowledged else owed_from
        if acknowledged:
            lane.last_recorded_at = max(lane.last_recorded_at, fact.recorded_at)

    def _close(self, fact: Fact) -> None:
        if self.pending:
            raise self._contradiction(OutOfOrder, fact)
        if fact.state not in self.pack.outcomes:
            raise UnknownState(outcome=fact.state)
        self.closing = closings.stated(self.law, self.clocks, self.lanes, fact, self.closing)

    def _reopen(self, fact: Fact) -> None:
        if self.closing.stated is None:
            raise self._contradiction(NotAskedFor, fact)
        self.closing = closings.Closing()
        self.clocks.reopen(self.lanes)
        for lane in self.lanes.values():
            lane.last_recorded_at = max(lane.last_recorded_at, fact.recorded_at)

    # the result

    def result(self) -> CaseState:
        """The folded case."""
        procedure, person = self.law.procedure, self.clocks.person
        self.course.finish(self.lanes, self.clocks, self.identified.at)
        clocks, before, stated = self.clocks.finished(), self.closing.by_earlier_release, self.closing.stated
        grown = self.course.outgrown(self.lanes) - {one.lane for one in clocks if one.open and one.local is None}
        gaps = tuple(gap for lane in self.lanes.values() if lane.code not in grown for gap in lane.gaps.values())
        lanes, clocks, closed = replace(self.closing, outgrown=grown).shown(
            self.law, self.opening, self.lanes, clocks, gaps, self.newest_at
        )
        closed_at = None if not closed else before.occurred_at if before else self.newest_at
        ended = (self.identified.at, closed_at)
        return CaseState(
            opening=self.opening,
            pack_id=procedure.id,
            law=self.law.value({code: lane.law for code, lane in sorted(self.lanes.items())}),
            periods=tuple(self.course.periods),
            status="closed" if closed else self.status,
            route=person.route,
            nationality=person.nationality,
            regime_support=self.world.regime_for(self.identified.at) if self.identified.at else None,
            identified_at=self.identified.at,
            newest_at=self.newest_at,
            lanes=lanes,
            clocks=clocks,
            gaps=gaps,
            flags=(*flags(self.law, self.lanes, gaps, self.clocks.without_clock(), ended, person), *self.course.flags),
            past_holders=tuple(dict.fromkeys(office for lane in self.lanes.values() for office in lane.holders)),
            closed=closed,
            closed_at=closed_at,
            outcome=stated.state if stated else None,
            left_open=tuple(sorted(self.closing.left_open(self.lanes))),
        )
