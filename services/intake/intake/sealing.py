"""What of a report goes to the vault, in which group, and the one call for each case."""

import asyncio
from dataclasses import dataclass

from contracts.codes import SealGroup
from contracts.problems import Problem, Unavailable
from contracts.sealing import FIELD_GROUPS, IdentityField, SealAnswer, SealInput, SealText
from intake.schemas import Person, Reporter, ReportIn
from kit import telemetry
from kit.client import ServiceClient

AT_ONCE = 8
"""Calls to the vault that one report makes at the same time."""
NARRATIVE = "narrative"


class VaultRefused(RuntimeError):
    """The vault would not take what intake gave it: a fault of ours, whatever it says."""


@dataclass(frozen=True)
class Sealed:
    """What the vault answered for one case: reference of the narrative, other cases with the same identity."""

    narrative: str
    matches: list[str]


class Sealer:
    """Seals texts in the vault.

    Args:
        vault: client of the vault, signed in as intake.
    """

    def __init__(self, vault: ServiceClient) -> None:
        self._vault = vault

    async def seal(self, case_id: str, given: SealInput) -> SealAnswer:
        """References in the order of the texts; raises `Unavailable` while the vault is down."""
        body = given.model_dump(mode="json", exclude_none=True)
        try:
            answer = await self._vault.post(f"/v1/cases/{case_id}/seals", body)
        except Unavailable:
            raise
        except Problem as refusal:
            raise VaultRefused(refusal.slug) from None
        return SealAnswer.model_validate(answer)

    async def seal_report(self, office: str, report: ReportIn, cases: dict[str, str]) -> dict[str, Sealed]:
        """Seal everything that a report says about each of its persons; case → what was sealed.

        Args:
            office: that took the report.
            report: as validated.
            cases: `ref` of each person → case id.
        """
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(person: Person) -> tuple[str, Sealed]:
            case_id = cases[person.ref]
            telemetry.bind_case(case_id)  # in this task only
            given = SealInput(group=SealGroup.STATEMENT, texts=[*_texts(report, person)], opened_by=office)
            async with turn:
                answer = await self.seal(case_id, given)
            return case_id, Sealed(answer.refs[0], answer.matches)

        done = await asyncio.gather(*(one(person) for person in report.persons), return_exceptions=True)
        failures = [result for result in done if isinstance(result, BaseException)]
        if failures:
            raise failures[0]
        return dict(result for result in done if not isinstance(result, BaseException))


def _texts(report: ReportIn, person: Person) -> list[SealText]:
    """The narrative first, then every field that has a value, each in its own group."""
    fields = _of_person(person) | _of_reporter(report.reporter)
    fields[IdentityField.SAFE_CONTACT_NOTE] = report.safe_contact.note
    named = [
        SealText(text=value, name=field, group=FIELD_GROUPS[field])
        for field, value in fields.items()
        if value is not None
    ]
    return [SealText(text=report.narrative), *named]


def _of_person(person: Person) -> dict[IdentityField, str | None]:
    return {
        IdentityField.FULL_NAME: person.full_name,
        IdentityField.SEX: person.sex,
        IdentityField.BIRTH_DATE: person.birth_date.isoformat() if person.birth_date else None,
        IdentityField.BIRTH_MONTH: str(person.birth_month) if person.birth_month else None,
        IdentityField.BIRTH_YEAR: str(person.birth_year) if person.birth_year else None,
        IdentityField.NATIONALITY: person.nationality,
        IdentityField.ID_NUMBER: person.id_number,
        IdentityField.PHONE: person.phone,
        IdentityField.RESIDENCE: person.residence,
    }


def _of_reporter(reporter: Reporter) -> dict[IdentityField, str | None]:
    return {IdentityField.REPORTER_NAME: reporter.name, IdentityField.REPORTER_PHONE: reporter.phone}
