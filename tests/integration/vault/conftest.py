"""The services in this process, fresh for each test file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from stack.trial import Trial
from tests.integration.in_process import House, house


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="house")
async def _house(stack: Trial, tmp_path_factory) -> AsyncIterator[House]:  # pyright: ignore[reportMissingParameterType]
    folder: Path = tmp_path_factory.mktemp("house")
    async with house(stack.stack, folder) as made:
        yield made
