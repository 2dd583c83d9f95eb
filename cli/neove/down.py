"""`neove down`: stop everything; the data stays. `neove clean`: and delete the state."""

import os
import shutil
import sys

from stack import control
from stack.config import state_dir
from stack.postgres import Cluster


def command() -> None:
    """Stop everything that `up` started, also after its supervisor was killed. The data stays."""
    stopped = control.down(state_dir())
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def clean() -> None:
    """Stop everything and delete the state: databases, streams, waits, keys, logs."""
    command()
    state = state_dir()
    Cluster(state).remove()
    shutil.rmtree(state, ignore_errors=True)
    if state.exists():
        sys.exit(f"neove: {state} could not be deleted.")
    print(f"Deleted {os.path.relpath(state)}.")
