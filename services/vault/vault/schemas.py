"""What the vault's own operations take and answer; `seal` is in `contracts.sealing`."""

from pydantic import BaseModel, Field, RootModel

from contracts.codes import Purpose
from contracts.ids import OpaqueId
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
