"""What the Temporal parts ask of PostgreSQL: to read the open waits of cases and transfers, and to act on due ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from casework.workflows.ports import WaitSet


class OpenWaits(Protocol):
    """The open waits of one kind of subject: of all cases, or of all transfers. A `subject` is the id of one of them.

    `casework.worker` binds the use cases to it; tests put a fake in its place. Every method raises `Unavailable` while
    PostgreSQL is down.
    """

    async def wait_set(self, subject: str) -> WaitSet | None:
        """All open waits of a case (or transfer), as committed; None where the id is not known."""
        ...

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        """Act on each of these waits that is still open, once; gives the new complete set."""
        ...

    async def earliest_waits(self, after: str, limit: int) -> Sequence[tuple[str, datetime]]:
        """(id, earliest instant) of at most `limit` subjects that wait, with an id after `after`, in their order."""
        ...
