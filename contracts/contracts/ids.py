"""Opaque identifiers. They are random: an id shows no count, no order and no person."""

import base64
import secrets
from typing import Annotated

from pydantic import StringConstraints

OpaqueId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,12}_[a-z2-7]{26}$")]
"""`<kind>_<128 random bits in base32>`, for example `case_…`. Safe in subjects, logs, spans and URLs."""

EventId = Annotated[str, StringConstraints(pattern=r"^evt_[a-z2-7]{26}$")]
"""Id of one event. It is also the `Nats-Msg-Id` and the key of the handled events."""

OfficeRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,40}/[a-z0-9-]{2,40}$")]
"""`role/word`, for example `border_guard/lao-cai`. Only the role may be read from it; the directory knows the rest."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$")]
"""A word of a closed list or of a pack: lane, state, rule, reason. It is not free text."""

AUDIENCE_PREFIX = "urn:neove:"
"""What the audiences of all services begin with."""


def role_of(office: str) -> str:
    """The role of an office. Nothing else may be read from its id."""
    return office.partition("/")[0]


def audience_of(service: str) -> str:
    """What a token names (`aud`) that is for this service: its resource in the sense of RFC 8707."""
    return f"{AUDIENCE_PREFIX}{service}"


def new_id(kind: str) -> str:
    """A new identifier `kind_…` with 128 random bits.

    Args:
        kind: two to twelve lower-case letters, for example `case`.
    """
    return f"{kind}_{base64.b32encode(secrets.token_bytes(16)).decode().rstrip('=').lower()}"
