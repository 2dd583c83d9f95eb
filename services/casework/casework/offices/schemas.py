"""Bodies and answers of the operations on offices. No field is for a person: all of it is public."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from contracts.ids import Code, OfficeRef
from contracts.writing import FREE, line
from kit.http import Body
from regulations.model import Label

MAX_CAPACITY = 10_000
SHOWN = 20
"""So many changes of its particulars are shown with an office."""
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9](?:[0-9 .-]{1,22}[0-9])$")]
Mailbox = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=120)
]
Address = Annotated[
    str, StringConstraints(min_length=5, max_length=200, pattern=r"^[^<>]+$"), AfterValidator(line), FREE
]
Site = Annotated[
    str, StringConstraints(pattern=r"^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/%-]*)?$", max_length=200)
]


class Contact(Body):
    """How the public reaches an office; never how one reaches a person who works there."""

    phone: Phone | None = Field(default=None, description="Of the office, for example `0214 3840 034` or `111`.")
    email: Mailbox | None = Field(default=None, description="Mailbox of the office.")
    address: Address | None = Field(default=None, description="Where the public finds it. A facility states none.")
    site: Site | None = Field(default=None, description="Its page.")


class Particulars(Body):
    """What an office says of itself. All of it is public, and none of it decides where a case goes."""

    contact: Contact = Contact()
    capacity: int | None = Field(
        default=None,
        ge=0,
        le=MAX_CAPACITY,
        description="Persons for whom a facility or a provider states to have room.",
    )


class ParticularsIn(Particulars):
    """What changes of the particulars: a field that is left out stays as it is, and null takes it back."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not ("capacity" in self.model_fields_set or self.contact.model_fields_set):
            raise ValueError("give a field of contact, or capacity")
        return self

    def on_top_of(self, before: Particulars) -> Particulars:
        """These particulars with the changes."""
        said, held = self.model_dump(exclude_unset=True), before.model_dump()
        return Particulars.model_validate({**held, **said, "contact": {**held["contact"], **said.get("contact", {})}})


class ParticularsChange(BaseModel):
    """One change of the particulars."""

    by: OfficeRef = Field(description="The office that changed them.")
    at: datetime
    before: Particulars
    after: Particulars


class OfficeOut(BaseModel):
    """An office as the directory has it now, with signed changes, and what it says of itself."""

    office: OfficeRef
    role: Code
    name: Label | None
    place: Code
    serves: list[Code] = Field(description="Places for which it has its role; none for an organisation of its own.")
    valid_from: date | None
    valid_to: date | None = Field(description="First day on which it no longer exists.")
    successor: OfficeRef | None = Field(description="Who took over, if it was dissolved.")
    supervisor: OfficeRef | None
    contact: Contact
    capacity: int | None
    changes: list[ParticularsChange] = Field(
        description=f"The newest {SHOWN} changes of its particulars, newest first."
    )
