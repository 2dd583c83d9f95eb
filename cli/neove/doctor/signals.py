"""Does Temporal answer, and does somebody send its workflows signals that are not theirs?"""

import asyncio

from neove.doctor.finding import Finding
from stack import temporal
from stack.stack import Stack


async def findings(stack: Stack) -> list[Finding]:
    """One line for foreign signals, and one for a Temporal server that runs elsewhere."""
    found = [signals_finding(await asyncio.to_thread(temporal.runs_that_ignored_signals, stack.temporal_address))]
    if stack.outside.temporal:
        missing = await asyncio.to_thread(temporal.missing_attributes, stack.outside.temporal)
        what = f"missing search attributes: {', '.join(sorted(missing))}" if missing else "answers"
        found.append(Finding("temporal, outside", "bad" if missing else "ok", what))
    return found


def signals_finding(runs: int | None) -> Finding:
    """Whether somebody sends workflows signals that are not theirs.

    Args:
        runs: running workflows that ignored a signal; None where Temporal does not answer.
    """
    if runs is None:
        return Finding("foreign signals", "bad", "Temporal cannot be asked")
    if runs:
        what = f"{runs} workflows ignored signals that are not theirs: see who reaches Temporal (docs/runbook.md)"
        return Finding("foreign signals", "look", what)
    return Finding("foreign signals", "ok", "none")
