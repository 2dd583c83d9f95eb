"""Verification's operations."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel

from casefile.context import CaseContext, case_of
from casefile.errors import AlreadyDecided, AlreadyRequested, CaseIsClosed
from casefile.steps import take_step
from contracts.codes import SealGroup
from kit.http import Answer, APIRouter, Call, operation
from regulations import OutOfOrder
from verification import errors, reading, repository, service
from verification.domain import LANE
from verification.schemas import (
    CancellationIn,
    CheckIn,
    Decided,
    DecisionIn,
    EvidenceAdded,
    EvidenceIn,
    ExtensionIn,
    FileView,
    PaperAnswer,
    PaperIn,
    StepDone,
    StepIn,
)

router = APIRouter()
GivenT = TypeVar("GivenT", CheckIn, StepIn, ExtensionIn, EvidenceIn, DecisionIn, CancellationIn)
UseCase = Callable[[CaseContext, GivenT], Awaitable[BaseModel]]
COMMON = (CaseIsClosed, OutOfOrder, AlreadyDecided)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/initial-check",
    "record_initial_check",
    body=CheckIn,
    answer=StepDone,
    refusals=(*COMMON, errors.AlreadyChecked),
)
async def record_initial_check(call: Call) -> Answer:
    """Record the support authority's initial check. The summary goes to the vault."""
    return await _act(call, CheckIn, service.record_initial_check, lane=LANE)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/verification-requests",
    "request_verification",
    body=StepIn,
    answer=StepDone,
    refusals=(*COMMON, errors.NotChecked, AlreadyRequested),
)
async def request_verification(call: Call) -> Answer:
    """Ask the police for verification: after the initial check, or again with new evidence while signs are reviewed."""
    return await _act(call, StepIn, service.request_verification, lane=LANE)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/verification-extensions",
    "extend_verification",
    body=ExtensionIn,
    answer=StepDone,
    refusals=(*COMMON, errors.NoOpenRequest, errors.AlreadyExtended, errors.NotExtended),
)
async def extend_verification(call: Call) -> Answer:
    """Extend an open verification by a recorded decision: the case is complex, or is prolonged. Each is a total."""
    return await _act(call, ExtensionIn, service.extend_verification, lane=LANE)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/evidence",
    "add_evidence",
    body=EvidenceIn,
    answer=EvidenceAdded,
    refusals=(CaseIsClosed,),
)
async def add_evidence(call: Call) -> Answer:
    """Add a piece of evidence by the source that the law lists. The summary goes to the vault."""
    return await _act(call, EvidenceIn, service.add_evidence)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/decisions",
    "decide_identification",
    body=DecisionIn,
    answer=Decided,
    refusals=(
        *COMMON,
        errors.NoOpenRequest,
        errors.AlreadyUnderReview,
        errors.SignsNotReviewed,
        errors.DocumentMissing,
    ),
)
async def decide_identification(call: Call) -> Answer:
    """Decide whether the person is a victim. Either result issues a paper with number and verification code."""
    return await _act(call, DecisionIn, service.decide, lane=LANE)


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/paper-cancellations",
    "cancel_paper",
    body=CancellationIn,
    answer=StepDone,
    refusals=(CaseIsClosed, OutOfOrder, errors.NoPaper, errors.PaperNotNamed),
)
async def cancel_paper(call: Call) -> Answer:
    """Cancel a paper that proved wrong. The next decision issues it anew; both papers stay in the file."""
    return await _act(call, CancellationIn, service.cancel_paper, lane=LANE)


@operation(
    router,
    "GET",
    "/v1/cases/{case_id}/file",
    "get_file",
    answer=FileView,
    reveals=(SealGroup.STATEMENT, SealGroup.EVIDENCE),
)
async def get_file(call: Call) -> FileView:
    """The file in codes and references; the texts are read from the vault."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        case = await case_of(call, tx, case_id, sensitive=True)
        call.authorize(case.standing)
        return await reading.view(case)


@operation(router, "POST", "/v1/papers/verify", "verify_paper", body=PaperIn, answer=PaperAnswer)
async def verify_paper(call: Call) -> PaperAnswer:
    """Whether a paper with this number and code is in force, and what it says. Every office may ask; it has no name."""
    call.authorize()
    given = await call.body(PaperIn)
    async with call.uow() as tx:
        kind = await repository.valid_paper(tx, given.number, given.verification_code)
        return PaperAnswer.model_validate({"valid": kind == "victim", "genuine": kind is not None, "kind": kind})


async def _act(call: Call, model: type[GivenT], use_case: UseCase[GivenT], **context: str) -> Answer:
    """One step in the case of the path: 404, 403, 422, then what the use case refuses."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        return await take_step(call, tx, case_id, model, use_case, without="verification_code", context=context)
