"""`neove offices waiting`: the lanes that no office holds, as the authority sees them that is to assign them."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from client.answers import refusal_text
from client.errors import ClientError
from client.services import OperationName, Services
from neove.shared.instants import as_instant, end_of
from neove.shared.terminal import console, plain_table
from stack.config import Failure, endpoints

LIST_WORK = OperationName("casework", "list_work")
TIMEOUT_SECONDS = 10.0
Authority = Annotated[
    str, typer.Option("--as", metavar="OFFICE", help="The coordinating authority of the place of the lane.")
]
NATIONAL = "steering_committee/ha-noi"


def command(office: Authority = NATIONAL) -> None:
    """Show the lanes that no office holds.

    They stand in the queue of the authority that is to assign them.

    Exit code: 0 shown, also if there is none; 1 refused, or the stack does not answer.

    \b
    Example:
      .venv/bin/neove offices waiting --as steering_committee/lao-cai
    """
    where, screen = endpoints(), console()
    table = plain_table("Case", "Lane", "First limit")
    for one in waiting(Services(where.services, where.issuer), office):
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
        try:
            request = services.operation(LIST_WORK).request(at)
            answer = services.send(LIST_WORK, request, office=office, headers={}, timeout=TIMEOUT_SECONDS)
        except ClientError as error:
            raise Failure(str(error)) from None
        if answer.status != 200:
            raise Failure(refusal_text(answer))
        found += [one for one in answer.body["items"] if one["kind"] == "assign"]
        if not answer.body["next"]:
            return found
        at = {"cursor": str(answer.body["next"])}
