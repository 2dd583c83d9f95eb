"""The passwords of a stack: made at its first start, kept in one file that only its owner reads."""

import os
import secrets
from pathlib import Path

from pydantic import BaseModel, Field


def _new() -> str:
    return secrets.token_hex(24)


class RolePasswords(BaseModel):
    """The passwords of the two PostgreSQL roles of a service."""

    owner: str = Field(default_factory=_new)
    runtime: str = Field(default_factory=_new)


class Secrets(BaseModel):
    """Every password of the stack; hexadecimal, so that none needs quoting anywhere."""

    postgres_admin: str = Field(default_factory=_new)
    postgres: dict[str, RolePasswords] = Field(default_factory=dict[str, RolePasswords], description="Service → roles.")
    audit: str = Field(default_factory=_new, description="Of the role that chains looks in the vault's database.")
    nats: dict[str, str] = Field(default_factory=dict[str, str], description="User → password.")
    clients: dict[str, str] = Field(default_factory=dict[str, str], description="Service → secret at the issuer.")

    @classmethod
    def read(cls, path: Path) -> "Secrets":
        """The secrets on disk."""
        return cls.model_validate_json(path.read_bytes())

    @classmethod
    def ensure(cls, path: Path, services: list[str]) -> "Secrets":
        """The secrets on disk. New services get theirs, and the file is then written again."""
        found = cls.read(path) if path.exists() else cls()
        before = found.model_copy(deep=True)
        for service in services:
            found.postgres.setdefault(service, RolePasswords())
            found.clients.setdefault(service, _new())
        for user in [*services, "admin"]:
            found.nats.setdefault(user, _new())
        if found != before or not path.exists() or "audit" not in found.model_fields_set:
            write_private(path, found.model_dump_json(indent=1).encode())
        return found


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
