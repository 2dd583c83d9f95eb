"""What a standing says of places, as offices: the only step between the directory and a decision on a right.

Casework writes it into `contracts.standing.Standing` for a day; whoever decides a right needs no directory then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.codes import Role
from contracts.standing import LaneStanding
from regulations.case import CaseState, Lane
from regulations.directory import Directory
from regulations.legal_time import legal_date

IDENTIFICATION = "identification"
"""The lane whose holder and place carry the case as a whole."""
SUPPORT_AUTHORITIES = frozenset({Role.HEALTH_AUTHORITY, Role.LABOUR_AUTHORITY})


@dataclass(frozen=True)
class Placed:
    """The parts of a standing that follow from places.

    Attributes:
        lanes: every lane of the case.
        left: whether the case has left its reporter.
        support: offices that are or were the support authority where the case is.
        dissolved: of the offices with a part in the case those that no longer exist and do not hold a lane by the
            newest fact.
    """

    lanes: dict[str, LaneStanding]
    left: bool
    support: tuple[str, ...]
    dissolved: tuple[str, ...]


def placed(directory: Directory, state: CaseState, parties: Iterable[str], accepted: Iterable[str], on: date) -> Placed:
    """What a standing says of places on a day.

    Args:
        directory: the office directory.
        state: the folded case.
        parties: every office that the standing names, also former ones.
        accepted: offices that accepted a hand-over, with their successors.
        on: the day, usually today.
    """
    carrier = state.lanes.get(IDENTIFICATION)
    place = carrier.place if carrier else None
    lanes = {code: _lane(directory, state, lane, place, on) for code, lane in state.lanes.items()}
    entering = {lane.entering for lane in lanes.values()}
    offices = dict.fromkeys((state.opening.reporter, *parties))
    return Placed(
        lanes=lanes,
        left=carrier is not None and _has_left(directory, state.opening.reporter, carrier, accepted, on),
        support=_having(directory, tuple(sorted(SUPPORT_AUTHORITIES)), place, on) if place else (),
        dissolved=tuple(one for one in offices if one not in entering and directory.is_dissolved(one, on)),
    )


def _lane(directory: Directory, state: CaseState, lane: Lane, carried_at: str | None, on: date) -> LaneStanding:
    return LaneStanding(
        state=lane.state,
        holder=directory.living(lane.holder, on),
        place=lane.place,
        since=lane.since,
        reached_by=lane.reached_by,
        acting=directory.remembered(_acting)(lane.may_act, lane.place, on),
        former=tuple(office for role in lane.may_act for office in directory.former(role, lane.place, on)),
        entering=_entering(directory, state, lane.holder, on),
        elsewhere=carried_at is not None and not directory.lies_in(carried_at, lane.place, on),
        ended=lane.terminal,
        stood=lane.stood,
        tenures=lane.tenures,
    )


def _acting(directory: Directory, roles: tuple[str, ...], place: str, on: date) -> tuple[str, ...]:
    """Offices that have one of the roles at a place. The successor of a dissolved role acts only if it is named too."""
    found = (office for role in roles for office in directory.offices_at(role, place, on))
    return tuple(dict.fromkeys(one for one in found if _acts_by_role(directory, one, roles, place, on)))


def _acts_by_role(directory: Directory, office: str, roles: tuple[str, ...], place: str, on: date) -> bool:
    """Whether an office that has a role at a place may act there without any part in the case.

    A hospital, a school or a facility may not: nobody but those who bring the person there knows of her. An office that
    stands in for the whole nation, because a province has none of its own, may act only when it holds the lane. The
    exception are roles that have one office in the nation, for example the Immigration Department.
    """
    known = directory.office(office)
    level = directory.roles[known.role].level if known else None
    if known is None or known.role not in roles or level == "organisation":
        return False
    beside = directory.province(known.place, on) in directory.chain(place, on)
    return level == "nation" or beside or directory.acts_locally(office, place, on)


def _having(directory: Directory, roles: tuple[str, ...], place: str, on: date) -> tuple[str, ...]:
    former = (office for role in roles for office in directory.former(role, place, on))
    return tuple(dict.fromkeys((*directory.remembered(_acting)(roles, place, on), *former)))


def _entering(directory: Directory, state: CaseState, holder: str | None, on: date) -> str | None:
    """The holder by the newest fact, if it is dissolved today and lived then."""
    if holder is None or state.newest_at is None or not directory.is_dissolved(holder, on):
        return None
    return None if directory.is_dissolved(holder, legal_date(state.newest_at)) else holder


def _has_left(directory: Directory, reporter: str, carrier: Lane, accepted: Iterable[str], on: date) -> bool:
    """Whether the case has left its reporter: it is elsewhere, or another office has accepted it.

    While no office holds it, the last one that did counts: that it ended gives the reporter nothing back.
    """
    if not directory.acts_locally(reporter, carrier.place, on):
        return True
    holder = directory.living(carrier.holder, on) or carrier.holder or next(reversed(carrier.holders), None)
    return holder != reporter and holder in set(accepted)
