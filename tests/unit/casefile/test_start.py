"""The decision on rights as the HTTP edge asks for it."""

import pytest

from casefile.start import decision
from kit.auth import Principal
from kit.clock import SystemClock
from tests.library import RIGHTS

OFFICE = Principal("commune/lao-cai", "commune", "actor-1")
SERVICE = Principal("", "", "actor-2", "intake")


@pytest.mark.parametrize(
    ("principal", "operation", "allowed"),
    [
        (OFFICE, "intake.submit_report", True),
        (SERVICE, "vault.seal", True),
        (OFFICE, "vault.seal", False),
        (OFFICE, "casework.record_fact", False),
        (OFFICE, "no.such_operation", False),
        (SERVICE, "intake.submit_report", False),
    ],
)
def test_what_is_not_granted_is_denied(principal: Principal, operation: str, allowed: bool) -> None:
    assert decision(RIGHTS, SystemClock().now)(principal, operation) is allowed
