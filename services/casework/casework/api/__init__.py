"""The operations of casework."""

from casework.amendments import api as amendments
from casework.api import cases, transfers
from casework.finding import api as finding
from casework.offices import api as offices

ROUTERS = (cases.router, transfers.router, amendments.router, offices.router, finding.router)
