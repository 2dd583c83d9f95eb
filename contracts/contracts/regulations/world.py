"""The calendar and the directory that a fold needs beside the pack."""

from collections.abc import Iterable
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from contracts.regulations.calendar import AmendedDay, Calendar, load_calendar
from contracts.regulations.directory import Directory, load_directory


class World(BaseModel):
    """Everything outside the pack that decides on dates and offices."""

    model_config = ConfigDict(frozen=True)

    calendar: Calendar
    directory: Directory

    def amended(self, days: Iterable[AmendedDay], decision: str) -> "World":
        """This world with days of the calendar that a decision changes; the later of two amendments wins."""
        return World(calendar=self.calendar.amended(days, decision), directory=self.directory)


@lru_cache
def load_world(switches: frozenset[str] = frozenset()) -> World:
    """The world of this package, loaded once.

    Args:
        switches: undecided calendar proposals that an administrator switched on; normally none.

    Raises:
        PackError: a data file is wrong; the message names it.
    """
    return World(calendar=load_calendar(switches), directory=load_directory())
