"""Answers the vault's question which cases exist: intake alone knows which of its cases were committed.

A report is sealed before it is committed, so a commit that fails leaves sealed text of a case that does not exist. The
vault does not destroy such text by itself, because a missing event does not prove that the case does not exist.
"""

import asyncio
import logging

from contracts.problems import Problem
from contracts.sealing import Unconfirmed, UnconfirmedAnswer
from intake import repository
from kit.client import ServiceClient
from kit.state import State
from kit.uow import UnitOfWork

SETTLE_SECONDS = 3600
PATH = "/v1/unconfirmed-cases"
log = logging.getLogger("intake")


async def settle(uow: UnitOfWork, vault: ServiceClient) -> None:
    """Ask the vault for its unconfirmed cases, page by page, and answer which of them are in intake's database.

    Raises:
        Unavailable: the vault is down. Problem: the vault refused, which is a fault in our code.
    """
    after: str | None = None
    while True:
        page = Unconfirmed.model_validate(await vault.post(PATH, {"after": after}))
        if page.cases:
            async with uow() as tx:
                held = await repository.held(tx, page.cases)
            abandoned = [case_id for case_id in page.cases if case_id not in held]
            answer = UnconfirmedAnswer(kept=sorted(held), abandoned=abandoned)
            await vault.post(f"{PATH}/word", answer.model_dump(mode="json"))
            log.info("%d unconfirmed cases are kept, %d are abandoned", len(held), len(abandoned))
        if page.next is None:
            return
        after = page.next


async def settle_unconfirmed(state: State) -> None:
    """Runs `settle` every hour. After a failure it tries again the next hour."""
    while True:
        try:
            await settle(state.uow, state.get(ServiceClient))
        except Problem as refusal:
            log.warning("the vault did not receive the list of cases that exist: %s", refusal.slug)
        await asyncio.sleep(SETTLE_SECONDS)
