"""What stands against the closing of a case, and who loses something by it."""

from datetime import date

from casework.domain.case_file import CaseFile
from regulations import Clock
from regulations.case import GO_ON


def legal_duties(file: CaseFile) -> list[Clock]:
    """Open duties by law in the lanes that a closing ends. A reminder is none."""
    return [one for one in _running(file) if not one.reminder]


def owed_by(file: CaseFile, clock: Clock, on: date) -> str | None:
    """Who owes it on a day: the successor where the office was dissolved; None where the directory has nobody."""
    return file.world.directory.living(clock.office, on) if clock.office else None


def losing(file: CaseFile, by: str, on: date) -> list[tuple[str, str]]:
    """(office, lane) of everyone but the closing office whose lane or running clock ends by the closing."""
    holders = [
        (lane.holder, code) for code, lane in file.state.lanes.items() if code not in GO_ON and not lane.terminal
    ]
    owing = [(one.office, one.lane) for one in _running(file)]
    living = [(file.world.directory.living(office, on), lane) for office, lane in (*holders, *owing) if office]
    return list(dict.fromkeys((office, lane) for office, lane in living if office and office != by))


def _running(file: CaseFile) -> list[Clock]:
    return [one for one in file.state.clocks if one.open and one.lane not in GO_ON]
