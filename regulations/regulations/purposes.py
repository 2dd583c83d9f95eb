"""What an office may open sealed text for: by its role, its part in the case and the group of the text.

The table is `purposes.toml` of each pack. What no row of it gives is refused. A part is a lane that the office holds,
or in which it is competent; `report` if it reported the case and the case has not left it; `past` if it is over.
"""

from collections.abc import Mapping

from contracts.codes import Purpose, SealGroup
from contracts.ids import role_of
from contracts.standing import Standing
from regulations.catalogue import PAST, REPORT
from regulations.lane_groups import REPORTED, groups_of_lane
from regulations.rights import Relation, Rights
from regulations.world import NoPack

IN_LANE = frozenset({Relation.HOLDER, Relation.COMPETENT})


def named_parts(rights: Rights, office: str, standing: Standing) -> frozenset[str]:
    """Where an office has a part in a case: lanes, `report`, `past`."""
    lanes = {lane for lane in standing.lanes if rights.relations(office, standing, lane) & IN_LANE}
    related = rights.relations(office, standing)
    whole = {REPORT: Relation.REPORTER in related, PAST: Relation.PAST in related}
    return frozenset(lanes) | {word for word, holds in whole.items() if holds}


def purposes_of(rights: Rights, office: str, standing: Standing) -> Mapping[SealGroup, frozenset[Purpose]]:
    """Each group that an office may open in a case → what it may open it for; perhaps nothing.

    Of a lane the pack that governs the lane decides. A pack that is not installed gives nothing.
    """
    parts = named_parts(rights, office, standing)
    return {
        group: frozenset(
            purpose
            for part in parts
            if group in _groups_of(part)
            for purpose in _given(rights, standing, office, part, group)
        )
        for group in rights.readable_groups(office, standing)
    }


def _groups_of(part: str) -> frozenset[SealGroup]:
    """The groups that a part can open at all: the purpose of one lane opens no text of another one."""
    if part == PAST:
        return frozenset({SealGroup.IDENTITY})
    return REPORTED if part == REPORT else groups_of_lane(part)


def _given(rights: Rights, standing: Standing, office: str, part: str, group: SealGroup) -> frozenset[Purpose]:
    try:
        pack = rights.library.pack_of_lane(standing, part)
    except NoPack:
        return frozenset()
    return frozenset(row.purpose for row in pack.purposes.values() if row.gives(role_of(office), part, group))
