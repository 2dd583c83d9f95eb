"""Support in this process with two providers of the test's own, fresh for each test file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from stack.trial import Trial
from support import providers
from tests.integration.one_service import Desk
from tests.integration.one_service import desk as one_desk
from tests.integration.support.lanes import TABLES
from tests.library import LIBRARY


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="desk")
async def _desk(stack: Trial) -> AsyncIterator[Desk]:
    async with one_desk(stack.stack, "support", *TABLES) as made:
        async with made.service.state.uow() as tx:
            directory = LIBRARY.world.directory
            await providers.keep(tx, providers.load(None, directory), directory)
        yield made
