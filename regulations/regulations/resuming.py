"""Clocks that run on when the fact that met them is undone, for example when a certificate is cancelled."""

from regulations.case import Clock, Fact
from regulations.clocks import Clocks
from regulations.folded_lane import FoldedLane


class ResumingClocks(Clocks):
    """Clocks of a case in which a certificate may be cancelled (`Rule.resumes_on`)."""

    def reached(self, lane: FoldedLane, code: str, fact: Fact) -> None:
        """As `Clocks.reached`. Before it, clocks run on that this fact resumes and whose time is not over."""
        if code in self.pack.resuming:
            self._resume(lane, code, fact)
        super().reached(lane, code, fact)

    def _resume(self, lane: FoldedLane, code: str, fact: Fact) -> None:
        undone = {"met_at": None, "met_by": None, "met_recorded_at": None, "implied": False}
        terms_first = sorted(enumerate(self.all), key=lambda one: one[1].kind == "lead_time")
        for place, clock in terms_first:
            if clock.lane == lane.code and self._runs_on(clock, lane, code, fact):
                self._update(place, **undone)

    def _runs_on(self, clock: Clock, lane: FoldedLane, code: str, fact: Fact) -> bool:
        rule = self.rule(clock)
        if code not in rule.resumes_on or clock.met_at is None or not self._still_applies(clock, lane):
            return False
        if clock.kind == "lead_time":
            return any(term.open for term in self._of(lane.code, rule.before))
        return clock.due_at is None or fact.occurred_at < clock.due_at
