"""Use cases of members: list them, set them, state an absence. One transaction at a time changes an office."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from casework.errors import NobodyLeft, NoMember, TooManyMembers
from casework.members import repository
from casework.members.roster import Absence, NamedMember, Roster
from casework.members.schemas import (
    MAX_MEMBERS,
    AbsenceIn,
    AbsenceOut,
    MemberIn,
    MemberOut,
    MembersIn,
    MembersOut,
    MembersSet,
)
from casework.service.author import Author, office_only
from contracts.codes import Role
from contracts.ids import role_of
from contracts.members import Position
from contracts.problems import Forbidden, Invalid, NotFound
from contracts.topology import MEMBERS
from kit import projections
from kit.auth import Principal
from kit.uow import Tx
from regulations.directory import Directory
from regulations.legal_time import legal_date

MAY_IMPORT = ("", Position.HEAD, Position.SYSTEM)
"""Positions in which somebody of the office above, or of the administration, imports; empty: it has no list."""


async def roster(tx: Tx, office: str) -> Roster:
    """Members and absences of an office, in one statement. An office without a list has an empty one."""
    return Roster.model_validate_json(await repository.roster(tx.session, office))


def check_may_list(tx: Tx, directory: Directory, principal: Principal, office: str) -> None:
    """Refuse (403) every office but this one, the one above it and the administration. Raises `NotFound`."""
    office_only(principal.office, office, *_above(tx, directory, principal, office))


async def check_may_import(tx: Tx, directory: Directory, principal: Principal, office: str) -> None:
    """Refuse (403) whoever may not set the members of an office.

    A head of the office may, by its list; so the office never makes its first list. The office above and the
    administration may too. Raises `NotFound` for an unknown office.
    """
    above = _above(tx, directory, principal, office)
    if principal.office == office and office not in above:
        await _check_head(tx, principal)
        return
    office_only(principal.office, *above)
    if principal.position not in MAY_IMPORT:
        raise Forbidden


async def show(tx: Tx, office: str, *, former: bool) -> MembersOut:
    """The members of an office with their names, and the absences that are not over."""
    found, today = await roster(tx, office), legal_date(tx.now)
    shown = [one for one in found.members if former or one.valid_to is None or one.valid_to > today]
    return MembersOut(
        office=office,
        listed=found.listed,
        members=[
            MemberOut(**one.model_dump(), member=one.holds(today), absent=found.is_absent(one.subject, today))
            for one in shown
        ],
        absences=[
            AbsenceOut(**one.model_dump())
            for one in found.absences
            if (one.valid_to is None or one.valid_to > today) and one.valid_from != one.valid_to
        ],
    )


async def set_members(tx: Tx, author: Author, office: str, given: MembersIn) -> MembersSet:
    """Set members, log who changed what, and tell the other services. The same once more changes nothing.

    Raises:
        Invalid: 422, the days of a member contradict each other.
        NobodyLeft: 409, nobody would be left who may act today. TooManyMembers: 409.
    """
    await repository.lock(tx.session, office)
    before, today = await roster(tx, office), legal_date(tx.now)
    named = {one.subject: _set(before.member(one.subject), one, today) for one in given.members}
    left = {one.subject: _ended(one, today) for one in before.members if given.complete and one.subject not in named}
    changed = [one for one in (*named.values(), *left.values()) if one and one != before.member(one.subject)]
    after = _with(before, changed)
    if after.nobody_from(today) == today:
        raise NobodyLeft
    published = after.published(today)
    if len(published.members) > MAX_MEMBERS:
        raise TooManyMembers
    if changed:
        await repository.put_members(tx.session, [{"office": office, **one.model_dump(mode="json")} for one in changed])
        await _log(tx, author, office, [(before.member(one.subject), one) for one in changed])
        await _publish(tx, office, published.model_dump(mode="json"))
    ended = [one for one in changed if one.valid_to == today]
    added = [one for one in changed if before.member(one.subject) is None]
    return MembersSet(
        office=office,
        added=len(added),
        changed=len(changed) - len(added) - len(ended),
        ended=len(ended),
        unchanged=len(given.members) - sum(one.subject in named for one in changed),
        nobody_from=after.nobody_from(today),
    )


async def state_absence(tx: Tx, author: Author, office: str, given: AbsenceIn) -> AbsenceOut:
    """State on which days a member of the office is away: the member itself, or a head of the office.

    Raises:
        Forbidden: 403, somebody else. NoMember: 409, the absent person or the deputy is no member then.
    """
    subject = given.subject or author.actor
    await repository.lock(tx.session, office)
    found, today = await roster(tx, office), legal_date(tx.now)
    if subject != author.actor and found.position(author.actor, today) != Position.HEAD:
        raise Forbidden
    for who in (subject, given.deputy):
        if who is not None and found.position(who, given.valid_from) in (None, Position.SYSTEM):
            raise NoMember
    if given.deputy == subject or found.position(given.deputy or "", given.valid_from) == Position.AUDITOR:
        raise Invalid("Another member who may act deputises.", errors=[{"loc": "deputy", "msg": "cannot deputise"}])
    after = Absence(subject=subject, valid_from=given.valid_from, valid_to=given.valid_to, deputy=given.deputy)
    before = next((one for one in found.absences if (one.subject, one.valid_from) == (subject, given.valid_from)), None)
    if after != before:
        await repository.put_absence(tx.session, {"office": office, **after.model_dump(mode="json")})
        await _log(tx, author, office, [(before, after)])
    return AbsenceOut(**after.model_dump())


async def _check_head(tx: Tx, principal: Principal) -> None:
    found = await roster(tx, principal.office)
    if found.position(principal.actor, legal_date(tx.now)) != Position.HEAD:
        raise Forbidden


def _above(tx: Tx, directory: Directory, principal: Principal, office: str) -> tuple[str | None, ...]:
    """The office above, and the caller's own if it is one of the administration. Raises `NotFound`."""
    if directory.office(office) is None:
        raise NotFound
    above = directory.supervisor(office, legal_date(tx.now))
    return (above, principal.office) if role_of(principal.office) == Role.ADMIN else (above,)


