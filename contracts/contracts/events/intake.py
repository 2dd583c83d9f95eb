"""Events of `intake`."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import CaseEvent
from contracts.ids import Code, OfficeRef, OpaqueId

AgeBand = Literal["under_16", "under_18", "adult", "unknown"]
Nationality = Literal["vietnamese", "foreign", "stateless", "unknown"]
"""What is known of the nationality. Only `foreign` makes a person foreign. Which country it is stays in the vault."""


def known_nationality(stated: Nationality | None, *, foreign: bool) -> Nationality:
    """The nationality of a person; in a record of an older release (None) only `foreign` says it."""
    return stated or ("foreign" if foreign else "vietnamese")


class CaseOpened(CaseEvent, producer="intake", name="case.opened", version=1):
    """A report was accepted. One event for each person in it."""

    report_id: OpaqueId
    route: Code = Field(description="The way in which this person came to the authorities.")
    channel: Code = Field(description="The way in which the report reached the office.")
    office: OfficeRef = Field(description="The office that took the report.")
    actor: Code
    territory: Code = Field(description="Province in which the report places the person, or `abroad`.")
    commune: Code | None = Field(
        default=None, description="Commune, border post or country in it; null if the report names none."
    )
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    age_band: AgeBand = Field(
        description="Age on the day of the report. If part of the birth date is unknown, the person counts as younger."
    )
    turns_18_on: date | None = Field(
        default=None,
        description="The day on which a minor turns eighteen, if the birth was stated; null for an adult. Duties end "
        "on it, and no other information about the birth leaves the vault.",
    )
    foreign: bool = Field(default=False, description="Neither a citizen nor a stateless permanent resident.")
    nationality: Nationality | None = Field(
        default=None, description="Null in an event of an older release: only `foreign` says it then."
    )
    urgent: bool = False
    reporter_known: bool = Field(default=True, description="False if the reporter did not give a name.")
    accompanies: OpaqueId | None = Field(default=None, description="Case of the person whom this minor accompanies.")
    linked: tuple[OpaqueId, ...] = Field(default=(), description="Other cases of the same report.")
    needs: tuple[Code, ...] = Field(default=(), description="Needs that the office noted when it received the person.")


class CasesLinked(CaseEvent, producer="intake", name="cases.linked", version=1):
    """An office decided whether two cases are about one person."""

    other_case_id: OpaqueId
    same: bool
    office: OfficeRef
    actor: Code
    recorded_at: AwareDatetime


class CaseReportedAgain(CaseEvent, producer="intake", name="case.reported_again", version=1):
    """A new report has the identity of the person of a known case. The event is about the known case, and says nothing
    of the new one: no office, no place and no id, because she may have fled from an office that reads the known case.
    """

    recorded_at: AwareDatetime = Field(description="When the new report was taken.")


class ScreeningRecorded(CaseEvent, producer="intake", name="screening.recorded", version=1):
    """A screening gave a level of suspicion. It is not a legal conclusion."""

    level: Literal["none", "low", "elevated", "high"]
    list_version: Code
    office: OfficeRef
    actor: Code
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
