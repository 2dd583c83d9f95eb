"""A worker in a process of its own, to be killed: `doomed_worker.py ADDRESS KEY_FILE CLAIMS_DB hang|answer`.

It claims a wait in a SQLite file, as casework does in PostgreSQL, and then answers or hangs before it can answer.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from casework.activities import OpenWaitActivities
from casework.workflows.case import CaseWorkflow
from casework.workflows.ports import TASK_QUEUE, WaitSet
from kit import temporal
from kit.settings import TemporalSettings


class OpenWaitsInFile:
    """Claims in a file; a claim made before is respected."""

    def __init__(self, path: str, hangs: bool) -> None:
        self._path, self._hangs = path, hangs

    async def wait_set(self, subject: str) -> WaitSet | None:
        return None

    async def fire(self, subject: str, wait_ids: Sequence[str]) -> WaitSet:
        with sqlite3.connect(self._path) as database:
            database.execute("INSERT INTO attempts VALUES (?)", (os.getpid(),))
            database.executemany("INSERT OR IGNORE INTO claims VALUES (?)", [(one,) for one in wait_ids])
        if self._hangs:
            await asyncio.Event().wait()
        return WaitSet(case_id=subject, version=99, closed=True)

    async def earliest_waits(self, after: str, limit: int) -> list[tuple[str, datetime]]:
        return []


async def main(address: str, key_file: str, claims: str, behaviour: str) -> None:
    settings = TemporalSettings(temporal_address=address, temporal_codec_key_file=Path(key_file))
    client = await temporal.connect(settings)
    open_waits = OpenWaitsInFile(claims, behaviour == "hang")
    fire = OpenWaitActivities(open_waits, open_waits).fire_due
    await temporal.worker(client, TASK_QUEUE, [CaseWorkflow], [fire]).run()


asyncio.run(main(*sys.argv[1:]))
