"""The operations of casework."""

from casework.amendments import api as amendments
from casework.api import cases, guards, transfers

ROUTERS = (guards.router, amendments.router)

__all__ = ["ROUTERS", "cases", "transfers"]
