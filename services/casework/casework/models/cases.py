"""Tables of cases: what was stated, what follows from it, and their timeline."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from casework.models.base import SCHEMA, Base, json_column, of_case
from contracts.numbers import LENGTH, LETTERS

_HASH = "encode(sha256(decode(case_id, 'escape')), 'hex')"
NUMBER_KEY = f"translate(\"left\"({_HASH}, {LENGTH}), '0123456789abcdef', '{LETTERS}')"
"""`contracts.numbers.number_key` of the column `case_id`; `decode` makes bytes of the text."""
ALIAS_KEY = f"substr({_HASH}, {LENGTH + 1}, 3)"
"""`contracts.numbers.alias_key` of the column `case_id`."""


class Cases(Base, table=True):
    """One case: how it was opened, which pack it is pinned to, and its state. Every change writes this row."""

    __table_args__ = (
        Index("ix_cases_law_seq", "law_seq", "case_id", postgresql_where=text("NOT closed")),
        Index("ix_cases_number", text(NUMBER_KEY)),
        Index("ix_cases_alias", text(ALIAS_KEY)),
    )

    case_id: str = Field(primary_key=True)
    report_id: str
    route: str
    channel: str
    reporter: str = Field(description="Office that took the report.")
    actor: str
    province: str = Field(description="Province in which the report places the person, or `abroad`.")
    commune: str | None
    occurred_at: datetime
    recorded_at: datetime
    age_band: str
    turns_18_on: date | None = Field(default=None, description="Of a minor whose birth was stated.")
    foreign: bool
    nationality: str | None = Field(default=None, description="As reported; null in a case of an older release.")
    urgent: bool
    reporter_known: bool
    accompanies: str | None
    needs: list[str] = json_column("[]")
    linked: list[str] = json_column("[]")
    marks: list[str] = json_column("[]")
    flags: list[str] = json_column("[]")
    pack_id: str
    pack_hash: str = Field(description="Content hash of its version of the pack; only an amendment changes it.")
    beside_hash: str | None = Field(
        default=None, description="The same of the pack of the law after it, which may govern some lanes."
    )
    law_seq: int = Field(
        sa_column=Column(Integer, nullable=False, server_default=text("0")),
        description="`effective_seq` of the amendment under which its rows were last folded; 0: no amendment.",
    )
    regime_support: str | None
    status: str
    closed: bool
    outcome: str | None
    version: int = Field(description="Grows by one with every change.")
    next_seq: int = Field(description="Sequence number of the next fact.")
    wakes_at: datetime | None = Field(
        default=None, description="Instant at which its workflow wakes at the latest (`domain.wakes`); null: none."
    )


class Facts(Base, table=True):
    """One step as an office stated it. Append-only."""

    __table_args__ = (Index("uq_facts_case_id_seq", "case_id", "seq", unique=True),)

    fact_id: str = Field(primary_key=True)
    case_id: str = of_case()
    seq: int
    kind: str
    lane: str
    state: str
    occurred_at: datetime
    recorded_at: datetime
    office: str
    actor: str
    attributes: dict[str, Any] = json_column("{}")
    documents: list[str] = json_column("[]")


class Corrections(Base, table=True):
    """A correction of a fact: another instant, or its withdrawal. Append-only; the newest one counts."""

    __table_args__ = (Index("ix_corrections_case_id", "case_id"),)

    correction_id: str = Field(primary_key=True)
    case_id: str = of_case()
    fact_id: str = Field(sa_column=Column(String, ForeignKey(f"{SCHEMA}.facts.fact_id"), nullable=False))
    occurred_at: datetime | None
    withdrawn: bool
    reason_ref: str | None = Field(description="Reference to the sealed reason.")
    recorded_at: datetime
    office: str
    actor: str


class Pauses(Base, table=True):
    """One entry of the pause ledger of a clock."""

    __table_args__ = (Index("ix_pauses_case_id", "case_id"),)

    pause_id: str = Field(primary_key=True)
    case_id: str = of_case()
    clock_id: str = Field(description="Id that the clock had then; late entries may change the number in it.")
    rule: str | None
    lane: str | None
    started_by: str | None = Field(description="The fact that started the clock, or `opening`.")
    basis: str
    paused_at: datetime
    recorded_at: datetime
    office: str
    resumed_at: datetime | None
    resumed_recorded_at: datetime | None
    resumed_by: str | None
    decision: str | None = Field(description="Number of the decision; null before decisions were asked for.")
    documents: list[str] | None = Field(
        sa_column=Column(JSONB), description="References of the sealed document that states it; null as above."
    )


class Lanes(Base, table=True):
    """State and holder of a lane."""

    case_id: str = of_case(primary_key=True)
    lane: str = Field(primary_key=True)
    state: str
    holder: str | None
    place: str = Field(description="Code of the place where the lane is.")
    body: dict[str, Any] = json_column("{}")


class Clocks(Base, table=True):
    """One clock, open or ended."""

    case_id: str = of_case(primary_key=True)
    clock_id: str = Field(primary_key=True)
    rule: str
    lane: str
    office: str | None
    body: dict[str, Any] = json_column("{}")


class Handovers(Base, table=True):
    """A proposal that another office takes a lane over. `state`: proposed, accepted, declined, void."""

    __table_args__ = (
        Index("uq_handovers_open", "case_id", "lane", unique=True, postgresql_where=text("state = 'proposed'")),
        Index("ix_handovers_to_office", "to_office", "recorded_at"),
        Index("ix_handovers_from_office", "from_office", "recorded_at"),
        Index("ix_handovers_case_id", "case_id"),
    )

    handover_id: str = Field(primary_key=True)
    case_id: str = of_case()
    lane: str
    from_office: str
    to_office: str
    reason: str
    state: str
    occurred_at: datetime
    recorded_at: datetime
    answer_by: datetime | None
    lapsed_at: datetime | None
    answered_at: datetime | None
    answered_recorded_at: datetime | None
    answer_reason: str | None
    actor: str
    answered_by: str | None
    transfer_id: str | None = Field(
        sa_column=Column(String, ForeignKey(f"{SCHEMA}.transfers.transfer_id"), nullable=True)
    )
    step: str | None
    place: str | None = Field(description="Where the lane is to be, if the sender named it.")


class Transfers(Base, table=True):
    """A transfer of a case to another place. All of its waits are in the row; `version` is their version."""

    __table_args__ = (
        Index("ix_transfers_to_office", "to_office", "recorded_at"),
        Index("ix_transfers_from_office", "from_office", "recorded_at"),
        Index("ix_transfers_case_id", "case_id"),
        Index("ix_transfers_waiting", "transfer_id", postgresql_where=text("next_at IS NOT NULL")),
    )

    transfer_id: str = Field(primary_key=True)
    case_id: str = of_case()
    from_office: str
    to_office: str
    lanes: list[str] = json_column("[]")
    place: str | None = Field(description="Where the lanes are to be, if the sender named it.")
    reason: str
    state: str
    version: int
    recorded_at: datetime
    next_at: datetime | None = Field(description="Instant of its earliest wait; null without waits.")
    steps: list[dict[str, Any]] = json_column("[]")
    waits: list[dict[str, Any]] = json_column("[]")


class Countersignings(Base, table=True):
    """A step that needs a second signature. `state`: waiting, signed, refused, void. No text of a person is in it."""

    __table_args__ = (
        Index("ix_countersignings_case_id", "case_id"),
        Index("ix_countersignings_asked", "asked", "recorded_at"),
        Index("ix_countersignings_office", "office", "recorded_at"),
    )

    signing_id: str = Field(primary_key=True)
    case_id: str = of_case()
    office: str = Field(description="Office of the author.")
    actor: str = Field(description="The author.")
    operation: str
    body: dict[str, Any] = json_column("{}")
    documents: list[str] = json_column("[]")
    lane: str
    step: str = Field(description="State of the lane, or outcome of the closing.")
    fact_id: str = Field(description="The fact, or the correction, that it makes or made.")
    about: str | None = Field(description="The fact that it withdraws.")
    counts: bool = Field(description="Whether it counted before it was signed.")
    asked: str = Field(description="The office in whose queue it stands.")
    state: str
    recorded_at: datetime
    due_at: datetime
    answered_at: datetime | None
    answered_office: str | None
    answered_actor: str | None = Field(description="The second person.")
    reason: str | None


class Restrictions(Base, table=True):
    """What a signed restriction of a case adds. Subjects are opaque; the reason is sealed."""

    __table_args__ = (
        Index("ix_restrictions_case_id", "case_id"),
        Index("ix_restrictions_held", "case_id", postgresql_where=text("lifted_at IS NULL")),
    )

    restriction_id: str = Field(primary_key=True)
    case_id: str = of_case()
    office: str = Field(description="Office of the author.")
    actor: str = Field(description="The author.")
    closes: bool = Field(description="Only the named members work on the case.")
    members: dict[str, Any] = json_column("{}")
    offices: list[str] = json_column("[]")
    persons: list[str] = json_column("[]")
    documents: list[str] = json_column("[]")
    recorded_at: datetime
    lifted_at: datetime | None
    lifted_office: str | None
    lifted_actor: str | None


class BreakGlass(Base, table=True):
    """A case that an office outside it opened for danger to life, until it is reviewed. The reason is sealed."""

    __tablename__ = "break_glass"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (Index("ix_break_glass_case_id", "case_id"),)

    break_glass_id: str = Field(primary_key=True)
    case_id: str = of_case()
    office: str
    actor: str = Field(description="Who asked.")
    documents: list[str] = json_column("[]")
    recorded_at: datetime
    confirm_by: datetime
    confirmed_at: datetime | None
    confirmed_actor: str | None = Field(description="The second person.")
    until: datetime | None = Field(description="From this instant on nobody reads by it.")
    reviewer: str | None = Field(description="The office in whose queue the review stands.")
    reviewed_at: datetime | None
    reviewed_office: str | None
    reviewed_actor: str | None
    result: str | None = Field(description="justified or abuse.")


CLAIMABLE = "(claimed_at IS NULL AND (body->>'stage') NOT IN ('acknowledge', 'answer', 'tell'))"
"""Condition of an open wait on which casework can act without a fold. An unanswered hand-over lapses, an unanswered
acknowledgement changes the queue, and the end of a quiet time changes an older record."""


class Waits(Base, table=True):
    """One open wait: an instant at which something must happen if nobody acts. The table has them all.

    A wait that was claimed (`casework.claims`) stays until the next fold of its case.
    """

    __table_args__ = (
        Index("ix_waits_at", "at", postgresql_where=text(CLAIMABLE)),
        Index("ix_waits_claimed", "case_id", postgresql_where=text("claimed_at IS NOT NULL")),
    )

    case_id: str = of_case(primary_key=True)
    wait_id: str = Field(primary_key=True)
    at: datetime
    body: dict[str, Any] = json_column("{}")
    claimed_at: datetime | None


class Claims(Base, table=True):
    """The record that a wait has fired. A unique index lets it fire only once; an unfounded one is withdrawn."""

    __table_args__ = (
        Index(
            "uq_claims_active",
            "case_id",
            "wait_id",
            "stage",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_claims_case_id", "case_id"),
    )

    claim_id: str = Field(primary_key=True)
    case_id: str = of_case()
    wait_id: str
    stage: str
    kind: str
    lane: str
    rule: str | None
    clock_id: str | None
    office: str | None
    at: datetime
    due_at: datetime | None
    claimed_at: datetime
    told_at: datetime | None = Field(description="When the office was notified; null in the quiet of a late entry.")
    withdrawn_at: datetime | None
    withdrawn_by: str | None = Field(description="The fact, correction, pause or amendment that withdrew it.")


class Work(Base, table=True):
    """One line of an office's queue, in the order of due; without a due instant it comes last."""

    __table_args__ = (
        Index("ix_work_office_order", "office", "order_at", "work_id"),
        Index("ix_work_case_id", "case_id"),
    )

    work_id: str = Field(primary_key=True)
    case_id: str = of_case()
    office: str
    lane: str
    order_at: datetime
    overdue_from: datetime | None = Field(description="Instant from which the line is overdue; null: never.")
    body: dict[str, Any] = json_column("{}")


class Journal(Base, table=True):
    """One line of the timeline: codes, ids and instants. Append-only."""

    __table_args__ = (Index("ix_journal_case_id_seq", "case_id", "seq"),)

    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    case_id: str = of_case()
    recorded_at: datetime
    occurred_at: datetime | None
    kind: str
    lane: str | None
    state: str | None
    rule: str | None
    office: str | None
    ref: str | None = Field(description="Id of the fact, clock, wait, hand-over or amendment that it is about.")
    details: dict[str, Any] = json_column("{}")
