"""Tables of amendments of the law and of the offices."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, String, text
from sqlmodel import Field

from casework.models.base import SCHEMA, Base, json_column, of_case


class Amendments(Base, table=True):
    """An amendment of the law. A proposal never changes; its signature is written once and chained."""

    __table_args__ = (Index("uq_amendments_effective_seq", "effective_seq", unique=True),)

    amendment_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    kind: str
    body: dict[str, Any] = json_column("{}")
    content_hash: str
    decision: str
    reason: str
    proposed_office: str
    proposed_actor: str
    proposed_at: datetime
    state: str
    signed_office: str | None
    signed_actor: str | None
    signed_at: datetime | None
    effective_seq: int | None = Field(description="Order of the signatures, from 1.")
    prev_hash: str | None = Field(description="`chain_hash` of the signature before.")
    chain_hash: str | None = Field(description="Hash of everything that was signed, with `prev_hash`.")
    withdrawn_office: str | None
    withdrawn_actor: str | None
    withdrawn_at: datetime | None
    applied_at: datetime | None = Field(description="When every open case had been folded under it.")


class AmendmentMoves(Base, table=True):
    """Clocks of one office that an amendment moved in one case. `told_at`: when the office was notified of all."""

    __tablename__ = "amendment_moves"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_amendment_moves_untold", "amendment_id", postgresql_where=text("told_at IS NULL")),)

    amendment_id: str = Field(
        sa_column=Column(String, ForeignKey(f"{SCHEMA}.amendments.amendment_id"), primary_key=True, nullable=False)
    )
    case_id: str = of_case(primary_key=True)
    office: str = Field(primary_key=True, description="Empty where the directory names no office for the clock.")
    moved: int
    told_at: datetime | None
