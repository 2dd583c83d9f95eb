"""Bodies and answers of the operations on members. Names stand in them, and nowhere else outside this database."""

from collections import Counter
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, field_validator, model_validator

from contracts.ids import Code, OfficeRef
from contracts.members import Position
from contracts.times import Day
from contracts.writing import FREE, line
from kit.http import Body

MAX_MEMBERS = 1_000
"""Of one office, at one time. So its document in the bucket stays below what NATS takes."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^<>]+$"), AfterValidator(line), FREE]


class MemberIn(Body):
    """One member as the agency's own list has it."""

    subject: Code = Field(description="Opaque id, as the provider puts it into tokens (`sub`, or the agency's claim).")
    active: bool = Field(default=True, description="False: leaves today, unless the day of leaving is past.")
    name: Name | None = Field(default=None, description="As colleagues know the person. Of a system: its name.")
    position: Position | None = None
    valid_from: Day | None = Field(default=None, description="First day; left out: from now on, or as it is.")
    valid_to: Day | None = Field(default=None, description="First day on which it is no member; left out: not known.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.active and (self.name is None or self.position is None):
            raise ValueError("a member has a name and a position")
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to is a day after valid_from")
        return self


class MembersIn(Body):
    """Members to set. Who is not named stays as it is, unless the list is complete."""

    members: list[MemberIn] = Field(min_length=1, max_length=MAX_MEMBERS)
    complete: bool = Field(default=False, description="Who is not in it leaves today.")

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: list[MemberIn]) -> list[MemberIn]:
        if any(times > 1 for times in Counter(one.subject for one in members).values()):
            raise ValueError("a subject stands in it twice")
        return members


class MembersSet(BaseModel):
    """What an import changed."""

    office: OfficeRef
    added: int
    changed: int
    ended: int = Field(description="Members who leave by it.")
    unchanged: int
    nobody_from: date | None = Field(
        description="First day on which nobody would be left who may act; null: there is always somebody."
    )


class AbsenceIn(Body):
    """Days on which a member is away. The same member and first day again: changes it."""

    subject: Code | None = Field(default=None, description="Who is away; left out: the caller.")
    valid_from: Day = Field(description="First day.")
    valid_to: Day | None = Field(description="First day back; null: not known. The first day itself: takes it back.")
    deputy: Code | None = Field(default=None, description="Member who acts meanwhile; left out: the whole team does.")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is not before valid_from")
        return self


class AbsenceOut(BaseModel):
    """An absence that is not over."""

    subject: Code
    valid_from: date
    valid_to: date | None
    deputy: Code | None


class MemberOut(BaseModel):
    """A member with the name for colleagues."""

    subject: Code
    name: str
    position: Position
    valid_from: date | None
    valid_to: date | None = Field(description="First day on which it is no member any more.")
    member: bool = Field(description="Whether it is one today.")
    absent: bool = Field(description="Whether it is away today.")


class MembersQuery(Body):
    """Which members are shown."""

    former: bool = Field(default=False, description="Also who has left.")


class MembersOut(BaseModel):
    """The members of an office, and who is away."""

    office: OfficeRef
    listed: bool = Field(description="Without a list, whoever has a token of the office is a member of it.")
    members: list[MemberOut]
    absences: list[AbsenceOut] = Field(description="That are not over.")
