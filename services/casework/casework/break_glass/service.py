"""Use cases: an office outside a case opens it for danger to life, and the office above reviews it."""

from collections.abc import Sequence
from datetime import datetime

from casefile.start import person_of
from casework.break_glass.schemas import BreakGlassOut, WhatSavesALife
from casework.domain import breaking_glass as domain
from casework.domain.case_file import CaseFile, Change
from casework.domain.records import BreakGlassRecord
from casework.errors import HasPart
from casework.finding import repository as finding
from casework.service.author import Author
from casework.service.files import standing_of, stored_standing
from casework.service.visibility import active
from casework.service.writing import version_after
from contracts.ids import new_id
from contracts.members import Position
from contracts.numbers import heard_number
from contracts.problems import Forbidden, NotFound
from contracts.standing import Standing
from kit.auth import Principal
from kit.uow import Tx
from regulations.legal_time import legal_date
from regulations.restricted import admits
from regulations.rights import INSIDE, Rights

SEES = "casework.get_case"
"""The operation whose right makes break-glass needless, and shows a break-glass to who works on the case."""


async def case_of_number(tx: Tx, number: str) -> str:
    """The case with a number. Raises `NotFound`, also where cases of older releases have the same one."""
    key = heard_number(number)
    found = [case_id for case_id in await finding.by_number(tx.session, key) if case_id] if key is not None else []
    if len(found) != 1:
        raise NotFound
    return found[0]


async def check_outside(tx: Tx, rights: Rights, principal: Principal, case_id: str) -> None:
    """Raise what refuses an ask: it is for a person of an office outside the case.

    Raises:
        Forbidden: 403, a system. NotFound: 404, the office has a part, and a restriction keeps the caller from the
            case. HasPart: 409.
    """
    _check_may_break(rights, principal, await standing_of(tx, case_id))


def _check_may_break(rights: Rights, principal: Principal, standing: Standing) -> None:
    if principal.position == Position.SYSTEM:
        raise Forbidden
    if rights.relations(principal.office, standing) & INSIDE:
        if not admits(standing, principal.office, person_of(principal), SEES):
            raise NotFound
        raise HasPart


async def ask(
    tx: Tx, rights: Rights, file: CaseFile, principal: Principal, documents: Sequence[str]
) -> BreakGlassRecord:
    """Ask to open a case. Raises as `check_outside`."""
    _check_may_break(rights, principal, stored_standing(file))
    one = BreakGlassRecord(
        break_glass_id=new_id("glass"),
        case_id=file.case.case_id,
        office=principal.office,
        actor=principal.actor,
        documents=list(documents),
        recorded_at=tx.now,
        confirm_by=tx.now + domain.minutes(file, principal.office, legal_date(tx.now)),
    )
    await version_after(tx, file, Change(break_glass=(one,)))
    return one


def find(file: CaseFile, break_glass_id: str) -> BreakGlassRecord:
    """The break-glass with this id in the file."""
    return next(one for one in file.stored.break_glass if one.break_glass_id == break_glass_id)


def check_may_confirm(one: BreakGlassRecord, principal: Principal) -> None:
    """Refuse (404) every office but the one that asked, and (403) a system."""
    if principal.office != one.office:
        raise NotFound
    if principal.position == Position.SYSTEM:
        raise Forbidden


async def confirm(tx: Tx, file: CaseFile, author: Author, one: BreakGlassRecord) -> BreakGlassRecord:
    """A second person of the office confirms. Holders and who reviews it are told in the same transaction.

    Raises:
        SamePerson: 403. BreakGlassEnded: 409.
    """
    after = domain.confirmed(file, one, author.actor, tx.now)
    told = tuple(domain.notices(file, after, tx.now))
    await version_after(tx, file, Change(break_glass=(after,), notices=told))
    return after


def check_may_review(
    rights: Rights, file: CaseFile, one: BreakGlassRecord, principal: Principal, now: datetime
) -> None:
    """Refuse whoever does not review this: 404, or 403 where the caller may know of it."""
    if principal.office == domain.reviewing(file, one, legal_date(now)) and principal.position != Position.SYSTEM:
        return
    if not _may_know(rights, file, one, principal, now):
        raise NotFound
    raise Forbidden


async def review(
    tx: Tx, file: CaseFile, author: Author, one: BreakGlassRecord, result: domain.Result, documents: Sequence[str]
) -> int:
    """Record the result of the review, and give the new version of the case.

    Raises:
        SamePerson: 403. BreakGlassEnded: 409.
    """
    after = domain.reviewed(one, author.office, author.actor, result, list(documents), tx.now)
    return await version_after(tx, file, Change(break_glass=(after,)))


def shown(tx: Tx, rights: Rights, file: CaseFile, principal: Principal, break_glass_id: str) -> BreakGlassOut:
    """A break-glass as the caller may see it. Raises `NotFound` for everybody who has nothing to do with it."""
    one = find(file, break_glass_id)
    if not _may_know(rights, file, one, principal, tx.now):
        raise NotFound
    state = domain.state_of(one, tx.now)
    reads = principal.office == one.office and principal.actor in (one.actor, one.confirmed_actor)
    knows_case = principal.office != one.office or one.confirmed_at is not None
    return BreakGlassOut(
        **one.model_dump(include={"break_glass_id", "office", "confirm_by", "until", "result", "documents"}),
        case_id=one.case_id if knows_case else None,
        state=state,
        asked_at=one.recorded_at,
        opened_at=one.confirmed_at,
        reviewer=domain.reviewing(file, one, legal_date(tx.now)) if one.confirmed_at else None,
        case=_what_saves_a_life(file) if reads and state == "open" else None,
    )


def _may_know(rights: Rights, file: CaseFile, one: BreakGlassRecord, principal: Principal, now: datetime) -> bool:
    """Whether the caller may know of it: its own office, who reviews it, and who may see the case."""
    standing, office = stored_standing(file), principal.office
    if office in (one.office, domain.reviewing(file, one, legal_date(now))):
        return True
    return rights.decide(office, SEES, standing, person=person_of(principal))


def _what_saves_a_life(file: CaseFile) -> WhatSavesALife:
    case, lane = file.case, stored_standing(file).lanes.get(file.pack.identification_lane)
    return WhatSavesALife(
        case_id=case.case_id,
        status=file.state.status,
        age_band=case.age_band,
        urgent=case.urgent,
        needs=case.needs,
        flags=active(file),
        call=lane.holder if lane is not None else None,
    )
