"""Bodies and answers of protection's operations. `rules.py` judges codes by the lists of the law."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.times import Instant
from contracts.writing import Prose
from kit.http import Body
from protection.domain import Outcome

MAX_CODES = 30


Codes = Annotated[list[Code], Field(min_length=1, max_length=MAX_CODES)]


class RequestIn(Body):
    """A request for protection."""

    risks: Codes
    measures: Codes
    urgent: bool = Field(description="Requested orally or by telephone; the written request follows.")
    reason: Prose | None = Field(default=None, description="Sealed in the group of protection.")
    occurred_at: Instant


class PaperIn(Body):
    """The written request that follows an urgent one."""

    occurred_at: Instant


class StartIn(Body):
    """The start of measures: after the decision, or before it if the request is urgent."""

    occurred_at: Instant


class DecisionIn(Body):
    """The decision on a request."""

    outcome: Outcome
    measures: Codes | None = Field(default=None, description="Default: the measures of the request.")
    consent: bool = Field(default=False, description="The person's consent to measures that need it is on record.")
    free_of_pressure: bool = Field(
        default=False, description="The person refuses without threat or pressure; a refusal by the person needs it."
    )
    in_force: bool = Field(default=True, description="False if the measures are not carried out yet.")
    reason: Prose | None = Field(default=None, description="Sealed; a refusal needs one.")
    occurred_at: Instant


class ChangeIn(Body):
    """The measures from now on."""

    measures: Codes
    consent: bool = Field(default=False, description="The person's consent to measures that need it is on record.")
    reason: Prose | None = Field(default=None, description="Sealed in the group of protection.")
    occurred_at: Instant


class EndIn(Body):
    """Why the protection ends."""

    reason: Prose = Field(description="Sealed in the group of protection.")
    occurred_at: Instant


class PlacementIn(Body):
    """Where the person is sheltered."""

    facility: OfficeRef
    address: Prose = Field(description="Sealed in the group of protection; no message ever holds it.")
    occurred_at: Instant


class Stands(BaseModel):
    """The protection after the step."""

    protection_id: OpaqueId
    status: Code
    active: bool
    paper_due: bool


class ActView(BaseModel):
    """One step of a protection."""

    act_id: OpaqueId
    kind: Code
    office: str
    occurred_at: datetime = Field(description="As corrected.")
    recorded_at: datetime
    withdrawn: bool = Field(description="True if the step was withdrawn in the case's timeline and no longer counts.")
    outcome: Outcome | None
    measures: list[Code]
    consent: bool
    facility: str | None
    text_ref: OpaqueId | None = Field(description="For `vault.read_text`.")


class ProtectionDetails(Stands):
    """One protection, for an office that protects."""

    urgent: bool
    risks: list[Code]
    measures: list[Code]
    requested_by: str
    decided_by: str | None
    requested_at: datetime
    acts: list[ActView]


class ProtectionView(BaseModel):
    """Whether the person is protected. Only an office that protects sees `protections`."""

    active: bool
    protections: list[ProtectionDetails] | None = None
