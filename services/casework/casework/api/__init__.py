"""The operations of casework."""

from casework.amendments import api as amendments
from casework.api import cases, transfers

ROUTERS = (cases.router, transfers.router, amendments.router)
