"""Typed search attributes, for operators and for the sweep. Temporal does not seal them, so they hold opaque ids only.

The Temporal server must know them before the first workflow starts; `deploy/` and the embedded stack register them.
"""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from casework.workflows.ports import WaitSet

CASE_ID = SearchAttributeKey.for_keyword("CaseId")
WAITS_VERSION = SearchAttributeKey.for_int("WaitsVersion")
NEXT_AT = SearchAttributeKey.for_datetime("NextAt")


def at_start(waits: WaitSet) -> TypedSearchAttributes:
    """The attributes with which a new run starts."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(CASE_ID, waits.case_id),
        SearchAttributePair(WAITS_VERSION, waits.version),
    ]
    if (next_at := waits.next_at) is not None:
        pairs.append(SearchAttributePair(NEXT_AT, next_at))
    return TypedSearchAttributes(pairs)


def changes(known: TypedSearchAttributes, waits: WaitSet) -> list[SearchAttributeUpdate[Any]]:
    """The updates that bring the attributes of a run up to its waits; empty if none is needed."""
    updates: list[SearchAttributeUpdate[Any]] = []
    if known.get(WAITS_VERSION) != waits.version:
        updates.append(WAITS_VERSION.value_set(waits.version))
    if known.get(NEXT_AT) != (next_at := waits.next_at):
        updates.append(NEXT_AT.value_unset() if next_at is None else NEXT_AT.value_set(next_at))
    return updates
