"""A workflow is sent its waits only where it would wake too late without them, and so it never does."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from casework.domain import wakes
from casework.service.waits import StoredWaits
from casework.workflows.ports import Wait as WaitAt
from casework.workflows.ports import WaitSet
from regulations import Wait

CASE = "case_" + "a" * 26
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def waits(*instants: datetime) -> list[Wait]:
    fields = {"kind": "warning", "stage": "warning", "lane": "identification", "office": None}
    return [
        Wait.model_validate({"wait_id": f"w{number}", "at": one, **fields})
        for number, one in enumerate(sorted(instants))
    ]


@pytest.mark.parametrize(
    ("held", "open_now", "closed", "expected"),
    [
        (None, [at(60)], False, (at(60), True)),  # no workflow was started yet
        (at(60), [at(60), at(90)], False, (at(60), False)),
        (at(60), [at(90)], False, (at(60), False)),  # it wakes at 60 and is given 90
        (at(60), [], False, (at(60), False)),
        (at(60), [at(59)], False, (at(59), True)),
        (at(-1), [at(90)], False, (at(90), True)),  # what it held has passed
        (NOW + wakes.MARGIN, [at(90)], False, (at(90), True)),  # it wakes now, perhaps without this change
        (at(-1), [], False, (None, False)),
        (at(60), [], True, (None, True)),  # the case ends
        (at(60), [at(90)], True, (at(60), False)),  # closed, but a lane goes on
    ],
)
def test_it_is_sent_only_what_it_must_hear(
    held: datetime | None, open_now: list[datetime], closed: bool, expected: tuple[datetime | None, bool]
) -> None:
    assert wakes.after(held, False, closed, waits(*open_now), NOW) == expected


def test_a_case_that_has_ended_is_not_ended_again() -> None:
    assert wakes.after(None, True, True, [], NOW) == (None, False)


@dataclass(frozen=True)
class Row:
    """The stored case."""

    version: int = 0
    wakes_at: datetime | None = None
    closed: bool = False
    open_now: tuple[datetime, ...] = ()

    def given(self, now: datetime) -> WaitSet:
        found = tuple(WaitAt(wait_id=wait.wait_id, at=wait.at) for wait in waits(*self.open_now))
        stored = StoredWaits(
            case_id=CASE, version=self.version, closed=self.closed, wakes_at=self.wakes_at, waits=found
        )
        return stored.given(now)

    def changed(self, open_now: tuple[datetime, ...], closed: bool, now: datetime) -> "tuple[Row, bool]":
        finished = self.closed and not self.open_now
        wakes_at, arms = wakes.after(self.wakes_at, finished, closed, waits(*open_now), now)
        return Row(self.version + 1, wakes_at, closed, open_now), arms


class RegisterAndWorkflow(RuleBasedStateMachine):
    """Steps change the case, events arrive late and twice, time passes, the workflow wakes; two workers share the work.

    Nothing is in the memory of a process, so a restart is no rule here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now, self.row = NOW, Row()
        self.workflow: WaitSet | None = None
        self.events = 0
        self.read: list[WaitSet] = []

    @rule(minutes=st.lists(st.integers(1, 300), max_size=4), closed=st.booleans())
    def changes(self, minutes: list[int], closed: bool) -> None:
        """A step of an office."""
        found = tuple(self.now + timedelta(minutes=one) for one in minutes)
        self.row, arms = self.row.changed(found, closed, self.now)
        self.events += arms

    @precondition(lambda self: self.events)
    @rule()
    def an_event_is_read(self) -> None:
        """A worker has read the set, and has not sent it yet."""
        self.read.append(self.row.given(self.now))
        self.events -= 1

    @precondition(lambda self: self.read)
    @rule(place=st.integers(0, 9), again=st.booleans())
    def a_set_arrives(self, place: int, again: bool) -> None:
        """In any order, and perhaps twice."""
        waits = self.read[place % len(self.read)]
        self._hears(waits)
        if not again:
            self.read.remove(waits)

    @rule()
    def the_sweep_sends_a_set(self) -> None:
        """It was not needed; it does no harm."""
        self._hears(self.row.given(self.now))

    @rule(minutes=st.integers(1, 200))
    def time_passes(self, minutes: int) -> None:
        """Everything is delivered, then the workflow wakes when its instant comes."""
        self._deliver()
        end = self.now + timedelta(minutes=minutes)
        while (at := self._wakes_at()) is not None and at <= end:
            self.now = max(self.now, at)
            left = tuple(one for one in self.row.open_now if one > self.now)
            if left != self.row.open_now:
                self.row, _ = self.row.changed(left, self.row.closed, self.now)
            self._hears(self.row.given(self.now))
        self.now = end

    def _deliver(self) -> None:
        for waits in [*self.read, *[self.row.given(self.now)] * (self.events > 0)]:
            self._hears(waits)
        self.read, self.events = [], 0

    def _hears(self, waits: WaitSet) -> None:
        if self.workflow is None or waits.version >= self.workflow.version:
            self.workflow = None if waits.finished else waits

    def _wakes_at(self) -> datetime | None:
        return self.workflow.next_at if self.workflow else None

    @invariant()
    def the_workflow_wakes_in_time(self) -> None:
        """When everything on its way has arrived, it wakes at the earliest open instant or before."""
        if self.events or self.read or not self.row.open_now:
            return
        at = self._wakes_at()
        assert at is not None
        assert at <= min(self.row.open_now)

    @invariant()
    def the_workflow_ends_with_its_case(self) -> None:
        """A finished case has no workflow; one that an older set started late ends when it wakes."""
        if not self.events and not self.read and self.row.closed and not self.row.open_now:
            assert self.workflow is None or self.workflow.next_at is not None


TestRegisterAndWorkflow = RegisterAndWorkflow.TestCase
TestRegisterAndWorkflow.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
