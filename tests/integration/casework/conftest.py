"""Casework in this process, fresh for each test file; its clock begins anew for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from stack.trial import Trial
from tests.integration.casework.amending import Amending
from tests.integration.casework.in_process import NOW, CaseworkInProcess, casework_in_process
from tests.integration.casework.people import People
from tests.library import DECIDED, STOPPING


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="_running")
async def running(stack: Trial) -> AsyncIterator[CaseworkInProcess]:
    async with casework_in_process(stack.stack) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def cases(_running: CaseworkInProcess) -> CaseworkInProcess:
    """Casework with its clock at `NOW` and its vault up."""
    _running.clock.set(NOW)
    _running.vault.down = False
    _running.vault.sealed.clear()
    return _running


@pytest_asyncio.fixture(loop_scope="session")
async def pausable(cases: CaseworkInProcess) -> AsyncIterator[CaseworkInProcess]:
    """The same casework under packs in which a text says that force majeure stops every limit."""
    cases.use_library(STOPPING)
    yield cases
    cases.use_library(DECIDED)


@pytest_asyncio.fixture(loop_scope="session")
async def law(stack: Trial) -> AsyncIterator[Amending]:
    """Casework on a database of its own: an amendment concerns every case in it."""
    async with casework_in_process(stack.stack) as made:
        yield Amending(made)


@pytest_asyncio.fixture(loop_scope="session")
async def people(cases: CaseworkInProcess) -> People:
    """An empty queue, and no list of members."""
    for table in ("assignees", "work", "members", "absences", "projections"):
        await cases.http.sql(f"DELETE FROM casework.{table}")
    return People(cases)
