"""`neove down`: stop everything; the data stays."""

from stack import control
from stack.config import state_dir


def command() -> None:
    """Stop everything that `neove up` started; the data stays.

    This also works where the supervisor was killed.

    \b
    Example:
      .venv/bin/neove down
    """
    stopped = control.down(state_dir())
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
