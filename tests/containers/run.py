"""`make test-containers`: some tests of each kind once more, with NATS and Temporal in containers.

Says in one line that nothing was tested, and ends well, where no Docker daemon answers or it can run no container.
"""

import sys

import docker
import pytest
from docker.errors import APIError, DockerException

from tests.containers.servers import image

CHOSEN = (
    "tests/containers/test_in_containers.py",
    "tests/integration/kit/test_bus.py",
    "tests/integration/kit/test_bus_outages.py",
    "tests/integration/casework/workflows/test_workflow_fires.py::test_fires_once_at_the_instant_and_stays_for_what_comes",
    "tests/integration/stack/test_stack.py::test_everything_answers",
    "tests/integration/stack/test_stack.py::test_topology_is_as_declared",
    "tests/e2e/test_scenarios.py::test_holds[decided-on-signs]",
)
"""A renamed test is an error of pytest, not a test less."""


def unusable() -> str | None:
    """Why no container can be run here; none if one was."""
    if not sys.platform.startswith("linux"):
        return "the binaries of this machine are not for Linux"
    try:
        client = docker.from_env()
        client.ping()
    except DockerException:
        return "no Docker daemon answers"
    with image("nats") as built:
        try:
            client.containers.run(str(built), ["--version"], remove=True)
        except APIError as error:
            if not error.is_server_error():
                raise
            return f"the Docker daemon can run no container: {error.explanation}"
    return None


def main(arguments: list[str]) -> int:
    """Run what is chosen, with further arguments for pytest."""
    if reason := unusable():
        print(f"test-containers: no test was run, {reason}")
        return 0
    return pytest.main(["--containers", *CHOSEN, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
