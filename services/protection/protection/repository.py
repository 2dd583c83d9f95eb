"""Every SQL statement of protection."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from kit.uow import Tx
from protection.models import Act, Protection


async def open_one(tx: Tx, row: dict[str, Any]) -> bool:
    """Keep a new protection; false when the case has one that is open. A second office waits for the first here."""
    statement = insert(Protection).values(row).on_conflict_do_nothing().returning(col(Protection.protection_id))
    return (await tx.session.exec(statement)).first() is not None


async def find(tx: Tx, protection_id: str) -> Protection | None:
    """One protection."""
    query = select(Protection).where(Protection.protection_id == protection_id)
    return (await tx.session.exec(query)).first()


async def lock(tx: Tx, protection_id: str) -> Protection:
    """The same (it must exist), locked until the transaction ends, as whoever held the lock before left it."""
    query = select(Protection).where(Protection.protection_id == protection_id).with_for_update()
    return (await tx.session.exec(query.execution_options(populate_existing=True))).one()


async def of_case(tx: Tx, case_id: str) -> list[Protection]:
    """The protections of a case, newest first."""
    query = select(Protection).where(Protection.case_id == case_id)
    return list((await tx.session.exec(query.order_by(col(Protection.requested_at).desc()))).all())


async def change(tx: Tx, protection_id: str, **values: Any) -> None:
    """Change a protection."""
    await tx.session.exec(update(Protection).where(col(Protection.protection_id) == protection_id).values(**values))


async def acts(tx: Tx, protection_id: str) -> list[Act]:
    """The steps of a protection in the order of recording."""
    query = select(Act).where(Act.protection_id == protection_id).order_by(col(Act.seq))
    return list((await tx.session.exec(query)).all())


async def add_act(tx: Tx, row: dict[str, Any]) -> None:
    """Keep a step."""
    await tx.session.exec(insert(Act).values(row))
