"""Use cases of casework: one function = one transaction's work = state + outbox."""

from casework.service.waits import fire, open_wait_versions, wait_set

__all__ = ["fire", "open_wait_versions", "wait_set"]
