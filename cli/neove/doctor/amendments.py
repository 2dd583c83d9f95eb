"""Are the signed amendments as they were signed, and are all open cases under them?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from client.services import Services
from contracts.times import legal_date
from neove.doctor import days
from neove.doctor.finding import Finding
from neove.law.shared.amending import AmendmentRegister
from neove.law.shared.in_force import calendar_of
from regulations import Library
from stack.stack import Stack


def findings(stack: Stack) -> list[Finding]:
    """One line for the law of the running stack, and one for its days off."""
    found = AmendmentRegister(Services(stack.endpoints().services, stack.issuer_url)).all()
    calendar = calendar_of(Library().world.calendar, found["items"])
    return [law_finding(found), days.days_finding(calendar, legal_date(datetime.now(UTC)))]


def law_finding(found: Mapping[str, Any]) -> Finding:
    """Whether the signed amendments are as they were signed, and all open cases are under them.

    Args:
        found: answer of `list_amendments`.
    """
    chain = found["chain"]
    if not chain["ok"]:
        return Finding("law", "bad", f"{chain['broken_at']} is not as it was signed")
    left = [one["amendment_id"] for one in found["items"] if one["state"] == "signed" and not one["applied_at"]]
    if left:
        return Finding("law", "look", f"open cases are still to be folded again under {', '.join(left)}")
    return Finding("law", "ok", f"the package's, amended {chain['signed']} times, each as it was signed")
