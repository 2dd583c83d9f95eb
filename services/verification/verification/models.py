"""Tables of verification, schema `verification`: codes, times and references. Texts are in the vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Text
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "verification"
Base = table_base(SCHEMA)
tables.install(Base.metadata)


def _codes() -> Any:  # Any: SQLModel's Field is untyped
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class File(Base, table=True):
    """The file of one case. Adding a step locks its row."""

    __tablename__ = "files"  # pyright: ignore[reportAssignmentType]

    case_id: str = Field(primary_key=True, sa_type=Text)
    opened_at: datetime


class FileStep(Base, table=True):
    """One step of a file; no row is changed. `fact_id`: the fact that was stated, if any."""

    __tablename__ = "steps"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_steps_case_id_seq", "case_id", "seq"),)

    step_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    case_id: str = Field(foreign_key="files.case_id", sa_type=Text)
    kind: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime
    text_ref: str | None = Field(default=None, sa_type=Text)
    fact_id: str | None = Field(default=None, sa_type=Text)
    holds_paper: bool | None = None
    outcome: str | None = Field(default=None, sa_type=Text)
    basis: str | None = Field(default=None, sa_type=Text)
    grounds: list[str] = _codes()


class Evidence(Base, table=True):
    """One piece of evidence: its source in the list of a law, and the reference of its summary.

    `law`: the pack of the list; null in a row of an older release, whose letter is from the law of the report.
    """

    __tablename__ = "evidence"  # pyright: ignore[reportAssignmentType]

    evidence_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(foreign_key="files.case_id", index=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    law: str | None = Field(default=None, sa_type=Text)
    text_ref: str = Field(sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime
    recorded_at: datetime


class Paper(Base, table=True):
    """A certificate: the person is a victim, or is not. An office checks number and code; neither names the person."""

    __tablename__ = "papers"  # pyright: ignore[reportAssignmentType]

    paper_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(foreign_key="files.case_id", index=True, sa_type=Text)
    step_id: str = Field(foreign_key="steps.step_id", unique=True, sa_type=Text)
    number: str = Field(unique=True, sa_type=Text)
    code_digest: str = Field(sa_type=Text)  # SHA-256, hex: the code is random and long, and only the paper has it
    kind: str = Field(default="victim", sa_type=Text, sa_column_kwargs={"server_default": "victim"})
    office: str = Field(sa_type=Text)
    issued_at: datetime
    revoked_at: datetime | None = None
