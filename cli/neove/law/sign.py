"""`neove law sign ID`: sign an amendment as a second person."""

from typing import Annotated

import typer

from neove.law.shared import amending
from neove.shared.terminal import console


def command(
    amendment_id: amending.IdArgument,
    content: Annotated[
        str | None,
        typer.Option(
            "--hash",
            metavar="HASH",
            help="Hash of the content that you read; the signature is refused if it is another.",
        ),
    ] = None,
    actor: Annotated[
        str, typer.Option(help="The person of the office who signs, another than proposed.")
    ] = amending.SIGNER,
) -> None:
    """Sign an amendment as a second person.

    From then on it holds, and every open case is folded again.

    \b
    Example:
      .venv/bin/neove law sign amd_ybgc7kf4tquu2mn3ccaw3vksvu
    """
    screen, asked = console(), amending.register(actor)
    found = asked.get(amendment_id)
    amending.describe(screen, found)
    amending.sign_and_follow(screen, asked, amendment_id, content or str(found["content_hash"]))
