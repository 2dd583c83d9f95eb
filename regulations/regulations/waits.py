"""What must happen if no office acts: the complete set of waits of a case.

Operational numbers come from the pack but not from the law. A workflow always gets the whole set; a wait that is not in
the newest set does not hold any more. If an instant lies in the past, the wait is due at once. A wait fires once,
because its record has the unique key (case, `wait_id`, `stage`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from regulations.case import CaseState, Clock, Lane
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.model import VERIFIED, OperationalNumbers
from regulations.openings import begins_at
from regulations.pack import Pack
from regulations.stable_ids import clock_id_of, stable_id
from regulations.wait import OpenHandover, OpenSigning, Wait, WaitKind
from regulations.world import World


def waits(
    pack: Pack,
    world: World,
    state: CaseState,
    handovers: Iterable[OpenHandover],
    now: datetime,
    signings: Iterable[OpenSigning] = (),
) -> list[Wait]:
    """Every open wait of a case, in order of time. A closed case has waits only in the lanes that go on, and for the
    second signature of a step that counts already.

    Args:
        pack: the pinned pack.
        world: calendar and directory.
        state: the folded case.
        handovers: the proposed hand-overs without an answer.
        now: aware instant. It decides which reminder of a quiet lane comes next, and which offices exist.
        signings: the steps without their second signature.
    """
    maker = _Waits(pack, world, state, now)
    found = [*maker.of_signings(signings)]
    if not state.is_over:
        found += [*maker.of_clocks(), *maker.of_lanes(), *maker.of_gaps(), *maker.of_handovers(handovers)]
    return sorted(found, key=lambda wait: (wait.at, wait.wait_id))


def ladder(directory: Directory, office: str | None, place: str, on: date) -> tuple[str | None, str | None]:
    """The two offices that are told in turn if an office does not act: its supervisor, the coordinating authority.

    An office without a supervisor has the coordinating authority of the place instead. Where that authority is the
    first already, or the office itself, the second is the office above it. The two are one office only where no office
    is above the first.

    Args:
        directory: the office directory.
        office: None if no office owes the step.
        place: where the step is owed.
        on: legal date; it decides which offices exist.
    """
    return directory.remembered(_ladder)(office, place, on)


def _ladder(directory: Directory, office: str | None, place: str, on: date) -> tuple[str | None, str | None]:
    coordinating = directory.coordinating(place, on)
    first = (directory.supervisor(office, on) if office else None) or coordinating
    if coordinating is not None and coordinating in (first, office):
        return first, directory.supervisor(coordinating, on) or coordinating
    return first, coordinating


class _Waits:
    def __init__(self, pack: Pack, world: World, state: CaseState, now: datetime) -> None:
        self.pack, self.directory, self.state, self.now = pack, world.directory, state, now
        self.today = legal_date(now)

    def _wait(self, kind: WaitKind, stage: str, at: datetime, lane: str, office: str | None, **more: object) -> Wait:
        wait_id = stable_id("wait", self.state.case_id, lane, kind, stage, self._subject(lane, more), at)
        notified = self.directory.living(office, self.today) or self.directory.coordinating(
            self._place(lane), self.today
        )
        fields = {"wait_id": wait_id, "kind": kind, "stage": stage, "at": at, "lane": lane, "office": notified, **more}
        return Wait.model_validate(fields)

    def _subject(self, lane: str, more: dict[str, object]) -> object:
        """What the wait is about. For a clock it is the rule, because a late entry changes the number of its rounds."""
        if rule := more.get("rule"):
            return clock_id_of(self.state.case_id, lane, str(rule), 1)
        return more.get("handover_id") or more.pop("about", "")

    def _place(self, lane: str) -> str:
        known = self.state.lanes.get(lane) or self.state.lanes.get(self.pack.identification_lane)
        return known.place if known else begins_at(self.directory, self.state.opening)

    def _numbers(self, lane: str) -> OperationalNumbers:
        return self.pack.operational.of(self.directory.chain(self._place(lane), self.today))

    def _ladder(self, lane: str, office: str | None) -> tuple[str | None, str | None]:
        return ladder(self.directory, office, self._place(lane), self.today)

    def _escalations(self, lapsed: datetime, lane: str, office: str | None, **more: object) -> Iterator[Wait]:
        steps = zip(self._numbers(lane).escalate_hours, self._ladder(lane, office), strict=True)
        for step, (hours, above) in enumerate(steps, start=1):
            yield self._wait("escalation", f"escalate-{step}", lapsed + timedelta(hours=hours), lane, above, **more)

    # clocks

    def of_clocks(self) -> Iterator[Wait]:
        for clock in self.state.clocks:
            if clock.open and clock.paused_at is None:
                found = self._of_clock(clock)
                yield from (one for one in found if clock.lapses_at is None or one.at < clock.lapses_at)

    def _of_clock(self, clock: Clock) -> Iterator[Wait]:
        about = {"rule": clock.rule, "clock_id": clock.clock_id, "due_at": clock.due_at}
        if clock.confidence != VERIFIED:
            about["confidence"] = clock.confidence
        numbers = self._numbers(clock.lane)
        if clock.immediate and clock.due_at is not None:
            later = clock.kind == "lead_time"  # due at once when another term ends
            owed_from = max(clock.recorded_at, clock.due_at) if later else clock.recorded_at
            at = owed_from + timedelta(hours=numbers.immediate_alert_hours)
            kind: WaitKind = "reminder" if clock.reminder else "warning"
            yield self._wait(kind, "immediate", at, clock.lane, clock.office, **about)
        elif clock.reminder or clock.uncertain or clock.due_at is None:
            at = clock.due_at or clock.recorded_at + timedelta(days=numbers.reminder_days)
            yield self._wait("reminder", "reminder", at, clock.lane, clock.office, **about)
        else:
            yield from self._of_limit(clock, clock.due_at, about)

    def _of_limit(self, clock: Clock, due_at: datetime, about: dict[str, str | datetime | None]) -> Iterator[Wait]:
        if clock.warn_at is not None and clock.recorded_at < due_at:
            yield self._wait("warning", "warning", clock.warn_at, clock.lane, clock.office, **about)
        yield self._wait("breach", "breach", due_at, clock.lane, clock.office, **about)
        yield from self._escalations(max(due_at, clock.recorded_at), clock.lane, clock.office, **about)

    # lanes

    def of_lanes(self) -> Iterator[Wait]:
        for code, lane in self.state.lanes.items():
            if lane.ack_due_from is not None and not self.state.has_ended(code):
                lapse = lane.ack_due_from + timedelta(hours=self._numbers(code).acknowledge_hours)
                yield self._wait("acknowledge", "acknowledge", lapse, code, lane.holder)
                yield from self._escalations(lapse, code, lane.holder, about="acknowledge")
        for code, lane in self._attended():
            yield from self._attention(code, lane)

    def _attended(self) -> Sequence[tuple[str, Lane]]:
        """Lanes that have not ended. If all have ended, the lane with the last entry: an office must close the case."""
        state = self.state
        running = [(code, one) for code, one in state.lanes.items() if not one.terminal and not state.has_ended(code)]
        if state.closed:
            return running
        return running or [max(self.state.lanes.items(), key=lambda item: (item[1].last_recorded_at, item[0]))]

    def _attention(self, code: str, lane: Lane) -> Iterator[Wait]:
        numbers = self._numbers(code)
        since, repeat = lane.last_recorded_at, timedelta(days=numbers.attention_repeat_days)
        notified = (lane.holder, *self._ladder(code, lane.holder))
        for step, (days, office) in enumerate(zip(numbers.attention_days, notified, strict=True), start=1):
            yield self._wait("attention", f"attention-{step}", since + timedelta(days=days), code, office)
        last = since + timedelta(days=numbers.attention_days[-1])
        again = max(1, (self.now - last) // repeat + 1)
        yield self._wait("attention", f"attention-{3 + again}", last + again * repeat, code, notified[-1])

    # gaps, hand-overs and second signatures

    def of_gaps(self) -> Iterator[Wait]:
        for gap in self.state.gaps:
            if self.state.has_ended(gap.lane):
                continue
            at = gap.since_recorded_at + timedelta(hours=self._numbers(gap.lane).gap_hours)
            yield self._wait("gap", "gap", at, gap.lane, gap.office, about=gap.state)

    def of_handovers(self, handovers: Iterable[OpenHandover]) -> Iterator[Wait]:
        for handover in handovers:
            about = {"handover_id": handover.handover_id}
            lapse = handover.recorded_at + timedelta(hours=self._numbers(handover.lane).answer_hours)
            yield self._wait("answer", "answer", lapse, handover.lane, handover.receiver, **about)
            fallback = self.directory.fallback(handover.receiver, self.today)
            yield self._wait("fallback", "fallback", lapse, handover.lane, fallback or handover.sender, **about)
            yield from self._escalations(lapse, handover.lane, handover.receiver, **about)

    def of_signings(self, signings: Iterable[OpenSigning]) -> Iterator[Wait]:
        for one in signings:
            yield self._wait("sign", "sign", one.due_at, one.lane, one.asked, about=one.signing_id)
            yield from self._escalations(one.due_at, one.lane, one.asked, about=one.signing_id)
