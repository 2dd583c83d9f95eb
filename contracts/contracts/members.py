"""The members of an office as every service knows them: opaque subjects and positions, without names (ADR 0023)."""

from datetime import date
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from contracts.ids import Code


class Position(StrEnum):
    """What a member is in the office."""

    OFFICER = "officer"  # cán bộ, công chức thụ lý
    DUTY_OFFICER = "duty_officer"  # cán bộ trực
    HEAD = "head"  # lãnh đạo, người đứng đầu cơ quan
    AUDITOR = "auditor"  # người thanh tra, kiểm tra: reads, and does nothing else
    SYSTEM = "system"  # phần mềm của cơ quan: no person


class Member(BaseModel):
    """One member of an office.

    Attributes:
        subject: the opaque id that the provider gives the person or system, the same in each of its offices.
        valid_from: first day of legal time on which it holds; None: as long as anybody remembers.
        valid_to: first day on which it no longer holds; None: nobody knows one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: Code
    position: Position
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Whether this is a member of the office on a day of legal time."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class OfficeMembers(BaseModel):
    """The members of one office, now or later; who left before the list was last changed is not in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    members: tuple[Member, ...] = ()

    @cached_property
    def _by_subject(self) -> dict[str, Member]:
        return {member.subject: member for member in self.members}

    def who(self, subject: str, day: date) -> Member | None:
        """Who a subject is in the office on a day of legal time; None: no member then."""
        found = self._by_subject.get(subject)
        return found if found is not None and found.holds(day) else None


def position_of(word: object) -> Position | None:
    """The position that a word names; None for any other value, for example for a word of the provider's own."""
    try:
        return Position(word) if isinstance(word, str) else None
    except ValueError:
        return None
