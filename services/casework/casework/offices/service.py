"""Use cases of offices: show one, and change what it says of itself."""

from pydantic import ConfigDict

from casework.domain.records import Instant, Record
from casework.errors import OfficeEnded
from casework.offices import repository
from casework.offices.schemas import SHOWN, OfficeOut, Particulars, ParticularsChange, ParticularsIn
from casework.service.author import Author, office_only
from contracts.codes import Role
from contracts.ids import role_of
from contracts.problems import Invalid, NotFound
from kit.uow import Tx
from regulations.directory import Directory
from regulations.legal_time import legal_date

HAVE_ROOM = frozenset({Role.FACILITY, Role.PROVIDER})
"""Roles whose offices take persons in or treat them, and so may state how many."""


class Change(Record):
    """One row of the log. `actor`: opaque id of the person who did it; it is stored, and not shown to other offices."""

    model_config = ConfigDict(extra="ignore")

    office: str
    seq: int
    changed_by: str
    actor: str
    changed_at: Instant
    before: Particulars
    after: Particulars


async def show(tx: Tx, directory: Directory, office: str) -> OfficeOut:
    """An office of the directory; raises `NotFound`."""
    found, today = directory.office(office), legal_date(tx.now)
    if found is None:
        raise NotFound
    changes = await _log(tx, office, SHOWN)
    now = changes[0].after if changes else Particulars()
    return OfficeOut(
        office=office,
        role=found.role,
        name=directory.name(office),
        place=found.place,
        serves=list(found.serves),
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        successor=directory.successor(office),
        supervisor=directory.supervisor(office, today),
        contact=now.contact,
        capacity=now.capacity,
        changes=[
            ParticularsChange(by=one.changed_by, at=one.changed_at, before=one.before, after=one.after)
            for one in changes
        ],
    )


def check_may_change(tx: Tx, directory: Directory, author: Author, office: str) -> None:
    """Refuse (403) every office but this one and the one above it. Raises `NotFound` for an unknown office."""
    if directory.office(office) is None:
        raise NotFound
    office_only(author.office, office, directory.supervisor(office, legal_date(tx.now)))


async def change(tx: Tx, directory: Directory, author: Author, office: str, given: ParticularsIn) -> OfficeOut:
    """Change the fields that are given of the particulars of an office, and log who did it, when, and what was there.

    What is not given stays as the newest change left it. The same fields once more change nothing.

    Raises:
        Invalid: 422, what an office of this role must not state. OfficeEnded: 409.
    """
    _check_of_role(role_of(office), given)
    if directory.is_dissolved(office, legal_date(tx.now)):
        raise OfficeEnded
    await repository.lock(tx.session, office)
    log = await _log(tx, office, 1)
    before, seq = (log[0].after, log[0].seq) if log else (Particulars(), 0)
    after = given.on_top_of(before)
    if after != before:
        row = Change(
            office=office,
            seq=seq + 1,
            changed_by=author.office,
            actor=author.actor,
            changed_at=tx.now,
            before=before,
            after=after,
        )
        await repository.add(tx.session, row.model_dump(mode="json"))
    return await show(tx, directory, office)


def _check_of_role(role: str, given: ParticularsIn) -> None:
    """Refuse a capacity where nobody is taken in, and the address of a facility: persons may be hidden there."""
    if given.capacity is not None and role not in HAVE_ROOM:
        why = "Only a facility or a provider states a capacity."
        raise Invalid(why, errors=[{"loc": "capacity", "msg": "not for an office of this role"}])
    if given.contact.address is not None and role == Role.FACILITY:
        why = "A facility states no address: persons may be hidden there."
        raise Invalid(why, errors=[{"loc": "contact.address", "msg": "not for an office of this role"}])


async def _log(tx: Tx, office: str, limit: int) -> list[Change]:
    return [Change.model_validate_json(row) for row in await repository.newest(tx.session, office, limit)]
