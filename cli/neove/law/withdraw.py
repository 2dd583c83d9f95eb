"""`neove law withdraw ID`: take back a proposal that nobody has signed."""

from typing import Annotated

import typer
from rich.markup import escape

from neove.law.shared import amending
from neove.shared.terminal import console


def command(
    amendment_id: amending.IdArgument,
    actor: Annotated[str, typer.Option(help="Which person of the office.")] = amending.PROPOSER,
) -> None:
    """Take back a proposal that nobody has signed."""
    found = amending.register(actor).withdraw(amendment_id)
    console().print(f"{escape(amendment_id)} {found['state']}")
