"""On a running stack each call of each operation is found again in the chains, and the command says that they hold."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from stack.trial import Trial
from tests.load.looks import NOT_RECORDED, call_everything, chained, missing, subjects

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
ACTOR = "looks-1"


async def test_two_hundred_calls_of_every_kind_are_all_found_again(stack: Trial) -> None:
    sent = call_everything(stack, ACTOR)
    recorded = Counter({kind: count for kind, count in sent.items() if kind[2] not in NOT_RECORDED})
    assert recorded.total() >= 200
    assert {service for _, name, _ in recorded for service in [name.partition(".")[0]]} == set(
        stack.stack.service_names
    )
    assert await missing(stack, sent, subjects(ACTOR)) == {}
    assert await chained(stack, subjects(ACTOR)) == recorded  # and nothing that nobody called
    assert verify(stack).returncode == 0


def verify(stack: Trial) -> "subprocess.CompletedProcess[str]":
    """`neove audit verify`."""
    command = [sys.executable, "-m", "neove", "audit", "verify"]
    environment = {**os.environ, "NEOVE_STATE": str(stack.state)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
