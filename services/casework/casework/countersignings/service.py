"""Use cases: a step that needs a second signature is stated, signed, refused or taken back.

The step is checked as any other when it is stated, and once more when it is signed: with the author of the first call,
in the case as it is then. What no longer fits becomes void, and the author's office is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from casework.countersignings import repository
from casework.countersignings.schemas import SigningDone, SigningPage, SigningQuery
from casework.domain import countersigning as domain
from casework.domain import restricting
from casework.domain.case_file import CaseFile, Change
from casework.domain.consequences import consequences_of
from casework.domain.records import SigningRecord
from casework.errors import AlreadyAsked
from casework.members.roster import Roster
from casework.members.service import roster
from casework.restrictions import service as restrictions
from casework.restrictions.hidden import hidden_from
from casework.schemas import CloseIn, FactIn
from casework.service import facts, reading
from casework.service.author import Author, office_only
from casework.service.files import stored_standing
from casework.service.writing import version_after
from contracts.ids import new_id
from contracts.members import Position
from contracts.problems import Forbidden, Invalid, Refused, SamePerson
from kit.auth import Principal
from kit.paging import cursor, position
from kit.uow import Tx
from regulations.four_eyes import NEVER_SIGN, FourEyes, People
from regulations.legal_time import legal_date
from regulations.rights import Rights


@dataclass(frozen=True)
class Stated:
    """A step as it was stated, with what it adds to the case.

    Attributes:
        operation: `<service>.<operationId>`.
        body: as given, without a text. documents: references of its sealed texts.
        about: the fact that it corrects.
    """

    operation: str
    author: Author
    change: Change
    body: Mapping[str, Any]
    documents: Sequence[str] = ()
    about: str | None = None


async def do_or_hold(tx: Tx, four_eyes: FourEyes, file: CaseFile, stated: Stated) -> tuple[int, str | None]:
    """Do a step, or keep it for its second signature if it needs one and is not due at once.

    Returns:
        The new version of the case, and the id of the signing if the step needs one.

    Raises:
        Contradiction: 409. AlreadyAsked: the same step waits for its signature, 409.
    """
    if not domain.needs(four_eyes, file, stated.operation, stated.change):
        return await version_after(tx, file, stated.change), None
    after = consequences_of(file, stated.change, tx.now)
    counts = domain.meets_at_once(file.state, after.state, [fact.fact_id for fact in stated.change.facts])
    if not counts:
        _check_not_asked(file, stated)
    kept = await unsigned(tx, four_eyes, file, stated, counts=counts)
    one, told = kept.countersignings[0], kept.notices
    change = replace(stated.change, countersignings=(one,), notices=(*stated.change.notices, *told)) if counts else kept
    return await version_after(tx, file, change), one.signing_id


async def unsigned(tx: Tx, four_eyes: FourEyes, file: CaseFile, stated: Stated, *, counts: bool) -> Change:
    """The signing of a step, and the notice to the office that is asked to sign. `counts`: the step counts already."""
    author, today = stated.author, legal_date(tx.now)
    lane, step, makes = _what(file, stated)
    one = SigningRecord(
        signing_id=new_id("sign"),
        case_id=file.case.case_id,
        office=author.office,
        actor=author.actor,
        operation=stated.operation,
        body=dict(stated.body),
        documents=list(stated.documents),
        lane=lane,
        step=step,
        fact_id=makes,
        about=stated.about,
        counts=counts,
        asked=author.office,
        recorded_at=tx.now,
        due_at=tx.now + timedelta(hours=four_eyes.answer_hours),
    )
    signers = domain.signers_of(file.world.directory, one, today)
    people = people_on(await roster(tx, signers.own), author.actor, today)
    one = one.model_copy(update={"asked": signers.asked(domain.without_shut_out(one, people))})
    return Change(countersignings=(one,), notices=(domain.notice(file, one, "sign", one.asked, tx.now),))


def _what(file: CaseFile, stated: Stated) -> tuple[str, str, str]:
    """(lane, step, id of what it makes) of a step, as its signing names them. A restriction is of the whole case."""
    about = file.fact(stated.about or "")
    if stated.change.restrictions:
        [one] = stated.change.restrictions
        return "", restricting.STEPS[stated.operation], one.restriction_id
    if about is not None:
        return about.lane, about.state, stated.change.corrections[0].correction_id
    made = stated.change.facts[0]
    return made.lane, made.state, made.fact_id


def _check_not_asked(file: CaseFile, stated: Stated) -> None:
    """Raise `AlreadyAsked` if the same step of the office waits already.

    Two closings are the same, whatever their outcome. Another office may close the case too: the first that is signed
    makes the other one void.
    """
    steps = {(fact.lane, fact.state) for fact in stated.change.facts}
    steps |= {("", restricting.STEPS[stated.operation]) for _ in stated.change.restrictions}
    for one in file.waiting:
        if (one.operation, one.office) != (stated.operation, stated.author.office):
            continue
        same = one.about == stated.about if stated.about else (one.lane, one.step) in steps
        if same or stated.operation == domain.CLOSE:
            raise AlreadyAsked(signing_id=one.signing_id)


def people_on(found: Roster, author: str, on: date) -> People:
    """Who is there on a day. Who deputises for an absent head counts as a head, but not for the author itself: else an
    author who states an absence would choose the second person.
    """
    there = {one.subject for one in found.present(on) if one.position not in NEVER_SIGN}
    heads = {
        subject
        for subject in there
        if any(
            found.position(one, on) == Position.HEAD for one in {subject, *found.deputised_by(subject, on)} - {author}
        )
    }
    return People(found.listed, frozenset(heads), frozenset(there - heads))


def find(file: CaseFile, signing_id: str) -> SigningRecord:
    """The signing with this id in the file."""
    return next(one for one in file.stored.countersignings if one.signing_id == signing_id)


def check_may_sign(file: CaseFile, one: SigningRecord, principal: Principal, found: Roster, now: datetime) -> None:
    """Refuse (403) whoever may not sign this step second. `found`: who works in the caller's office."""
    if principal.actor == one.actor:
        raise SamePerson
    today = legal_date(now)
    signers = domain.signers_of(file.world.directory, one, today)
    there = domain.without_shut_out(one, people_on(found, one.actor, today))
    position = found.position(principal.actor, today) or principal.position
    if not signers.may_sign(principal.office, principal.actor, position, there):
        raise Forbidden


