"""Protection's operations."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from casefile.context import CaseContext, case_of
from casefile.errors import AlreadyDecided, AlreadyRequested, CaseIsClosed
from casefile.steps import take_step
from contracts.codes import SealGroup
from contracts.problems import CaseIsElsewhere
from kit.http import Answer, APIRouter, Call, operation
from protection import errors, service
from protection.schemas import (
    ChangeIn,
    DecisionIn,
    EndIn,
    PaperIn,
    PlacementIn,
    ProtectionView,
    RequestIn,
    Stands,
    StartIn,
)
from regulations import OutOfOrder

router = APIRouter()
GivenT = TypeVar("GivenT", ChangeIn, DecisionIn, EndIn, PaperIn, PlacementIn, StartIn)
COMMON = (errors.NotCompetent, CaseIsClosed, OutOfOrder)
ONE = "/v1/protections/{protection_id}"


@operation(
    router,
    "POST",
    "/v1/cases/{case_id}/protections",
    "request_protection",
    body=RequestIn,
    answer=Stands,
    refusals=(CaseIsElsewhere, CaseIsClosed, AlreadyRequested),
)
async def request_protection(call: Call) -> Answer:
    """Ask for protection of a person, with the risks, the measures, and whether it is urgent."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        return await take_step(call, tx, case_id, RequestIn, service.request)


@operation(
    router, "POST", f"{ONE}/paper", "file_paper", body=PaperIn, answer=Stands, refusals=(*COMMON, errors.NoPaperDue)
)
async def file_paper(call: Call) -> Answer:
    """Record the written request that follows an urgent one."""
    return await _act(call, PaperIn, service.file_paper)


@operation(
    router,
    "POST",
    f"{ONE}/start",
    "start_protection",
    body=StartIn,
    answer=Stands,
    refusals=(*COMMON, errors.AlreadyInForce, errors.NotYetDecided, errors.NotInForce),
)
async def start_protection(call: Call) -> Answer:
    """Put the measures into force: after the decision, or before it if the request is urgent."""
    return await _act(call, StartIn, service.start)


@operation(
    router,
    "POST",
    f"{ONE}/decisions",
    "decide_protection",
    body=DecisionIn,
    answer=Stands,
    refusals=(*COMMON, AlreadyDecided, errors.PressureNotAnswered),
)
async def decide_protection(call: Call) -> Answer:
    """Grant or refuse protection, or record that the person refuses it. The law says who may order a measure."""
    return await _act(call, DecisionIn, service.decide)


@operation(
    router,
    "POST",
    f"{ONE}/changes",
    "change_protection",
    body=ChangeIn,
    answer=Stands,
    refusals=(*COMMON, errors.NotInForce),
)
async def change_protection(call: Call) -> Answer:
    """Say by which measures the person is protected from now on."""
    return await _act(call, ChangeIn, service.change)


@operation(
    router, "POST", f"{ONE}/end", "end_protection", body=EndIn, answer=Stands, refusals=(*COMMON, errors.NotInForce)
)
async def end_protection(call: Call) -> Answer:
    """End a protection with reasons."""
    return await _act(call, EndIn, service.end)


@operation(
    router,
    "POST",
    f"{ONE}/placements",
    "place_in_shelter",
    body=PlacementIn,
    answer=Stands,
    refusals=(CaseIsElsewhere, *COMMON, errors.NotInForce, errors.ShelterNotOrdered),
)
async def place_in_shelter(call: Call) -> Answer:
    """Place the person in a facility. The address goes to the vault and into no message."""
    return await _act(call, PlacementIn, service.place)


@operation(
    router,
    "GET",
    "/v1/cases/{case_id}/protection",
    "get_protection",
    answer=ProtectionView,
    reveals=(SealGroup.PROTECTION,),
)
async def get_protection(call: Call) -> ProtectionView:
    """Whether the person is protected. Only an office that protects sees how."""
    case_id = call.id("case_id")
    async with call.uow() as tx:
        case = await case_of(call, tx, case_id, sensitive=True)
        call.authorize(case.standing)
        return await service.view(case)


async def _act(
    call: Call, model: type[GivenT], use_case: Callable[[CaseContext, str, GivenT], Awaitable[Stands]]
) -> Answer:
    """One step of the protection of the path: 404, 403, 422, then what the use case refuses."""
    protection_id = call.id("protection_id")

    async def step(case: CaseContext, given: GivenT) -> Stands:
        return await use_case(case, protection_id, given)

    async with call.uow() as tx:
        return await take_step(call, tx, await service.protected_case(tx, protection_id), model, step)
