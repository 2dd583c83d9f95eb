"""Reads the data files: lines of fields between tabs, the names of the fields first, sorted by the first field.

A table keeps the lines as bytes and finds one by bisection. So a process pays for the lines that it asks for, and the
whole country costs it about a megabyte.
"""

from bisect import bisect_left
from collections.abc import Iterator
from importlib.resources.abc import Traversable

from regulations.toml_files import PackError


class Table:
    """The lines of one file.

    Args:
        file: the file.

    Raises:
        PackError: it is missing, or its lines are not sorted by the first field.
    """

    def __init__(self, file: Traversable) -> None:
        try:
            head, *self._lines = file.read_bytes().rstrip(b"\n").split(b"\n")
        except OSError as error:
            raise PackError(f"{file.name}: {error}") from error
        self.fields = head.decode().split("\t")
        if self._lines != sorted(self._lines):
            raise PackError(f"{file.name}: the lines are not sorted")

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[list[str]]:
        for line in self._lines:
            yield line.decode().split("\t")

    def row(self, key: str) -> list[str] | None:
        """The first line whose first field is `key`; None if there is none."""
        wanted = f"{key}\t".encode()
        place = bisect_left(self._lines, wanted)
        if place == len(self._lines) or not self._lines[place].startswith(wanted):
            return None
        return self._lines[place].decode().split("\t")
