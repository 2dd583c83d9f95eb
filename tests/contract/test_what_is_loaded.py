"""A process of a service loads no library that it does not use: each costs memory, and time at its start."""

import json
import subprocess
import sys

UNUSED = ["alembic", "click", "psutil", "pydantic.v1", "pygments", "rich", "temporalio", "uvicorn.supervisors"]
PRINT_LOADED = (
    "import json, sys, casework.__main__; print(json.dumps([name for name, module in sys.modules.items() if module]))"
)
PRINT_BUILT = "import vault.__main__; from fastapi.openapi.models import OpenAPI; print(OpenAPI.__pydantic_complete__)"


def test_the_process_of_casework_that_answers():
    """It imports all that the others import; only its worker, which is another process, has to do with Temporal."""
    command = [sys.executable, "-P", "-c", PRINT_LOADED]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [name for name in UNUSED if name in json.loads(ended.stdout)] == []


def test_fastapis_models_of_a_document_are_not_built_before_one_is_asked_for():
    command = [sys.executable, "-P", "-c", PRINT_BUILT]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"
