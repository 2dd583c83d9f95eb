"""Which part an office has and had in a case: the one function from which every right and every view follows.

A part has a beginning and an end. The end is what protects a person who was moved: an office whose part is over keeps
what it wrote, and follows nothing. Pure: a standing says everything, and the pack says what a state means.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from contracts.ids import role_of
from contracts.standing import LaneStanding, Standing
from regulations.case import OPEN_AFTER_CLOSING
from regulations.catalogue import Sight
from regulations.model import StateSpec
from regulations.pack import Pack
from regulations.standings import IDENTIFICATION
from regulations.world import NoPack


class Packs(Protocol):
    """Whoever has the packs of a case: the library, or the law of one case."""

    def pack_of_lane(self, standing: Standing, lane: str) -> Pack:
        """The pack that governs a lane; that of the case for no lane. Raises `NoPack`."""
        ...


class PartKind(StrEnum):
    """What an office is, or was, in a case."""

    REPORTER = "reporter"
    HOLDER = "holder"
    NEXT = "next"  # is asked to take a lane over
    COMPETENT = "competent"  # the pack gives its role full sight at the place where a lane is now
    ACTING = "acting"  # the pack names its role for a step there: it may state it, and look at nothing
    SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Part:
    """One part of an office in a case.

    Attributes:
        lane: the lane that it is about; None if it is about the whole case.
        since: when it began, by the entry that began it; None if no entry did (a place, an office above), or if the
            standing is of an older release.
        until: when it ended; None while it goes on, and where `over` is all that is known.
        over: whether it has ended.
        owes: over, but it is still the named holder of a lane that ended where the case no longer is. It enters what
            it owes there.
    """

    kind: PartKind
    lane: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    over: bool = False
    owes: bool = False


class Relation(StrEnum):
    """How an office is related to a case, or to one of its lanes: its parts, as the table of rights names them."""

    HOLDER = "holder"
    REPORTER = "reporter"
    PAST = "past"  # has or had a part: it reported, holds or held a lane, or accepted one
    ENDED = "ended"  # holds a lane that ended where the case no longer is: it may do what it owes there, and not look
    LEFT = "left"  # reported the case, and its part is over: it may act as before, and look at nothing later
    ACTING = "acting"  # has a role at the place of a lane that the pack names in it: it may act there
    COMPETENT = "competent"  # ACTING, and the pack gives the role full sight: it may also look
    PROPOSED = "proposed"  # must answer a hand-over
    SUPERVISOR = "supervisor"


INSIDE = frozenset({Relation.HOLDER, Relation.REPORTER, Relation.COMPETENT})
"""Who may look at a case. An office that may only act sees the clock of its own duty and nothing else."""


def parts_of(packs: Packs, office: str, standing: Standing, at: datetime | None = None) -> tuple[Part, ...]:
    """Every part that an office has and had in a case, the whole case first, then lane by lane.

    Args:
        packs: of the case; they say which state ends a lane, and which roles look before their turn.
        standing: of the case.
        at: the instant, by what was entered until then; None: all that is entered. Parts that no entry began are those
            of the day of the standing.
    """
    found = [*_of_case(office, standing, at)]
    for code, lane in standing.lanes.items():
        found += _of_lane(packs, office, standing, code, lane, at)
    return tuple(found)


def relations_of(
    parts: Iterable[Part], office: str, standing: Standing, lane: str | None = None
) -> frozenset[Relation]:
    """The relations that follow from the parts of an office.

    Reporter, left, past, proposed and supervisor are always about the whole case, and past also about a lane left
    behind. Holder, ended, acting and competent are about `lane` if one is given. A dissolved office may state what it
    did; it reads only while it is `LaneStanding.entering`.
    """
    found: set[Relation] = set()
    for one in parts:
        if one.lane is None or lane is None or one.lane == lane:
            found |= _RELATIONS[one.kind, one.over, one.owes]
    if office in standing.past:
        found.add(Relation.PAST)
    return frozenset(found - {Relation.PAST} if office in standing.dissolved else found)


R, K = Relation, PartKind
_RELATIONS: dict[tuple[PartKind, bool, bool], frozenset[Relation]] = {
    (K.REPORTER, False, False): frozenset({R.REPORTER}),
    (K.REPORTER, True, False): frozenset({R.LEFT, R.PAST}),
    (K.HOLDER, False, False): frozenset({R.HOLDER}),
    (K.HOLDER, True, True): frozenset({R.ENDED, R.PAST}),
    (K.HOLDER, True, False): frozenset(),  # `Standing.past` names it, also where a standing has no tenures
    (K.NEXT, False, False): frozenset({R.PROPOSED}),
    (K.COMPETENT, False, False): frozenset({R.COMPETENT}),
    (K.ACTING, False, False): frozenset({R.ACTING}),
    (K.SUPERVISOR, False, False): frozenset({R.SUPERVISOR}),
}
"""(kind, over, owes) → relations, for every part that `parts_of` makes."""


def _of_case(office: str, standing: Standing, at: datetime | None) -> Iterable[Part]:
    if office == standing.reporter:
        since = standing.periods[0].since if standing.periods else None
        received = standing.received_at if _by(standing.received_at, at) else None
        over = received is not None or standing.left or office in standing.dissolved
        yield Part(PartKind.REPORTER, since=since, until=received, over=over)
    if office in standing.proposed and _by(standing.proposed_since.get(office), at, unknown=True):
        yield Part(PartKind.NEXT, since=standing.proposed_since.get(office))
    if office in standing.supervisors:
        yield Part(PartKind.SUPERVISOR)


def _of_lane(
    packs: Packs, office: str, standing: Standing, code: str, lane: LaneStanding, at: datetime | None
) -> Iterable[Part]:
    behind = is_behind(packs, standing, code)
    yield from _holding(office, code, lane, behind, at)
    if office in lane.acting or office in lane.former:
        yield Part(PartKind.ACTING, code)
    if office in lane.acting and not behind and _looks_before_its_turn(packs, office, standing):
        yield Part(PartKind.COMPETENT, code)


def _holding(office: str, code: str, lane: LaneStanding, behind: bool, at: datetime | None) -> Iterable[Part]:
    """The tenures of an office. That it is the holder now is said by the standing itself, also for a successor."""
    mine = [one for one in lane.tenures if one.office == office and _by(one.since, at)]
    for one in mine:
        if _by(one.until, at):
            yield Part(PartKind.HOLDER, code, one.since, one.until, over=True)
    running = next((one.since for one in mine if not _by(one.until, at)), None)
    holds_now = office in (lane.holder, lane.entering)
    if holds_now and (at is None or running is not None or not lane.tenures):
        yield Part(PartKind.HOLDER, code, running, over=behind, owes=behind)
    elif running is not None:  # it held the lane at that instant; now it is dissolved
        yield Part(PartKind.HOLDER, code, running, over=at is None)


def _by(instant: datetime | None, at: datetime | None, *, unknown: bool = False) -> bool:
    """Whether something was entered by `at`; `unknown`: the answer where its instant is not known."""
    return unknown if instant is None else at is None or instant <= at


# what the pack says of a standing


def is_behind(packs: Packs, standing: Standing, lane: str) -> bool:
    """Whether a lane ended, or was ended by the closing, where the case no longer is."""
    if lane == IDENTIFICATION or not standing.lanes[lane].elsewhere:
        return False
    return has_ended(packs, standing, lane) or (standing.status == "closed" and lane not in OPEN_AFTER_CLOSING)


def has_ended(packs: Packs, standing: Standing, lane: str) -> bool:
    """Whether a lane has ended: as the fold found it, or by its state in a standing of an older release."""
    ended, state = standing.lanes[lane].ended, state_of(packs, standing, lane)
    return ended if ended is not None else state is not None and state.terminal


def state_of(packs: Packs, standing: Standing, lane: str) -> StateSpec | None:
    """The state of a lane, as the pack describes it; None if the case or the pack does not know it."""
    pack, found = _pack(packs, standing, lane), standing.lanes.get(lane)
    return pack.lanes[lane].by_code.get(found.state) if pack and found and lane in pack.lanes else None


def sight_of(packs: Packs, role: str, standing: Standing) -> Sight | None:
    """What the pack of the case lets a role open; None if the pack is not installed or does not name the role."""
    pack = _pack(packs, standing)
    return pack.confidentiality.get(role) if pack else None


def _looks_before_its_turn(packs: Packs, office: str, standing: Standing) -> bool:
    """Whether a role may look at a case at its place, with names, before it has a part in the case.

    The pack names many more roles for later steps. They may state their step. They see the case when they report,
    hold a lane, or accept a hand-over.
    """
    sight = sight_of(packs, role_of(office), standing)
    return sight is not None and bool(sight.full)


def _pack(packs: Packs, standing: Standing, lane: str = "") -> Pack | None:
    """The pack of the case, or the one that governs a lane of it; None if it is not installed."""
    try:
        return packs.pack_of_lane(standing, lane)
    except NoPack:
        return None
