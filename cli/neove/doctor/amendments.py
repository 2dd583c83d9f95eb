"""Are the signed amendments as they were signed, and are all open cases under them?"""

from collections.abc import Mapping
from typing import Any

from client.services import Services
from neove.doctor.finding import Finding
from neove.law.shared.amending import AmendmentRegister
from stack.stack import Stack


def findings(stack: Stack) -> list[Finding]:
    """One line for the law of the running stack."""
    return [law_finding(AmendmentRegister(Services(stack.endpoints().services, stack.issuer_url)).all())]


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
