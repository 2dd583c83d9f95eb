"""Verification's handlers of events: they keep how each office is related to a case, and corrections of steps."""

from casefile import corrections
from kit.bus import Bus
from kit.state import State
from verification import service


def register(bus: Bus, state: State) -> None:
    """Put verification's handlers on its bus."""
    corrections.follow(bus, state, "verification__on_fact_corrected", service.note_correction)
