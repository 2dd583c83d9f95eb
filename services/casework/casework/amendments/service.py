"""Use cases of amendments: propose, preview, sign, withdraw, and read.

The signature changes the law: every fold after its commit uses it. `refold` then updates the stored rows.
"""

import asyncio
import json
from datetime import date, datetime
from typing import Any

from casework import repository as cases_repository
from casework.amendments import moves, repository
from casework.amendments.book import Document, LawBook, Mark
from casework.amendments.law import AmendmentRecord, Law, broken, chained, content_of
from casework.amendments.moves import Move
from casework.amendments.publishing import publish
from casework.amendments.schemas import (
    AmendmentIn,
    AmendmentList,
    AmendmentOut,
    AmendmentProgress,
    ByWhom,
    ChainOut,
    MoveOut,
    OfficeMoveOut,
    PreviewOut,
    PreviewQuery,
)
from casework.domain.case_file import CaseFile
from casework.errors import (
    AlreadySigned,
    AmendmentWithdrawn,
    BeforeItsDay,
    NotInstalled,
    OfficesRefused,
    OtherContent,
)
from casework.service.author import Author
from contracts.ids import new_id
from contracts.problems import NotFound, SamePerson
from kit.uow import Tx
from regulations import NoPack, Pack, PackError, PackMissing
from regulations.directory import COORDINATING_ROLE
from regulations.lane_groups import PROTECTIVE_LANES
from regulations.legal_time import legal_date, midnight
from regulations.office_changes import ChangesRefused
from regulations.places import NATION


def national(book: LawBook, now: datetime) -> str | None:
    """The only office that may amend the law: the coordinating authority of the nation."""
    return book.library.world.directory.at(COORDINATING_ROLE, NATION, legal_date(now))


async def propose(tx: Tx, book: LawBook, author: Author, given: AmendmentIn) -> AmendmentOut:
    """Store a proposal, which changes nothing yet. Raises `NotInstalled`, `OfficesRefused`, 422."""
    body = given.model_dump(mode="json", include={"changes" if given.kind == "offices" else "rows"})
    if given.pack_id is not None and given.pack_hash is not None:
        pack = _installed(book, given.pack_id, given.pack_hash)
        body = {"pack_id": pack.id, "pack_hash": pack.content_hash, "pack_version": pack.version}
    amendment = AmendmentRecord(
        amendment_id=new_id("amd"),
        kind=given.kind,
        body=body,
        content_hash=content_of(given.kind, body, given.decision, given.reason),
        decision=given.decision,
        reason=given.reason,
        proposed_office=author.office,
        proposed_actor=author.actor,
        proposed_at=tx.now,
    )
    if given.kind == "offices":
        _amended(await book.current(tx), amendment)
    await repository.insert(tx.session, amendment.model_dump(mode="json"))
    return view(amendment)


def _amended(law: Law, amendment: AmendmentRecord) -> Law:
    try:
        return law.amended(amendment)
    except ChangesRefused as error:
        raise OfficesRefused(errors=[{"loc": "changes", "msg": reason} for reason in error.reasons]) from None


def _begins(amendment: AmendmentRecord) -> date:
    """The day from which all its changes of the offices hold."""
    return max((one.on for one in amendment.changes), default=date.min)


def _installed(book: LawBook, pack_id: str, pack_hash: str) -> Pack:
    try:
        return book.library.pack(pack_id, pack_hash)
    except (NoPack, PackMissing, PackError):
        raise NotInstalled(pack=pack_id) from None


async def find(tx: Tx, amendment_id: str) -> AmendmentRecord:
    """An amendment; raises `NotFound`."""
    found = await repository.one(tx.session, amendment_id)
    if found is None:
        raise NotFound
    return AmendmentRecord.model_validate_json(found)


async def check_second(tx: Tx, author: Author, amendment_id: str) -> None:
    """Refuse (403) the person who proposed the amendment. Raises `NotFound` for an unknown id."""
    if author.actor == (await find(tx, amendment_id)).proposed_actor:
        raise SamePerson


