"""`neove logs`: the end of the logs of the processes."""

import subprocess
from typing import Annotated

import typer

from stack.config import Failure, endpoints


def command(
    name: Annotated[str, typer.Argument(help="A part, for example casework; without it, all.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on and show new lines as they come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many lines of each log to show first.")] = 20,
) -> None:
    """Show the end of the logs.

    \b
    Example:
      .venv/bin/neove logs casework --follow
    """
    folder = endpoints().logs
    found = sorted(folder.glob(f"{name or '*'}.log"))
    if not found:
        known = ", ".join(path.stem for path in sorted(folder.glob("*.log")))
        raise Failure(f"There is no log of {name}; there are {known}.")
    options = ["-n", str(lines), *(["-F"] if follow else [])]
    raise typer.Exit(subprocess.run(["tail", *options, "--", *found], check=False).returncode)
