"""Judges the values of a report. Each error names its place in the body and never repeats the value."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from contracts.problems import Invalid
from intake import domain
from intake.countries import nationality_of
from intake.errors import NoOpening
from intake.schemas import Person, ReportIn, SafeContact
from kit.http import check_occurred_at
from regulations import Library, Opening, Pack, World, opening_lanes
from regulations.directory import Directory
from regulations.legal_time import legal_date
from regulations.places import LOCAL

MAX_ERRORS = 20
Wrong = tuple[str, str]
"""Place in the body, and what is wrong there."""


def judge(library: Library, report: ReportIn, office: str, now: datetime) -> str:
    """The regulation pack under which the report opens its cases.

    Args:
        library: the library of the law.
        report: the report, already validated for its shape.
        office: the office that takes it.
        now: the present instant, with a time zone.

    Raises:
        Invalid: some values are wrong; see `errors`. NoOpening: the pack opens no lane by this route at this office.
    """
    check_occurred_at(report.occurred_at, now)
    world, day = library.world, legal_date(report.occurred_at)
    wrongs = [*_of_place(report, office, world, day), *_of_persons(report, day), *_of_contact(report.safe_contact)]
    if report.reporter.anonymous and (report.reporter.name or report.reporter.phone):
        wrongs.append(("reporter", "an anonymous reporter leaves neither name nor telephone"))
    if report.reporter.phone and not domain.phone_is_plausible(report.reporter.phone):
        wrongs.append(("reporter.phone", "no telephone number"))
    if wrongs:
        errors = [{"loc": place, "msg": what} for place, what in wrongs[:MAX_ERRORS]]
        raise Invalid("Some values cannot be right.", errors=errors)
    regime = world.regime_for(report.occurred_at)
    _check_opening(library.pack(regime), world, report, office, now)
    return regime


def _of_place(report: ReportIn, office: str, world: World, day: date) -> Iterator[Wrong]:
    directory, given = world.directory, report.place
    wrong = _of_province(directory, given.province, day)
    if wrong is not None:
        yield "place.province", wrong
    elif given.commune is not None and directory.local(given.province, given.commune, day) is None:
        yield "place.commune", _why_not_local(directory, given.commune, day)
    known = directory.office(office)
    if known is None or not known.exists(day):
        yield "occurred_at", "the office did not exist on this day"


def _of_province(directory: Directory, code: str, day: date) -> str | None:
    """What is wrong with the province of a report; None if it is a province of that day, or `abroad`."""
    place = directory.place(code)
    if place is None or place.code != code or place.kind not in ("province", "abroad"):
        return "no province of the directory"
    if place.exists(day):
        return None
    if place.valid_from is not None and day < place.valid_from:
        return "not yet a province on this day"
    return f"no longer a province on this day; it has become part of {directory.chain(code, day)[0]}"


def _why_not_local(directory: Directory, word: str, day: date) -> str:
    """Why a word is no commune, border post or country in the province of the report, or abroad, on a day."""
    place = directory.place(word)
    if place is None or place.kind not in LOCAL:
        return "no commune, border post or country of the directory"
    if not directory.places.known(word, day):
        return "did not exist on this day"
    return "not in this province on this day"


def _of_contact(contact: SafeContact) -> Iterator[Wrong]:
    if len(set(contact.channels)) < len(contact.channels):
        yield "safe_contact.channels", "named twice"
    if (contact.quiet_from is None) != (contact.quiet_to is None):
        yield "safe_contact", "quiet_from and quiet_to are given together"
    elif contact.quiet_from is not None and contact.quiet_from == contact.quiet_to:
        yield "safe_contact", "quiet_from and quiet_to are the same"


def _of_persons(report: ReportIn, day: date) -> Iterator[Wrong]:
    refs = Counter(person.ref for person in report.persons)
    if any(count > 1 for count in refs.values()):
        yield "persons", "two persons have the same ref"
    elif domain.in_a_ring({person.ref: person.accompanies for person in report.persons}):
        yield "persons", "a person accompanies itself, over others or not"
    for place, person in enumerate(report.persons):
        for what, wrong in _of_person(person, day, set(refs)):
            yield f"persons.{place}.{what}", wrong


def _of_person(person: Person, day: date, refs: set[str]) -> Iterator[Wrong]:
    yield from _of_birth(person, day)
    if person.phone is not None and not domain.phone_is_plausible(person.phone):
        yield "phone", "no telephone number"
    if person.accompanies is not None:
        born = domain.latest_birth(person.birth_date, person.birth_year, person.birth_month)
        if person.accompanies not in refs:
            yield "accompanies", "no person of this report"
        if not domain.may_be_minor(domain.age_band(day, born)):
            yield "accompanies", "only a minor accompanies somebody"


def _of_birth(person: Person, day: date) -> Iterator[Wrong]:
    known = person.birth_date is not None or person.birth_year is not None
    if known == person.birth_unknown:
        yield "birth_date", "give birth_date or birth_year, or say birth_unknown"
    elif not domain.birth_is_plausible(day, person.birth_date, person.birth_year, person.birth_month):
        yield "birth_date" if person.birth_date else "birth_year", "not a plausible birth on the day of the report"


def _check_opening(pack: Pack, world: World, report: ReportIn, office: str, now: datetime) -> None:
    for person in report.persons:
        born = domain.latest_birth(person.birth_date, person.birth_year, person.birth_month)
        opening = Opening(
            case_id="",
            route=person.route or report.route,
            reporter=office,
            province=report.place.province,
            commune=report.place.commune,
            occurred_at=report.occurred_at,
            recorded_at=now,
            age_band=domain.age_band(legal_date(report.occurred_at), born),
            nationality=nationality_of(person.nationality),
            urgent=report.urgent,
            reporter_known=not report.reporter.anonymous,
            accompanies=person.accompanies is not None,
        )
        if not opening_lanes(pack, opening):
            raise NoOpening()
