"""The operations of casework."""

from casework.api import cases, transfers
from casework.api.asking import router

__all__ = ["cases", "router", "transfers"]
