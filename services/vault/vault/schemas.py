"""What the vault's own operations take and answer; `seal` is in `contracts.sealing`."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints

from contracts.codes import Purpose
from contracts.ids import OpaqueId
from contracts.sealing import FIELD_GROUPS, IdentityField
from contracts.writing import FREE_TEXT, prose
from kit.http import Body


def _in_words(text: str) -> str:
    if len(re.findall(r"[^\W\d_]+", text)) < 2:
        raise ValueError("not in words")
    return text


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=10, max_length=500),
    AfterValidator(prose),
    AfterValidator(_in_words),
    Field(
        description="Why this is opened now, in words. Needed from a person, unless an earlier one of the same person "
        "lasts; the system of an office may give one. It is sealed.",
        json_schema_extra={FREE_TEXT: True},
    ),
]
Until = Annotated[
    datetime | None,
    Field(
        description="So long the same person may open the same groups for the same purpose without another reason.",
        exclude_if=lambda until: until is None,
    ),
]


class IdentityIn(Body):
    """Why, and which fields; without `fields` every field that the office may open for this purpose."""

    purpose: Purpose
    reason: Words | None = None
    fields: list[IdentityField] | None = Field(default=None, min_length=1, max_length=len(FIELD_GROUPS))


class IdentityOut(RootModel[dict[IdentityField | Literal["until"], str | int | datetime | None]]):
    """The newest value of each field asked for; null where there is none. `birth_year`, `birth_month` are numbers.

    For a person also `until`: so long the same groups open for the same purpose without another reason.
    """

    model_config = ConfigDict(json_schema_extra={"propertyNames": {"enum": [*map(str, IdentityField), "until"]}})


class TextIn(Body):
    """Why, and which text."""

    ref: OpaqueId
    purpose: Purpose
    reason: Words | None = None


class TextOut(BaseModel):
    """One text as it was sealed, and for a person until when the reason lasts."""

    text: str
    until: Until = None


class ReasonOut(BaseModel):
    """A reason as it was given."""

    reason: str
