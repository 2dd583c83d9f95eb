"""Reads the data files: lines of fields between tabs, the names of the fields first, sorted by the first field.

A table keeps the text of its file, and where each line begins, and finds a line by bisection. So a process pays for the
lines that it asks for, and the whole country costs it little more than the files are long: 0.6 MB.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from itertools import accumulate

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
            self._text = file.read_bytes().rstrip(b"\n")
        except OSError as error:
            raise PackError(f"{file.name}: {error}") from error
        head, *lines = self._text.split(b"\n")
        if lines != sorted(lines):
            raise PackError(f"{file.name}: the lines are not sorted")
        self.fields = head.decode().split("\t")
        # Where each line begins, and where one after the last would.
        self._begins = array("I", accumulate((len(line) + 1 for line in lines), initial=len(head) + 1))

    def __len__(self) -> int:
        return len(self._begins) - 1

    def __iter__(self) -> Iterator[list[str]]:
        for number in range(len(self)):
            yield self._line(number).decode().split("\t")

    def row(self, key: str) -> list[str] | None:
        """The first line whose first field is `key`; None if there is none."""
        wanted = f"{key}\t".encode()
        place = bisect_left(range(len(self)), wanted, key=self._line)
        if place == len(self) or not self._line(place).startswith(wanted):
            return None
        return self._line(place).decode().split("\t")

    def _line(self, number: int) -> bytes:
        return self._text[self._begins[number] : self._begins[number + 1] - 1]
