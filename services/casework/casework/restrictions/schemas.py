"""Bodies and answers of the operations on restrictions."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.writing import Prose
from kit.http import Body

MOST = 100
Subjects = Annotated[list[Code], Field(max_length=MOST)]


class RestrictionIn(Body):
    """What is to be added to the restriction of the case. It holds when a second person has signed it."""

    reason: Prose = Field(description="In words; sealed.")
    closes: bool = Field(default=False, description="From now on only named members work on the case.")
    members: dict[OfficeRef, Subjects] = Field(
        default_factory=dict,
        max_length=MOST,
        description="Office → subjects of those who work on a closed case. An office that names nobody works by its "
        "head. A system is let in only by name.",
    )
    shut_out_offices: list[OfficeRef] = Field(default=[], max_length=MOST)
    shut_out_persons: Subjects = Field(default=[], description="Subjects who are shut out, in whatever office.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.closes or any(self.members.values()) or self.shut_out_offices or self.shut_out_persons):
            raise ValueError("closes, names or shuts out somebody")
        return self


class LiftIn(Body):
    """Why the restriction is no longer needed; sealed."""

    reason: Prose


class RestrictionAsked(BaseModel):
    """The restriction, or its lifting, waits for its second signature."""

    version: int = Field(description="The new version of the case.")
    restriction_id: OpaqueId
    signing_id: OpaqueId | None


class RestrictionOut(BaseModel):
    """A restriction that was signed, for the office that carries the case and who supervises it."""

    restriction_id: OpaqueId
    office: OfficeRef = Field(description="The office of its author.")
    closes: bool
    members: dict[OfficeRef, list[Code]]
    shut_out_offices: list[OfficeRef]
    shut_out_persons: list[Code]
    documents: list[OpaqueId] = Field(description="References of the sealed reasons.")
    since: datetime
    lifted_at: datetime | None
