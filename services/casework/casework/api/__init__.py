"""The operations of casework."""

from casework.api import amendments, cases, transfers
from casework.api.asking import router

__all__ = ["amendments", "cases", "router", "transfers"]
