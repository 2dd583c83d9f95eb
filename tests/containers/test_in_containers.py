"""The stack of this run has no NATS and no Temporal of its own: what the other tests show, they show of containers."""

from urllib.parse import urlsplit

import pytest

from stack.processes import Records
from stack.trial import Trial


@pytest.mark.stack
def test_the_stack_uses_servers_in_containers(stack: Trial):
    assert {"nats", "temporal"}.isdisjoint(Records(stack.state).names())
    used = {urlsplit(stack.endpoints.nats).port, urlsplit(f"//{stack.endpoints.temporal}").port}
    assert used.isdisjoint({stack.stack.ports["nats"], stack.stack.ports["temporal"]})