def check_may_take_back(file: CaseFile, one: SigningRecord, author: Author, now: datetime) -> None:
    """Refuse (403) every office but that of the step's author, or its successor."""
    office_only(author.office, one.office, file.world.directory.living(one.office, legal_date(now)))


async def sign(tx: Tx, rights: Rights, file: CaseFile, one: SigningRecord, author: Author) -> SigningDone:
    """Give the second signature. The step is done now, unless it counts already or does not fit any more.

    Raises:
        SigningEnded: 409. SamePerson: 403.
    """
    after = domain.signed(one, author.office, author.actor, tx.now)
    change = Change()
    if not one.counts:
        try:
            change = _again(tx, rights, file, one)
            consequences_of(file, change, tx.now)
        except (Refused, Forbidden, Invalid) as refusal:
            change = Change()
            after = domain.no_longer_fits(one, author.office, author.actor, refusal.slug, tx.now)
    return await _answered(tx, file, change, after)


async def refuse(tx: Tx, file: CaseFile, one: SigningRecord, author: Author, reason: str) -> SigningDone:
    """Refuse the second signature. What counts already goes on counting. Raises as `sign` does."""
    return await _answered(tx, file, Change(), domain.refused(one, author.office, author.actor, reason, tx.now))


async def take_back(tx: Tx, file: CaseFile, one: SigningRecord, author: Author) -> SigningDone:
    """The office of the author no longer wants the step. Raises `SigningEnded`, `CountsAlready`: 409."""
    return await _answered(tx, file, Change(), domain.taken_back(one, author.office, author.actor, tx.now))


def _again(tx: Tx, rights: Rights, file: CaseFile, one: SigningRecord) -> Change:
    """What the step adds to the case as it is now. Raises what refuses it now."""
    author, standing = Author(office=one.office, actor=one.actor), stored_standing(file)
    if one.operation in restricting.OPERATIONS:
        return restrictions.again(tx, rights, file, one)
    lane = one.lane if one.operation == domain.RECORD and one.lane in standing.lanes else None
    if not rights.decide(one.office, one.operation, standing, lane=lane):
        raise Forbidden
    if one.operation == domain.CORRECT:
        change = facts.corrected(tx, file, author, one.about or "", None, one.documents)
        correction = change.corrections[0].model_copy(update={"correction_id": one.fact_id})
        return replace(change, corrections=(correction,))
    if one.operation == domain.CLOSE:
        given = CloseIn.model_validate(one.body)
        return facts.closed(tx, file, author, given, one.documents, one.fact_id)
    return facts.recorded(tx, file, author, FactIn.model_validate(one.body), one.documents, one.fact_id)


async def _answered(tx: Tx, file: CaseFile, change: Change, after: SigningRecord) -> SigningDone:
    told = (*change.notices, *domain.ended(file, [after], tx.now))
    version = await version_after(tx, file, replace(change, countersignings=(after,), notices=told))
    return SigningDone(version=version, state=after.state, reason=after.reason)


async def listed(tx: Tx, principal: Principal, query: SigningQuery) -> SigningPage:
    """A page of the steps that the office is asked to sign, or that it stated, newest first."""
    rows = await repository.listed(
        tx.session,
        principal.office,
        await hidden_from(tx, principal),
        incoming=query.direction == "incoming",
        before=position(query.cursor) or reading.LAST,
        limit=query.limit + 1,
    )
    found = [SigningRecord.model_validate_json(row) for row in rows]
    shown, more = found[: query.limit], len(found) > query.limit
    following = cursor(shown[-1].recorded_at, shown[-1].signing_id) if more else None
    return SigningPage(items=[reading.signing_view(one) for one in shown], next=following)
