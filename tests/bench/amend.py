"""Row 6 of the budgets: thousands of open cases folded anew because the law was amended."""

from stack.trial import Trial
from tests.load.figures import Section
from tests.proof.amend import CASES, NOTE, amended_and_back


async def measure(trial: Trial) -> Section:
    """The same as the proof shows, on the machine and beside the other figures of this page."""
    return Section("amend", f"{CASES:,} open cases under an amended law", await amended_and_back(trial, CASES), NOTE)
