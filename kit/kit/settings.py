"""Settings of a service, put together from small mixins. No module makes an instance: settings are handed in.

A service subclasses with its own prefix and reads `<PREFIX>DATABASE_URL` and so on from the environment:

    class Settings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix="INTAKE_")
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class PostgresSettings(BaseSettings):
    """Where the service's own database is."""

    database_url: str = Field(description="`postgresql+asyncpg://…` of the runtime role.", repr=False)
    owner_database_url: str | None = Field(default=None, description="Of the owner, for `migrate`.", repr=False)
    pool_size: int = Field(default=10, ge=1, description="Connections of the pool; as many again may overflow.")
    plan_cache_mode: Literal["auto", "force_generic_plan"] = Field(
        default="auto", description="Of PostgreSQL: whether it plans a prepared statement anew for its parameters."
    )


class NatsSettings(BaseSettings):
    """Where the bus is, and as whom to speak to it."""

    nats_url: str = Field(description="`nats://host:port`, several separated by commas.")
    nats_user: str
    nats_password: SecretStr


class TemporalSettings(BaseSettings):
    """Where Temporal is, and the key ring that its payloads are sealed with."""

    temporal_address: str = Field(description="`host:port` of the frontend.")
    temporal_namespace: str = "default"
    temporal_codec_key_file: Path | None = None


class AuthSettings(BaseSettings):
    """Whose tokens are believed, and how this service gets its own."""

    issuer: str
    audience: str = "neove"
    jwks_url: str
    token_url: str | None = None
    client_secret: SecretStr | None = Field(default=None, description="Of this service at the issuer.")


class HttpSettings(BaseSettings):
    """Where the service listens."""

    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)
    max_body_bytes: int = Field(default=262_144, ge=1)


class ServiceSettings(PostgresSettings, NatsSettings, AuthSettings, HttpSettings):
    """What every service needs; one with workflows adds `TemporalSettings`."""
