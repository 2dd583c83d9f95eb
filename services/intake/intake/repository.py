"""Every SQL statement of intake."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from contracts.events.intake import CaseOpened
from contracts.problems import Unavailable
from contracts.standing import Standing
from intake.models import NUMBER_INDEX, DuplicateCandidate, DuplicateDecision, Person, Report, Screening
from kit.tables import outbox
from kit.uow import Tx


def pair(one: str, other: str) -> dict[str, str]:
    """Two cases in the order in which pairs are kept."""
    first, second = sorted((one, other))
    return {"first": first, "second": second}


def add_report(tx: Tx, report: dict[str, Any], persons: list[dict[str, Any]]) -> None:
    """Keep a report and its persons."""
    tx.insert(Report, [report])
    tx.insert(Person, persons)


@contextmanager
def number_taken_is_unavailable() -> Generator[None]:
    """Around the transaction of a report: says `Unavailable` if another case has the number of one of its cases."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.driver_exception, "constraint_name", None) != NUMBER_INDEX:
            raise
        raise Unavailable("The number of a case is taken; the next try draws another one.") from error


async def with_reference(tx: Tx, office: str, own_reference: str, limit: int) -> list[Report]:
    """Reports of an office with its own reference, the newest first."""
    query = select(Report).where(Report.office == office, Report.own_reference == own_reference)
    order = (col(Report.recorded_at).desc(), col(Report.report_id))
    return list((await tx.session.exec(query.order_by(*order).limit(limit))).all())


async def cases_of(tx: Tx, report_ids: Sequence[str]) -> dict[str, list[str]]:
    """Report → its cases, for each of these reports."""
    query = select(Person.report_id, Person.case_id).where(col(Person.report_id).in_(report_ids))
    found: dict[str, list[str]] = {report_id: [] for report_id in report_ids}
    for report_id, case_id in (await tx.session.exec(query)).all():
        found[report_id].append(case_id)
    return found


async def held(tx: Tx, case_ids: Iterable[str]) -> frozenset[str]:
    """The cases among these that intake has committed."""
    query = select(Person.case_id).where(col(Person.case_id).in_(list(case_ids)))
    return frozenset((await tx.session.exec(query)).all())


async def report(tx: Tx, report_id: str) -> Report | None:
    """One report."""
    return (await tx.session.exec(select(Report).where(Report.report_id == report_id))).first()


async def persons(tx: Tx, report_id: str) -> list[Person]:
    """The persons of a report, by their `ref`."""
    query = select(Person).where(Person.report_id == report_id).order_by(col(Person.ref))
    return list((await tx.session.exec(query)).all())


async def first_standings(tx: Tx, case_ids: Iterable[str]) -> dict[str, Standing]:
    """The standing of each case by its report: only the office that took it is related. An unknown one is left out."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return {}
    query = (
        select(Person, Report)
        .join(Report, col(Report.report_id) == Person.report_id)
        .where(col(Person.case_id).in_(wanted))
    )
    rows = (await tx.session.exec(query)).all()
    return {person.case_id: _first_standing(person, report) for person, report in rows}


async def opening_waits(tx: Tx, case_id: str) -> bool:
    """Whether the opening of a case is still in the outbox: casework cannot know the case."""
    query = select(outbox.c.id).where(
        outbox.c.published_at.is_(None),
        outbox.c.type == CaseOpened.event_type(),
        outbox.c.data["subject"].astext == case_id,
    )
    return (await tx.session.exec(query)).first() is not None


def _first_standing(person: Person, report: Report) -> Standing:
    return Standing(
        reporter=report.office,
        regime_procedure=report.regime,
        route=person.route or report.route,
        age_band=person.age_band,
        foreign=person.is_foreign,
    )


def add_candidates(tx: Tx, matches: Iterable[tuple[str, str]]) -> None:
    """Keep pairs of cases that hold the same identity."""
    pairs = {(two["first"], two["second"]) for two in (pair(one, other) for one, other in matches)}
    rows = [{"first": first, "second": second, "found_at": tx.now} for first, second in sorted(pairs)]
    tx.insert(DuplicateCandidate, rows, conflict="ON CONFLICT DO NOTHING")


async def undecided(tx: Tx, case_id: str) -> list[str]:
    """Cases that hold the same identity as this one and that no office has decided on yet."""
    decided = select(DuplicateDecision.decision_id).where(
        DuplicateDecision.first == DuplicateCandidate.first, DuplicateDecision.second == DuplicateCandidate.second
    )
    query = select(DuplicateCandidate.first, DuplicateCandidate.second).where(
        or_(col(DuplicateCandidate.first) == case_id, col(DuplicateCandidate.second) == case_id), ~decided.exists()
    )
    rows = (await tx.session.exec(query)).all()
    return sorted(second if first == case_id else first for first, second in rows)


def add_decision(tx: Tx, decision: dict[str, Any]) -> None:
    """Keep a decision on two cases."""
    tx.insert(DuplicateDecision, [decision])


def add_screening(tx: Tx, screening: dict[str, Any]) -> None:
    """Keep a screening."""
    tx.insert(Screening, [screening])


async def screenings(tx: Tx, case_id: str) -> list[Screening]:
    """The screenings of a person, oldest first."""
    query = select(Screening).where(Screening.case_id == case_id)
    return list((await tx.session.exec(query.order_by(col(Screening.occurred_at), col(Screening.recorded_at)))).all())
