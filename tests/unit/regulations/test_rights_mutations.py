"""Each mistake in the table of rights or in the functions behind it is found by the tables written by hand.

Without this, a table that compares nothing would pass as well.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest

from contracts.codes import Role, SealGroup
from regulations import lane_groups, parts, rights, sights
from regulations.parts import Part, PartKind, Relation
from tests.unit.regulations.rights_by_hand import (
    ended_disagreements,
    protective_disagreements,
    text_disagreements,
)
from tests.unit.regulations.test_rights import disagreements

Mutation = Callable[[pytest.MonkeyPatch], None]
R, S = Relation, SealGroup


def granted(operation: str, *more: Relation, roles: frozenset[str] = frozenset()) -> Mutation:
    """One operation is granted to more relations or roles."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        grant = rights.OPERATIONS[operation]
        wider = {"relations": grant.relations | {*more}, "roles": grant.roles | roles}
        patch.setitem(rights.OPERATIONS, operation, grant.model_copy(update=wider))

    return mutate


def refused(operation: str, relation: Relation) -> Mutation:
    """One operation is no longer granted to a relation."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        grant = rights.OPERATIONS[operation]
        less = grant.model_copy(update={"relations": grant.relations - {relation}})
        patch.setitem(rights.OPERATIONS, operation, less)

    return mutate


def opened(lane: str, group: SealGroup) -> Mutation:
    """A lane opens a group more."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(lane_groups.LANE_GROUPS, lane, lane_groups.LANE_GROUPS[lane] | {group})

    return mutate


def replaced(module: Any, name: str, value: Any) -> Mutation:
    """A function or a constant says something else."""
    return lambda patch: patch.setattr(module, name, value)


def related(key: tuple[PartKind, bool, bool], relation: Relation) -> Mutation:
    """A part gives a relation that it must not give."""
    table: dict[Any, Any] = parts._RELATIONS  # pyright: ignore[reportPrivateUsage]
    return lambda patch: patch.setitem(table, key, table[key] | {relation})


def _never_over(*given: Any, **more: Any) -> tuple[Part, ...]:
    return tuple(Part(one.kind, one.lane, one.since) for one in _parts_of(*given, **more))


_parts_of, K = parts.parts_of, PartKind
MUTATIONS: dict[str, Mutation] = {
    "a former office reads support": granted("support.list_requests", R.PAST),
    "a former reporter sees protection": granted("protection.get_protection", R.LEFT),
    "who is asked sees the case": granted("casework.get_case", R.PROPOSED),
    "who may only act sees the case": granted("casework.get_case", R.ACTING),
    "a former holder hands over": granted("casework.propose_handover", R.PAST),
    "a supervisor opens names": granted(
        "vault.read_identity", R.SUPERVISOR, roles=frozenset({Role.STEERING_COMMITTEE})
    ),
    "a ministry sees cases": granted("casework.find_case", roles=frozenset({Role.MINISTRY})),
    "the holder reads no access log": refused("vault.access_log", R.HOLDER),
    "a lane of support opens statements": opened("protection", S.STATEMENT),
    "the crime lane opens health": opened("crime", S.HEALTH),
    "the child lane opens evidence": opened("child", S.EVIDENCE),
    "an unknown lane opens everything": replaced(sights, "groups_of_lane", lambda lane: frozenset(SealGroup)),
    "a report opens support": replaced(sights, "REPORTED", frozenset(SealGroup)),
    "an ended lane still protects": replaced(sights, "_goes_on", lambda *given: True),
    "every lane protects": replaced(sights, "PROTECTIVE_LANES", ("protection", "shelter", "crime", "identification")),
    "no lane is left behind": replaced(parts, "is_behind", lambda *given: False),
    "only a state ends a lane": replaced(parts, "has_ended", lambda *given: False),
    "every role looks before its turn": replaced(parts, "_looks_before_its_turn", lambda *given: True),
    "no part is ever over": replaced(sights, "parts_of", _never_over),
    "a receipt changes nothing": related((K.REPORTER, True, False), R.REPORTER),
    "who held a lane holds it": related((K.HOLDER, True, False), R.HOLDER),
    "who owes a record looks": related((K.HOLDER, True, True), R.HOLDER),
    "who may act is competent": related((K.ACTING, False, False), R.COMPETENT),
    "who left a protective lane sees it": replaced(sights, "LOOKS_AT_LANE", frozenset(Relation)),
    "everybody sees how she is protected": replaced(rights, "sees_protection", lambda *given: True),
    "nobody is hidden": replaced(rights, "protectors_hidden_from", lambda *given: frozenset()),
}


def found() -> Iterator[str]:
    """Every disagreement with the tables, the quick ones first."""
    return chain(ended_disagreements(), protective_disagreements(), text_disagreements(), disagreements())


def test_unchanged_nothing_disagrees() -> None:
    assert [*found()] == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[name](monkeypatch)
    assert next(found(), None) is not None, name
