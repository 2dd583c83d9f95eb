"""`neove clean`: stop everything and delete the state."""

import os
import shutil

from neove import down
from stack.config import Failure, state_dir
from stack.postgres import Cluster


def command() -> None:
    """Stop everything and delete all data for good.

    Databases, streams, waits, keys and logs are deleted.

    \b
    Example:
      .venv/bin/neove clean
    """
    down.command()
    state = state_dir()
    Cluster(state).remove()
    shutil.rmtree(state, ignore_errors=True)
    if state.exists():
        raise Failure(f"{state} could not be deleted.")
    print(f"Deleted {os.path.relpath(state)}.")
