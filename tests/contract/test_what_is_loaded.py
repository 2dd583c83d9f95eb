"""A process of a service loads no library that it does not use: each costs memory, and time at its start."""

import json
import subprocess
import sys

UNUSED = ["alembic", "click", "psutil", "pydantic.v1", "pygments", "rich", "temporalio", "uvicorn.supervisors"]
PRINT_LOADED = "import json, sys, {0}; print(json.dumps([name for name, module in sys.modules.items() if module]))"
PRINT_BUILT = "import vault.__main__; from fastapi.openapi.models import OpenAPI; print(OpenAPI.__pydantic_complete__)"


def test_the_process_of_casework_that_answers():
    """It imports all that the others import; only its worker, which is another process, has to do with Temporal."""
    assert loaded("casework.__main__") & set(UNUSED) == set()


def test_the_issuer():
    """It has no database, and it loads an HTTP client when it asks casework, which most stacks never need."""
    assert loaded("stack.issuer.__main__") & {*UNUSED, "fastapi", "httpx", "sqlalchemy"} == set()


def test_fastapis_models_of_a_document_are_not_built_before_one_is_asked_for():
    command = [sys.executable, "-P", "-c", PRINT_BUILT]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


def loaded(module: str) -> set[str]:
    command = [sys.executable, "-P", "-c", PRINT_LOADED.format(module)]
    return set(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
