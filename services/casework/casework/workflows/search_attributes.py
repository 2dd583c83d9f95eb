"""Typed search attributes: the operators' view and the sweep's comparison. Never encrypted, hence opaque ids only.

The Temporal server must know them before the first workflow starts (`deploy/`, the embedded stack registers them).
"""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from casework.workflows.ports import WaitSet

CASE_ID = SearchAttributeKey.for_keyword("CaseId")
WAITS_VERSION = SearchAttributeKey.for_int("WaitsVersion")
NEXT_AT = SearchAttributeKey.for_datetime("NextAt")


def at_start(waits: WaitSet) -> TypedSearchAttributes:
    """The attributes that a new run is started with."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(CASE_ID, waits.case_id),
        SearchAttributePair(WAITS_VERSION, waits.version),
    ]
    if (next_at := waits.next_at) is not None:
        pairs.append(SearchAttributePair(NEXT_AT, next_at))
    return TypedSearchAttributes(pairs)


def changes(known: TypedSearchAttributes, waits: WaitSet) -> list[SearchAttributeUpdate[Any]]:
    """What differs between the attributes of a run and its waits; empty when nothing does (an upsert is an event)."""
    updates: list[SearchAttributeUpdate[Any]] = []
    if known.get(WAITS_VERSION) != waits.version:
        updates.append(WAITS_VERSION.value_set(waits.version))
    if known.get(NEXT_AT) != (next_at := waits.next_at):
        updates.append(NEXT_AT.value_unset() if next_at is None else NEXT_AT.value_set(next_at))
    return updates
