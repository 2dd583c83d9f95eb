"""The vault does not start on a master key that others may read."""

from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr

from kit.clock import SystemClock
from kit.crypto import KeyRing
from kit.state import State
from vault.__main__ import open_vault
from vault.service import Vault
from vault.settings import Settings


class Parts:
    """As much of a state as the start of the vault needs."""

    def __init__(self, key_file: Path) -> None:
        self.settings = Settings(
            database_url="postgresql+asyncpg://nowhere.test/vault",
            nats_url="nats://nowhere.test",
            nats_user="vault",
            nats_password=SecretStr("x"),
            issuer="https://issuer.test",
            jwks_url="https://issuer.test/jwks.json",
            port=1,
            master_key_file=key_file,
            audit_database_url="postgresql+asyncpg://nowhere.test/vault",
        )
        self.service, self.bus, self.token, self.clock = "vault", None, None, SystemClock()
        self.parts: list[object] = []

    def put(self, part: object) -> None:
        """As `State.put`."""
        self.parts.append(part)


async def test_a_first_start_makes_the_key(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "master.json")
    await open_vault(cast(State, parts))
    assert (tmp_path / "master.json").exists()
    assert any(isinstance(part, Vault) for part in parts.parts)


async def test_an_open_key_file_ends_the_process(tmp_path: Path) -> None:
    path = tmp_path / "master.json"
    KeyRing.load_private(path)
    path.chmod(0o644)
    with pytest.raises(SystemExit, match="chmod 600"):
        await open_vault(cast(State, Parts(path)))
