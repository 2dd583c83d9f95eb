"""What the vault's own operations take and answer; `seal` is in `contracts.sealing`."""

from datetime import datetime

from pydantic import BaseModel, Field, RootModel

from contracts.codes import Purpose
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.sealing import FIELD_GROUPS, IdentityField
from kit.http import Body


class IdentityIn(Body):
    """Why, and which fields; without `fields` every field that the office may open."""

    purpose: Purpose
    fields: list[IdentityField] | None = Field(default=None, min_length=1, max_length=len(FIELD_GROUPS))


class IdentityOut(RootModel[dict[IdentityField, str | int | None]]):
    """The newest value of each field asked for; null where there is none. `birth_year`, `birth_month` are numbers."""


class TextIn(Body):
    """Why, and which text."""

    ref: OpaqueId
    purpose: Purpose


class TextOut(BaseModel):
    """One text as it was sealed."""

    text: str


class EntryOut(BaseModel):
    """One opening, sealing or attempt."""

    seq: int
    at: datetime
    caller: str = Field(description="An office, or `service/<name>`.")
    actor: Code
    on_behalf_of: OfficeRef | None = Field(description="The office for which a service sealed.")
    operation: Code
    outcome: Code
    purpose: Code | None
    items: tuple[str, ...] = Field(description="Fields, groups or references that were asked for.")
    hash: str


class AccessLogQuery(Body):
    """How much, and from where: `cursor` is the `next` of the page before."""

    limit: int = Field(default=1000, ge=1, le=1000)
    cursor: int | None = Field(default=None, ge=0)


class AccessLogOut(BaseModel):
    """The log of a case, oldest first; this reading is its last entry. Head and chain are of the whole log."""

    entries: list[EntryOut]
    next: int | None = Field(description="Cursor of the page that follows, where there is one.")
    head_hash: str = Field(description="SHA-256 (hex) of the last entry; keep it to hold it against the log later.")
    intact: bool = Field(description="False where the recomputed chain differs from the stored one.")
