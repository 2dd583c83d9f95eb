"""The course of a case during the fold: which law and which age hold at each fact, and what happens between facts.

Two kinds of instant are known ahead, without a fact: the law of the report ends, and the person reaches an age.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.standing import Status, StatusPeriod
from regulations.ages import Ages, Turn, age_of_lane
from regulations.case import Fact, Opening
from regulations.companions import adult_identified
from regulations.composed import Composed, Governed
from regulations.entitled import Recipient, entitled, is_outside
from regulations.folded_lane import FoldedLane
from regulations.lane_law import LaneLaw
from regulations.local import LocalState
from regulations.openings import ADULT
from regulations.pack import Pack
from regulations.turning import TurningClocks


@dataclass
class Course:
    """It changes from fact to fact.

    Attributes:
        law: the packs of the case.
        ages: what is known of the age of the person.
        governed: the law of the fact that is being folded.
        recorded_at: the latest entry; an instant before it has passed, whether a fact followed it or not.
        periods: the status of the person, from the first fact on.
        flags: what somebody must look at.
        adult_identified_at: of a minor who accompanies somebody, since when that person is identified, if it is known.
        settled: an office stated an outcome, or the person is found to be no victim: no law follows the present one.
    """

    law: Composed
    opening: Opening
    ages: Ages
    governed: LaneLaw
    recorded_at: datetime
    periods: list[StatusPeriod] = field(default_factory=list[StatusPeriod])
    flags: list[str] = field(default_factory=list[str])
    passed: frozenset[int | None] = frozenset()
    noted: tuple[object, ...] = ()
    adult_identified_at: datetime | None = None
    settled: bool = False

    @classmethod
    def of(cls, law: Composed, opening: Opening) -> "Course":
        """Before the first fact."""
        return cls(law, opening, Ages.of(opening), law.of_report(opening.occurred_at), opening.recorded_at)

    def begin_with(self, facts: Iterable[Fact]) -> None:
        """Learn from all facts, in order, what counts from before the fact that says it."""
        self.adult_identified_at = adult_identified(self.law.procedure, self.opening, facts)

    def copy(self) -> "Course":
        """The same course, to go on from here."""
        made = copy.copy(self)
        made.periods, made.flags = [*self.periods], [*self.flags]
        return made

    def turn_to(
        self, fact: Fact, lanes: Mapping[str, FoldedLane], clocks: TurningClocks, identified_at: datetime | None
    ) -> Pack:
        """Pass the instants before a fact; then the pack that governs the fact."""
        self.recorded_at = max(self.recorded_at, fact.recorded_at)
        self._turn(lanes, clocks, identified_at, fact.occurred_at)
        self._begin_with_adult(fact.occurred_at)
        self.governed = self._governing(fact, lanes.get(fact.lane), identified_at)
        if fact.attributes and not self._is_local(fact):
            self._know_age(self.ages.after(fact), fact.occurred_at)
        clocks.ages = self.ages
        clocks.turn_to(self.governed, fact.occurred_at)
        return clocks.pack

    def _know_age(self, ages: Ages, at: datetime) -> None:
        """Go on with another birthday, if one is stated: ages that were passed by a wrong one are passed anew."""
        if ages is self.ages:
            return
        self.ages, self.passed = ages, self.passed & {None}
        if self.periods and self.periods[-1].of_age and ages.is_under(ADULT, at):
            self.periods.append(self.periods[-1].model_copy(update={"since": at, "of_age": False}))

    def _is_local(self, fact: Fact) -> bool:
        """Whether the fact is a duty of a local pack, by which nothing of the law changes."""
        lane = self.law.pack(self.governed.pack).lanes.get(fact.lane)
        return lane is not None and isinstance(lane.by_code.get(fact.state), LocalState)

    def _governing(self, fact: Fact, lane: FoldedLane | None, identified_at: datetime | None) -> LaneLaw:
        if self.law.beside is None and lane is not None:
            return lane.law
        held = Governed(lane.state, lane.law, lane.stood) if lane else None
        identified_at = self._identified(identified_at, fact.occurred_at)
        return self.law.governing(fact.lane, fact.state, fact.occurred_at, identified_at, held)

    def _identified(self, own: datetime | None, at: datetime) -> datetime | None:
        """Since when the person is identified at an instant; else the person whom this minor accompanies."""
        adult = self.adult_identified_at
        return own or (adult if adult is not None and adult <= at else None)

    def _begin_with_adult(self, until: datetime) -> None:
        """Begin the period in which a minor accompanies somebody who is identified."""
        last, at = self.periods[-1] if self.periods else None, self.adult_identified_at
        if last is not None and at is not None and last.identified_at is None and last.since < at <= until:
            self.periods.append(last.model_copy(update={"since": at, "identified_at": at}))

    def outgrown(self, lanes: Iterable[str]) -> frozenset[str]:
        """The lanes for somebody younger than the person is by the latest entry."""
        limits = {code: age_of_lane(self.law.procedure, code) for code in lanes}
        reached = (code for code, limit in limits.items() if limit and self.ages.has_reached(limit, self.recorded_at))
        return frozenset(reached)

    def finish(self, lanes: Mapping[str, FoldedLane], clocks: TurningClocks, identified_at: datetime | None) -> None:
        """After the last fact: pass the instants before the last entry, and note those that are still ahead."""
        self._turn(lanes, clocks, identified_at, self.recorded_at)
        self._begin_with_adult(self.recorded_at)
        self._turn(lanes, clocks, identified_at, None)

    def _turn(
        self,
        lanes: Mapping[str, FoldedLane],
        clocks: TurningClocks,
        identified_at: datetime | None,
        until: datetime | None,
    ) -> None:
        if self.law.ends is None and self.ages.turns_18 is None:
            return
        ends = [Turn(self.law.ends)] if self.law.ends is not None else []
        for turn in sorted((*ends, *self.ages.turns()), key=lambda one: one.at):
            if turn.limit is None and self.settled:
                continue  # it still passes if the case is opened again, or the person proves to be a victim
            if turn.limit not in self.passed and (until is None or turn.at <= until):
                self.passed |= {turn.limit}
                if turn.limit is None:
                    self._law_ends(lanes, clocks, identified_at, turn.at, ahead=until is None)
                else:
                    self._age_reached(lanes, clocks, turn, turn.limit, ahead=until is None)

    def _law_ends(
        self,
        lanes: Mapping[str, FoldedLane],
        clocks: TurningClocks,
        identified_at: datetime | None,
        at: datetime,
        *,
        ahead: bool,
    ) -> None:
        """Bring the lanes of the support package under the next law, if the person does not keep the former one.

        What limits the person (a ceiling) ends with its law. A duty of an office that runs goes on to its end. What the
        next law asks for where the lane stands starts as a reminder.
        """
        law = self.law.of_package(at, self._identified(identified_at, at))
        beside = self.law.beside
        if beside is None or law.pack != beside.id:
            return
        for lane in lanes.values():
            known = lane.code in beside.lanes and lane.state in beside.lanes[lane.code].by_code
            if known and lane.law.pack != law.pack and self.law.world.composition.follows_package(lane.code):
                lane.law = law
                clocks.law_changes(lane, at, ahead=ahead)

    def _age_reached(
        self, lanes: Mapping[str, FoldedLane], clocks: TurningClocks, turn: Turn, limit: int, *, ahead: bool
    ) -> None:
        """Let the clocks fall away that run only for somebody younger, and end the rights of who accompanies."""
        for lane in lanes.values():
            of_lane = age_of_lane(self.law.procedure, lane.code)
            clocks.outgrown(lane, limit, turn.at, whole=of_lane is not None and of_lane <= limit, ahead=ahead)
        if limit == ADULT and self.opening.accompanies and self.periods and not self.periods[-1].of_age:
            self.periods.append(self.periods[-1].model_copy(update={"since": turn.at, "of_age": True}))

    def note(
        self, fact: Fact, status: Status, identified_at: datetime | None, place: str, *, foreign: bool, over: bool
    ) -> None:
        """Note the status after a fact, and a grant of support that the person had no right to at its instant.

        `over`: an outcome stands.
        """
        self.settled = over or status == "not_victim"
        noted = (status, identified_at, place)
        if noted != self.noted:
            self.noted = noted
            self._begin_period(fact.occurred_at, status, self._identified(identified_at, fact.occurred_at), place)
        if fact.kind == "state" and fact.state in self.law.world.composition.package.grants:
            self._check_grant(fact, foreign)

    def _begin_period(self, since: datetime, status: Status, identified_at: datetime | None, place: str) -> None:
        last = self.periods[-1] if self.periods else None
        abroad, of_age = is_outside(self.law.world.directory, place), last is not None and last.of_age
        if last is None or (last.status, last.identified_at, last.abroad) != (status, identified_at, abroad):
            fields = {"since": since, "status": status, "identified_at": identified_at}
            self.periods.append(StatusPeriod.model_validate({**fields, "abroad": abroad, "of_age": of_age}))

    def _check_grant(self, fact: Fact, foreign: bool) -> None:
        """Flag a grant without a right. Of a minor who accompanies somebody the case of that person decides.

        Such a grant is flagged if no companion has that kind, whenever the person accompanied was identified.
        """
        kind, at, flag = fact.lane.partition(":")[2], fact.occurred_at, f"granted-without-right:{fact.lane}"
        if kind not in self.law.procedure.entitlements or flag in self.flags:
            return
        persons = [Recipient(self.periods, foreign)]
        if self.opening.accompanies:
            days = (self.opening.occurred_at, at)
            adults = [StatusPeriod(since=min(days), status="victim", identified_at=day) for day in days]
            persons = [Recipient(self.periods, foreign, (adult,), adult_foreign=False) for adult in adults]
        if all(entitled(self.law, person, kind, at).entitled == "no" for person in persons):
            self.flags.append(flag)
