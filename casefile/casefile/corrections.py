"""Corrections of the facts that this service stated: a copy beside its own records, which nobody may change."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from sqlmodel import select

from contracts.events.casework import FactCorrected
from kit import handled, projections, tables
from kit.bus import Bus, Meta
from kit.state import State
from kit.uow import Tx

KIND = "correction"


class StatedStep(Protocol):
    """A record of a step, as it was stated."""

    occurred_at: datetime


StepT = TypeVar("StepT", bound=StatedStep)


@dataclass(frozen=True)
class CorrectedStep(Generic[StepT]):
    """A step that this service stated, with its newest correction."""

    step: StepT
    correction: FactCorrected | None

    @property
    def withdrawn(self) -> bool:
        """Whether the step was withdrawn: it did not happen."""
        return self.correction is not None and self.correction.withdrawn

    @property
    def occurred_at(self) -> datetime:
        """When it happened (UTC): as corrected, or as stated."""
        return instant(self.step.occurred_at, self.correction)


async def take(tx: Tx, event: FactCorrected) -> bool:
    """Keep a correction; false for one that is older than the one kept."""
    version = int(event.recorded_at.timestamp() * 1_000_000)
    return await projections.put(tx, KIND, event.fact_id, version, event.model_dump(mode="json"))


async def of(tx: Tx, facts: Iterable[str]) -> dict[str, FactCorrected]:
    """The newest correction of each of these facts; those that stand as stated are missing."""
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    kept = tables.projections.c
    rows = await tx.session.exec(select(kept.key, kept.body).where(kept.kind == KIND, kept.key.in_(wanted)))
    return {key: FactCorrected.model_validate(body) for key, body in rows.all()}


def instant(stated: datetime, correction: FactCorrected | None) -> datetime:
    """When a step happened (UTC): as corrected, or as stated."""
    return correction.occurred_at.astimezone(UTC) if correction and correction.occurred_at else stated


def follow(bus: Bus, state: State, durable: str, note: Callable[[Tx, FactCorrected], Awaitable[None]]) -> None:
    """Give each correction that the durable delivers to `note` once, so that the service's own record follows it."""

    @bus.on(durable)
    async def on_fact_corrected(event: FactCorrected, meta: Meta) -> None:
        """Note one correction."""
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await note(tx, event)

    _ = on_fact_corrected
