"""Every SQL statement of protection."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import any_, literal, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from casefile import corrections
from contracts.events.casework import FactCorrected
from kit.uow import Tx
from protection.domain import Done, Outcome
from protection.models import Act, Protection


@dataclass(frozen=True)
class CorrectedAct:
    """A step of a protection, with the newest correction of each of its facts."""

    act: Act
    corrected: list[FactCorrected]

    @property
    def done(self) -> Done:
        """The step as it counts now."""
        act, void = self.act, frozenset(one.fact_id for one in self.corrected if one.withdrawn)
        first = next((one for one in self.corrected if act.facts and one.fact_id == act.facts[0]), None)
        at, outcome = corrections.instant(act.occurred_at, first), cast("Outcome | None", act.outcome)
        return Done(act.kind, act.office, at, outcome, tuple(act.measures), tuple(act.facts), void)


async def open_one(tx: Tx, row: dict[str, Any]) -> bool:
    """Keep a new protection; false if the case has an open one. A second office waits here for the first."""
    statement = insert(Protection).values(row).on_conflict_do_nothing().returning(col(Protection.protection_id))
    return (await tx.session.exec(statement)).first() is not None


async def find(tx: Tx, protection_id: str) -> Protection | None:
    """One protection."""
    query = select(Protection).where(Protection.protection_id == protection_id)
    return (await tx.session.exec(query)).first()


async def lock(tx: Tx, protection_id: str) -> Protection:
    """One protection (it must exist), read again and locked until the transaction ends."""
    query = select(Protection).where(Protection.protection_id == protection_id).with_for_update()
    return (await tx.session.exec(query.execution_options(populate_existing=True))).one()


async def lock_all(tx: Tx, case_id: str) -> list[Protection]:
    """The protections of a case, read again and locked in the order of their ids."""
    query = select(Protection).where(Protection.case_id == case_id).order_by(col(Protection.protection_id))
    return list((await tx.session.exec(query.with_for_update().execution_options(populate_existing=True))).all())


async def of_case(tx: Tx, case_id: str) -> list[Protection]:
    """The protections of a case, newest first."""
    query = select(Protection).where(Protection.case_id == case_id)
    return list((await tx.session.exec(query.order_by(col(Protection.requested_at).desc()))).all())


async def change(tx: Tx, protection_id: str, **values: Any) -> None:
    """Change a protection."""
    await tx.session.exec(update(Protection).where(col(Protection.protection_id) == protection_id).values(**values))


async def acts(tx: Tx, protection_id: str) -> list[CorrectedAct]:
    """The steps of a protection in the order of recording, each with its corrections."""
    query = select(Act).where(Act.protection_id == protection_id).order_by(col(Act.seq))
    found = (await tx.session.exec(query)).all()
    corrected = await corrections.of(tx, (fact for act in found for fact in act.facts))
    return [CorrectedAct(act, [corrected[fact] for fact in act.facts if fact in corrected]) for act in found]


async def states_fact(tx: Tx, case_id: str, fact_id: str) -> bool:
    """Whether a step of a protection of this case stated a fact."""
    query = select(Act.act_id).join(Protection, col(Protection.protection_id) == Act.protection_id)
    mine = query.where(Protection.case_id == case_id, literal(fact_id) == any_(col(Act.facts)))
    return (await tx.session.exec(mine)).first() is not None


def add_act(tx: Tx, row: dict[str, Any]) -> None:
    """Keep a step."""
    tx.insert(Act, [row])
