"""What happens to clocks without a fact: the law of the report ends, or the person reaches an age."""

from datetime import datetime

from regulations.folded_lane import FoldedLane
from regulations.model import Rule
from regulations.resuming import ResumingClocks


class TurningClocks(ResumingClocks):
    """Clocks of a case whose law may change and whose person grows older."""

    def law_changes(self, lane: FoldedLane, at: datetime, *, ahead: bool) -> None:
        """End the ceilings in a lane that its next law does not have, and start those that it has.

        They count from the steps of the present round, as if that law had governed it from the beginning. A limit that
        was over before stays breached. With `ahead` the instant is noted and nothing is void yet.
        """
        self.turn_to(lane.law, at)
        ceilings = {clock.rule for _, clock in self._open(lane.code) if clock.kind == "ceiling"}
        gone = ceilings - self.pack.rules.keys()
        for place, clock in self._open(lane.code):
            before = self.rule(clock).before
            if clock.rule in gone or (before and gone.issuperset(before)):
                self._fall_away(place, at, "law-ended", ahead=ahead)
        for rule in (one for one in self.pack.rules_of[lane.code] if one.kind == "ceiling"):
            self._start_again(lane, rule)

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
        if self.all[place].lapses_at is not None or self.all[place].late_at(at):
            return False
        self._update(place, **({"lapses_at": at} if ahead else {"void_at": at, "void_reason": reason}))
        return self.all[place].due_at is not None and not self.all[place].immediate

    def _start_again(self, lane: FoldedLane, rule: Rule) -> None:
        """Start a rule from the first step of the present round that starts it, if its time is not over by then."""
        states = self.pack.lanes[lane.code].by_code.items()
        last = [code for code, spec in states if spec.terminal and not spec.keeps_place]
        ends = [fact.occurred_at for code in last for fact in lane.seen.get(code, ())]
        begun = max(ends, default=None)
        for code in rule.starts:
            facts = [one for one in lane.seen.get(code, ()) if begun is None or one.occurred_at > begun]
            reached = lane.state == code or rule.kind == "ceiling"
            if facts and reached and self._starts(lane, rule, code, facts[0]):
                self._start(lane, rule, code, facts[0])
                if self.all[-1].over_at(self.at):
                    self.all.pop()
                return
