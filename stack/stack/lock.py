"""The lock of a state directory: at most one supervisor holds it, and its pid stands in the file."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take(state: Path) -> IO[bytes] | None:
    """Take the lock; it is held while the file stays open. None if another living process holds it."""
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
    """Pid of the supervisor that holds it; None if nobody does."""
    try:
        with (state / "supervisor.lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None
