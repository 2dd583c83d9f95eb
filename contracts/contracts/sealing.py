"""The calls between a service and the vault. Sealing is the one call from service to service within a step.

A service sends texts before it commits, and gets references back. A text with a name is a field of the person:
`read_identity` gives the newest text of each name. A text without a name is opened by its reference (`read_text`).

Text is sealed before the commit. If the commit fails, the vault holds text of a case that does not exist. Only intake
knows which of its cases exist. So intake asks the vault from time to time for the cases that are not confirmed
(`Unconfirmed`), and answers which of them exist (`UnconfirmedAnswer`).
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts.codes import SealGroup
from contracts.ids import OfficeRef, OpaqueId

MAX_TEXT_BYTES = 65_536
"""Longest text that the vault seals, in bytes of UTF-8."""
MAX_TEXTS = 64
"""Most texts in one call."""
MAX_UNCONFIRMED = 100
"""Most cases in one page of `Unconfirmed`, and in one list of `UnconfirmedAnswer`."""


class IdentityField(StrEnum):
    """Fields of a person that an office can read by name."""

    FULL_NAME = "full_name"
    SEX = "sex"
    BIRTH_DATE = "birth_date"  # YYYY-MM-DD
    BIRTH_MONTH = "birth_month"  # 1 to 12, where the day is not known
    BIRTH_YEAR = "birth_year"
    NATIONALITY = "nationality"  # ISO 3166-1 alpha-2
    ID_NUMBER = "id_number"
    PHONE = "phone"
    RESIDENCE = "residence"
    SAFE_CONTACT_NOTE = "safe_contact_note"
    REPORTER_NAME = "reporter_name"
    REPORTER_PHONE = "reporter_phone"


_CONTACT = {IdentityField.PHONE, IdentityField.RESIDENCE, IdentityField.SAFE_CONTACT_NOTE}
_REPORTER = {IdentityField.REPORTER_NAME, IdentityField.REPORTER_PHONE}

FIELD_GROUPS: dict[IdentityField, SealGroup] = {
    field: SealGroup.CONTACT if field in _CONTACT else SealGroup.REPORTER if field in _REPORTER else SealGroup.IDENTITY
    for field in IdentityField
}
"""Field → the group that it is sealed in. A service may seal in some groups only (`regulations.rights.SEALS`)."""


def short_enough(text: str) -> str:
    """The text itself. Raises ValueError if it is longer than `MAX_TEXT_BYTES`."""
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ValueError(f"longer than {MAX_TEXT_BYTES} bytes")
    return text


SealableText = Annotated[str, Field(min_length=1), AfterValidator(short_enough)]


class SealText(BaseModel):
    """One text. It names a `group` if that differs from the group of the call."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    text: SealableText
    name: IdentityField | None = None
    group: SealGroup | None = None


class SealInput(BaseModel):
    """Texts of one case. A text with a name must be in the group of that name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    group: SealGroup = Field(description="Group of the texts that name no group.")
    texts: list[SealText | SealableText] = Field(min_length=1, max_length=MAX_TEXTS)
    opened_by: OfficeRef | None = Field(default=None, description="The office for which the service seals.")

    def items(self) -> list[tuple[SealGroup, IdentityField | None, str]]:
        """(group, name, text) of each text, in order."""
        texts = [one if isinstance(one, SealText) else SealText(text=one) for one in self.texts]
        return [(one.group or self.group, one.name, one.text) for one in texts]

    @model_validator(mode="after")
    def _names_fit_groups(self) -> Self:
        for group, name, _ in self.items():
            if name is not None and FIELD_GROUPS[name] != group:
                raise ValueError(f"{name} is a field of the group {FIELD_GROUPS[name]}")
        return self


class SealAnswer(BaseModel):
    """References in the order of the texts, and other cases with exactly the same identity."""

    refs: list[OpaqueId]
    matches: list[OpaqueId] = Field(
        default_factory=list,
        description="Cases with the same number, telephone, or name and birth. For intake alone; no office sees them.",
    )


class UnconfirmedInput(BaseModel):
    """Where the list begins: `after` is the `next` of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    after: OpaqueId | None = None


class Unconfirmed(BaseModel):
    """Cases sealed a day ago or longer that nothing has confirmed, in order of id. Some are in the bin."""

    cases: list[OpaqueId]
    next: OpaqueId | None = Field(default=None, description="For the following page, if there is one.")


class UnconfirmedAnswer(BaseModel):
    """What intake found in its own database: cases that it holds, and cases that it never committed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kept: list[OpaqueId] = Field(default_factory=list, max_length=MAX_UNCONFIRMED)
    abandoned: list[OpaqueId] = Field(default_factory=list, max_length=MAX_UNCONFIRMED)

    @model_validator(mode="after")
    def _one_answer_for_each(self) -> Self:
        if set(self.kept) & set(self.abandoned):
            raise ValueError("a case is either kept or abandoned")
        return self


class UnconfirmedSettled(BaseModel):
    """How many cases the vault confirmed, put into the bin, and destroyed because their time in the bin was over."""

    kept: int = 0
    binned: int = 0
    destroyed: int = 0
