"""The sample for agencies, as a module."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SAMPLE = Path(__file__).parents[3] / "docs/samples/webhook_receiver.py"


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """`docs/samples/webhook_receiver.py`."""
    spec = importlib.util.spec_from_file_location("webhook_receiver", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
