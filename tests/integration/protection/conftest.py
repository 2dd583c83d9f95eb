"""Protection in this process, fresh for each test file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from stack.trial import Trial
from tests.integration.one_service import Desk
from tests.integration.one_service import desk as one_desk


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="desk")
async def _desk(stack: Trial) -> AsyncIterator[Desk]:
    async with one_desk(stack.stack, "protection", "protections", "acts") as made:
        yield made
