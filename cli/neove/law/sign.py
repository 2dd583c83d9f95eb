"""`neove law sign ID`: sign an amendment as a second person."""

from typing import Annotated

import typer

from neove.law.shared import amending
from neove.shared.terminal import console


def command(
    amendment_id: amending.IdArgument,
    content: Annotated[
        str | None, typer.Option("--hash", metavar="HASH", help="Content that you read; refused if it is another.")
    ] = None,
    actor: Annotated[
        str, typer.Option(help="Which person of the office signs; not the one who proposed.")
    ] = amending.SIGNER,
) -> None:
    """Sign an amendment as a second person: from then on it holds, and every open case is counted anew."""
    screen, asked = console(), amending.register(actor)
    found = asked.get(amendment_id)
    amending.describe(screen, found)
    amending.sign_and_follow(screen, asked, amendment_id, content or str(found["content_hash"]))
