"""The lock of a state directory: one supervisor at most, whose pid stands in it."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take(state: Path) -> IO[bytes] | None:
    """Hold the lock while the file stays open; none if another process has it. A dead one has it no more."""
    file = (state / "supervisor.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()
    return file


def holder(state: Path) -> int | None:
    """Pid of the supervisor that has it; none if nobody does."""
    try:
        with (state / "supervisor.lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None
