"""The stored rows of a case as plain records. Their fields are the columns of the tables in `casework.models`."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from contracts.events.casework import TransferState
from contracts.events.intake import AgeBand, Nationality
from contracts.standing import Status
from regulations.case import Stated
from regulations.wait import Wait


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant in UTC, as PostgreSQL gives it back. With the offset of the sender, the first fold of a fact would write
its clocks with that offset, and the next fold would write all of them again."""

HandoverState = Literal["proposed", "accepted", "declined", "void"]
SigningState = Literal["waiting", "signed", "refused", "void"]


class Record(BaseModel):
    """Base of the records. A record never changes; a change makes a copy."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CaseRecord(Record):
    """How a case was opened, which pack it is pinned to, and its state."""

    case_id: str
    report_id: str
    route: str
    channel: str
    reporter: str
    actor: str
    province: str
    commune: str | None
    occurred_at: Instant
    recorded_at: Instant
    age_band: AgeBand
    turns_18_on: date | None = None
    foreign: bool
    nationality: Nationality | None = None
    urgent: bool
    reporter_known: bool
    accompanies: str | None
    needs: list[str]
    linked: list[str]
    marks: list[str]
    flags: list[str]
    pack_id: str
    pack_hash: str
    beside_hash: str | None = None
    regime_support: str | None = None
    status: Status = "in_process"
    closed: bool = False
    outcome: str | None = None
    version: int = 0
    next_seq: int = 1
    law_seq: int = 0
    wakes_at: Instant | None = None


class FactRecord(Record, Stated):
    """One step as it was stated. `regulations.Fact` says what each kind means."""

    fact_id: str
    case_id: str
    seq: int
    lane: str = ""
    state: str = ""
    occurred_at: Instant
    recorded_at: Instant
    actor: str
    documents: list[str] = []


class CorrectionRecord(Record):
    """A correction of a fact: another instant, or its withdrawal."""

    correction_id: str
    case_id: str
    fact_id: str
    occurred_at: Instant | None
    withdrawn: bool
    reason_ref: str | None
    recorded_at: Instant
    office: str
    actor: str


class PauseRecord(Record):
    """A pause of a clock from `paused_at` to `resumed_at` on a legal basis (`regulations.Pause`).

    `clock_id` is the id that the clock had when it was paused. Old entries whose clock no
    longer existed when the columns were added have no rule, lane and starting fact. `decision` is the number of the
    decision, `documents` are the references of the sealed document that states it; entries of before have neither.
    """

    pause_id: str
    case_id: str
    clock_id: str
    rule: str | None = None
    lane: str | None = None
    started_by: str | None = None
    basis: str
    paused_at: Instant
    recorded_at: Instant
    office: str
    resumed_at: Instant | None = None
    resumed_recorded_at: Instant | None = None
    resumed_by: str | None = None
    decision: str | None = None
    documents: list[str] | None = None


class HandoverRecord(Record):
    """A proposal and its answer. With `step`, an office elsewhere proposes it to the office that carries the case.

    `place`: where the lane is to be afterwards, if the sender named it.
    """

    handover_id: str
    case_id: str
    lane: str
    from_office: str
    to_office: str
    reason: str
    state: HandoverState
    occurred_at: Instant
    recorded_at: Instant
    answer_by: Instant | None
    lapsed_at: Instant | None = None
    answered_at: Instant | None = None
    answered_recorded_at: Instant | None = None
    answer_reason: str | None = None
    actor: str
    answered_by: str | None = None
    transfer_id: str | None = None
    step: str | None = None
    place: str | None = None


class TransferStep(Record):
    """One step of a transfer as an office stated it; casework itself adds `lapsed` and `void`."""

    state: TransferState
    occurred_at: Instant
    recorded_at: Instant
    office: str
    actor: str
    reason: str | None = None


class TransferRecord(Record):
    """A case on its way to another place (`casework.domain.transfers`)."""

    transfer_id: str
    case_id: str
    from_office: str
    to_office: str
    lanes: list[str]
    place: str | None = None
    reason: str
    state: TransferState
    version: int = 0
    recorded_at: Instant
    next_at: Instant | None = None
    steps: list[TransferStep] = []
    waits: list[Wait] = []


class SigningRecord(Record):
    """A step that needs a second signature, and the answer (`casework.domain.countersigning`).

    `office`, `actor`: of its author. `body`: the step as stated, without a text. `lane`, `step`: a state of a lane, or
    the outcome of a closing, which has no lane. `fact_id`: the fact, or the correction, that it makes. `about`: the
    fact that it withdraws. `counts`: it counts since it was stated, because it was due at once or another service had
    recorded it; else it counts when it is signed. `asked`: the office in whose queue it stands.
    """

    signing_id: str
    case_id: str
    office: str
    actor: str
    operation: str
    body: dict[str, Any] = {}
    documents: list[str] = []
    lane: str = ""
    step: str
    fact_id: str
    about: str | None = None
    counts: bool
    asked: str
    state: SigningState = "waiting"
    recorded_at: Instant
    due_at: Instant
    answered_at: Instant | None = None
    answered_office: str | None = None
    answered_actor: str | None = None
    reason: str | None = None


class RestrictionRecord(Record):
    """What a restriction of a case adds (`casework.restrictions.domain`); all that were not lifted hold together.

    It is written when the second person has signed it. `members`: office → subjects. `offices`, `persons`: shut out,
    a person in every office. `documents`: references of the sealed reasons, of the lifting too.
    """

    restriction_id: str
    case_id: str
    office: str
    actor: str
    closes: bool = False
    members: dict[str, list[str]] = {}
    offices: list[str] = []
    persons: list[str] = []
    documents: list[str] = []
    recorded_at: Instant
    lifted_at: Instant | None = None
    lifted_office: str | None = None
    lifted_actor: str | None = None


class BreakGlassRecord(Record):
    """A case that an office outside it opened for danger to life (`casework.break_glass.domain`).

    `confirm_by`: until then a second person of the office may confirm. `until`: its end; None before it is confirmed.
    `reviewer`: the office that reviews it.
    """

    break_glass_id: str
    case_id: str
    office: str
    actor: str
    documents: list[str] = []
    recorded_at: Instant
    confirm_by: Instant
    confirmed_at: Instant | None = None
    confirmed_actor: str | None = None
    until: Instant | None = None
    reviewer: str | None = None
    reviewed_at: Instant | None = None
    reviewed_office: str | None = None
    reviewed_actor: str | None = None
    result: str | None = None


class FiredWait(Record):
    """The record that a wait has fired. `told_at`: when its office was notified; None in the quiet of a late entry."""

    claim_id: str
    case_id: str
    wait_id: str
    stage: str
    kind: str
    lane: str
    rule: str | None
    clock_id: str | None
    office: str | None
    at: Instant
    due_at: Instant | None
    claimed_at: Instant
    told_at: Instant | None
    withdrawn_at: Instant | None = None
    withdrawn_by: str | None = None


class TimelineEntry(Record):
    """One line of the timeline: codes, ids, instants."""

    case_id: str
    recorded_at: Instant
    occurred_at: Instant | None = None
    kind: str
    lane: str | None = None
    state: str | None = None
    rule: str | None = None
    office: str | None = None
    ref: str | None = None
    details: dict[str, Any] = {}
