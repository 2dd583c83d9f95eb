"""Judges input by the lists of the law of the case, and who may order what. An error never repeats a value."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from casefile.context import CaseContext
from contracts.problems import Invalid
from contracts.standing import LaneStanding
from protection.domain import FREE, LANE, State, received
from protection.errors import NotCompetent, PressureNotAnswered
from protection.schemas import DecisionIn
from regulations import Pack, World
from regulations.legal_time import legal_date

PRESSURE = (
    "If the person refuses without threat or pressure, say free_of_pressure: true. A refusal under threat or pressure "
    "does not end the protection; it goes on. Nếu người đó từ chối mà không bị đe dọa, ép buộc thì ghi "
    "free_of_pressure: true. Việc từ chối do bị đe dọa, ép buộc không chấm dứt bảo vệ; việc bảo vệ vẫn tiếp tục."
)
"""What to do, in English and in Vietnamese."""


def check_codes(field: str, given: Sequence[str], known: Iterable[str]) -> None:
    """Raise `Invalid` unless every code is in the list of the law and is named once."""
    if len(set(given)) < len(given):
        raise wrong(field, "named twice")
    listed = set(known)
    for place, code in enumerate(given):
        if code not in listed:
            raise wrong(f"{field}.{place}", "not in the list of the law of this case")


def check_measures(pack: Pack, measures: Sequence[str], *, consent: bool) -> None:
    """Raise `Invalid` unless the codes are known, and consent is on record if a measure needs it."""
    check_codes("measures", measures, pack.measures)
    if not consent and any(pack.measures[code].needs_consent for code in measures):
        raise wrong("consent", "one of these measures needs the consent of the person")


def check_decision(pack: Pack, given: DecisionIn) -> None:
    """Raise `Invalid` unless a refusal has a reason and only a grant orders measures, and `PressureNotAnswered` unless
    a refusal by the person is free.

    Where the law asks for it, a refusal by the person counts only if it is free of threat and pressure.
    """
    asked = FREE in pack.lanes[LANE].flags
    if given.outcome == "refused_by_person" and asked and not given.free_of_pressure:
        raise PressureNotAnswered(PRESSURE, errors=[{"loc": FREE, "msg": "true if no threat or pressure is behind it"}])
    if given.outcome == "refused" and given.reason is None:
        raise wrong("reason", "a refusal needs a reason")
    if given.outcome != "granted" and given.measures is not None:
        raise wrong("measures", "only a grant orders measures")


def check_competent(case: CaseContext, measures: Iterable[str]) -> None:
    """Raise `NotCompetent` unless the law lets the office order each of these measures for this person."""
    role, known, receiving = case.principal.role, case.pack.measures, case.pack.receiving_roles
    ordered = [known[code] for code in measures if code in known]
    related = case.rights.relations(case.office, case.standing)
    if any(role not in measure.decides for measure in ordered) or not received(role, related, receiving):
        raise NotCompetent()


def check_facility(world: World, facility: str, occurred_at: datetime) -> None:
    """Raise `Invalid` unless the directory has this facility on that day."""
    known = world.directory.office(facility)
    if known is None or known.role != "facility" or not known.exists(legal_date(occurred_at)):
        raise wrong("facility", "no facility of the directory on that day")


def wrong(place: str, what: str) -> Invalid:
    """A refusal of one field."""
    return Invalid("Some values cannot be right.", errors=[{"loc": place, "msg": what}])


def moves_shelter(lane: LaneStanding | None, last: str | None, facility: str) -> bool:
    """Whether a placement states a fact: not one in the facility where the person is already.

    Args:
        lane: the shelter lane as it is known here; it may be older than the last placement.
        last: the facility of the last placement that counts; None without one.
        facility: of this placement.
    """
    if lane is not None and lane.state != State.IN_FACILITY:
        return True
    return (last or (lane.holder if lane else None)) != facility
