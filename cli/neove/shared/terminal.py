"""How commands write to a terminal: the console, the tables, and the exit codes that several commands share."""

import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PIPE_WIDTH = 160


class Exit(IntEnum):
    """What the exit codes of `neove play` and `neove case` mean; with several files the highest one is used."""

    OK = 0
    STEP_FAILED = 1
    FILE_WRONG = 2
    STACK_UNREACHABLE = 3


def command_group(name: str, about: str, *, runs_alone: bool = False) -> typer.Typer:
    """A group of commands. Its help is plain text, so that an example or a sample file can be copied as it is shown.

    Args:
        name: of the group.
        about: its help.
        runs_alone: whether the name alone is a command; else it shows the help.
    """
    return typer.Typer(
        name=name,
        help=about,
        no_args_is_help=not runs_alone,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )


def console() -> Console:
    """The standard output; a file or a pipe gets lines of `PIPE_WIDTH` characters."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def error_console() -> Console:
    """The error stream, for a failure and for what must not mix with JSON on the standard output."""
    return Console(stderr=True, highlight=False)


def plain_table(*columns: str, wrapped: Iterable[str] = ()) -> Table:
    """A table without lines.

    Args:
        columns: headings; the cells of a column stay on one line.
        wrapped: headings of the columns whose cells may take several lines.
    """
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column not in wrapped, overflow="fold")
    return table


def stop(code: Exit, message: str) -> NoReturn:
    """End the command with one line on the error stream."""
    error_console().print(f"neove: {escape(message)}", soft_wrap=True)
    raise typer.Exit(code)
