"""What the vault's own operations take and answer; `seal` is in `contracts.sealing`."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints

from contracts.codes import Purpose
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.sealing import FIELD_GROUPS, IdentityField
from contracts.writing import FREE_TEXT, prose
from kit.http import Body
from vault.chain import Entry
from vault.reader import HIDDEN
from vault.why import OPENS, REASON


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
    reason_given: bool | None = Field(
        description="Whether the opening stands on a reason in words; null for what is no opening, and if it is hidden."
    )
    reason_id: OpaqueId | None = Field(description="For `vault.read_reason`, if your office may read the reason.")
    items: tuple[str, ...] = Field(description="Fields, groups or references that were asked for.")
    hash: str

    @classmethod
    def of(cls, entry: Entry, shown: Entry, digest: str) -> "EntryOut":
        """An entry as a reader sees it (`shown`); that a reason was given shows also where its id does not."""
        opens = entry.operation in OPENS and shown.caller != HIDDEN
        return cls.model_validate(
            vars(shown)
            | {
                "hash": digest,
                "reason_given": any(map(_is_reason, entry.items)) if opens else None,
                "reason_id": next((item.removeprefix(REASON) for item in shown.items if _is_reason(item)), None),
                "items": tuple(item for item in shown.items if not _is_reason(item)),
            }
        )


def _is_reason(item: str) -> bool:
    return item.startswith(REASON)


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
