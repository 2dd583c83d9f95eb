"""`neove law amendments`: the amendments of the running stack, and whether the signed ones are as they were signed."""

import typer
from rich.markup import escape

from client.answers import mapping
from neove.law.shared import amending
from neove.shared.instants import second
from neove.shared.terminal import console, plain_table


def command() -> None:
    """List the amendments of the running stack.

    The oldest is first. The command also checks whether the signed amendments are as they were signed.

    Exit code: 0 the chain of signatures is whole; 1 it is broken.

    \b
    Example:
      .venv/bin/neove law amendments
    """
    screen, found = console(), amending.register().all()
    columns = ("Amendment", "State", "No.", "Holds since", "Applied", "What", "Decision")
    table = plain_table(*columns, wrapped=["Decision"])
    for one in found["items"]:
        seq, signed = one["effective_seq"], mapping(one["signed"]).get("at")
        number = "" if seq is None else str(seq)
        instants = second(signed), second(one["applied_at"])
        table.add_row(
            one["amendment_id"],
            one["state"],
            number,
            *instants,
            escape(amending.content_of(one)),
            escape(one["decision"]),
        )
    screen.print(table)
    chain = found["chain"]
    if not chain["ok"]:
        screen.print(f"[red]The chain is broken at {chain['broken_at']}: this amendment is not as it was signed.[/]")
        raise typer.Exit(1)
    screen.print(f"[dim]{chain['signed']} signed, each as it was signed[/]")
