"""A stack that these tests may kill parts of; both use it, one after the other, and each leaves it whole."""

from collections.abc import Iterator

import pytest

from stack.trial import Trial
from tests.own_stack import own_stack


@pytest.fixture(scope="package")
def running() -> Iterator[Trial]:
    """A stack of its own: other tests must not meet a server that is being killed."""
    with own_stack() as running:
        yield running