def _set(before: NamedMember | None, given: MemberIn, today: date) -> NamedMember | None:
    """The member as an import leaves it; None: it names one who leaves and was never there."""
    if not given.active:
        return _ended(before, today) if before else None
    is_back = before is None or (before.valid_to is not None and before.valid_to <= today)
    valid_from = given.valid_from or (today if is_back or before is None else before.valid_from)
    if given.valid_to is not None and valid_from is not None and given.valid_to <= valid_from:
        why = "A member leaves on a later day than it begins."
        raise Invalid(why, errors=[{"loc": "members.valid_to", "msg": "not after the first day"}])
    assert given.name is not None, "the body has a name for everybody who is active"
    assert given.position is not None, "and a position"
    return NamedMember(
        subject=given.subject,
        name=given.name,
        position=given.position,
        valid_from=valid_from,
        valid_to=given.valid_to,
    )


def _ended(member: NamedMember, today: date) -> NamedMember:
    """The member without what would be from today on. One who had not begun yet never was."""
    if member.valid_to is not None and member.valid_to <= today:
        return member
    return member.model_copy(update={"valid_to": today})


def _with(before: Roster, changed: Iterable[NamedMember]) -> Roster:
    members = {one.subject: one for one in before.members} | {one.subject: one for one in changed}
    in_order = tuple(members[subject] for subject in sorted(members))
    return Roster(office=before.office, members=in_order, absences=before.absences)


async def _publish(tx: Tx, office: str, body: dict[str, Any]) -> None:
    """Tell the other services, in the next version. Needs the lock of the office."""
    shown = (await projections.get(tx, MEMBERS.kind, [office])).get(office)
    version = shown.version + 1 if shown else 1
    await projections.put(tx, MEMBERS.kind, office, version, body)
    tx.show(MEMBERS, office, version)


async def _log(
    tx: Tx, author: Author, office: str, changes: Iterable[tuple[NamedMember | Absence | None, NamedMember | Absence]]
) -> None:
    rows = [
        {
            "office": office,
            "subject": after.subject,
            "changed_by": author.office,
            "actor": author.actor,
            "changed_at": tx.now.isoformat(),
            "before": before.model_dump(mode="json") if before else {},
            "after": after.model_dump(mode="json"),
        }
        for before, after in changes
    ]
    await repository.add_changes(tx.session, rows)
