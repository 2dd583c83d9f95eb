"""Whose work a line is: pure answers from the list of an office's members on one day.

Work of a member who is absent is for the deputy. If no deputy is there, or the assignee is a member no more, it falls
to the team: it is for everybody. Work that nobody has is for the only member who is there. In an office without a list
it is for everybody, because nobody knows who else is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from casework.members.roster import Roster
from contracts.members import Position

WORKING = frozenset({Position.OFFICER, Position.DUTY_OFFICER, Position.HEAD})
"""Positions of members who can be given work: persons who act."""
GIVING = frozenset({Position.DUTY_OFFICER, Position.HEAD})
"""Positions of members who give work to others."""


@dataclass(frozen=True)
class Team:
    """Who can have work in an office on a day.

    Attributes:
        listed: whether the office has a list of its members. Without one everybody who has its token is a member.
        positions: the members who can be given work, also those who are absent.
        absent: those of them who are absent → the deputies who are there.
    """

    listed: bool
    positions: Mapping[str, Position]
    absent: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, roster: Roster, day: date) -> "Team":
        """The team on a day of legal time."""
        positions = {one.subject: one.position for one in roster.on(day) if one.position in WORKING}
        absences = [one for one in roster.absences if one.holds(day) and one.subject in positions]
        there = positions.keys() & {one.subject for one in roster.present(day)}
        absent: dict[str, frozenset[str]] = {}
        for one in absences:
            absent[one.subject] = absent.get(one.subject, frozenset()) | ({one.deputy or ""} & there)
        return cls(roster.listed, positions, absent)

    def is_worker(self, subject: str) -> bool:
        """Whether this subject can have work: a person who acts here that day; anybody in an office without a list."""
        return not self.listed or subject in self.positions

    def carriers(self, assignee: str) -> frozenset[str]:
        """Who does the work of an assignee: itself, the deputies of one who is absent; nobody if it falls to the team.

        In an office without a list it is always the assignee, because nobody knows that it has left.
        """
        if not self.is_worker(assignee):
            return frozenset()
        return self.absent.get(assignee, frozenset({assignee}))

    def is_for(self, subject: str, assignee: str | None) -> bool:
        """Whether work of this assignee (None: nobody has it) is for this subject to do."""
        if assignee is None:
            return not self.listed or self._present <= {subject}
        carriers = self.carriers(assignee)
        return subject == assignee or subject in carriers or not carriers

    def is_free(self, assignee: str | None) -> bool:
        """Whether a member may take this work: nobody has it, or it fell to the team."""
        return assignee is None or not self.carriers(assignee)

    def may_give(self, subject: str) -> bool:
        """Whether this subject may give work to others: a head or a duty officer.

        Everybody may in an office without a list, and where neither is there today, so that work can always be moved.
        """
        givers = {one for one in self._present if self.positions[one] in GIVING}
        if not self.listed or not givers:
            return self.is_worker(subject)
        return self.positions.get(subject) in GIVING

    @cached_property
    def _present(self) -> frozenset[str]:
        return frozenset(self.positions.keys() - self.absent.keys())