async def sign(tx: Tx, book: LawBook, author: Author, amendment_id: str, content_hash: str) -> AmendmentOut:
    """Make a proposal law, by a second person of the office. It holds after the commit of this transaction.

    Raises:
        NotFound: 404. NotInstalled, OfficesRefused: 422. AlreadySigned, AmendmentWithdrawn, OtherContent,
        BeforeItsDay: 409.
    """
    await repository.lock_signing(tx.session)
    amendment = await find(tx, amendment_id)
    _check_proposed(amendment)
    if content_hash != amendment.content_hash:
        raise OtherContent
    if amendment.kind == "pack":
        _installed(book, amendment.body["pack_id"], amendment.body["pack_hash"])
    if amendment.kind == "offices":
        if _begins(amendment) > legal_date(tx.now):
            raise BeforeItsDay(day=_begins(amendment).isoformat())
        _amended(await book.current(tx), amendment)
    before = await repository.mark(tx.session)
    last = Mark.model_validate_json(before) if before else None
    signed = amendment.model_copy(
        update={
            "state": "signed",
            "signed_office": author.office,
            "signed_actor": author.actor,
            "signed_at": tx.now,
            "effective_seq": last.seq + 1 if last else 1,
            "prev_hash": last.head if last else None,
        }
    )
    signed = signed.model_copy(update={"chain_hash": chained(signed)})
    await repository.change(tx.session, signed.model_dump(mode="json"))
    if signed.kind == "offices":
        await publish(tx)
    return view(signed)


async def withdraw(tx: Tx, author: Author, amendment_id: str) -> AmendmentOut:
    """Take a proposal back. Raises `AlreadySigned`, `AmendmentWithdrawn`, 409."""
    await repository.lock_signing(tx.session)
    amendment = await find(tx, amendment_id)
    _check_proposed(amendment)
    who = {"withdrawn_office": author.office, "withdrawn_actor": author.actor, "withdrawn_at": tx.now}
    withdrawn = amendment.model_copy(update={"state": "withdrawn", **who})
    await repository.change(tx.session, withdrawn.model_dump(mode="json"))
    return view(withdrawn)


def _check_proposed(amendment: AmendmentRecord) -> None:
    if amendment.state == "signed":
        raise AlreadySigned
    if amendment.state == "withdrawn":
        raise AmendmentWithdrawn


# answers


def view(amendment: AmendmentRecord) -> AmendmentOut:
    """An amendment as it is shown."""
    return AmendmentOut.model_validate(_shown(amendment))


def _shown(amendment: AmendmentRecord) -> dict[str, Any]:
    pack = {name: amendment.body.get(name) for name in ("pack_id", "pack_hash", "pack_version")}
    days = [day.model_dump() for day in amendment.days]
    computed = {"proposed", "signed", "withdrawn", "rows", "changes"}
    same = amendment.model_dump(include=set(AmendmentOut.model_fields) - computed)
    steps = {step: _by(amendment, step) for step in ("proposed", "signed", "withdrawn")}
    return {**same, **pack, **steps, "rows": days, "changes": amendment.changes}


def _by(amendment: AmendmentRecord, step: str) -> ByWhom | None:
    office, actor, at = (getattr(amendment, f"{step}_{what}") for what in ("office", "actor", "at"))
    return ByWhom(office=office, actor=actor, at=at) if office else None


async def progress(tx: Tx, amendment_id: str) -> AmendmentProgress:
    """An amendment and how far its re-fold is; raises `NotFound`."""
    amendment = await find(tx, amendment_id)
    counts = await repository.progress(tx.session, amendment_id, amendment.effective_seq or 0)
    return AmendmentProgress.model_validate({**_shown(amendment), **json.loads(counts)})


async def everything(tx: Tx) -> AmendmentList:
    """Every amendment, and whether the signed ones are unchanged since their signature."""
    found = [AmendmentRecord.model_validate_json(row) for row in await repository.everything(tx.session)]
    signed = sorted((one for one in found if one.effective_seq), key=lambda one: one.effective_seq or 0)
    wrong = broken(signed)
    chain = ChainOut(ok=wrong is None, signed=len(signed), broken_at=wrong)
    return AmendmentList(items=[view(one) for one in found], chain=chain)


