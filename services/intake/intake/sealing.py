"""Decides which texts of a report go to the vault and in which group, and calls the vault once for each case.

In a report about several persons, each person's own `narrative` is sealed in that person's case, and can be read there
only. The common `narrative` is about all of them, so it is sealed once, as evidence in the case of the first person.
Only the offices that investigate that case read it. So no office reads about a person because it has a right to
another person's case.
"""

import asyncio
from dataclasses import dataclass

from casefile.sealing import Sealer
from contracts.codes import SealGroup
from contracts.sealing import FIELD_GROUPS, IdentityField, SealInput, SealText
from intake.schemas import Person, Reporter, ReportIn
from kit import telemetry

AT_ONCE = 8
"""Calls to the vault that one report makes at the same time."""
NARRATIVE, EVENT = "narrative", "event"
"""Names of texts: the one about the person, and the one about the whole event."""


@dataclass(frozen=True)
class Sealed:
    """The vault's answer for one case: `texts` (name → reference), `matches` (other cases with the same identity)."""

    texts: dict[str, str]
    matches: list[str]


async def seal_report(sealer: Sealer, office: str, report: ReportIn, cases: dict[str, str]) -> dict[str, Sealed]:
    """Seal everything that a report says about each of its persons; returns case id → what was sealed.

    Args:
        office: the office that took the report.
        report: the validated report.
        cases: `ref` of each person → case id.
    """
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> tuple[str, Sealed]:
        case_id, texts_of = cases[person.ref], _narratives(report, person)
        telemetry.correlate(case_id)  # in this task only
        texts = [*texts_of.values(), *_fields(report, person)]
        async with turn:
            answer = await sealer.seal(case_id, SealInput(group=SealGroup.STATEMENT, texts=[*texts], opened_by=office))
        return case_id, Sealed(dict(zip(texts_of, answer.refs, strict=False)), answer.matches)

    done = await asyncio.gather(*(one(person) for person in report.persons), return_exceptions=True)
    failures = [result for result in done if isinstance(result, BaseException)]
    if failures:
        raise failures[0]
    return dict(result for result in done if not isinstance(result, BaseException))


def _narratives(report: ReportIn, person: Person) -> dict[str, SealText]:
    """The narratives that are sealed under this person's case: narrative or event → text.

    Where a report about one person has no narrative of the person, its common narrative is taken for it.
    """
    own = {NARRATIVE: SealText(text=person.narrative)} if person.narrative is not None else {}
    if len(report.persons) == 1:
        return {EVENT if own else NARRATIVE: SealText(text=report.narrative), **own}
    event = {EVENT: SealText(text=report.narrative, group=SealGroup.EVIDENCE)}
    return {**(event if person is report.persons[0] else {}), **own}


def _fields(report: ReportIn, person: Person) -> list[SealText]:
    """Every identity field that has a value, each with its group."""
    fields = _of_person(person) | _of_reporter(report.reporter)
    fields[IdentityField.SAFE_CONTACT_NOTE] = report.safe_contact.note
    return [
        SealText(text=value, name=field, group=FIELD_GROUPS[field])
        for field, value in fields.items()
        if value is not None
    ]


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
