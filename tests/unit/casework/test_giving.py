"""Members give, take and return work by what they saw before: each line has one member at most, and none is lost."""

from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casework.queue.giving import Decided, Holding, decide

LINES = ("case_a", "case_b", "case_c")
PEOPLE = ("lan", "minh", "hoa")
line = some.sampled_from(LINES)
person = some.sampled_from(PEOPLE)


@pytest.mark.parametrize(
    ("has", "in_queue", "expected", "to", "decided"),
    [
        (None, True, None, "lan", Decided("given", "lan", moves=True)),
        ("lan", True, "lan", None, Decided("given", None, moves=True)),
        ("lan", True, "lan", "lan", Decided("given", "lan")),
        ("lan", True, None, "minh", Decided("changed", "lan")),
        ("lan", True, None, "lan", Decided("changed", "lan")),
        (None, True, "lan", "minh", Decided("changed", None)),
        ("lan", False, "lan", "minh", Decided("gone", None)),
    ],
)
def test_what_becomes_of_a_line(
    has: str | None, in_queue: bool, expected: str | None, to: str | None, decided: Decided
) -> None:
    assert decide(Holding("case_a", "crime", has, in_queue), expected, to) == decided


@dataclass
class Period:
    """A row of the table."""

    line: str
    subject: str
    ended: bool = False


@dataclass
class Table:
    """The rows as `repository.put` leaves them."""

    rows: list[Period] = field(default_factory=list[Period])

    def of(self, line: str) -> str | None:
        """Who has a line."""
        return next((one.subject for one in self.rows if one.line == line and not one.ended), None)

    def put(self, line: str, to: str | None) -> None:
        """End the open row, and begin another one."""
        for one in self.rows:
            one.ended = one.ended or one.line == line
        if to is not None:
            self.rows.append(Period(line, to))


class Office(RuleBasedStateMachine):
    """Three members, each with a list that may be old, and lines that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.queue = set(LINES)
        self.seen = {one: dict.fromkeys(LINES, None) for one in PEOPLE}
        self.last = dict[str, str | None].fromkeys(LINES)  # who has it, by the answers alone

    @rule(who=person)
    def look(self, who: str) -> None:
        self.seen[who] = {one: self.table.of(one) for one in LINES}

    @rule(who=person, to=some.none() | person, lines=some.lists(line, unique=True, min_size=1))
    def give(self, who: str, to: str | None, lines: list[str]) -> None:
        for one in lines:
            before = self.table.of(one)
            decided = decide(Holding(one, "crime", before, one in self.queue), self.seen[who][one], to)
            if decided.moves:
                self.table.put(one, to)
            if decided.outcome == "given":
                assert before == self.seen[who][one], "only what the giver saw is replaced"
                self.last[one] = decided.assignee
            else:
                assert self.table.of(one) == before
                assert decided.assignee in (before, None)

    @rule(who=person, one=line)
    def take(self, who: str, one: str) -> None:
        if one in self.queue and self.table.of(one) is None:
            self.table.put(one, who)
            self.last[one] = who

    @rule(who=person, one=line)
    def give_back(self, who: str, one: str) -> None:
        if one in self.queue and self.table.of(one) == who:
            self.table.put(one, None)
            self.last[one] = None

    @rule(one=line)
    def fold(self, one: str) -> None:
        self.queue ^= {one}

    @invariant()
    def each_line_has_one_member_at_most_and_the_answers_told_who(self) -> None:
        open_rows = [one.line for one in self.table.rows if not one.ended]
        assert len(open_rows) == len(set(open_rows))
        assert {one: self.table.of(one) for one in LINES} == self.last


TestOffice = Office.TestCase
