"""The service in this process, fresh for each test file; the sample for agencies."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio

from stack.trial import Trial
from tests.integration.notify.house import NotifyHouse, notify_house

SAMPLE = Path(__file__).parents[3] / "docs/samples/webhook_receiver.py"


@pytest_asyncio.fixture(scope="module", loop_scope="session", name="house")
async def _house(stack: Trial, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NotifyHouse]:
    folder: Path = tmp_path_factory.mktemp("notify")
    async with notify_house(stack.stack, folder) as made:
        yield made


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """`docs/samples/webhook_receiver.py`."""
    spec = importlib.util.spec_from_file_location("webhook_receiver", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
