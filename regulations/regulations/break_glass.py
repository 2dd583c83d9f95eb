"""Break-glass: what an office outside a case may read of it for minutes, for danger to life (ADR 0039). Pure.

Whether it still may is decided at the instant of each call, so nothing has to run for it to end.
"""

from collections.abc import Iterator
from datetime import datetime

from contracts.codes import Purpose, SealGroup
from contracts.standing import OpenedCase, Standing
from regulations.restricted import Person, digest_of, is_shut_out

READS = frozenset({"vault.read_identity"})
"""Operations that the two persons may do while it lasts. What else saves a life, `casework.get_break_glass` shows."""
GROUPS = frozenset({SealGroup.IDENTITY, SealGroup.CONTACT})
"""Groups of sealed text that they may open: who she is, and how she is reached. Never where she is protected."""
PURPOSES = frozenset({Purpose.CONTACT, Purpose.PROTECTION, Purpose.CHILD_PROTECTION})
"""What they may open it for."""
READS_REASON = "vault.read_text"
"""The operation by which the office that reviews it reads the reason, and no other text."""


def allows(standing: Standing, operation: str, office: str, person: Person | None, at: datetime | None) -> bool:
    """Whether a person of an office may do an operation by break-glass.

    Args:
        at: instant of the call; None: nothing is open.
    """
    if operation == READS_REASON:
        return bool(reasons(standing, office, person))
    return operation in READS and any(_open(standing, office, person, at))


def purposes(
    standing: Standing, office: str, person: Person | None, at: datetime | None, ref: str | None = None
) -> dict[SealGroup, frozenset[Purpose]]:
    """Groups of sealed text that a person may open by break-glass now → what for.

    Args:
        ref: of the text that is asked for: who is to review it reads its reason, a note, and no other one.
    """
    found = {group: PURPOSES for group in GROUPS if any(_open(standing, office, person, at))}
    if ref is not None and ref in reasons(standing, office, person):
        found[SealGroup.NOTE] = frozenset({Purpose.SUPERVISION})
    return found


def reasons(standing: Standing, office: str, person: Person | None) -> frozenset[str]:
    """References of the reasons that an office may read, because it is to review them."""
    if is_shut_out(standing.restriction, office, person):
        return frozenset()
    return frozenset(ref for one in standing.opened if one.reviewer == office for ref in one.reasons)


def is_open(opened: OpenedCase, at: datetime) -> bool:
    """Whether it lasts at an instant."""
    return opened.since <= at < opened.until


def _open(standing: Standing, office: str, person: Person | None, at: datetime | None) -> Iterator[OpenedCase]:
    if person is None or at is None or is_shut_out(standing.restriction, office, person):
        return
    for one in standing.opened:
        if one.office == office and is_open(one, at) and digest_of(one.break_glass_id, person.subject) in one.persons:
            yield one
