"""The operations of casework."""

from casework.amendments import api as amendments
from casework.api import asking, cases, transfers

ROUTERS = (asking.router, amendments.router)

__all__ = ["ROUTERS", "cases", "transfers"]
