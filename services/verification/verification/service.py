"""Use cases of verification, each in the caller's transaction with the file locked.

Each use case works in this order: 403 by the pack, 409 by the file, then the text is sealed, then rows and fact are
written. A text is sealed while the file is locked. So when two offices act at once, the second reads what the first
did.
"""

import base64
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import get_args

from casefile import corrections
from casefile.context import CaseContext
from casefile.errors import AlreadyDecided, AlreadyRequested
from contracts.codes import SealGroup
from contracts.events.casework import FactCorrected
from contracts.events.verification import VerificationFactStated
from contracts.ids import new_id
from contracts.problems import Forbidden
from kit.uow import Tx
from regulations import OutOfOrder, Pack, known_state
from regulations.legal_time import legal_date
from verification import errors, repository, rules
from verification.domain import (
    CERTIFICATE,
    CERTIFIED,
    ENDS,
    LANE,
    PAPER_OF,
    PREFIX_OF,
    STATE_OF,
    Done,
    Kind,
    PaperKind,
    Progress,
    Stage,
    State,
)
from verification.reading import progress_of
from verification.schemas import (
    CancellationIn,
    CheckIn,
    Decided,
    DecisionIn,
    EvidenceAdded,
    EvidenceIn,
    ExtensionIn,
    StepDone,
    StepIn,
)

CODE_BYTES, NUMBER_BYTES = 20, 5


async def record_initial_check(case: CaseContext, given: CheckIn) -> StepDone:
    """Record the initial check, which is done once."""
    found = await _begin(case, State.INITIAL_CHECK_DONE, given.occurred_at)
    if found.stage >= Stage.CHECKED:
        raise _refusal(errors.AlreadyChecked, found)
    return await _step(
        case,
        found,
        Kind.INITIAL_CHECK,
        given.occurred_at,
        state=State.INITIAL_CHECK_DONE,
        text=(SealGroup.STATEMENT, given.summary),
        holds_paper=given.holds_paper,
    )


async def request_verification(case: CaseContext, given: StepIn) -> StepDone:
    """Ask for verification: after the initial check, with new evidence while the signs are under review, or anew after
    a certificate was cancelled, if the pack has that way.
    """
    found = await _begin(case, State.POLICE_VERIFICATION, given.occurred_at)
    if found.stage < Stage.CHECKED:
        raise _refusal(errors.NotChecked, found)
    pack = case.pack_for(LANE, State.POLICE_VERIFICATION, given.occurred_at)
    asked = found.stage in (Stage.REQUESTED, Stage.EXTENDED, Stage.PROLONGED)
    if asked or (found.stage is Stage.CANCELLED and not rules.may_ask_anew(pack)):
        raise _refusal(AlreadyRequested, found)
    state, text = State.POLICE_VERIFICATION, _note(given.reason)
    return await _step(case, found, Kind.REQUEST, given.occurred_at, state=state, text=text)


async def extend_verification(case: CaseContext, given: ExtensionIn) -> StepDone:
    """Find the case complex, or prolong it once more. A fact is stated only where the pack has the state."""
    prolongs = given.extent == "prolonged"
    wanted = State.POLICE_VERIFICATION_PROLONGED if prolongs else State.POLICE_VERIFICATION_EXTENDED
    known = _knows(case, wanted, given.occurred_at)
    if prolongs and not known:
        raise rules.no_such_extent()
    state = wanted if known else None
    found = await _begin(case, state or State.VICTIM_CONFIRMED, given.occurred_at)
    if found.extended >= (Stage.PROLONGED if prolongs else Stage.EXTENDED):
        raise _refusal(errors.AlreadyExtended, found)
    if not found.stage.waits_for_decision or found.stage is Stage.CANCELLED:
        raise _refusal(errors.NoOpenRequest, found)
    if prolongs and found.extended is not Stage.EXTENDED:
        raise _refusal(errors.NotExtended, found)
    kind = Kind.PROLONGATION if prolongs else Kind.EXTENSION
    return await _step(case, found, kind, given.occurred_at, state=state, text=_note(given.reason))


async def cancel_paper(case: CaseContext, given: CancellationIn) -> StepDone:
    """Cancel a certificate that proved wrong. The file waits for the decision that issues it anew.

    Raises `Forbidden` (403) unless the caller's office issued it, follows the issuer or is directly above it.
    """
    found = await _begin(case, State.CERTIFICATE_CANCELLED, given.occurred_at)
    kept = await repository.papers_in_force(case.tx, case.case_id)
    if given.paper_id is None:
        _check_certified_elsewhere(case, found, kept, given.occurred_at)
    elif paper := kept.get(given.paper_id):
        _check_may_cancel(case, paper.office, given.occurred_at)
        await repository.cancel_paper(case.tx, paper.paper_id)
    else:
        raise _refusal(errors.NoPaper, found)
    state, text = State.CERTIFICATE_CANCELLED, _note(given.reason)
    return await _step(case, found, Kind.CANCELLATION, given.occurred_at, state=state, text=text)


