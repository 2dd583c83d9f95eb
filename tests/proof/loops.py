"""Every scenario holds three times in a row on one state, while a second process plays all of them as well."""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stack.config import ROOT
from stack.processes import python
from stack.trial import trial
from tests.e2e.scenario_files import OWN, fixed_folder, found_in
from tests.load.figures import Row, Section

NAME = "loops"
PLAYERS, TURNS = 2, 3
NOTE = (
    f"{PLAYERS} processes of `neove play --loops {TURNS} FILE…` at the same time on one stack; nothing is deleted in "
    "between. Each row is one player's way through all files."
)


async def prove(files: int | None = None) -> Section:
    """Play everything that needs no service that is not here.

    Args:
        files: how many of the scenarios; all where none is given.
    """
    everything = [found for folder in (fixed_folder(), OWN) for found in found_in(folder)]
    chosen = [found.scenario.path for found in everything if not found.missing][:files]
    with trial() as running:
        players = await asyncio.gather(*(_played(running.state, chosen) for _ in range(PLAYERS)))
    rows = [
        _row(number, turn, [run for run in runs if run["loop"] == turn], len(chosen))
        for number, runs in enumerate(players, 1)
        for turn in range(1, TURNS + 1)
    ]
    return Section(NAME, "Scenarios, two loops at the same time", rows, NOTE)


async def _played(state: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """What one process says of each of its runs; nothing where it ended before it could say anything."""
    process = await asyncio.create_subprocess_exec(
        *python("neove", "play", "--json", "--loops", str(TURNS), *map(str, files)),
        env={**os.environ, "NEOVE_STATE": str(state)},
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    said, _ = await process.communicate()
    return json.loads(said)["runs"] if said else []


def _row(number: int, turn: int, runs: Sequence[dict[str, Any]], files: int) -> Row:
    for run in runs:
        if run["result"] != "ok":
            wrong = [step for step in run["steps"] if step["outcome"] == "failed"]
            print(f"player {number}, time {turn}: {run['file']}: {run['trouble'] or wrong}")
    held = sum(run["result"] == "ok" for run in runs)
    return Row(f"player {number}, time {turn}: held", f"{held} of {len(runs)}", f"{files} of {files}", held == files)
