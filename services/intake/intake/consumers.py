"""Intake's handlers of events: they keep how each office is related to a case."""

from casefile import standing
from kit.bus import Bus
from kit.state import State


def register(bus: Bus, state: State) -> None:
    """Put intake's handlers on its bus."""
    standing.follow(bus, state, "intake__on_case_changed")
