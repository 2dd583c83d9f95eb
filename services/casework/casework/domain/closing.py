"""Which duties keep a case from being closed, and which offices lose a lane or a clock when it is closed."""

from datetime import date

from casework.domain.case_file import CaseFile
from regulations import Clock
from regulations.case import GO_ON


def legal_duties(file: CaseFile) -> list[Clock]:
    """Open legal duties in the lanes that a closing ends. A reminder is not a legal duty."""
    return [one for one in _running(file) if not one.reminder]


def owed_by(file: CaseFile, clock: Clock, on: date) -> str | None:
    """The office that owes a duty on a day, or the successor of a dissolved one; None where the directory has none."""
    return file.world.directory.living(clock.office, on)


def losing(file: CaseFile, by: str, on: date) -> list[tuple[str, str]]:
    """(office, lane) for each lane or running clock that ends with the closing, without those of the closing office."""
    holders = [
        (lane.holder, code) for code, lane in file.state.lanes.items() if code not in GO_ON and not lane.terminal
    ]
    owing = [(one.office, one.lane) for one in _running(file)]
    living = [(file.world.directory.living(office, on), lane) for office, lane in (*holders, *owing)]
    return list(dict.fromkeys((office, lane) for office, lane in living if office and office != by))


def _running(file: CaseFile) -> list[Clock]:
    return [one for one in file.state.clocks if one.open and one.lane not in GO_ON]
