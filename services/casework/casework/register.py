"""What the Temporal parts ask of PostgreSQL: the open waits of cases, and to act on those that are due."""

from collections.abc import Sequence
from typing import Protocol

from casework.workflows.ports import WaitSet


class Register(Protocol):
    """The case register as seen by workflows. `casework.worker` binds the use cases; tests put a fake in its place.

    Every method raises `Unavailable` while PostgreSQL is down.
    """

    async def wait_set(self, case_id: str) -> WaitSet | None:
        """The complete open waits of a case as committed; None where the case is not known."""
        ...

    async def fire(self, case_id: str, wait_ids: Sequence[str]) -> WaitSet:
        """Act on the waits that are still open, each once, in one transaction; gives the new complete set."""
        ...

    async def open_wait_versions(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """(case_id, version) of at most `limit` cases that wait for something, in the order of ids, after an id."""
        ...