# preview


async def preview(tx: Tx, book: LawBook, amendment_id: str, query: PreviewQuery) -> PreviewOut:
    """Compare one page of open cases under the amendment with the same cases under the law as it is. Stores nothing.

    Raises:
        NotFound: 404. NotInstalled, OfficesRefused: 422. AlreadySigned, AmendmentWithdrawn: 409.
    """
    amendment = await find(tx, amendment_id)
    _check_proposed(amendment)
    if amendment.kind == "pack":
        _installed(book, amendment.body["pack_id"], amendment.body["pack_hash"])
    now = await book.current(tx)
    proposed = _amended(now, amendment)
    rows = await cases_repository.read_open(tx.session, query.cursor or "", query.limit + 1)
    documents = [Document.model_validate_json(row) for row in rows]
    items: list[MoveOut] = []
    offices: list[OfficeMoveOut] = []
    moved = 0
    for document in documents[: query.limit]:
        found = _previewed(tx, book, document, now, proposed, amendment)
        handed = _handed(tx, book, document, proposed, amendment) if amendment.kind == "offices" else []
        items, offices, moved = [*items, *found], [*offices, *handed], moved + bool(found or handed)
        await asyncio.sleep(0)  # a page takes tens of folds; other requests are answered in between
    shown = documents[: query.limit]
    following = shown[-1].case.case_id if len(documents) > query.limit else None
    return PreviewOut(cases=len(shown), cases_moved=moved, items=items, offices=offices, next=following)


def _previewed(
    tx: Tx, book: LawBook, document: Document, now: Law, proposed: Law, amendment: AmendmentRecord
) -> list[MoveOut]:
    before, after = book.file_under(document, now), book.file_under(document, proposed)
    wanted = proposed.version_of(document.case.pack_id, document.case.pack_hash)
    if after.case.pack_hash != wanted:
        return [_keeps(document.case.case_id)]
    stored = document.clocks if document.case.law_seq >= now.seq else _bodies(before)
    found = moves.moves(stored, _bodies(after), tx.now)
    packs = [file.law.pack(amendment.body.get("pack_id")) for file in (before, after)]
    return [_shown_move(document.case.case_id, move, amendment, *packs) for move in found]


def _handed(
    tx: Tx, book: LawBook, document: Document, proposed: Law, amendment: AmendmentRecord
) -> list[OfficeMoveOut]:
    """What the re-fold would bring to other offices, on the day on which all changes hold, if that is still to come."""
    at = max(tx.now, midnight(_begins(amendment)))
    if book.untouched(document, proposed):
        return []
    found = moves.refold(book.file_under(document, proposed), document.case.pack_hash, proposed, at).handed
    case_id = document.case.case_id
    return [
        OfficeMoveOut(
            case_id=None if one.lane in PROTECTIVE_LANES else case_id,
            lane=one.lane,
            what=one.what,
            ref=one.ref,
            from_office=one.from_office,
            to_office=one.to_office,
        )
        for one in found
    ]


def _bodies(file: CaseFile) -> dict[str, dict[str, Any]]:
    return {clock.clock_id: clock.model_dump(mode="json") for clock in file.state.clocks}


def _shown_move(case_id: str, move: Move, amendment: AmendmentRecord, before: Pack, after: Pack) -> MoveOut:
    return MoveOut(
        case_id=None if move.lane in PROTECTIVE_LANES else case_id,
        lane=move.lane,
        rule=move.rule,
        title=after.title_of(move.rule) or before.title_of(move.rule),
        clock_id=move.clock_id,
        office=move.office,
        from_at=move.from_at,
        to_at=move.to_at,
        effect=move.effect,
        why=moves.reasons(move, amendment, before, after),
    )


def _keeps(case_id: str) -> MoveOut:
    nothing = dict.fromkeys(("lane", "rule", "clock_id", "office", "from_at", "to_at"))
    why = ["the facts of the case contradict the amended pack"]
    return MoveOut.model_validate({**nothing, "case_id": case_id, "effect": "keeps", "why": why})
