"""Mailboxes of offices: data of the installation, read once at the start.

[addresses]
"health_authority/lao-cai" = ["tro-giup@lao-cai.example"]
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.ids import OfficeRef

Mailbox = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    addresses: dict[OfficeRef, Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=20)]]


@dataclass(frozen=True)
class Addresses:
    """Office → mailboxes; empty while e-mail is off."""

    of: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @classmethod
    def load(cls, path: Path) -> "Addresses":
        """Those of a file; raises `OSError` or `ValueError` for one that is not as described above."""
        return cls(dict(_File.model_validate(tomllib.loads(path.read_text("utf-8"))).addresses))
