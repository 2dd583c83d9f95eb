"""A step that needs a second signature: asked, then signed, refused or void, each once. Pure.

A step that is due at once counts when it is stated, and its signature follows. Any other one counts when it is signed.
Which steps need the signature, and who may give it, says `regulations.four_eyes`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from casework.domain.case_file import CaseFile, Change
from casework.domain.records import FactRecord, SigningRecord
from casework.domain.restricting import OPERATIONS, asked_by, shut_out
from casework.errors import CountsAlready, SigningEnded
from contracts.events.casework import AttentionKind, AttentionRaised
from contracts.problems import SamePerson
from regulations import CaseState
from regulations.directory import Directory
from regulations.four_eyes import FourEyes, People, Signers
from regulations.legal_time import legal_date

CLOSE, CORRECT, RECORD = "casework.close_case", "casework.correct_fact", "casework.record_fact"
TAKEN_BACK = "taken-back"
"""Why a signing is void: the office of its author no longer wants the step."""


def needs(four_eyes: FourEyes, file: CaseFile, operation: str, change: Change) -> bool:
    """Whether a step needs a second signature.

    Args:
        file: without the change. operation: of the step. change: what it adds.
    """
    return any(four_eyes.needs(operation, **said) for said in _said(file, operation, change))


def _said(file: CaseFile, operation: str, change: Change) -> Iterator[Mapping[str, object]]:
    """What a change says, by the names of `regulations.four_eyes.Condition`."""
    if operation == CORRECT:
        for fact in (file.fact(one.fact_id) for one in change.corrections if one.withdrawn):
            if fact is not None:
                yield {"withdraws": _status_by(file, fact), "lane": fact.lane, "state": fact.state}
    if change.restrictions:
        yield {}
    for fact in change.facts:
        outcome = file.pack.outcomes.get(fact.state) if operation == CLOSE else None
        yield {"ends_duties": outcome is not None and outcome.ends_duties, "lane": fact.lane, "state": fact.state}


def _status_by(file: CaseFile, fact: FactRecord) -> str | None:
    """The status that a step gave the person; None if the pack has no such step."""
    lane = file.pack_of(fact.lane).lanes.get(fact.lane)
    spec = lane.by_code.get(fact.state) if lane is not None else None
    return spec.status if spec is not None else None


def meets_at_once(before: CaseState, after: CaseState, fact_ids: Iterable[str]) -> bool:
    """Whether one of these facts meets a duty that is due at once and that was open before it."""
    owed = {clock.clock_id for clock in before.clocks if clock.immediate and clock.open}
    stated = set(fact_ids)
    return any(clock.clock_id in owed and clock.met_by in stated for clock in after.clocks)


def signed(one: SigningRecord, office: str, actor: str, now: datetime) -> SigningRecord:
    """With the second signature. Raises as `_answered` does."""
    return _answered(one, "signed", office, actor, now)


def refused(one: SigningRecord, office: str, actor: str, reason: str, now: datetime) -> SigningRecord:
    """Refused by the second person. A step that counts already goes on counting. Raises as `_answered` does."""
    return _answered(one, "refused", office, actor, now, reason)


def no_longer_fits(one: SigningRecord, office: str, actor: str, reason: str, now: datetime) -> SigningRecord:
    """Void, because the step did not fit any more when it was signed. Raises as `_answered` does."""
    return _answered(one, "void", office, actor, now, reason)


def taken_back(one: SigningRecord, office: str, actor: str, now: datetime) -> SigningRecord:
    """Void by its own office, also by the author.

    Raises:
        SigningEnded: 409. CountsAlready: 409, the step counts; it is corrected as any step is.
    """
    _check_waiting(one)
    if one.counts:
        raise CountsAlready
    answer = {"answered_at": now, "answered_office": office, "answered_actor": actor}
    return one.model_copy(update={"state": "void", "reason": TAKEN_BACK, **answer})


def _answered(
    one: SigningRecord, state: str, office: str, actor: str, now: datetime, reason: str | None = None
) -> SigningRecord:
    """Raises `SigningEnded`, 409, and `SamePerson`, 403: nobody answers for the step that they stated themselves."""
    if actor == one.actor:
        raise SamePerson
    _check_waiting(one)
    answer = {"answered_at": now, "answered_office": office, "answered_actor": actor}
    return one.model_copy(update={"state": state, "reason": reason, **answer})


def _check_waiting(one: SigningRecord) -> None:
    if one.state != "waiting":
        raise SigningEnded(state=one.state)


def settled(file: CaseFile, state: CaseState, now: datetime) -> list[SigningRecord]:
    """The waiting steps that change because of what else changed: void, or before the successor of their office."""
    directory, found = file.world.directory, list[SigningRecord]()
    for one in file.waiting:
        if (why := _why_void(file, state, one)) is not None:
            found.append(one.model_copy(update={"state": "void", "reason": why, "answered_at": now}))
        elif (asked := _asked(directory, one, legal_date(now))) != one.asked:
            found.append(one.model_copy(update={"asked": asked}))
    return found


def _why_void(file: CaseFile, state: CaseState, one: SigningRecord) -> str | None:
    """Why a step can no longer be signed; None if it still can."""
    if one.counts:
        return "already-withdrawn" if file.withdrawn(one.fact_id) else None
    if one.about is not None and file.withdrawn(one.about):
        return "already-withdrawn"
    if one.operation in OPERATIONS:
        return None  # a case is restricted after its end, too
    return "case-closed" if state.has_ended(one.lane) else None


def _asked(directory: Directory, one: SigningRecord, on: date) -> str:
    """The office that is asked now: the one so far, or its successor, as long as somebody of it may sign; else the one
    that is above the author's office now.
    """
    signers = signers_of(directory, one, on)
    found = directory.living(one.asked, on)
    if found is not None and found in signers.offices:
        return found
    return signers.above or signers.authority or signers.own


def signers_of(directory: Directory, one: SigningRecord, on: date) -> Signers:
    """Who may sign a step. A restriction is signed by nobody of an office that it shuts out."""
    signers = Signers.of(directory, one.office, one.actor, on)
    if (asked := asked_by(one)) is None:
        return signers
    out = shut_out(directory, asked, on)
    above = None if signers.above in out else signers.above
    return replace(signers, above=above, authority=None if signers.authority in out else signers.authority)


def without_shut_out(one: SigningRecord, people: People) -> People:
    """The people of an office who may sign a step: of a restriction not those whom it shuts out."""
    if (asked := asked_by(one)) is None:
        return people
    out = set(asked.persons)
    return People(people.listed, people.heads - out, people.others - out)


def ended(file: CaseFile, changed: Iterable[SigningRecord], now: datetime) -> Iterator[AttentionRaised]:
    """A notice to the author's office of each of these that has been signed, refused or became void."""
    for one in changed:
        kind = _KINDS.get(one.state)
        if kind is not None and one.reason != TAKEN_BACK:
            yield notice(file, one, kind, one.office, now)


_KINDS: Mapping[str, AttentionKind] = {"signed": "signed", "refused": "sign_refused", "void": "sign_void"}


def notice(file: CaseFile, one: SigningRecord, kind: AttentionKind, office: str, now: datetime) -> AttentionRaised:
    """What an office, or its successor, is told of a second signature."""
    told: dict[str, Any] = {"lane": file.lane_of(one), "due_at": one.due_at}
    return AttentionRaised(
        case_id=one.case_id,
        kind=kind,
        office=file.world.directory.living(office, legal_date(now)) or office,
        wait_id=one.signing_id,
        stage=kind,
        raised_at=now,
        **(told if kind == "sign" else {"lane": told["lane"]}),
    )
