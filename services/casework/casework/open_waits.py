"""What the Temporal parts ask of PostgreSQL: the open waits of cases and transfers, and to act on what is due."""

from collections.abc import Sequence
from typing import Protocol

from casework.workflows.ports import WaitSet


class OpenWaits(Protocol):
    """What waits, as seen by one kind of workflow: all cases, or all transfers; ids are of that kind.

    `casework.worker` binds the use cases; tests put a fake in its place. Every method raises `Unavailable` while
    PostgreSQL is down.
    """

    async def wait_set(self, subject: str) -> WaitSet | None:
        """The complete open waits of a case (transfer) as committed; None where it is not known."""
        ...

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """Act on the waits that are still open, each once, in one transaction; gives the new complete set."""
        ...

    async def open_wait_versions(self, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """(id, version) of at most `limit` that wait for something, in the order of ids, after an id."""
        ...
