"""What an office may see of a case, from its parts: whether it looks at all, which texts it opens, who is hidden.

Every service asks here and keeps no rule of its own. A part that is over leaves the name of the person, so that the
office can say whom it handed over.
"""

from datetime import datetime

from contracts.codes import Role, SealGroup
from contracts.ids import role_of
from contracts.standing import Standing
from regulations.catalogue import Sight
from regulations.lane_groups import PROTECTIVE_LANES, REPORTED, groups_of_lane
from regulations.parts import (
    INSIDE,
    Packs,
    Part,
    PartKind,
    Relation,
    has_ended,
    parts_of,
    relations_of,
    sight_of,
    state_of,
)

LOOKS_AT_LANE = frozenset({Relation.HOLDER, Relation.COMPETENT})
"""Who sees a protective lane: who holds it, and the authorities of its place that decide on it."""


def looks(packs: Packs, office: str, standing: Standing) -> bool:
    """Whether an office has a present part that lets it look at the case. If not, its part is over, or it has none."""
    return bool(relations_of(parts_of(packs, office, standing), office, standing) & INSIDE)


def ended_at(packs: Packs, office: str, standing: Standing) -> datetime | None:
    """When the last part of an office ended; None while it looks at the case, and where that is not known."""
    if looks(packs, office, standing):
        return None
    ends = [one.until for one in parts_of(packs, office, standing) if one.until is not None]
    return max(ends, default=None)


def groups_of(packs: Packs, office: str, standing: Standing) -> frozenset[SealGroup]:
    """Groups of sealed text that an office may open: those of its role that its present parts need.

    The group of protection is for the office that holds the protection or the shelter lane now; a lane that has ended
    does not count.
    """
    sight, parts = sight_of(packs, role_of(office), standing), parts_of(packs, office, standing)
    if sight is None:
        return frozenset()
    found = frozenset[SealGroup]().union(*(_of_part(packs, standing, one, sight) for one in parts if not one.over))
    had_part = Relation.PAST in relations_of(parts, office, standing)
    return found | (sight.opens & {SealGroup.IDENTITY} if had_part else frozenset[SealGroup]())


def sees_protection(packs: Packs, office: str, standing: Standing) -> bool:
    """Whether an office sees how a person is protected: measures, risks, decisions.

    It holds the protection lane now. Who holds the shelter lane sees its own placement only, which the caller knows.
    """
    parts = parts_of(packs, office, standing)
    return Relation.HOLDER in relations_of(parts, office, standing, PROTECTIVE_LANES[0])


def sees_lane(packs: Packs, office: str, standing: Standing, lane: str) -> bool:
    """Whether an office sees a protective lane by its part in it: its state, its holder, and its clocks."""
    return bool(relations_of(parts_of(packs, office, standing), office, standing, lane) & LOOKS_AT_LANE)


def protectors_hidden_from(packs: Packs, office: str, standing: Standing) -> frozenset[str]:
    """Offices of which an office must not learn, because they have a part only by protecting or sheltering.

    None for an office that holds a protective lane or is competent where it is. A facility counts also after its lane
    passed to another one.
    """
    if any(sees_lane(packs, office, standing, lane) for lane in PROTECTIVE_LANES if lane in standing.lanes):
        return frozenset()
    protecting = {one.holder for code, one in standing.lanes.items() if code in PROTECTIVE_LANES}
    known = {one.holder for code, one in standing.lanes.items() if code not in PROTECTIVE_LANES}
    sheltering = {one for one in standing.past if role_of(one) == Role.FACILITY}
    return frozenset(one for one in protecting | sheltering if one) - known - {office, standing.reporter}


def _of_part(packs: Packs, standing: Standing, part: Part, sight: Sight) -> frozenset[SealGroup]:
    """The groups that one present part opens to a role."""
    if part.kind is PartKind.REPORTER:
        return sight.opens & REPORTED
    if part.kind is PartKind.COMPETENT and part.lane is not None:
        return sight.full & groups_of_lane(part.lane)
    if part.kind is not PartKind.HOLDER or part.lane is None:
        return frozenset()
    protects = sight.protects and part.lane in PROTECTIVE_LANES and _goes_on(packs, standing, part.lane)
    opens = sight.opens | ({SealGroup.PROTECTION} if protects else frozenset[SealGroup]())
    return opens & groups_of_lane(part.lane)


def _goes_on(packs: Packs, standing: Standing, lane: str) -> bool:
    return state_of(packs, standing, lane) is not None and not has_ended(packs, standing, lane)
