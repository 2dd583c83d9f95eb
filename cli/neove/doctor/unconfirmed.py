"""Does intake answer for every sealed case of which the vault does not know whether it exists?"""

from neove.doctor.finding import Finding
from neove.shared.databases import connection, database
from stack.stack import Stack

COUNTS = """
SELECT count(*) FILTER (WHERE abandoned_at IS NULL AND created_at < now() - interval '27 hours'),
       count(*) FILTER (WHERE abandoned_at IS NOT NULL)
FROM case_keys WHERE known_at IS NULL
"""
"""The vault asks intake after 24 hours, and intake answers every hour."""


async def findings(stack: Stack) -> list[Finding]:
    """One line: what the vault holds of cases that nothing confirmed."""
    async with database(stack, "vault") as engine, connection(engine) as opened:
        return [unconfirmed_finding(*await opened.fetchrow(COUNTS))]


def unconfirmed_finding(waiting: int, binned: int) -> Finding:
    """Whether intake has answered for every sealed case that nothing confirmed.

    Args:
        waiting: cases that have waited for intake's answer for longer than intake needs.
        binned: cases that intake declared abandoned, and whose text is not destroyed yet.
    """
    what = f"{waiting} sealed cases wait for intake's answer; {binned} are in the bin"
    return Finding("vault: unconfirmed", "look" if waiting else "ok", what)
