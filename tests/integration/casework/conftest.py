"""The register in this process, fresh for each test file; its clock begins anew for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from stack.trial import Trial
from tests.integration.casework.amending import Amending
from tests.integration.casework.register import NOW, Register, register


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="_running")
async def running(stack: Trial) -> AsyncIterator[Register]:
    async with register(stack.stack) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def cases(_running: Register) -> Register:
    """The register with its clock at `NOW` and its vault up."""
    _running.clock.set(NOW)
    _running.vault.down = False
    _running.vault.sealed.clear()
    return _running


@pytest_asyncio.fixture(loop_scope="session")
async def law(stack: Trial) -> AsyncIterator[Amending]:
    """The register on a database of its own: an amendment concerns every case in it."""
    async with register(stack.stack) as made:
        yield Amending(made)
