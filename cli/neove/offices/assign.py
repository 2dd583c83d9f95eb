"""`neove offices assign CASE_ID LANE OFFICE`: give a lane that no office holds to an office."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from neove.offices.waiting import Authority
from neove.shared import running
from neove.shared.terminal import console


def command(
    case_id: Annotated[str, typer.Argument(help="Id of the case, from `neove offices waiting`.", show_default=False)],
    lane: Annotated[str, typer.Argument(help="For example `identification`.", show_default=False)],
    to: Annotated[str, typer.Argument(metavar="OFFICE", help="The office that gets the lane.", show_default=False)],
    office: Authority,
) -> None:
    """Assign a lane that no office holds to an office.

    Only the coordinating authority of the place of the lane may do it. The office must exist today, may have the lane
    by its role, and act where the lane is or in the area of the authority. It is told once.

    Exit code: 0 assigned; 1 refused, or the stack does not answer.

    \b
    Example:
      .venv/bin/neove offices assign "$CASE" identification commune/34-03006 --as steering_committee/lao-cai
    """
    fields = {"case_id": case_id, "lane": lane, "to": to, "occurred_at": datetime.now(UTC).isoformat()}
    running.ask(running.services(), "assign_lane", office, fields)
    console().print(f"{to} holds {lane} of {case_id} now", soft_wrap=True)
