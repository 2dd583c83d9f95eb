"""`neove law withdraw ID`: take back a proposal that nobody has signed."""

from typing import Annotated

import typer
from rich.markup import escape

from neove.law.shared import amending
from neove.shared.terminal import console


def command(
    amendment_id: amending.IdArgument,
    actor: Annotated[str, typer.Option(help="The person of the office who withdraws it.")] = amending.PROPOSER,
) -> None:
    """Take back a proposal that nobody has signed.

    \b
    Example:
      .venv/bin/neove law withdraw amd_ybgc7kf4tquu2mn3ccaw3vksvu
    """
    found = amending.register(actor).withdraw(amendment_id)
    console().print(f"{escape(amendment_id)} {found['state']}")
