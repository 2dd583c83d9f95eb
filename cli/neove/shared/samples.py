"""Sample files that the help of a command shows. They lie in `samples/` of this package, and tests parse them."""

import inspect
from collections.abc import Callable
from importlib.resources import files

FOLDER = files("neove") / "samples"
KEEP_LINES = "\b\n"
"""Click leaves the lines of a paragraph that begins so as they are."""


def help_with_sample(command: Callable[..., None], title: str, name: str) -> str:
    """The help text of a command, then a sample file.

    Args:
        command: its docstring is the text.
        title: says what the sample is, for example `Sample: days.toml`.
        name: file in `samples/`.
    """
    paragraphs = (FOLDER / name).read_text(encoding="utf-8").strip().split("\n\n")
    indented = ["\n".join(f"  {line}" for line in one.splitlines()) for one in paragraphs]
    sample = f"{title}\n{indented[0]}", *indented[1:]
    return "\n\n".join([inspect.getdoc(command) or "", *(KEEP_LINES + one for one in sample)])
