"""The meter counts a process with its children, also those that have ended, and takes off what idling costs."""

import os
import subprocess
import sys

import pytest

from tests.bench.meter import Meter, Spent

BURN = "import time\nwhile time.process_time() < 0.4: pass\n"
HOLD = BURN + "print('done', flush=True)\ninput()\n"
"""Burns processor time and then waits."""


def test_a_child_counts_while_it_runs_and_after_it_ended() -> None:
    meter = Meter({"all": os.getpid()})
    before = meter.read()
    child = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    while_it_runs = meter.since(before).total
    child.communicate(b"\n")
    afterwards = meter.since(before).total
    assert while_it_runs >= 0.35
    assert afterwards >= while_it_runs - 0.02, "its time is that of its parent now"


def test_a_process_that_is_gone_has_spent_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert Meter({"gone": ended.pid}).read().total == 0


def test_what_idling_costs_is_taken_off_for_as_long() -> None:
    idle = Spent(10.0, {"a": 1.0, "b": 0.5})
    spent = Spent(20.0, {"a": 5.0, "b": 1.0, "c": 2.0}).without(idle)
    assert spent.cpu == {"a": 3.0, "b": 0.0, "c": 2.0}
    assert idle.rate == pytest.approx(0.15)


def test_shares_of_an_operation_are_named_the_largest_first() -> None:
    assert Spent(1.0, {"a": 0.1, "b": 0.4, "c": 0.0}).each(10) == "b 40.0, a 10.0"
    assert Spent(1.0, {"a": 1.0}).plus(Spent(2.0, {"a": 0.5, "b": 1.0})) == Spent(3.0, {"a": 1.5, "b": 1.0})
