"""The access log of a release before: a chain in which each entry carries the hash of the one before it.

It has no key. What came later is chained with one (`vault.audit.chain`) and follows the last entry of this log.

A changed, removed or inserted entry breaks every hash after it. The chain alone does not
show that its end was cut off. So every answer contains the head (`head_hash`), and others can compare it with the log
later.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

GENESIS = "0" * 64
"""What the first entry of every case points to."""


class Outcome(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    DENIED = "denied"
    DAMAGED = "damaged"  # the seal did not hold; nothing was shown


@dataclass(frozen=True)
class Entry:
    """One opening, sealing or attempt. Codes and references only; `at` is aware."""

    case_id: str
    seq: int
    at: datetime
    caller: str  # office, or service
    actor: str
    on_behalf_of: str | None  # the office for which a service sealed
    operation: str
    outcome: Outcome
    purpose: str | None
    items: tuple[str, ...]  # fields, groups or references that were asked for
    previous: str

    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of every field, `previous` among them."""
        body = asdict(self) | {"at": self.at.astimezone(UTC).isoformat(timespec="microseconds")}
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def first_broken(entries: Iterable[tuple[Entry, str]]) -> int | None:
    """Sequence number of the first entry that does not follow from the one before it; None when all hold.

    Args:
        entries: the whole log of one case in order of `seq`, each with the hash stored beside it.
    """
    previous = GENESIS
    for expected, (entry, stored) in enumerate(entries, start=1):
        if entry.seq != expected or entry.previous != previous or entry.digest() != stored:
            return expected
        previous = stored
    return None