def _check_certified_elsewhere(
    case: CaseContext, found: Progress, kept: Collection[str], occurred_at: datetime
) -> None:
    """Refuse (409) unless the case says what the person is, and no paper in force is kept here.

    Raises `Forbidden` (403) for an office that may cancel only after a step of its own, and did not take it.
    """
    pack = case.pack_for(LANE, State.CERTIFICATE_CANCELLED, occurred_at)
    if not rules.took_own_step(pack, case.standing, case.office, State.CERTIFICATE_CANCELLED):
        raise Forbidden
    if kept:
        raise _refusal(errors.PaperNotNamed, found)
    if case.standing.status not in get_args(PaperKind):
        raise _refusal(errors.NoPaper, found)


def _check_may_cancel(case: CaseContext, issuer: str, occurred_at: datetime) -> None:
    """Refuse (403) every office but the issuer, its successor, and the office that supervises it."""
    directory, on = case.world.directory, legal_date(occurred_at)
    owner = directory.living(issuer, on) or issuer
    if case.office not in (issuer, owner, directory.supervisor(owner, on)):
        raise Forbidden


async def add_evidence(case: CaseContext, given: EvidenceIn) -> EvidenceAdded:
    """Add a piece of evidence. This is allowed after the decision too, until the case is closed."""
    pack = rules.check_law(case.law, given.law)
    source = rules.check_source(pack, given.source)
    case.check_open()
    await repository.lock_file(case.tx, case.case_id)
    ref = await case.seal(SealGroup.EVIDENCE, given.summary)
    evidence_id = new_id("evid")
    repository.add_evidence(
        case.tx,
        {
            **case.signed(given.occurred_at),
            "evidence_id": evidence_id,
            "source": source,
            "law": pack.id,
            "text_ref": ref,
        },
    )
    return EvidenceAdded(evidence_id=evidence_id)


async def decide(case: CaseContext, given: DecisionIn) -> Decided:
    """Decide an open request, or certify what the office itself found at a rescue or at the border.

    Either result issues a paper, where the law has one for it, and ends those that say something else (`ENDS`).
    """
    state = STATE_OF[given.outcome]
    rules.check_decision(_law_of(case, given), given)
    if _certifies(case, given):
        found = await _begin(case, CERTIFIED[given.outcome], given.occurred_at)
        own = found.stage is Stage.CANCELLED and not case.may_state(LANE, state, given.occurred_at)
        if own or not found.stage.waits_for_decision:
            return await _certify(case, found, given)
    found = await _begin(case, state, given.occurred_at)
    if found.stage is Stage.DECIDED:
        raise _refusal(AlreadyDecided, found)
    if not found.stage.waits_for_decision:
        raise _refusal(errors.NoOpenRequest, found)
    _check_review(found, given)
    done = await _decision(case, found, Kind.DECISION, state, given)
    return await _with_paper(case, done, given)


async def _certify(case: CaseContext, found: Progress, given: DecisionIn) -> Decided:
    if found.stage is Stage.DECIDED or found.certified:
        raise _refusal(AlreadyDecided, found)
    done = await _decision(case, found, Kind.CERTIFICATE, CERTIFIED[given.outcome], given)
    return await _with_paper(case, done, given)


def _certifies(case: CaseContext, given: DecisionIn) -> bool:
    """Whether the rescuing or receiving force issues its own paper, which needs no request."""
    standing, office = case.standing, case.principal.office
    certifies = standing.route in case.pack.certifying_routes and standing.reporter == office
    if given.outcome not in CERTIFIED or not certifies:
        return False
    state = CERTIFIED[given.outcome]
    return rules.reported_own_step(case.pack, standing, state) and case.may_state(LANE, state, given.occurred_at)


def _check_review(found: Progress, given: DecisionIn) -> None:
    under_review = found.stage is Stage.SIGNS_REVIEW
    if given.outcome == "signs_review" and under_review:
        raise _refusal(errors.AlreadyUnderReview, found)
    if given.outcome != "signs_review" and given.basis == "signs" and not under_review:
        raise _refusal(errors.SignsNotReviewed, found)


def _law_of(case: CaseContext, given: DecisionIn) -> Pack:
    """The law of a decision, which names its grounds."""
    return case.pack_for(LANE, STATE_OF[given.outcome], given.occurred_at)


async def _check_documents(case: CaseContext, found: Progress, given: DecisionIn) -> None:
    grounds = _law_of(case, given).grounds
    asking = next((code for code in given.grounds if grounds[code].document is not None), None)
    if given.outcome == "confirmed" and asking and not await repository.evidence(case.tx, case.case_id):
        raise _refusal(errors.DocumentMissing, found)


async def _decision(case: CaseContext, found: Progress, kind: Kind, state: State, given: DecisionIn) -> StepDone:
    """A decision or a certificate: either needs the same documents, and ends the papers that it contradicts."""
    await _check_documents(case, found, given)
    await repository.revoke_papers(case.tx, case.case_id, ENDS[given.outcome])
    return await _step(
        case,
        found,
        kind,
        given.occurred_at,
        state=state,
        text=_note(given.reason),
        outcome=given.outcome,
        basis=given.basis,
        grounds=list(given.grounds),
    )


