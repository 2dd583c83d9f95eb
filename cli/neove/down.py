"""`neove down`: stop everything; the data stays."""

from stack import control
from stack.config import state_dir


def command() -> None:
    """Stop everything that `neove up` started, also where its supervisor was killed. The data stays.

    Example: neove down
    """
    stopped = control.down(state_dir())
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
