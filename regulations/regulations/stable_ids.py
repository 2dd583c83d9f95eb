"""Ids that are computed from what they stand for, so that each fold gives the same."""

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=50_000)  # a case is folded again with every fact, and its clocks keep their ids
def stable_id(prefix: str, *parts: object) -> str:
    """An opaque id: `prefix_` and 26 base32 digits. Equal parts give the same id, in every time zone."""
    words = [part.astimezone(UTC).isoformat() if isinstance(part, datetime) else str(part) for part in parts]
    digest = hashlib.sha256("|".join(words).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest[:20]).decode().lower()[:26]}"


def clock_id_of(case_id: str, lane: str, rule: str, n: int) -> str:
    """Id of the start number `n` of a rule in a lane, in order of occurrence.

    If an earlier start is entered late, the later ones get a higher number and so another id.
    """
    return stable_id("clk", case_id, lane, rule, n)
