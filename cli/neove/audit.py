"""`neove audit verify` recomputes the chains of what everybody looked at, and says what is not as it was written."""

import json
import os
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from neove.shared.terminal import command_group, console
from stack.config import Failure, state_dir
from stack.processes import python
from stack.secrets import write_private
from stack.stack import VAULT, Stack

ABOUT = """Verify the record of who looked at what.

\b
Example:
  .venv/bin/neove audit verify
"""
SEEN = "audit-seal"
"""File of the state directory: the newest seal that was found sound, so that a seal which is gone later is missed."""
SHOWN = 50
"""Findings that are listed; all are counted."""
app = command_group("audit", ABOUT)


@app.command("verify")
def verify(
    seal: Annotated[
        str, typer.Option(help="A seal NUMBER:HASH that you kept; without it, the last one seen here.")
    ] = "",
) -> None:
    """Find an entry that was changed, is missing, was swapped, or was cut off at the end.

    \b
    Example:
      .venv/bin/neove audit verify
    """
    stack = Stack.load(state_dir())
    seen = stack.state / SEEN
    found = _verified(stack, seal or _read(seen))
    counts = Table("entries", "chains", "seals", "never handed over")
    never = ", ".join(f"{service} {count}" for service, count in found["gaps"].items()) or "0"
    counts.add_row(str(found["entries"]), str(found["chains"]), str(found["seals"]), never)
    console().print(counts)
    if findings := found["findings"]:
        wrong = Table("where", "number", "what")
        for one in findings[:SHOWN]:
            wrong.add_row(one["where"], str(one["seq"]), one["what"])
        console().print(wrong)
        raise Failure(f"The record is not as it was written: {len(findings)} findings.")
    if found["seals"]:
        write_private(seen, found["seal"].encode())
    print(f"All is as it was written. Keep this seal elsewhere: {found['seal']}")


def _read(seen: Path) -> str:
    return seen.read_text("utf-8").strip() if seen.exists() else ""


def _verified(stack: Stack, seal: str) -> dict[str, Any]:
    """What `python -m vault.audit` says. Raises `Failure` if it says nothing."""
    command = python(f"{VAULT}.audit", *([seal] if seal else []))
    environment = {**os.environ, **stack.environment(VAULT)}
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        return json.loads(asked.stdout)
    except ValueError:
        lines = asked.stderr.strip().splitlines() or ["no answer"]
        raise Failure(f"The record cannot be verified: {lines[-1]}") from None
