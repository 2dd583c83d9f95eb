"""Bodies and answers of verification's operations. `rules.py` judges codes by the lists of the law."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from contracts.ids import Code, OpaqueId
from contracts.times import Instant
from contracts.writing import Line, Prose
from kit.http import Body
from verification.domain import Basis, Extent, Outcome, PaperKind

MAX_GROUNDS = 40


Source = Annotated[str, StringConstraints(pattern=r"^([a-z]|đ|dd)$")]


class CheckIn(Body):
    """The initial check, and whether the person holds a paper that proves the status."""

    holds_paper: bool
    summary: Prose = Field(description="Sealed as a statement.")
    occurred_at: Instant


class StepIn(Body):
    """A request for verification."""

    reason: Prose | None = Field(default=None, description="Sealed as a note.")
    occurred_at: Instant


class ExtensionIn(StepIn):
    """A decision on the time of verification. Each extent is a total from the request, not time added."""

    extent: Extent = Field(default="complex", description="`complex`, then `prolonged` where the law has it.")


class CancellationIn(Body):
    """A certificate that proved wrong. It is cancelled, and the decision that follows issues it anew."""

    paper_id: OpaqueId | None = Field(
        default=None,
        description="Null for a certificate that was stated in casework, so that its paper is not kept here.",
    )
    reason: Prose = Field(description="What proves it wrong; sealed as a note.")
    occurred_at: Instant


class EvidenceIn(Body):
    """One piece of evidence."""

    source: Source = Field(description="Letter of the list in `law`; `dd` stands for `đ`.")
    law: Code | None = Field(
        default=None,
        description="Pack whose list the letter is from. Default: that of the report.",
    )
    summary: Prose = Field(description="Sealed as evidence.")
    occurred_at: Instant


class DecisionIn(Body):
    """The decision of the verifying office."""

    outcome: Outcome
    basis: Basis
    grounds: list[Code] = Field(default_factory=list[str], max_length=MAX_GROUNDS)
    reason: Prose | None = Field(default=None, description="Sealed as a note.")
    occurred_at: Instant


class PaperIn(Body):
    """The number and code on a paper that an office was shown."""

    number: Annotated[Line, Field(max_length=40)]
    verification_code: Annotated[Line, Field(max_length=80)]


class StepDone(BaseModel):
    """A step as recorded. `fact_id` is null if the law of the case has no such state: recorded here only."""

    step_id: OpaqueId
    fact_id: OpaqueId | None
    stage: Code


class EvidenceAdded(BaseModel):
    """The evidence as recorded."""

    evidence_id: OpaqueId


class Decided(BaseModel):
    """The decision as recorded, and the paper that was issued with it: that the person is a victim, or is not."""

    decision_id: OpaqueId
    stage: Code
    paper_id: OpaqueId | None = None
    paper_number: str | None = None
    paper_kind: PaperKind | None = None
    verification_code: str | None = Field(
        default=None, description="Printed on the paper; shown only in the first answer."
    )


class PaperAnswer(BaseModel):
    """Whether the paper proves that its holder is a victim. The answer does not name the person or give a reason."""

    valid: bool = Field(description="The paper is in force and says that the person is a victim.")
    genuine: bool = Field(
        default=False,
        description="A paper with this number and code was issued and is still in force, whatever it says.",
    )
    kind: PaperKind | None = Field(
        default=None, description="What a paper in force says of the person, so that it cannot be altered."
    )


class StepView(BaseModel):
    """One step of a file."""

    step_id: OpaqueId
    kind: Code
    office: str
    occurred_at: datetime = Field(description="As corrected.")
    recorded_at: datetime
    withdrawn: bool = Field(description="True if the step was withdrawn in the case's timeline and no longer counts.")
    text_ref: OpaqueId | None = Field(description="For `vault.read_text`.")
    fact_id: OpaqueId | None
    holds_paper: bool | None
    outcome: Outcome | None
    basis: Basis | None
    grounds: list[Code]


class EvidenceView(BaseModel):
    """One piece of evidence."""

    evidence_id: OpaqueId
    source: Code
    law: Code = Field(description="Pack whose list the letter `source` is from.")
    text_ref: OpaqueId
    office: str
    occurred_at: datetime
    recorded_at: datetime


class PaperView(BaseModel):
    """One paper. Its code is on the paper only."""

    paper_id: OpaqueId
    number: str
    kind: PaperKind
    office: str
    issued_at: datetime
    valid: bool


class FileView(BaseModel):
    """The file of a case in codes and references."""

    case_id: OpaqueId
    stage: Code
    steps: list[StepView]
    evidence: list[EvidenceView]
    papers: list[PaperView]
