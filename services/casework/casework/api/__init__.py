"""The operations of casework."""

from casework.amendments import api as amendments
from casework.api import cases, transfers
from casework.break_glass import api as break_glass
from casework.countersignings import api as countersignings
from casework.finding import api as finding
from casework.members import api as members
from casework.offices import api as offices
from casework.queue import api as queue
from casework.restrictions import api as restrictions

ROUTERS = (
    cases.router,
    queue.router,
    transfers.router,
    countersignings.router,
    amendments.router,
    offices.router,
    members.router,
    finding.router,
    restrictions.router,
    break_glass.router,
)