async def _with_paper(case: CaseContext, done: StepDone, given: DecisionIn) -> Decided:
    decided = Decided(decision_id=done.step_id, stage=done.stage)
    kind = PAPER_OF.get(given.outcome)
    if kind is None or not _knows(case, CERTIFIED[given.outcome], given.occurred_at):
        return decided  # a review, or a law that has no certificate for this result
    year = legal_date(given.occurred_at).year
    code = _random(CODE_BYTES)
    paper = {
        "paper_id": new_id("paper"),
        "number": f"{PREFIX_OF[kind]}-{year}-{_random(NUMBER_BYTES)}",
        "kind": kind,
        "code_digest": repository.digest(code),
    }
    more = {"case_id": case.case_id, "step_id": done.step_id, "office": case.principal.office}
    repository.add_paper(case.tx, {**paper, **more, "issued_at": given.occurred_at})
    return decided.model_copy(
        update={
            "paper_id": paper["paper_id"],
            "paper_number": paper["number"],
            "paper_kind": kind,
            "verification_code": code,
        }
    )


def _random(length: int) -> str:
    """Random letters and digits that are not confused with each other; they show no count and no order."""
    return base64.b32encode(secrets.token_bytes(length)).decode().rstrip("=")


async def note_correction(tx: Tx, event: FactCorrected) -> None:
    """Apply a correction to a step and to its paper; a fact that was not stated here is ignored.

    If a decision, a certificate or a cancellation is withdrawn, the papers that it ended are valid again.
    """
    step = await repository.step_of(tx, event.case_id, event.fact_id)
    if step is None:
        return  # stated in the case itself
    await repository.lock_file(tx, event.case_id)
    if await corrections.take(tx, event):
        await repository.correct_paper(tx, step.step_id, None if event.withdrawn else event.occurred_at)
        if event.withdrawn and step.kind in (Kind.DECISION, Kind.CERTIFICATE, Kind.CANCELLATION):
            await repository.make_valid_again(tx, step)


async def _begin(case: CaseContext, state: State, occurred_at: datetime) -> Progress:
    """Lock the file and return its progress. Refuses an office that may not state this, and a closed case."""
    case.check_may_state(LANE, state, occurred_at)
    case.check_open()
    await repository.lock_file(case.tx, case.case_id)
    found = progress_of(case, await repository.steps(case.tx, case.case_id))
    return replace(found, shown=case.rights.looks(case.office, case.standing))


async def _step(
    case: CaseContext,
    found: Progress,
    kind: Kind,
    occurred_at: datetime,
    *,
    state: State | None,
    text: tuple[SealGroup, str] | None,
    **more: object,
) -> StepDone:
    """Seal the text, keep the step and state the fact (no fact if `state` is None)."""
    if found.last is not None and occurred_at < found.last.occurred_at:
        raise _refusal(OutOfOrder, found)
    if found.stage is Stage.DECIDED and kind is not Kind.CANCELLATION:
        raise _refusal(AlreadyDecided, found)
    ref = await case.seal(*text) if text else None
    pack = case.pack_for(LANE, state, occurred_at) if state else case.pack
    attributes = _attributes(pack, state, more.get("holds_paper"))
    fact = case.state(VerificationFactStated, LANE, state, occurred_at, ref, **attributes) if state else None
    fact_id = fact.fact_id if fact else None
    step_id = new_id("dec" if kind in (Kind.DECISION, Kind.CERTIFICATE) else "step")
    row: dict[str, object] = {
        **case.signed(occurred_at),
        "step_id": step_id,
        "kind": kind,
        "text_ref": ref,
        "fact_id": fact_id,
        "grounds": [],
        **more,
    }
    repository.add_step(case.tx, row)
    outcome = more.get("outcome")
    done = Done(kind, case.principal.office, occurred_at, outcome if isinstance(outcome, str) else None)
    return StepDone(step_id=step_id, fact_id=fact_id, stage=found.then(done).stage.code)


def _note(text: str | None) -> tuple[SealGroup, str] | None:
    return (SealGroup.NOTE, text) if text is not None else None


def _refusal(kind: type[errors.Refused], found: Progress) -> errors.Refused:
    """The refusal with the last step, so that the second of two offices sees what changed, if it looks at the case."""
    if not found.shown:
        return kind()
    if found.last is None:
        return kind(stage=found.stage.code)
    last = {"kind": found.last.kind, "office": found.last.office, "occurred_at": found.last.occurred_at.isoformat()}
    return kind(stage=found.stage.code, last=last)


def _attributes(pack: Pack, state: State | None, holds_paper: object) -> dict[str, bool]:
    """What a step says to the rules: whether a paper is held, and that a refusal comes with its certificate."""
    if state is State.NOT_CONFIRMED and CERTIFICATE in pack.lanes[LANE].flags:
        return {CERTIFICATE: True}
    return {"holds_paper": holds_paper} if isinstance(holds_paper, bool) else {}


def _knows(case: CaseContext, state: State, at: datetime) -> bool:
    """Whether the law of a step has its state. Once the law of the report has ended it may be the next law."""
    return known_state(case.pack_for(LANE, state, at), LANE, state)
