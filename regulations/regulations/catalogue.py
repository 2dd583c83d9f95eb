"""The lists of a pack: entitlements, measures of protection, evidence and grounds, forms, report dates, who reads what.

Each row has a citation and a confidence. Everything that shows a row must also show if it is not verified text.
"""

from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field

from contracts.codes import Purpose, SealGroup
from contracts.standing import Status
from regulations.lanes import FAMILY
from regulations.model import Confidence, Label, Part, Verified

Entitled = Literal["yes", "no", "as_the_case_may_be"]
Grade = Literal["full", "own", "summary", "none"]
"""How much of a group a role may open. `full`: also before it has a part in the case; `own`: while it has a part;
`summary`: states and codes only; `none`: nothing."""
Column = Literal["victim", "accompanying_u18", "in_process", "in_process_abroad", "foreign", "suspected", "not_victim"]


class Cited(Part):
    """Base of a row: its name and its source."""

    label: Label
    citation: str = Field(min_length=3)
    confidence: Confidence
    note: str = ""


class ByStatus(Part):
    """One row of the matrix of entitlements. Every column is required, so that a missing one does not count as a no."""

    victim: Entitled
    accompanying_u18: Entitled = Field(description="A minor who accompanies a victim.")
    in_process: Entitled = Field(description="A person being identified, in the country.")
    in_process_abroad: Entitled
    foreign: Entitled = Field(description="A foreign victim, or a foreign person being identified.")
    suspected: Entitled
    not_victim: Entitled

    def answer(self, column: Column | None) -> Entitled:
        """The entry of a column; `no` without a column."""
        return getattr(self, column) if column else "no"


class EntitlementSpec(Cited):
    """Who may have one kind of support."""

    kind: str
    letter: str | None = Field(default=None, description="Letter of the clause that lists the kinds.")
    ceiling_rule: str | None = Field(default=None, description="Rule of the pack that limits its length or amount.")
    by_status: ByStatus


class Entitlement(Part):
    """The answer for one person and one kind."""

    kind: str
    entitled: Entitled
    citation: str
    confidence: Confidence
    ceiling_rule: str | None
    note: str


def column_of(status: Status, foreign: bool, abroad: bool) -> Column | None:
    """The column of the matrix for a person; None for a closed case.

    A foreign minor who accompanies a victim counts as foreign (inferred: the texts that were read do not name such a
    minor).
    """
    if status == "closed":
        return None
    if status in ("suspected", "not_victim"):
        return status
    if foreign:
        return "foreign"
    if abroad and status not in ("victim", "accompanying_u18"):
        return "in_process_abroad"
    return status


class Measure(Cited):
    """A measure of protection, and the roles that may order it."""

    code: str
    needs_consent: bool = Field(default=False, description="Only with the recorded consent of the person.")
    decides: tuple[str, ...] = Field(min_length=1, description="Roles that may order it.")
    decides_citation: str = Field(min_length=3)
    decides_confidence: Confidence


class Risk(Cited):
    """A risk that a request for protection may name as its ground."""

    code: str


class EvidenceSource(Cited):
    """One source of evidence in the law's own list."""

    code: str = Field(description="Letter of the list in ASCII: `dd` for đ.")
    letter: str


class Ground(Cited):
    """A ground of an identification: an act that evidence proves, or a sign if there is no proof."""

    code: str
    basis: Literal["evidence", "signs"]
    document: Label | None = Field(default=None, description="Document that the law asks for with it.")


class Form(Cited):
    """A form that the law or a procedure prescribes, and the states at which it is filled in."""

    code: str
    lane: str = Field(description="Lane, or family of lanes such as `support:*`.")
    states: tuple[str, ...] = Field(description="States or duties at which it is filled in.")


class ReportDate(Cited, Verified):
    """A report that recurs: a fixed day of the year, or every so many months without a fixed day."""

    id: str
    kind: Literal["recurring"] = "recurring"
    by: tuple[str, ...] = Field(min_length=1, description="Roles that report.")
    to: str = Field(description="Role that receives the report.")
    covers: Literal["month", "quarter", "half_year", "year", "half_year_and_year"]
    before: str | None = Field(
        default=None, pattern=r"^\d\d-\d\d$", description="MM-DD: first day on which the report is late."
    )
    every_months: int | None = Field(default=None, gt=0)
    valid_from: date | None = Field(default=None, description="First day on which a report may be due.")
    valid_to: date | None = Field(default=None, description="First day on which none is due any more.")
    places: tuple[str, ...] = Field(
        default=(), description="Codes of provinces whose offices owe it; empty: all. A plan of one binds no other."
    )


class Sight(Cited):
    """Which groups of sealed text one role may open."""

    role: str
    sees: dict[SealGroup, Grade] = Field(
        description="Every group is named, so that a missing one does not count as a no."
    )

    @cached_property
    def full(self) -> frozenset[SealGroup]:
        """Groups that it opens in every case at its place, also before it has a part in the case."""
        return frozenset(group for group, grade in self.sees.items() if grade == "full")

    @cached_property
    def opens(self) -> frozenset[SealGroup]:
        """Groups that it opens while it has a part in the case, without the group of protection."""
        own = frozenset(group for group, grade in self.sees.items() if grade == "own")
        return self.full | (own - {SealGroup.PROTECTION})

    @property
    def protects(self) -> bool:
        """Whether it opens the group of protection while it holds the protection or the shelter lane."""
        return self.sees[SealGroup.PROTECTION] == "own"


REPORT, PAST = "report", "past"
WHOLE_CASE = frozenset({REPORT, PAST})
"""Words for a part that is in no lane: the office reported the case, and it has not left it; the part is over."""


class PurposeGiven(Cited):
    """What some roles may open some groups of sealed text for, by their part in the case (`regulations.purposes`)."""

    code: str
    purpose: Purpose
    roles: tuple[str, ...] = Field(min_length=1)
    lanes: tuple[str, ...] = Field(
        min_length=1, description="Where the part is: lanes, families such as `support:*`, `report` and `past`."
    )
    groups: tuple[SealGroup, ...] = Field(min_length=1)

    def gives(self, role: str, part: str, group: SealGroup) -> bool:
        """Whether it gives its purpose to a role with this part in the case, for this group."""
        family = part.partition(":")[0] + FAMILY
        return role in self.roles and group in self.groups and (part in self.lanes or family in self.lanes)


class Secrecy(Cited, Verified):
    """A duty of secrecy. It is the source of the table that says who may open what."""

    code: str


class CertifyingRoute(Verified):
    """A route on which the force that rescues or receives the person issues a victim paper by itself."""

    route: str
    citation: str = Field(min_length=3)
    note: str = ""


class ReceivingRole(Verified):
    """A role whose offices order measures of protection only for a person whom they received."""

    role: str
    citation: str = Field(min_length=3)
    note: str = ""


class PauseText(Verified):
    """What a text says of a basis of a pause: which limits it stops. Without a text it stops none."""

    code: str
    stops: tuple[str, ...] = Field(default=(), description="Rules whose clock it stops.")
    citation: str = Field(min_length=3)
    note: str = ""
