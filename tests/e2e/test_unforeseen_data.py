"""Every operation of every OpenAPI document, called as it should be and as it should not, by three roles: no fault.

All roles and more data: `make proof ARGS=fuzz`.
"""

import pytest

from stack.services import discover
from stack.trial import Trial
from tests.proof.fuzz import fuzz

from .scenario_files import ROOT

OFFICES = ("health_authority/lao-cai", "provincial_police/lao-cai", "provider/lao-cai")
SECONDS = 40


@pytest.mark.stack
def test_no_fault_and_no_wrong_data_taken(stack: Trial) -> None:
    tally = fuzz(stack, OFFICES, each=2, seconds=SECONDS)
    assert tally.faults == []
    assert tally.taken == []
    assert tally.operations > 5 * len(discover(ROOT))
    assert tally.wrong > tally.operations
    assert tally.accepted > 0
