"""`neove logs`: what the processes say."""

import subprocess
from typing import Annotated

import typer

from stack.config import Failure, endpoints


def command(
    name: Annotated[str, typer.Argument(help="A part, for example casework; without one, all.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what is added.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many lines of each to begin with.")] = 20,
) -> None:
    """Show the end of the logs."""
    folder = endpoints().logs
    found = sorted(folder.glob(f"{name or '*'}.log"))
    if not found:
        known = ", ".join(path.stem for path in sorted(folder.glob("*.log")))
        raise Failure(f"There is no log of {name}; there are {known}.")
    options = ["-n", str(lines), *(["-F"] if follow else [])]
    raise typer.Exit(subprocess.run(["tail", *options, "--", *found], check=False).returncode)
