"""Tables of offices, of their members, and of who has which work. No fold reads them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, text
from sqlmodel import Field

from casework.models.base import Base, json_column, of_case


class OfficeParticulars(Base, table=True):
    """One change of what an office says of itself. Append-only; the newest row of an office holds."""

    __tablename__ = "office_particulars"  # pyright: ignore[reportAssignmentType]

    office: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=Integer, description="From 1 in each office.")
    changed_by: str = Field(description="The office itself, or the one above it.")
    actor: str
    changed_at: datetime
    before: dict[str, Any] = json_column("{}")
    after: dict[str, Any] = json_column("{}")


class Members(Base, table=True):
    """Who is, was or will be a member of an office. An office without a row has no list."""

    office: str = Field(primary_key=True)
    subject: str = Field(primary_key=True, description="Opaque id that the provider gives the person or system.")
    name: str = Field(description="As colleagues know the person; it is shown by `list_members` alone.")
    position: str
    valid_from: date | None
    valid_to: date | None = Field(description="First day on which it is no member any more.")


class Absences(Base, table=True):
    """Days on which a member is away, and who deputises."""

    office: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None = Field(description="First day on which the member is back; on the first day: none was.")
    deputy: str | None


class MemberChanges(Base, table=True):
    """One change of a member or of an absence. Append-only."""

    __tablename__ = "member_changes"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_member_changes_office", "office", "seq"),)

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    office: str
    subject: str
    changed_by: str = Field(description="The office that changed it.")
    actor: str
    changed_at: datetime
    before: dict[str, Any] = json_column("{}")
    after: dict[str, Any] = json_column("{}")


class Assignees(Base, table=True):
    """Which member of an office has its work in one lane of a case; a row that has ended is history.

    No fold reads or writes it. The runtime role may only add rows, and end them.
    """

    __table_args__ = (
        Index("uq_assignees_open", "office", "case_id", "lane", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_assignees_subject", "office", "subject", postgresql_where=text("ended_at IS NULL")),
    )

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    office: str
    case_id: str = of_case()
    lane: str
    subject: str = Field(description="Opaque id of the member.")
    given_by: str = Field(description="Opaque id of who gave it; the member itself, if it took it.")
    given_at: datetime
    ended_at: datetime | None
    ended_by: str | None
