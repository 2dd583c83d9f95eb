"""The clocks of a case while its facts are folded: what starts, meets and voids a clock, and when it is due."""

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Self

from contracts.ids import role_of
from regulations.after_the_limit import covers, held_until, lengthened, too_late
from regulations.ages import Ages, age_of_lane
from regulations.case import UNKNOWN_DAYS, Clock, Fact, Held, Opening, Pause
from regulations.composed import Composed
from regulations.folded_lane import FoldedLane
from regulations.lane_law import LaneLaw
from regulations.lead_times import INFERRED, sureness, warned_from
from regulations.legal_time import Due, Term, due, lead, legal_date, midnight
from regulations.local import holds_here, used
from regulations.model import BINDING, END_OF_REPLACED, START_OF_REPLACED, Applies, Confidence, Rule
from regulations.openings import begins_at
from regulations.pack import Pack
from regulations.pausing import counting
from regulations.person import Person
from regulations.stable_ids import clock_id_of
from regulations.world import World

PERCENT = 100


class Clocks:
    """The clocks of one case, in the order in which they started.

    `ages`, `governed`, `pack` and `at` are those of the fact that is being folded: see `turn_to`.
    """

    def __init__(self, law: Composed, opening: Opening, pauses: Iterable[Pause]) -> None:
        self.law, self.world, self.opening = law, law.world, opening
        self.person, self.ages = Person.reported(opening), Ages.of(opening)
        self.turn_to(law.of_report(opening.occurred_at), opening.occurred_at)
        self.all: list[Clock] = []
        self.begun_at = begins_at(law.world.directory, opening)
        self._started_on: dict[str, str] = {}
        self._started_in: dict[str, str] = {}
        self._pauses = sorted(pauses, key=lambda pause: (pause.paused_at, pause.recorded_at))

    def copy(self) -> Self:
        """The same clocks, to go on from here."""
        made = copy.copy(self)
        made.all, made._started_on, made._started_in = [*self.all], {**self._started_on}, {**self._started_in}
        return made

    def turn_to(self, governed: LaneLaw, at: datetime) -> None:
        """Go on under a law, at an instant."""
        self.governed, self.pack, self.at = governed, self.law.pack(governed.pack), at

    def pack_of(self, clock: Clock) -> Pack:
        """The pack that governs a clock: that of its lane when it started."""
        return self.law.pack(clock.law.pack if clock.law else None)

    def rule(self, clock: Clock) -> Rule:
        """The rule of a clock, in the pack that governs it."""
        return self.pack_of(clock).rules[clock.rule]

    def reached(self, lane: FoldedLane, code: str, fact: Fact) -> None:
        """Meet, void and start the clocks of a lane that has reached a state, or in which a duty was done."""
        for place, clock in self._open(lane.code):
            rule = self.rule(clock)
            if code in rule.stops:
                self._update(place, met_at=fact.occurred_at, met_by=fact.fact_id, met_recorded_at=fact.recorded_at)
            elif code in rule.voids_on or any(lane.attributes.get(word) is True for word in rule.unless):
                self._void(place, fact, "no-longer-applies")
        for rule in self.pack.starting.get((lane.code, code), ()):
            if self._starts(lane, rule, code, fact):
                self._start(lane, rule, code, fact)
        self._date_leads(lane, fact)

    def _date_leads(self, lane: FoldedLane, fact: Fact) -> None:
        """Date the lead times before a stated date. One that is met keeps the date stated by then, or by its fact."""
        for place, clock in enumerate(self.all):
            named = self.rule(clock).before_date
            stated = legal_day(lane.attributes.get(named)) if named and clock.lane == lane.code else None
            undated = clock.void_at is None and clock.before_on is None
            if stated is not None and (clock.open or clock.met_by == fact.fact_id or undated):
                self._update(place, before_on=stated)

    def jumped(self, lane: FoldedLane, code: str, fact: Fact) -> None:
        """Meet the clocks that a skipped step ends, if they are not late: the step happened at the latest now."""
        for place, clock in self._open(lane.code):
            if code in self.rule(clock).stops and not clock.over_at(fact.occurred_at):
                met = {"met_at": fact.occurred_at, "met_by": fact.fact_id, "met_recorded_at": fact.recorded_at}
                self._update(place, **met, implied=True)

    def void_unreachable(self, lane: FoldedLane, fact: Fact, gaps: Iterable[str]) -> None:
        """Void the clocks of the lane that no fact can meet any more. Duties and missing facts can still come."""
        for place, clock in self._open(lane.code):
            pack = self.pack_of(clock)
            states, graph = pack.lanes[lane.code].by_code, pack.graphs[lane.code]
            here = [graph.reach(code) for code in (lane.state, lane.stood) if code in states]
            ahead = frozenset[str]().union(*here, gaps)
            if not any(stop in ahead or not states[stop].moves for stop in self.rule(clock).stops):
                self._void(place, fact, "cannot-be-reached")

    def close(self, fact: Fact, left_open: Collection[str]) -> None:
        """Void every open clock of a closed case, except in the lanes that the closing left open."""
        for place, clock in enumerate(self.all):
            if clock.open and clock.lane not in left_open:
                self._void(place, fact, "closed")

    def end(self, fact: Fact, ends: Callable[[Clock], bool], reason: str) -> None:
        """Void the open clocks for which `ends` holds."""
        for place, clock in enumerate(self.all):
            if clock.open and ends(clock):
                self._void(place, fact, reason)

    def run_on(self, lane: FoldedLane, reason: str = "ended") -> None:
        """Let the clocks of a lane run on that a step had ended with which the person left, as if never ended.

        Not those whose duty was done meanwhile, or does not apply any more.
        """
        for place, clock in enumerate(self.all):
            if (clock.lane, clock.void_reason) == (lane.code, reason) and self._still_applies(clock, lane):
                rule, others = self.rule(clock), self._of(lane.code, (clock.rule,))
                done = (lane.seen.get(code, ()) for code in (*rule.stops, *rule.voids_on))
                over = any(fact.occurred_at >= clock.opened_at for facts in done for fact in facts)
                if not over and not any(one.open for one in others):
                    self._update(place, void_at=None, void_reason=None)

    def reopen(self, lanes: Mapping[str, FoldedLane]) -> None:
        """Let the clocks run on that only the closing had voided. The time while the case was closed counts too."""
        for lane in lanes.values():
            self.run_on(lane, "closed")

    def _still_applies(self, clock: Clock, lane: FoldedLane) -> bool:
        """Whether its age and its law did not end meanwhile, as they would have ended a clock that was open."""
        limits = clock.kind == "ceiling" and clock.rule not in self.law.pack(lane.law.pack).rules
        outgrown = self._has_outgrown(clock.lane) and not self.rule(clock).outlasts_age
        over = limits or outgrown or not self._of_age(self.rule(clock).applies)
        return not over or clock.late_at(clock.void_at or self.at)

    def hand_over(self, lane: str, sender: str | None, receiver: str | None) -> None:
        """Give the open clocks of the sender in this lane to the receiver, or to nobody."""
        until = held_until(self.world.directory, sender, self.at)
        for place, clock in self._open(lane):
            if clock.office == sender and sender != receiver:
                role = role_of(receiver) if receiver else clock.holder_role
                held = (*clock.held, Held(office=sender, until=until))
                self._update(place, office=receiver, holder_role=role, held=held)

    def finished(self) -> tuple[Clock, ...]:
        """All clocks. Each lead time is counted back from the term that holds at the end of the fold."""
        for place, clock in enumerate(self.all):
            if clock.kind == "lead_time":
                self._set_lead(place, clock)
        return tuple(self.all)

    def _open(self, lane: str) -> list[tuple[int, Clock]]:
        return [(place, clock) for place, clock in enumerate(self.all) if clock.lane == lane and clock.open]

    def without_clock(self) -> list[Pause]:
        """Pauses that stop no clock: no text says so, no round of their rule runs, or its limit was over before."""
        return [pause for pause in self._pauses if not any(pause in clock.pauses for clock in self.all)]

    def _update(self, place: int, **changes: object) -> None:
        before = self.all[place]
        self.all[place] = before.model_copy(update=changes)
        if self.all[place].ended_at != before.ended_at and self._pauses_of(self.all[place]) != before.pauses:
            self.all[place] = self._timed(self.all[place])

    def _void(self, place: int, fact: Fact, reason: str, replaced_by: str | None = None) -> None:
        self._update(place, void_at=fact.occurred_at, void_reason=reason, replaced_by=replaced_by)

    def _of(self, lane: str, rules: Sequence[str]) -> list[Clock]:
        return [clock for clock in self.all if clock.lane == lane and clock.rule in rules]

    def _starts(self, lane: FoldedLane, rule: Rule, code: str, fact: Fact) -> bool:
        day = legal_date(fact.occurred_at)
        if not _in_force(rule, day) or not holds_here(rule, self.world.directory, lane.place, day):
            return False
        if self._has_outgrown(lane.code):
            return False
        earlier = self._of(lane.code, (rule.id,))
        if any(covers(self.pack_of(clock), self.rule(clock), rule) for _, clock in self._open(lane.code)):
            return False
        if rule.replaces and rule.counts_from and not self._extensible(lane, rule, fact):
            return False
        # A further round begins where an earlier one did, not with a later step of the same round.
        known = [code for clock in earlier if (code := self._started_on[clock.clock_id]) in rule.starts]
        begins = [rule.starts.index(code) for code in known]
        if begins and rule.starts.index(code) > min(begins):
            return False
        if any(lane.holds(word) for word in rule.unless):
            return False
        return self._applies(rule.applies, lane)

    def _applies(self, applies: Applies, lane: FoldedLane) -> bool:
        opening = self.opening
        urgent = opening.urgent or lane.attributes.get("urgent") is True
        return (
            (not applies.holder_role or (lane.holder is not None and role_of(lane.holder) in applies.holder_role))
            and self.person.fits(applies)
            and self._of_age(applies)
            and applies.urgent in (None, urgent)
            and (applies.remote_commune is None or applies.remote_commune is self._is_remote(lane))
            and applies.reporter_known in (None, opening.reporter_known)
        )

    def _start(self, lane: FoldedLane, rule: Rule, code: str, fact: Fact) -> None:
        n = len(self._of(lane.code, (rule.id,))) + 1
        clock_id = clock_id_of(self.opening.case_id, lane.code, rule.id, n)
        replaced = self._replaced(lane, rule, fact)
        confidence = self._confidence(rule, [one for _, one in replaced])
        office = self._office(rule, lane, fact)
        clock = Clock(
            clock_id=clock_id,
            rule=rule.id,
            lane=lane.code,
            n=n,
            kind=rule.kind,
            started_by=fact.fact_id,
            started_at=self._origin(lane, rule, fact),
            opened_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            office=office,
            holder_role=role_of(office) if office else rule.holder_role or "",
            immediate=rule.unit == "immediate",
            reminder=confidence not in BINDING or rule.unit == "none" or rule.conditional,
            confidence=confidence,
            citation=rule.citation,
            amount=self._amount(rule, lane),
            unit=rule.unit,
            profile=rule.profile,
            calendar_version=self.world.calendar.version,
            unsure=self._unsure(rule, lane),
            local=used(rule, self.world.directory, lane.place, legal_date(fact.occurred_at)),
            law=self.governed if self.pack is not self.law.procedure else None,
        )
        for place, _ in replaced:
            self._void(place, fact, "replaced", clock_id)
        self._started_on[clock_id], self._started_in[clock_id] = code, lane.place
        self.all.append(self._timed(clock))

    def _of_age(self, applies: Applies) -> bool:
        """Whether the person has the age that a rule asks for."""
        young, grown = applies.age_under, applies.age_from
        counts_as_young = young is None or self.ages.is_under(young, self.at)
        return (counts_as_young or (applies.unknown_age and self.ages.unknown)) and (
            grown is None or not self.ages.is_under(grown, self.at)
        )

    def _has_outgrown(self, lane: str) -> bool:
        """Whether the person is known to have reached the age under which a report opens the lane."""
        limit = age_of_lane(self.law.procedure, lane) if self.ages.turns_18 is not None else None
        return limit is not None and self.ages.has_reached(limit, self.at)

    def _confidence(self, rule: Rule, replaced: Sequence[Clock]) -> Confidence:
        """How sure a limit is: no surer than its rule, than the way on which the rule applies, and than its start."""
        if self.person.route in rule.by_analogy or (rule.applies.route and self.person.inferred):
            return INFERRED
        own: Confidence = INFERRED if self.law.infers(self.governed, rule.id) else rule.confidence
        follows = rule.counts_from in (START_OF_REPLACED, END_OF_REPLACED) and own in BINDING
        unsure = [one for one in replaced if follows and one.confidence not in BINDING]
        return unsure[-1].confidence if unsure else own

    def _replaced(self, lane: FoldedLane, rule: Rule, fact: Fact) -> list[tuple[int, Clock]]:
        """The open clocks that an extension takes the place of. One that was over before stays as it is."""
        found = ((place, clock) for place, clock in self._open(lane.code) if clock.rule in rule.replaces)
        return [(place, clock) for place, clock in found if not too_late(clock, fact)]

    def _extensible(self, lane: FoldedLane, rule: Rule, fact: Fact) -> bool:
        """Whether a limit can still be lengthened. A total can only if it runs."""
        names = lengthened(self.pack, rule)
        if any(too_late(clock, fact) for _, clock in self._open(lane.code) if clock.rule in names):
            return False
        return rule.counts_from != START_OF_REPLACED or bool(self._replaced(lane, rule, fact))

    def _office(self, rule: Rule, lane: FoldedLane, fact: Fact) -> str | None:
        if rule.holder_role is None or (lane.holder and role_of(lane.holder) in (rule.holder_role, *rule.kept_by)):
            return lane.holder
        return self.world.directory.at(rule.holder_role, lane.place, legal_date(fact.occurred_at))

    def _is_remote(self, lane: FoldedLane) -> bool:
        """Whether the lane is in a commune that is known to be remote: only there the longer limit applies."""
        return self.world.directory.remote(lane.place) is True

    def _unsure(self, rule: Rule, lane: FoldedLane) -> tuple[str, ...]:
        """Conditions of the rule that nobody knows here."""
        asks = any(one.remote_commune is not None for one in (rule.applies, *(o.applies for o in rule.alternatives)))
        return ("remote_commune",) if asks and self.world.directory.remote(lane.place) is None else ()

    def _amount(self, rule: Rule, lane: FoldedLane) -> int | None:
        return next((other.amount for other in rule.alternatives if self._applies(other.applies, lane)), rule.amount)

    def _origin(self, lane: FoldedLane, rule: Rule, fact: Fact) -> datetime:
        if rule.counts_from == END_OF_REPLACED:
            ended = self._of(lane.code, rule.replaces)
            last = due_of(self.pack_of(ended[-1]), self.world, ended[-1]).nominal_day if ended else None
            return midnight(last) if last else fact.occurred_at
        if rule.counts_from == START_OF_REPLACED:
            return self._replaced(lane, rule, fact)[-1][1].started_at
        if rule.counts_from and rule.counts_from not in rule.starts and rule.counts_from in lane.seen:
            return lane.seen[rule.counts_from][-1].occurred_at
        return fact.occurred_at

    def _pauses_of(self, clock: Clock) -> tuple[Pause, ...]:
        """The pauses that count and begin while this round runs, and its own that began before a corrected start."""
        if not self._pauses or not clock.suspendable:
            return ()
        earlier = [one.ended_at for one in self._of(clock.lane, (clock.rule,)) if one.n < clock.n and one.ended_at]
        found = tuple(
            pause
            for pause in self._pauses
            if (pause.lane, pause.rule) == (clock.lane, clock.rule)
            and (clock.ended_at is None or pause.paused_at < clock.ended_at)
            and (pause.paused_at >= clock.runs_from or pause.started_by == clock.started_by)
            and all(pause.paused_at >= ended for ended in earlier)
        )
        return counting(self.pack_of(clock), self.world.calendar, clock, found) if found else ()

    def _timed(self, clock: Clock) -> Clock:
        """The clock with its pauses, its due instant and its warning instant."""
        pauses = self._pauses_of(clock)
        if (clock.pauses, clock.paused_at) != (pauses, None):
            clock = clock.model_copy(update={"pauses": pauses, "paused_at": None})
        end = due_of(self.pack_of(clock), self.world, clock)
        running_from = next((pause.paused_at for pause in pauses if pause.resumed_at is None), None)
        if running_from is not None and end.due_at is not None and running_from < end.due_at:
            return clock.model_copy(update={"paused_at": running_from})
        return clock.model_copy(update=self._dates(clock, end, self._started_in[clock.clock_id]))

    def _dates(self, clock: Clock, end: Due, place: str) -> dict[str, object]:
        chain = self.world.directory.chain(place, legal_date(clock.opened_at))
        share = self.pack_of(clock).operational.of(chain).warning_percent / PERCENT
        begin = clock.opened_at if clock.kind == "lead_time" else clock.started_at
        warns = end.due_at is not None and not clock.immediate
        length = max(end.due_at - begin, timedelta()) if end.due_at else timedelta()
        unsure = tuple(word for word in clock.unsure if word != UNKNOWN_DAYS)
        return {
            "due_at": end.due_at,
            "rolled_by": end.rolled_by,
            "warned_on": end.warned_on,
            "warn_at": warned_from(end, begin + length * share) if warns else None,
            "unsure": unsure if end.unknown is None else (*unsure, UNKNOWN_DAYS),
        }

    def _set_lead(self, place: int, clock: Clock) -> None:
        if clock.before_on is not None:
            end = due_of(self.pack_of(clock), self.world, clock)
            self._update(place, **self._dates(clock, end, self.begun_at), **self._sureness(clock, end))
            return
        terms = self._of(clock.lane, self.rule(clock).before)
        standing = [term for term in terms if term.void_reason != "replaced"] or terms
        if not standing:
            return
        target = standing[-1]
        self._update(place, before=target.clock_id)
        linked = self.all[place]
        if target.paused_at is not None:
            self._update(place, paused_at=target.paused_at)
        else:
            end = due_of(self.pack_of(linked), self.world, linked, {target.clock_id: target})
            self._update(place, **self._dates(linked, end, self.begun_at), **self._sureness(linked, end, target))

    def _sureness(self, clock: Clock, end: Due, target: Clock | None = None) -> dict[str, object]:
        rule, roll = self.rule(clock), self.pack_of(clock).profiles[clock.profile]
        return sureness(rule, self.opening.route in rule.by_analogy, end, roll, target)


def _in_force(rule: Rule, day: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_to is None or day < rule.valid_to)


def legal_day(stated: str | bool | int | None) -> date | None:
    """The date that an attribute states, for example `2025-05-20`; None if it states no date."""
    try:
        return date.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        return None


def due_of(pack: Pack, world: World, clock: Clock, others: Mapping[str, Clock] | None = None) -> Due:
    """When a clock is due, with every date of the counting.

    Args:
        pack: the pack that governs the clock.
        world: calendar and directory.
        clock: the clock; its closed pauses count.
        others: the case's clocks by id, needed for a lead time.
    """
    roll = pack.profiles[clock.profile]
    if clock.kind == "lead_time" and clock.before_on is not None and clock.amount is not None:
        stated = Due(due_at=midnight(clock.before_on), last_day=clock.before_on)
        return lead(clock.amount, stated, world.calendar, roll)
    if clock.kind == "lead_time":
        target = (others or {}).get(clock.before or "")
        if target is None:
            return Due(due_at=None)
        end = due_of(pack, world, target)
        return end if clock.amount is None else lead(clock.amount, end, world.calendar, roll)
    return due(Term(clock.amount, clock.unit, roll), clock.started_at, world.calendar, clock.pauses)
