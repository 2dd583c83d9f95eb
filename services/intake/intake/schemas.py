"""Bodies and answers of intake's operations. `rules.py` judges what the shape of a value cannot show."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    computed_field,
)

from contracts.codes import Channel, ContactChannel, ImmediateNeed, Indicator, Route, Sex
from contracts.events.intake import AgeBand, Nationality
from contracts.ids import Code, OfficeRef, OpaqueId
from contracts.numbers import Alias, CaseNumber, OfCase, alias_of, number_of
from contracts.times import FIRST_DAY, LAST_DAY, Day, Instant
from contracts.writing import Line, Prose
from intake.countries import NATIONALITIES
from intake.screening import Answer, Level, load_list
from kit.http import Body

MAX_PERSONS = 50


def _country(code: str) -> str:
    if code not in NATIONALITIES:
        raise ValueError("not an ISO 3166-1 alpha-2 code, nor XX or ZZ")
    return code


def _answers(given: Any) -> Any:
    """Screening answers; a wrong key is not repeated in the refusal, because a person may have typed anything there."""
    if not isinstance(given, dict) or not given:
        raise ValueError("an object of question and answer")
    answers = cast("dict[str, Any]", given)
    if any(answer not in ("yes", "no", "unknown") for answer in answers.values()):
        raise ValueError("yes, no or unknown")
    if not answers.keys() <= load_list().codes():
        raise ValueError("a question that the list does not have")
    return answers


def _own_reference(given: str) -> str:
    """The reference itself. A digit is asked for, so that a bare name is refused; it is not sealed."""
    if not all(letter.isalnum() or letter in " -./" for letter in given):
        raise ValueError("letters, digits, spaces, hyphens, dots and slashes only")
    if not any(letter in "0123456789" for letter in given):
        raise ValueError("a reference has a digit")
    return given


_ANSWERS_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"enum": sorted(load_list().codes())},
    "additionalProperties": {"enum": ["yes", "no", "unknown"]},
}

PersonRef = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{1,2}[0-9]{0,2}|[0-9]{1,2})$")]
"""This is not sealed, so it is too short for a name, a telephone number or a document number."""
Name = Annotated[Line, Field(max_length=200)]
Address = Annotated[Line, Field(max_length=500)]
OwnReference = Annotated[Line, Field(max_length=60), AfterValidator(_own_reference)]
"""The number under which an office keeps the report in its own files, for example `15/BC-UBND`."""
Phone = Annotated[str, StringConstraints(min_length=8, max_length=30, pattern=r"^\+?[0-9][0-9 .-]*$")]
DocumentNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]{3,28}[A-Za-z0-9]$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
Answers = Annotated[dict[str, Answer], BeforeValidator(_answers), WithJsonSchema(_ANSWERS_SCHEMA)]


class Place(Body):
    """Where the person is; the case begins there.

    Without a commune it begins where the office that reports is, if that lies in the province, else in the province.
    """

    province: Code = Field(description="Code of a province that exists on the day of the report, or `abroad`.")
    commune: Code | None = Field(
        default=None,
        description="A commune or border post of this province on that day, or a country abroad: its code or another "
        "word for it.",
    )


class Person(Body):
    """One person of a report. One of `birth_date`, `birth_year`, `birth_unknown` must be given."""

    ref: PersonRef = Field(description="Name of this person within the report, for example `A`; never a real name.")
    full_name: Name
    sex: Sex
    birth_date: Day | None = Field(default=None, description="YYYY-MM-DD")
    birth_year: int | None = Field(default=None, ge=FIRST_DAY.year, le=LAST_DAY.year)
    birth_month: int | None = Field(default=None, ge=1, le=12, description="With `birth_year`, where no day is known.")
    birth_unknown: bool = Field(default=False, description="True if even the year is unknown.")
    nationality: Country = Field(
        description="ISO 3166-1 alpha-2; `XX`: stateless, `ZZ`: not known yet. Neither of these makes a person foreign."
    )
    route: Route | None = Field(
        default=None,
        description="How this person came to the authorities, if not as the report says. In a rescue of several "
        "persons it is `foreign_victim` for those who are foreign.",
    )
    id_number: DocumentNumber | None = None
    phone: Phone | None = None
    residence: Address | None = None
    accompanies: PersonRef | None = Field(default=None, description="`ref` of the person whom this minor accompanies.")
    narrative: Prose | None = Field(
        default=None, description="What is said about this person alone; sealed in this person's case, as a statement."
    )


class Reporter(Body):
    """Who reported. An anonymous reporter leaves neither name nor telephone."""

    anonymous: bool
    name: Name | None = None
    phone: Phone | None = None


class SafeContact(Body):
    """How the person may be reached without danger. Quiet hours are legal time and may span midnight."""

    channels: list[ContactChannel] = Field(min_length=1, max_length=len(ContactChannel))
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    note: Prose | None = None


class ReportIn(Body):
    """One report about one or several persons."""

    channel: Channel
    route: Route = Field(description="How the persons came to the authorities; a person may have a route of its own.")
    occurred_at: Instant
    place: Place
    persons: list[Person] = Field(min_length=1, max_length=MAX_PERSONS)
    narrative: Prose = Field(
        description="The event as a whole. With several persons, it is sealed as evidence in the case of the "
        "first. What an office needs to know to care for one person belongs in that person's own `narrative`."
    )
    indicators: list[Indicator] = Field(max_length=len(Indicator))
    immediate_needs: list[ImmediateNeed] = Field(max_length=len(ImmediateNeed))
    reporter: Reporter
    safe_contact: SafeContact
    urgent: bool = Field(
        default=False,
        description="Crime information of the urgent class: in the act, very serious, public concern, flight likely.",
    )
    own_reference: OwnReference | None = Field(
        default=None,
        description="The office's own number of the report, shown to this office alone: letters, digits, spaces and "
        "`-./`, with a digit. Never a name, a telephone number or the number of a person's paper.",
    )


class ReportTaken(BaseModel):
    """The answer to a report: its cases, and the cases with the same identity that the office may see."""

    report_id: OpaqueId
    cases: dict[PersonRef, OpaqueId]
    possible_duplicates: dict[PersonRef, list[OpaqueId]]

    @computed_field(description="The number of each case, for people to say.")
    @property
    def numbers(self) -> dict[PersonRef, CaseNumber]:
        """The number of each case."""
        return {ref: number_of(case_id) for ref, case_id in self.cases.items()}

    @computed_field(description="The alias of each person, to be used in place of the name.")
    @property
    def aliases(self) -> dict[PersonRef, Alias]:
        """The alias of each person."""
        return {ref: alias_of(case_id) for ref, case_id in self.cases.items()}


class FindReportIn(Body):
    """The office's own reference, letter by letter. It is in the body because addresses are logged on the way."""

    own_reference: OwnReference


