"""`neove offices assign CASE_ID LANE OFFICE`: give a lane that no office holds to an office."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from client.answers import refusal_text
from client.errors import ClientError
from client.services import OperationName, Services
from neove.offices.waiting import NATIONAL, TIMEOUT_SECONDS, Authority
from neove.shared.terminal import console
from stack.config import Failure, endpoints

ASSIGN = OperationName("casework", "assign_lane")


def command(
    case_id: Annotated[str, typer.Argument(help="Id of the case, from `neove offices waiting`.", show_default=False)],
    lane: Annotated[str, typer.Argument(help="For example `identification`.", show_default=False)],
    to: Annotated[str, typer.Argument(metavar="OFFICE", help="The office that gets the lane.", show_default=False)],
    office: Authority = NATIONAL,
) -> None:
    """Assign a lane that no office holds to an office.

    The office must exist today, may have the lane by its role, and act where the lane is or in the area of the
    authority. It is told once.

    Exit code: 0 assigned; 1 refused, or the stack does not answer.

    \b
    Example:
      .venv/bin/neove offices assign case_qhwz2canwucdavdd4sx6wn6oki identification commune/34-03006
    """
    where = endpoints()
    services = Services(where.services, where.issuer)
    fields = {"case_id": case_id, "lane": lane, "to": to, "occurred_at": datetime.now(UTC).isoformat()}
    headers = {"Idempotency-Key": secrets.token_hex(12)}
    try:
        request = services.operation(ASSIGN).request(fields)
        answer = services.send(ASSIGN, request, office=office, headers=headers, timeout=TIMEOUT_SECONDS)
    except ClientError as error:
        raise Failure(str(error)) from None
    if answer.status != 200:
        raise Failure(refusal_text(answer))
    console().print(f"{to} holds {lane} of {case_id} now", soft_wrap=True)
