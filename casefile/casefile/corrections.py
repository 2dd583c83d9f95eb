"""Corrections of the facts that this service stated.

The records of the steps never change, so the newest correction of each fact is kept beside them."""

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
    """The record of a step, as the service stated it."""

    occurred_at: datetime


StepT = TypeVar("StepT", bound=StatedStep)


@dataclass(frozen=True)
class CorrectedStep(Generic[StepT]):
    """A step that this service stated, with its newest correction. `correction` is None for a step that has none."""

    step: StepT
    correction: FactCorrected | None

    @property
    def withdrawn(self) -> bool:
        """Whether the step was withdrawn, because it did not happen."""
        return self.correction is not None and self.correction.withdrawn

    @property
    def occurred_at(self) -> datetime:
        """When the step happened (UTC): as corrected, or as stated."""
        return instant(self.step.occurred_at, self.correction)


async def take(tx: Tx, event: FactCorrected) -> bool:
    """Keep a correction; false if a newer correction of the same fact is kept already."""
    version = int(event.recorded_at.timestamp() * 1_000_000)
    return await projections.put(tx, KIND, event.fact_id, version, event.model_dump(mode="json"))


async def of(tx: Tx, facts: Iterable[str]) -> dict[str, FactCorrected]:
    """The newest correction of each of these facts (fact id → correction); a fact without a correction is left out."""
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
    """Call `note` once for each correction that the durable delivers, so that the service changes its own record."""

    @bus.on(durable)
    async def on_fact_corrected(event: FactCorrected, meta: Meta) -> None:
        """Handle one correction."""
        async with state.uow() as tx:
            if await handled.first_time(tx, meta.durable, meta.event_id):
                await note(tx, event)

    _ = on_fact_corrected