class FoundReport(BaseModel):
    """A report of the office with this reference."""

    report_id: OpaqueId
    own_reference: str
    occurred_at: datetime
    recorded_at: datetime


class FoundReports(BaseModel):
    """The newest first; empty if the office has none. `more`: it has more than these."""

    items: list[FoundReport]
    more: bool


class ScreeningIn(Body):
    """Answers to the current screening list; a question that is left out counts as unknown."""

    answers: Answers
    occurred_at: Instant


class ScreeningDone(BaseModel):
    """A level of suspicion with the codes that led to it. It is never a legal conclusion."""

    screening_id: OpaqueId
    level: Level
    reasons: list[Code]
    list_version: Code


class DuplicateIn(Body):
    """Whether two cases are about one person, and why (the reason is sealed)."""

    other_case_id: OpaqueId
    same: bool
    reason: Prose


class DuplicateResolved(BaseModel):
    """The decision as recorded."""

    decision_id: OpaqueId
    case_id: OpaqueId
    other_case_id: OpaqueId
    same: bool


class ScreeningView(BaseModel):
    """One screening of a person."""

    screening_id: OpaqueId
    level: Level
    reasons: list[Code]
    list_version: Code
    occurred_at: datetime


class PersonView(OfCase):
    """One person of a report: codes and references; the person's own fields come from the vault only."""

    ref: PersonRef
    case_id: OpaqueId
    age_band: AgeBand
    sex: Sex
    foreign: bool
    route: Route = Field(description="As reported, of this person.")
    nationality: Nationality = Field(description="As reported. Which country it is, is sealed.")
    accompanying: bool = Field(description="Whether this minor came with somebody.")
    accompanies: OpaqueId | None = Field(
        description="Case of the person whom this minor accompanies; null if the office may not see it."
    )
    texts: dict[Code, OpaqueId] = Field(
        description="`narrative` (of the person), `event` (as a whole) → reference, for `vault.read_text`."
    )
    possible_duplicates: list[OpaqueId]
    screenings: list[ScreeningView]


class ContactRules(BaseModel):
    """The safe-contact rules, without the note, which is sealed."""

    channels: list[ContactChannel]
    quiet_from: Clock | None
    quiet_to: Clock | None


class ReportView(BaseModel):
    """A report, with those of its persons whom the office may see."""

    report_id: OpaqueId
    office: OfficeRef
    channel: Channel
    route: Route
    place: Place
    occurred_at: datetime
    recorded_at: datetime
    indicators: list[Indicator]
    immediate_needs: list[ImmediateNeed]
    urgent: bool
    reporter: dict[Literal["anonymous"], bool]
    safe_contact: ContactRules
    persons: list[PersonView]
    own_reference: str | None = Field(description="Null for every office but the one that reported.")
    persons_hidden: int = Field(description="How many more persons the report has, whose cases the office may not see.")
