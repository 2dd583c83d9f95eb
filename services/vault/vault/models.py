"""Tables of the vault, schema `vault`. No column holds a readable word about a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from kit import tables
from kit.db import table_base

SCHEMA = "vault"
Base = table_base(SCHEMA)
tables.install(Base.metadata)


class IndexKey(Base, table=True):
    """The one key of the look-up digests, wrapped by the master key; it also shows a wrong master key."""

    __tablename__ = "index_keys"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: datetime


class CaseKey(Base, table=True):
    """The data key of a case, wrapped by the master key. Destroying the row makes all texts of the case unreadable.

    `known_at` is when the case was first confirmed: by the bus, by its owner, or by a service that seals in it later.
    `abandoned_at` is when its owner said that it never committed the case. The case is in the bin from then until it
    is confirmed after all (`known_at` is set) or destroyed.
    """

    __tablename__ = "case_keys"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_case_keys_orphans", "created_at", postgresql_where=text("known_at IS NULL")),)

    case_id: str = Field(primary_key=True, sa_type=Text)
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: datetime
    known_at: datetime | None = None
    abandoned_at: datetime | None = None


class SealedText(Base, table=True):
    """One text. The newest (highest `seq`) of a name is the field's value."""

    __tablename__ = "sealed_texts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_sealed_texts_case_id_name_seq", "case_id", "name", "seq"),)

    ref: str = Field(primary_key=True, sa_type=Text)
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    case_id: str = Field(foreign_key="case_keys.case_id", ondelete="CASCADE", sa_type=Text)
    group: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    sealed_by: str = Field(sa_type=Text)
    sealed_at: datetime


class Reason(Base, table=True):
    """Why somebody opened groups of a case, in words, sealed under the case's key.

    `until`: the same person may open the same groups for the same purpose so long. Null where a system gave it.
    """

    __tablename__ = "reasons"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_reasons_case_id_actor", "case_id", "actor"),)

    reason_id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(foreign_key="case_keys.case_id", ondelete="CASCADE", sa_type=Text)
    office: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    groups: list[str] = Field(sa_column=Column(postgresql.ARRAY(Text), nullable=False))
    sealed: bytes = Field(sa_type=LargeBinary)
    given_at: datetime
    until: datetime | None = None


class LookUp(Base, table=True):
    """A digest that an identity can be found by, without opening one."""

    __tablename__ = "look_ups"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_look_ups_digest_kind", "digest", "kind"),)

    case_id: str = Field(primary_key=True, foreign_key="case_keys.case_id", ondelete="CASCADE", sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)


class AccessEntry(Base, table=True):
    """One entry of the log of an older release (`chain.Entry`). Nobody adds to it: later ones are in `look_links`."""

    __tablename__ = "access_log"  # pyright: ignore[reportAssignmentType]

    case_id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: datetime
    caller: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    on_behalf_of: str | None = Field(default=None, sa_type=Text)
    operation: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    purpose: str | None = Field(default=None, sa_type=Text)
    items: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class LookLink(Base, table=True):
    """One entry of `looks` of any service in its chain (`audit.chain.Link`). The role `audit` alone adds to it."""

    __tablename__ = "look_links"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("look", name="uq_look_links_look"),
        Index("ix_look_links_caller_actor_at", "caller", "actor", "at"),
    )

    chain: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    look: str = Field(sa_type=Text)
    service: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    at: datetime
    caller: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    on_behalf_of: str | None = Field(default=None, sa_type=Text)
    operation: str = Field(sa_type=Text)
    part: str | None = Field(default=None, sa_type=Text)
    several: int | None = None
    items: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    ground: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    purpose: str | None = Field(default=None, sa_type=Text)
    answer: int = Field(sa_type=SmallInteger)
    refusal: str | None = Field(default=None, sa_type=Text)
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class LookSeal(Base, table=True):
    """How many links there are, and where the chains that grew end (`audit.chain.Seal`). Only added to, by `audit`."""

    __tablename__ = "look_seals"  # pyright: ignore[reportAssignmentType]

    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: datetime
    links: int = Field(sa_type=BigInteger)
    heads: dict[str, list[Any]] = Field(sa_column=Column(JSONB, nullable=False))
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class LookCursor(Base, table=True):
    """How far the entries of a service are fetched. `missing`: lower numbers not seen yet → since when."""

    __tablename__ = "look_cursors"  # pyright: ignore[reportAssignmentType]

    service: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    missing: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


class LookGap(Base, table=True):
    """Numbers that a service never handed over: rolled back, or gone before they were fetched. Only added to."""

    __tablename__ = "look_gaps"  # pyright: ignore[reportAssignmentType]

    service: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    noticed_at: datetime = Field(primary_key=True)


class LookKey(Base, table=True):
    """The one key of links and seals, wrapped by the master key."""

    __tablename__ = "look_keys"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    wrapped: bytes = Field(sa_type=LargeBinary)
    created_at: datetime
