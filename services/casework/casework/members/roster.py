"""The members of one office with their names, and their absences: pure data, with the questions that others ask."""

from datetime import date
from functools import cached_property

from casework.domain.records import Record
from contracts.members import Member, OfficeMembers, Position


class NamedMember(Member):
    """A member with the name by which colleagues know it. The name leaves casework in `list_members` alone."""

    name: str


class Absence(Record):
    """Days on which a member is away. `valid_to`: the first day on which it is back; None: nobody knows it yet."""

    subject: str
    valid_from: date
    valid_to: date | None = None
    deputy: str | None = None

    def holds(self, day: date) -> bool:
        """Whether the member is away on a day of legal time."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Roster(Record):
    """Everybody who is, was or will be a member of one office. An office without a list has nobody in it.

    Attributes:
        office: whose roster it is.
        members: in the order of their subjects.
        absences: in the order of subjects and first days.
    """

    office: str
    members: tuple[NamedMember, ...] = ()
    absences: tuple[Absence, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether the office has a list. Without one, whoever has a token of the office is a member of it."""
        return bool(self.members)

    @cached_property
    def _by_subject(self) -> dict[str, NamedMember]:
        return {member.subject: member for member in self.members}

    def member(self, subject: str) -> NamedMember | None:
        """The entry of a subject, also of one who has left."""
        return self._by_subject.get(subject)

    def on(self, day: date) -> tuple[NamedMember, ...]:
        """The members on a day of legal time, also those who are absent."""
        return tuple(member for member in self.members if member.holds(day))

    def present(self, day: date) -> tuple[NamedMember, ...]:
        """The members on a day who are not absent."""
        return tuple(member for member in self.on(day) if not self.is_absent(member.subject, day))

    def position(self, subject: str, day: date) -> Position | None:
        """The position of a subject on a day; None: no member then."""
        found = self._by_subject.get(subject)
        return found.position if found is not None and found.holds(day) else None

    def is_absent(self, subject: str, day: date) -> bool:
        """Whether a subject is away on a day."""
        return any(absence.subject == subject and absence.holds(day) for absence in self.absences)

    def deputised_by(self, subject: str, day: date) -> frozenset[str]:
        """The absent members for whom this subject is the deputy on a day."""
        return frozenset(
            absence.subject
            for absence in self.absences
            if absence.deputy == subject and absence.holds(day) and self.position(absence.subject, day) is not None
        )

    def nobody_from(self, day: date) -> date | None:
        """The first day, from this one on, on which nobody is left who may act; None: there is always somebody.

        An auditor does not count, because it only reads; nor does a system, because no office is without a person.
        """
        no_person = (Position.AUDITOR, Position.SYSTEM)
        acting = [member for member in self.members if member.position not in no_person]
        days = {day, *(member.valid_to for member in acting if member.valid_to is not None and member.valid_to > day)}
        return next((one for one in sorted(days) if not any(member.holds(one) for member in acting)), None)

    def published(self, day: date) -> OfficeMembers:
        """What the other services are told on a day: without names, and without those who have left."""
        told = [one for one in self.members if one.valid_to is None or one.valid_to > day]
        return OfficeMembers(members=tuple(Member(**one.model_dump(exclude={"name"})) for one in told))
