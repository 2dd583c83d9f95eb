"""Events of `casework`, the only owner of lanes, holders and clocks."""

from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.codes import Confidence
from contracts.envelope import CaseEvent, Event
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.standing import Standing

TransferState = Literal[
    "proposed",
    "accepted",
    "person_moved",
    "file_received",
    "sender_closed",
    "declined",
    "lapsed",
    "cancelled",
    "void",
]
"""The state of a transfer of a case to another province."""


ARMS = "Whether the workflow of the case must be sent its waits: it would wake too late without them, or must end."


class CaseChanged(CaseEvent, producer="casework", name="case.changed", version=1):
    """A case changed in a way that somebody acts on.

    It opened, closed or opened again, a lane ended or has another holder, an office is asked, or waits changed. Rights
    are decided on the standing in the bucket (`contracts.topology.STANDINGS`), which has every change. The standing
    says which office holds a protective lane, and where, and only services can read this subject. No API shows it:
    `casework.service.visibility` decides what an office sees of these lanes.
    """

    case_version: int = Field(ge=1, description="Grows by one with each change; an older one is ignored.")
    standing: Standing = Field(description="How each office is related to the case in this version.")
    arms: bool = Field(default=True, description=ARMS)


class FactCorrected(CaseEvent, producer="casework", name="fact.corrected", version=1):
    """A fact was corrected: the step was withdrawn, or happened at another time.

    A service that keeps a record of the step marks it too.
    """

    fact_id: OpaqueId = Field(description="The corrected fact. A service ignores a fact that it did not state.")
    correction_id: OpaqueId
    lane: Code
    state: Code
    withdrawn: bool = Field(description="True if the step did not happen; no correction follows a withdrawal.")
    occurred_at: AwareDatetime | None = Field(
        default=None, description="When the step really happened; null if it was withdrawn."
    )
    recorded_at: AwareDatetime = Field(
        description="Later than every earlier correction of the fact, so that the correction entered last wins."
    )


AttentionKind = Literal[
    "warning",
    "reminder",
    "breach",
    "acknowledge",
    "answer",
    "escalation",
    "attention",
    "gap",
    "fallback",
    "no_receiver",
    "closed",
    "outcome",
    "person_left",
    "identification_withdrawn",
    "paper_revoked",
    "sign",
    "signed",
    "sign_refused",
    "sign_void",
    "received",
    "sight_gained",
    "reported_again",
    "break_glass",
    "break_glass_review",
]
"""What an office is told by `attention.raised`. Notify has these kinds of notice, and its own."""

CaseResult = Literal["identified", "not_identified", "undecided", "closed", "reopened"]
"""What became of a case, as its reporter is told it. `undecided`: the result that was told before does not hold."""


class AttentionRaised(CaseEvent, producer="casework", name="attention.raised", version=1):
    """Notify tells one office: a wait fired, for example at a breach; another office ended or unmade something in the
    case; nobody is left to answer a proposal of the office; its report was received and has a result; another office
    looks at the case now; the person was reported anew; or an office outside the case opened it for danger to life.
    """

    kind: AttentionKind
    office: OfficeRef = Field(description="The office to notify.")
    lane: Code
    rule: Code | None = Field(default=None, description="The rule of the clock, if a clock is the cause.")
    wait_id: Code = Field(description="The wait that fired. It is unique in the case together with `stage`.")
    stage: Code
    due_at: AwareDatetime | None = None
    confidence: Confidence | None = Field(
        default=None,
        description="How sure the limit of the clock is; null for verified text and where none is a cause.",
    )
    result: CaseResult | None = Field(
        default=None,
        description="Of kind `outcome`, to the office that reported the case or to the hotline: what became of it.",
    )
    raised_at: AwareDatetime


class TransferChanged(CaseEvent, producer="casework", name="transfer.changed", version=1):
    """A transfer of a case to another province took its next step, or ended without it."""

    transfer_id: OpaqueId
    transfer_version: int = Field(ge=1, description="Grows with each change; an older one is ignored.")
    state: TransferState
    from_office: OfficeRef
    to_office: OfficeRef
    lanes: tuple[Code, ...] = Field(description="Lanes that move together.")
    changed_at: AwareDatetime


class ClocksMoved(CaseEvent, producer="casework", name="clocks.moved", version=1):
    """A case was folded again because the law was amended, and must be looked at earlier than before.

    No office did a step. A case whose waits only became later sends none: it is looked at too early once.
    """

    case_version: int = Field(ge=1, description="Grows by one with each change; an older one is ignored.")
    amendment_id: OpaqueId = Field(description="The newest amendment that the case is now folded under.")
    moved: int = Field(ge=0, description="Clocks whose due instant or breach changed.")
    offices: tuple[OfficeRef, ...] = Field(description="Offices that these clocks belong to.")
    moved_at: AwareDatetime
    arms: bool = Field(default=True, description=ARMS)


def _as_first_sent(schema: dict[str, Any]) -> None:
    """Messages of the first release have no `amendment_id`; the schema of version 1 accepts them."""
    schema["required"].remove("amendment_id")
    schema["properties"]["case_id"].pop("default")


class AmendmentApplied(Event, producer="casework", name="amendment.applied", version=1):
    """Every open case is folded under an amendment. One event for each office that it concerns."""

    model_config = ConfigDict(json_schema_extra=_as_first_sent)

    amendment_id: OpaqueId = Field(
        description="The amendment. The event is about the work of an office, not about one case."
    )
    case_id: OpaqueId = Field(
        default="",
        description="The same id, under the name that the first release gave it. It is always sent.",
        json_schema_extra={"deprecated": True},
    )
    office: OfficeRef = Field(description="The office to notify.")
    moved: int = Field(
        ge=1, description="How many clocks of this office moved, with all that came to it from another office."
    )
    cases: int = Field(ge=1, description="In how many cases.")
    applied_at: AwareDatetime

    @model_validator(mode="before")
    @classmethod
    def _one_id(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The id may come under either name; from here on it has both."""
        one = given.get("amendment_id", given.get("case_id"))
        return given if one is None else {**given, "amendment_id": one, "case_id": one}

    def about(self) -> str:
        """Id of the amendment."""
        return self.amendment_id
