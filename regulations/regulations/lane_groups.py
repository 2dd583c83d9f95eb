"""Which groups of sealed text belong to which lane: a part in one lane opens no text of another one.

The pack says what a role may open at all (`confidentiality.toml`); here stands for what work. An office opens a group
if its role may, and if a lane that it holds, or in which it is competent, needs the group. No text read so far contains
such a table: it follows from section 7 of the digest of the law, column by column (inferred).
"""

from contracts.codes import SealGroup

S = SealGroup
SHELTER = "shelter"
"""The lane that says where a person is placed."""
PROTECTIVE_LANES = ("protection", SHELTER)
"""Lanes whose holder may open the group of protection. Whom they name, and where she is, may cost a life."""
SUPPORT = "support:"
"""A lane of support is `support:<kind>`."""
_PERSON = frozenset({S.IDENTITY, S.CONTACT, S.NOTE})
_CARE = frozenset({S.HEALTH, S.SUPPORT})
_TOLD = frozenset({S.STATEMENT, S.EVIDENCE})

REPORTED = _PERSON | _TOLD | {S.REPORTER}
"""Groups of what a report says (`rights.SEALS`, `intake`): what who reported may open until the case is received."""
LANE_GROUPS: dict[str, frozenset[SealGroup]] = {
    "identification": REPORTED | _CARE,
    "crime": REPORTED,
    "child": _PERSON | _CARE | {S.STATEMENT},
    "return": _PERSON | _CARE | _TOLD,
    "protection": _PERSON | {S.PROTECTION},
    SHELTER: _PERSON | _CARE | {S.PROTECTION},
    "support:legal_aid": _PERSON | _CARE | {S.STATEMENT},
}
"""Lane → groups. Of another lane of support see `groups_of_lane`."""


def groups_of_lane(lane: str) -> frozenset[SealGroup]:
    """The groups that the work in a lane needs; a lane that nobody has thought of needs the name of the person."""
    found = LANE_GROUPS.get(lane)
    if found is not None:
        return found
    return _PERSON | _CARE if lane.startswith(SUPPORT) else frozenset({S.IDENTITY})
