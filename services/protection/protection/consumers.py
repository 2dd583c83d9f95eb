"""Protection's handlers of events: they keep how each office is related to a case, and corrections of steps."""

from casefile import corrections
from kit.bus import Bus
from kit.state import State
from protection import service


def register(bus: Bus, state: State) -> None:
    """Put protection's handlers on its bus."""
    corrections.follow(bus, state, "protection__on_fact_corrected", service.note_correction)
