"""`neove offices waiting`: the lanes that no office holds, as the authority sees them that is to assign them."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from client.services import Services
from neove.shared import running
from neove.shared.instants import as_instant, end_of
from neove.shared.terminal import console, plain_table

Authority = Annotated[
    str,
    typer.Option(
        "--as", metavar="OFFICE", help="The coordinating authority of the place of the lane.", show_default=False
    ),
]


def command(office: Authority) -> None:
    """Show the lanes that no office holds.

    They stand in the queue of the authority that is to assign them: the coordinating authority of the place of the
    lane, or of the province in which it lies. `neove offices show steering_committee PLACE` names it.

    Exit code: 0 shown, also if there is none; 1 refused, or the stack does not answer.

    \b
    Example:
      .venv/bin/neove offices waiting --as steering_committee/lao-cai
    """
    screen = console()
    table = plain_table("Case", "Lane", "First limit")
    for one in waiting(running.services(), office):
        limit = as_instant(one["due_at"])
        table.add_row(one["case_id"], one["lane"], end_of(limit) if limit else "–")
    screen.print(table if table.row_count else f"No lane waits for {office}.")


def waiting(services: Services, office: str) -> list[Mapping[str, Any]]:
    """The lines of its queue that ask for an assignment, all pages.

    Raises:
        Failure: refused, or the stack does not answer.
    """
    found: list[Mapping[str, Any]] = []
    at: dict[str, str] = {}
    while True:
        page = running.ask(services, "list_work", office, at)
        found += [one for one in page["items"] if one["kind"] == "assign"]
        if not page["next"]:
            return found
        at = {"cursor": str(page["next"])}
