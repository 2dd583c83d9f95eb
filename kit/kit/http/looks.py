"""The operation by which the collector fetches the entries of a service, in every service.

The database numbers entries when they are inserted and shows them when they are committed. So a number may be seen
after a higher one, and a number that was rolled back is never seen. The collector says which numbers it has not seen.
"""

from typing import Any, cast

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import ARRAY, BigInteger, bindparam, text

from contracts.ids import Code
from kit.http.body import Body
from kit.http.operations import Call, operation
from kit.looks.look import TABLE
from kit.uow import UnitOfWork

MOST_ENTRIES, MOST_MISSING = 500, 1_000
_TAKE = text(
    f"SELECT one.* FROM {TABLE} one WHERE one.seq = ANY(:missing) UNION ALL "  # noqa: S608 - a name of our own
    f"(SELECT more.* FROM {TABLE} more WHERE more.seq > :after ORDER BY more.seq LIMIT {MOST_ENTRIES})"
).bindparams(bindparam("missing", type_=ARRAY(BigInteger)))
_NEWEST = text(f"SELECT coalesce(max(seq), 0) FROM {TABLE}")  # noqa: S608 - a name of our own
router = APIRouter()


class TakeIn(Body):
    """What the collector has: everything up to `after`, but the `missing` numbers."""

    after: int = Field(ge=0)
    missing: list[int] = Field(default_factory=list[int], max_length=MOST_MISSING)


class EntryOut(BaseModel):
    """One entry of `looks` (`kit.looks.look.Look`)."""

    seq: int = Field(description="The number that the service's database gave it.")
    id: str
    at: AwareDatetime
    caller: str = Field(description="An office, or `service/<name>`.")
    actor: Code
    on_behalf_of: str | None
    operation: Code
    about: str | None = Field(description="Id of what it was about.")
    part: str | None = Field(description="Of it, that the right was decided on.")
    several: int | None = Field(description="How many a list showed.")
    items: list[str] = Field(description="Fields, groups or references that were asked for.")
    ground: list[str] = Field(description="Relations by which the caller had the right.")
    purpose: str | None
    answer: int = Field(description="HTTP status.")
    refusal: str | None = Field(description="Slug of the refusal.")


class TakeOut(BaseModel):
    """The next entries, and those of the missing ones that are there now."""

    entries: list[EntryOut]
    newest: int = Field(description="The highest number of the service; lower than `after` where it lost entries.")


@operation(router, "POST", "/v1/looks", "hand_over_looks", body=TakeIn, answer=TakeOut, reads=True, recorded=False)
async def hand_over_looks(call: Call) -> TakeOut:
    """Who looked at what here, for the collector of the access log only. It makes no entry itself."""
    call.authorize()
    return await entries_of(call.uow, await call.body(TakeIn))


async def entries_of(uow: UnitOfWork, given: TakeIn) -> TakeOut:
    """The entries of the service itself that the collector has not got."""
    async with uow.unlocked() as tx:
        newest = (await tx.fetch(_NEWEST, {}))[0][0]
        rows = await tx.fetch(_TAKE, given.model_dump())
    # Any: a record of asyncpg has no types
    entries = [EntryOut.model_validate(dict(cast(Any, row))) for row in rows]
    return TakeOut(entries=sorted(entries, key=lambda one: one.seq), newest=newest)
