"""What happens to clocks without a fact: the law of the report ends, or the person reaches an age."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from regulations.case import Fact
from regulations.folded_lane import FoldedLane
from regulations.lead_times import INFERRED
from regulations.model import Rule
from regulations.resuming import ResumingClocks


class TurningClocks(ResumingClocks):
    """Clocks of a case whose law may change and whose person grows older."""

    def law_changes(self, lane: FoldedLane, at: datetime, *, ahead: bool) -> None:
        """End the ceilings in a lane that its next law does not have, and start what that law asks for where it stands.

        What starts counts from the day of the change and only reminds, because no text says that a limit of the next
        law holds for what was pending (inferred), nor that days before it count. A limit that was over before stays
        breached. With `ahead` the instant is noted and nothing is void yet.
        """
        self.turn_to(lane.law, at)
        ceilings = {clock.rule for _, clock in self._open(lane.code) if clock.kind == "ceiling"}
        gone = ceilings - self.pack.rules.keys()
        for place, clock in self._open(lane.code):
            before = self.rule(clock).before
            if clock.rule in gone or (before and gone.issuperset(before)):
                self._fall_away(place, at, "law-ended", ahead=ahead)
        for rule in self.pack.rules_of[lane.code]:
            if rule.has_clock and not rule.is_local and rule.id not in self.law.procedure.rules:
                self._start_on(lane, rule, at)

    def outgrown(self, lane: FoldedLane, limit: int, at: datetime, *, whole: bool, ahead: bool) -> None:
        """End the clocks of a lane that run only for a person younger than `limit`; with `whole` all of them.

        The limits of a person of that age take the place of those that end. What was over before stays breached.
        """
        self.turn_to(lane.law, at)
        fell = False
        for place, clock in self._open(lane.code):
            rule = self.rule(clock)
            young = rule.applies.age_under
            if not rule.outlasts_age and (whole or (young is not None and young <= limit)):
                ended = self._fall_away(place, at, "outgrown", ahead=ahead)
                fell = fell or (ended and clock.local is None)  # nothing of the law follows from a local clock
        for rule in (one for one in self.pack.rules_of[lane.code] if fell and one.applies.age_from == limit):
            self._start_again(lane, rule)

    def _fall_away(self, place: int, at: datetime, reason: str, *, ahead: bool) -> bool:
        """End a clock that is not over by then; whether a limit with a number ended."""
        if self.all[place].lapses_at is not None or self._was_late(place, at):
            return False
        self._update(place, **({"lapses_at": at} if ahead else {"void_at": at, "void_reason": reason}))
        return self.all[place].due_at is not None and not self.all[place].immediate

    def _was_late(self, place: int, at: datetime) -> bool:
        """Whether a clock was late by then. A lead time has its date only at the end of the fold, so it is dated."""
        clock = self.all[place]
        if clock.kind == "lead_time":
            self._set_lead(place, clock)
        late, self.all[place] = self.all[place].late_at(at), clock
        return late

    def _start_on(self, lane: FoldedLane, rule: Rule, at: datetime) -> None:
        """Start a rule of the next law on the day on which it takes the lane, if what it asks for was not done yet."""
        begun = self._begun(lane, rule)
        if begun is None:
            return
        code, fact = begun[0], begun[1].model_copy(update={"occurred_at": at})
        since = begun[1].occurred_at if rule.kind == "ceiling" else lane.since
        done = any(one.occurred_at >= since for one in _seen(lane, rule.stops))
        if not done and self._starts(lane, rule, code, fact):
            self._start(lane, rule, code, fact)
            inferred = {"started_at": at, "confidence": INFERRED, "reminder": True}
            self.all[-1] = self._timed(self.all[-1].model_copy(update=inferred))

    def _start_again(self, lane: FoldedLane, rule: Rule) -> None:
        """Start a rule from the first step of the present round that starts it, if its time is not over by then."""
        found = self._begun(lane, rule)
        if found is not None and self._starts(lane, rule, *found):
            self._start(lane, rule, *found)
            if self.all[-1].over_at(self.at):
                self.all.pop()

    def _begun(self, lane: FoldedLane, rule: Rule) -> tuple[str, Fact] | None:
        """The step of the present round that starts a rule: of a ceiling the first one, else that of its state."""
        states = self.pack.lanes[lane.code].by_code.items()
        last = [code for code, spec in states if spec.terminal and not spec.keeps_place]
        begun = max((fact.occurred_at for fact in _seen(lane, last)), default=None)
        for code in rule.starts:
            facts = [one for one in lane.seen.get(code, ()) if begun is None or one.occurred_at > begun]
            if facts and (lane.state == code or rule.kind == "ceiling"):
                return code, facts[0]
        return None


def _seen(lane: FoldedLane, codes: Iterable[str]) -> Iterator[Fact]:
    """The steps with these codes."""
    return (fact for code in codes for fact in lane.seen.get(code, ()))
