"""Events of `casework`, the only owner of lanes, holders and clocks."""

from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.envelope import CaseEvent, Event
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.standing import Standing


class CaseChanged(CaseEvent, producer="casework", name="case.changed", version=1):
    """A fact was folded: who may act now, and in which version. Sent for every accepted change of a case.

    The standing tells who holds a protective lane and where: services need it to decide on rights, and only they can
    read this subject. No API shows it; `casework.service.visibility` decides what an office sees of these lanes.
    """

    case_version: int = Field(ge=1, description="Grows by one with each change; an older one is ignored.")
    standing: Standing = Field(description="Who holds, held, reported, is asked; the projection for local rights.")


class FactCorrected(CaseEvent, producer="casework", name="fact.corrected", version=1):
    """A step of a case was withdrawn, or happened at another time: who keeps a record of it marks that, too."""

    fact_id: OpaqueId = Field(description="The fact, as it was stated; one of another service's is passed over.")
    correction_id: OpaqueId
    lane: Code
    state: Code
    withdrawn: bool = Field(description="It did not happen; no later correction follows.")
    occurred_at: AwareDatetime | None = Field(default=None, description="When it happened indeed; null if withdrawn.")
    recorded_at: AwareDatetime = Field(description="Of two corrections of one fact the later counts.")


class AttentionRaised(CaseEvent, producer="casework", name="attention.raised", version=1):
    """An office must be told something of a case: a warning, a breach, a request for an answer, an end by another."""

    kind: Literal[
        "warning", "reminder", "breach", "acknowledge", "answer", "escalation", "attention", "gap", "fallback", "closed"
    ]
    office: OfficeRef = Field(description="The office to tell.")
    lane: Code
    rule: Code | None = Field(default=None, description="The rule whose clock this is, where there is one.")
    wait_id: Code = Field(description="The wait that fired; with `stage` unique in the case.")
    stage: Code
    due_at: AwareDatetime | None = None
    raised_at: AwareDatetime


class TransferChanged(CaseEvent, producer="casework", name="transfer.changed", version=1):
    """A transfer of a case to another province took its next step, or ended without it."""

    transfer_id: OpaqueId
    transfer_version: int = Field(ge=1, description="Grows with each change; an older one is ignored.")
    state: Literal[
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
    from_office: OfficeRef
    to_office: OfficeRef
    lanes: tuple[Code, ...] = Field(description="Lanes that move together.")
    changed_at: AwareDatetime


class ClocksMoved(CaseEvent, producer="casework", name="clocks.moved", version=1):
    """A case was folded anew because the law was amended; nobody did a step. Its waits are others now."""

    case_version: int = Field(ge=1, description="Grows by one with each change; an older one is ignored.")
    amendment_id: OpaqueId = Field(description="The newest amendment that the case is now folded under.")
    moved: int = Field(ge=0, description="Clocks whose due instant or breach changed.")
    offices: tuple[OfficeRef, ...] = Field(description="Offices whose clocks these are.")
    moved_at: AwareDatetime


def _as_first_sent(schema: dict[str, Any]) -> None:
    """Messages of the first release have no `amendment_id`; the schema of version 1 accepts them."""
    schema["required"].remove("amendment_id")
    schema["properties"]["case_id"].pop("default")


class AmendmentApplied(Event, producer="casework", name="amendment.applied", version=1):
    """No open case is left behind an amendment: how many due dates of one office it moved. One for each such office."""

    model_config = ConfigDict(json_schema_extra=_as_first_sent)

    amendment_id: OpaqueId = Field(description="The amendment; this is about an office's work, not about one case.")
    case_id: OpaqueId = Field(
        default="",
        description="The same id, under the name that the first release gave it. It is always sent.",
        json_schema_extra={"deprecated": True},
    )
    office: OfficeRef = Field(description="The office to notify.")
    moved: int = Field(ge=1, description="Clocks of its work that moved.")
    cases: int = Field(ge=1, description="Cases that these are in.")
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
